"""The calculator form: one question at a time until enough is known; corrected, interrupted and left at any point.

One form serves all calculators. Rasa keeps three slots: `calculator` (its name), `calculator_given` (what is known, one
JSON object) and `calculator_done`, the one slot that the form requires: it stays empty while something is missing.
"""

from collections.abc import Mapping
from typing import Any

from bot.actions.scene import Outcome, Scene
from bot.calculating import Calculating
from bot.replies import Replies
from bot.said import Said
from core.errors import Misuse
from core.message import Kind, Option, Reply
from knowledge.calculators import hearing
from knowledge.calculators.catalogue import CALCULATORS, check, find, missing
from knowledge.calculators.model import UNKNOWN, Ask, Calculator, Field
from knowledge.calculators.model import Kind as Written
from knowledge.calculators.values import mentions, normal

NAME, GIVEN, DONE = "calculator", "calculator_given", "calculator_done"
CLEARED: Mapping[str, Any] = {NAME: None, GIVEN: None, DONE: None}
SHORT_TALK = 12
LEAVES = frozenset({"withdraw", "ask_human", "goodbye", "repeat", "simpler", "bot_identity", "capabilities", "thanks"})
OFFERED = ("retirement", "pension", "severance", "unemployment", "injury", "maternity_pay", "annual_leave", "flexible")


class CalculatorForm:
    """Every method is one action: Scene -> Outcome."""

    def __init__(self, *, calculating: Calculating, replies: Replies) -> None:
        self._calculating = calculating
        self._replies = replies

    def validate(self, scene: Scene) -> Outcome:
        """Take what the text gives; nothing when it is about something else, which makes it a digression."""
        asked = self._calculating.heard(scene.text)
        if asked is not None and asked.calculator:
            return self._begun(find(asked.calculator), asked.given)
        calculator = _chosen(scene)
        if calculator is None:
            named = hearing.subject(normal(scene.text))
            short = not scene.requested or (len(scene.text) <= SHORT_TALK and not hearing.is_question(scene.text))
            if named is not None and short:
                return self._begun(named, hearing.values(named, scene.text))
            return Outcome() if scene.requested else Outcome(slots={NAME: None, GIVEN: None})
        return self._answered(scene, calculator) if scene.requested else Outcome(slots={NAME: None, GIVEN: None})

    def ask(self, scene: Scene) -> Outcome:
        """The next question, or which calculator is wanted."""
        calculator = _chosen(scene)
        if calculator is None:
            options = tuple(Option(label=find(name).title, value=f"算{find(name).title}") for name in OFFERED)
            text = self._replies.say("utter_calculator_which")
            return Outcome(said=(Said(reply=Reply(text=text, kind=Kind.OPTIONS, options=options)),))
        lacking = missing(calculator, _given(scene))
        return Outcome(said=(Said(reply=_question(lacking, _given(scene))),)) if lacking else Outcome()

    def submit(self, scene: Scene) -> Outcome:
        """The result; the form is empty afterwards, the turn remembers the values for what is changed later."""
        calculator = _chosen(scene)
        if calculator is None:
            return Outcome(slots=CLEARED)
        said = self._calculating.result(calculator.name, _given(scene), region=scene.region)
        return Outcome(said=(said,), slots=CLEARED)

    def cancel(self, scene: Scene) -> Outcome:
        """算了."""
        return Outcome(said=(Said(reply=self._replies.reply("utter_calculator_cancelled")),), slots=CLEARED)

    def _begun(self, calculator: Calculator, found: Mapping[str, str]) -> Outcome:
        return self._taken(calculator, {}, found)

    def _answered(self, scene: Scene, calculator: Calculator) -> Outcome:
        given, text = _given(scene), scene.text
        lacking = missing(calculator, given)
        asked = lacking.name if lacking else ""
        if scene.intent in LEAVES and len(text) <= SHORT_TALK and not mentions(normal(text)):
            return Outcome()
        found = hearing.values(calculator, text, asked=asked, given=given)
        if scene.intent == "correct" or text.startswith(("不对", "错了", "说错")):
            found = hearing.correction(calculator, text, given) or found
        if found and not hearing.is_question(text):
            return self._taken(calculator, given, found)
        if lacking is not None and hearing.unknown(text):
            return self._not_known(calculator, given, lacking)
        return Outcome()

    def _taken(self, calculator: Calculator, given: Mapping[str, str], found: Mapping[str, str]) -> Outcome:
        """Values in their bounds are kept; the first that is not is asked for again, with the reason."""
        good: dict[str, str] = {}
        for name, value in found.items():
            try:
                check(calculator.field(name), value)
            except Misuse as error:
                said = (Said(reply=Reply(text=error.message)),)
                return _kept(calculator, hearing.after(calculator, given, good), said)
            good[name] = value
        return _kept(calculator, hearing.after(calculator, given, good))

    def _not_known(self, calculator: Calculator, given: Mapping[str, str], lacking: Field) -> Outcome:
        if lacking.when is Ask.ONCE:
            return _kept(calculator, {**given, lacking.name: UNKNOWN})
        text = self._replies.say("utter_calculator_unknown", where=lacking.where)
        return _kept(calculator, given, (Said(reply=Reply(text=text)),))


def _kept(calculator: Calculator, given: Mapping[str, str], said: tuple[Said, ...] = ()) -> Outcome:
    done = "yes" if missing(calculator, given) is None else None
    return Outcome(said=said, slots={NAME: calculator.name, GIVEN: dict(given), DONE: done})


def _chosen(scene: Scene) -> Calculator | None:
    return CALCULATORS.get(str(scene.slots.get(NAME) or ""))


def _given(scene: Scene) -> dict[str, str]:
    given = scene.slots.get(GIVEN)
    return {str(key): str(value) for key, value in given.items()} if isinstance(given, dict) else {}


def _question(lacking: Field, given: Mapping[str, str]) -> Reply:
    """Its question; a year alone is asked for its month, a short list of choices becomes buttons."""
    year = given.get(lacking.name, "")
    if lacking.kind is Written.MONTH and len(year) == 4:
        return Reply(text=f"请问是{year}年几月？")
    options = tuple(Option(label=value, value=value) for value in lacking.choices)
    return Reply(text=lacking.ask, kind=Kind.OPTIONS if options else Kind.TEXT, options=options)
