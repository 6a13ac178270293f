"""Calculations in a conversation: what the turn and the actions share; the sums are knowledge.calculators'."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.consult import Context
from bot.replies import Replies
from bot.said import Calculation, Said
from core.clock import Clock, today
from core.errors import Misuse
from core.message import Kind, Reply, Source
from knowledge.calculators import hearing
from knowledge.calculators.catalogue import calculate, find
from knowledge.calculators.hearing import Request
from knowledge.calculators.model import ESTIMATE, Calculator, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculating:
    """Says results; `region` is the citizen's administrative division code."""

    replies: Replies
    """Fixed sentences."""
    clock: Clock
    """Which day it is."""

    def heard(self, text: str) -> Request | None:
        """What `text` asks to have calculated, None when it asks for no such thing."""
        return hearing.request(text)

    def at_once(self, text: str, context: Context, *, region: str) -> Said | None:
        """The result where all is said, or the last one is changed (那男的呢); None where something is missing."""
        asked = self.heard(text)
        if asked is not None:
            return self.result(asked.calculator, asked.given, region=region) if asked.complete else None
        last = context.calculation
        if last is None:
            supplied = hearing.supplied(context.last_entry, text)
            return self.result(supplied.calculator, supplied.given, region=region) if supplied else None
        changed = hearing.changes(last.name, text, last.given)
        if not changed:
            return None
        given = hearing.after(find(last.name), last.given, changed)
        return self.result(last.name, given, region=region)

    def result(self, name: str, given: Mapping[str, str], *, region: str) -> Said:
        """The estimate as a card with its sources; a sentence where it cannot be."""
        calculator = find(name)
        kept = Calculation(name=name, given=dict(given))
        try:
            found = calculate(name, given, on=today(self.clock), region=region)
        except Misuse as error:
            return Said(reply=Reply(text=error.message), calculation=kept)
        return Said(reply=shown(calculator, found), entry=calculator.entry, calculation=kept)


def shown(calculator: Calculator, found: Result) -> Reply:
    """Rows, the formula line by line, what it leaves out; text short enough to be spoken."""
    card = {
        "title": found.title,
        "rows": [list(row) for row in found.rows] + [["说明", note] for note in found.notes],
        "steps": list(found.steps),
        "materials": [],
    }
    source = Source(entry_id=f"calculator-{calculator.name}", version=1, title=found.title, basis=found.basis)
    return Reply(text=f"{found.spoken}{ESTIMATE}", kind=Kind.CARD, card=card, sources=(source,))
