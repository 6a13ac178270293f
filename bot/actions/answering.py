"""Actions that answer: from the knowledge base, or from the answer given last."""

import re

from bot.actions.scene import Outcome, Scene
from bot.answer import Form
from bot.choice import chosen
from bot.consult import Consult
from bot.ports import Entry
from bot.replies import Replies
from bot.said import Handover, Said
from core.message import Reply

ASPECTS = {
    "ask_steps": Form.STEPS,
    "ask_materials": Form.MATERIALS,
    "ask_where": Form.WHERE,
    "ask_fee": Form.FEE,
    "ask_time": Form.TIME,
    "ask_basis": Form.BASIS,
}
_SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]?")
_CORRECTION = re.compile(r"^(?:不对|错了|说错了|口误|更正|纠正)?[，,\s]*(?:应该是|我说的是|我问的是|我要问的是|是)?")


class Answering:
    """Every method is one action: Scene -> Outcome. Raises Retryable when the knowledge base is down."""

    def __init__(self, *, consult: Consult, replies: Replies) -> None:
        self._consult = consult
        self._replies = replies

    def consult(self, scene: Scene) -> Outcome:
        """A complete question. One that finds nothing by itself may still lean on the last topic."""
        found = self._consult.search(scene.text, region=scene.region)
        if str(found.decision) != "answer" and self._consult.last(scene.context) is not None:
            said = self._consult.follow_up(scene.text, scene.context, region=scene.region)
            if said.entry:
                return Outcome(said=(said,))
        return Outcome(said=(self._consult.settle(scene.text, found, scene.context),))

    def follow_up(self, scene: Scene) -> Outcome:
        """那断缴了呢."""
        return Outcome(said=(self._consult.follow_up(scene.text, scene.context, region=scene.region),))

    def choose(self, scene: Scene) -> Outcome:
        """第二个."""
        offered = self._consult.offered(scene.context)
        if not offered:
            return self._fixed("utter_nothing_to_choose")
        index = chosen(scene.text, [entry.question for entry in offered])
        if index is None:
            return Outcome(said=(self._consult.offer("utter_choose_again", offered),))
        return Outcome(said=(self._consult.answer(offered[index]),))

    def repeat(self, scene: Scene) -> Outcome:
        """再说一遍: the answer again with its sources, else the words said last."""
        last = self._consult.last(scene.context)
        if last is not None and not scene.context.last_options and scene.context.calculation is None:
            return Outcome(said=(self._consult.answer(last),))
        if not scene.context.last_reply:
            return self._fixed("utter_nothing_to_repeat")
        text = self._replies.say("utter_repeat", text=scene.context.last_reply)
        offered = self._consult.offered(scene.context)
        options = self._consult.offer("utter_clarify", offered) if offered else None
        return Outcome(said=(self._plain(text), *((options,) if options else ())))

    def simpler(self, scene: Scene) -> Outcome:
        """说简单点."""
        last = self._consult.last(scene.context)
        return self._about(last, Form.SHORT, "utter_simpler") if last else self._fixed("utter_no_topic")

    def more_detail(self, scene: Scene) -> Outcome:
        """说详细点."""
        last = self._consult.last(scene.context)
        return self._about(last, Form.FULL, "utter_detail") if last else self._fixed("utter_no_topic")

    def slower(self, scene: Scene) -> Outcome:
        """说慢点: the short answer, then the answer sentence by sentence."""
        last = self._consult.last(scene.context)
        if last is None:
            return self._fixed("utter_no_topic")
        sentences = [part.strip() for part in _SENTENCE.findall(last.answer) if part.strip()]
        lines = [f"{number}. {sentence}" for number, sentence in enumerate(sentences, start=1)]
        text = "\n".join([self._replies.say("utter_slower"), *lines])
        return Outcome(said=(Said(reply=Reply(text=text, sources=(last.source(),)), entry=last.id),))

    def aspect(self, scene: Scene) -> Outcome:
        """要带什么, 哪里办, 多少钱, 多久, 依据是什么, 怎么办理: of the last answer."""
        last = self._consult.last(scene.context)
        if last is not None:
            return Outcome(said=(self._consult.answer(last, ASPECTS.get(scene.intent, Form.STEPS)),))
        found = self._consult.search(scene.text, region=scene.region)
        if str(found.decision) == "answer":
            return Outcome(said=(self._consult.settle(scene.text, found, scene.context),))
        return self._fixed("utter_no_topic")

    def deny(self, scene: Scene) -> Outcome:
        """不是, 都不是: none of what was offered; counts as a miss, so that a person is offered next time."""
        if not scene.context.last_options:
            return self._fixed("utter_deny_idle")
        return self._missed(scene, "utter_deny_options")

    def correct(self, scene: Scene) -> Outcome:
        """不对，是居民医保: the question again with the right words."""
        rest = _CORRECTION.sub("", scene.text).strip()
        if len(rest) < 3 or rest.startswith("改"):
            return self._fixed("utter_correct_what")
        return Outcome(said=(self._consult.follow_up(rest, scene.context, region=scene.region),))

    def out_of_scope(self, scene: Scene) -> Outcome:
        """Not ours, unless the knowledge base does know it."""
        return self._known_or(scene, "utter_out_of_scope")

    def fallback(self, scene: Scene) -> Outcome:
        """Not understood: perhaps the knowledge base does."""
        found = self._consult.search(scene.text, region=scene.region)
        if str(found.decision) in ("answer", "clarify"):
            return Outcome(said=(self._consult.settle(scene.text, found, scene.context),))
        self._consult.miss(scene.text, found)
        return self._missed(scene, "utter_fallback")

    def handover(self, scene: Scene) -> Outcome:
        """转人工; the turn decides whether anybody is there."""
        handover = Handover(reason="asked", trigger=scene.intent or "ask_human")
        return Outcome(said=(Said(reply=self._replies.reply("utter_handover"), handover=handover),))

    def _known_or(self, scene: Scene, name: str) -> Outcome:
        found = self._consult.search(scene.text, region=scene.region)
        if str(found.decision) == "answer" or found.elsewhere:
            return Outcome(said=(self._consult.settle(scene.text, found, scene.context),))
        return self._missed(scene, name)

    def _missed(self, scene: Scene, name: str) -> Outcome:
        """The sentence `name`; at the second miss in a row the offer of a person instead."""
        if scene.context.misses:
            return Outcome(said=(self._consult.refuse(scene.text, (), scene.context),))
        return Outcome(said=(Said(reply=self._replies.reply(name), miss=True),))

    def _about(self, entry: Entry, form: Form, name: str) -> Outcome:
        said = self._consult.answer(entry, form)
        text = self._replies.say(name, text=said.reply.text)
        return Outcome(said=(Said(reply=Reply(text=text, sources=said.reply.sources), entry=entry.id),))

    def _fixed(self, name: str) -> Outcome:
        return Outcome(said=(Said(reply=self._replies.reply(name)),))

    @staticmethod
    def _plain(text: str) -> Said:
        return Said(reply=Reply(text=text))
