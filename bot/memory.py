"""What the bot remembers between two turns of one conversation (column `conversations.context`).

Bounded on purpose: a turn costs the same in a conversation's first minute and after five hundred turns. The archive is
the `messages` table.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from bot.consult import Context
from bot.said import Calculation, Said
from core.message import Json, Reply
from storage.vault import replace_tokens

MAX_PENDING = 5
"""Fast-lane turns told to the dialogue engine with its next turn."""
MAX_TOKENS = 20
"""Personal numbers whose masked form is remembered, for repeating them back."""
MAX_REPLY = 2000
"""Characters of the last reply kept for 再说一遍."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The state of the talk."""

    session: str
    """Opaque id of the conversation session: what the dialogue engine calls the sender."""
    last_entry: str = ""
    """Id of the entry answered last."""
    last_options: tuple[str, ...] = ()
    """Ids of the entries offered last."""
    last_reply: str = ""
    """What was said last."""
    misses: int = 0
    """Questions in a row that were not answered."""
    active_loop: str = ""
    """The form being filled in, empty when none."""
    requested_slot: str = ""
    """What that form asked for."""
    slots: Json | None = None
    """The engine's slots, to restore a session it has lost."""
    pending: tuple[Json, ...] = ()
    """Fast-lane turns the engine has not heard of, oldest first."""
    tokens: tuple[tuple[str, str], ...] = ()
    """Opaque token and masked form of numbers given lately."""
    calculation: Calculation | None = None
    """What was calculated last, while nothing else was answered since."""

    @classmethod
    def recall(
        cls, data: Json, *, conversation_id: str, idle: timedelta, last_said_at: datetime, now: datetime
    ) -> Self:
        """Remember, unless the talk rested longer than `idle`: then a new session begins."""
        number = int(data.get("number", 1))
        if data and now - last_said_at > idle:
            return cls(session=f"{conversation_id}.{number + 1}")
        return cls(
            session=f"{conversation_id}.{number}",
            last_entry=data.get("last_entry", ""),
            last_options=tuple(data.get("last_options", ())),
            last_reply=data.get("last_reply", ""),
            misses=int(data.get("misses", 0)),
            active_loop=data.get("active_loop", ""),
            requested_slot=data.get("requested_slot", ""),
            slots=data.get("slots"),
            pending=tuple(data.get("pending", ())),
            tokens=tuple((token, shown) for token, shown in data.get("tokens", ())),
            calculation=Calculation.from_json(data["calculation"]) if data.get("calculation") else None,
        )

    def to_json(self) -> Json:
        """The stored form; what is empty is left out."""
        data: Json = {
            "number": int(self.session.rpartition(".")[2]),
            "last_entry": self.last_entry,
            "last_options": list(self.last_options),
            "last_reply": self.last_reply,
            "misses": self.misses,
            "active_loop": self.active_loop,
            "requested_slot": self.requested_slot,
            "slots": self.slots,
            "pending": list(self.pending),
            "tokens": [list(pair) for pair in self.tokens],
            "calculation": self.calculation.to_json() if self.calculation else None,
        }
        return {key: value for key, value in data.items() if value}

    @property
    def context(self) -> Context:
        """What answering a question needs to know."""
        return Context(
            last_entry=self.last_entry,
            last_options=self.last_options,
            last_reply=self.last_reply,
            misses=self.misses,
            calculation=self.calculation,
        )

    def after(self, said: tuple[Said, ...]) -> Self:
        """What to remember once this was said."""
        if not said:
            return self
        last = said[-1]
        options = next((one.options for one in reversed(said) if one.options), ())
        entry = next((one.entry for one in reversed(said) if one.entry), "")
        missed = any(one.miss for one in said)
        calculation = next((one.calculation for one in reversed(said) if one.calculation), None)
        return replace(
            self,
            last_entry=entry or self.last_entry,
            last_options=options or (() if entry else self.last_options),
            last_reply=last.reply.text[:MAX_REPLY],
            misses=self.misses + 1 if missed else (0 if entry else self.misses),
            calculation=calculation or (None if entry or missed else self.calculation),
        )

    def shown(self, reply: Reply) -> Reply:
        """`reply` as the citizen reads it: numbers masked instead of tokens, in its text, card and options alike."""
        tokens = dict(self.tokens)
        return Reply.from_json(_without_tokens(reply.to_json(), lambda token: tokens.get(token, "****")))

    def with_tokens(self, tokens: tuple[tuple[str, str], ...]) -> Self:
        """Remember how these tokens are shown."""
        return replace(self, tokens=(*self.tokens, *tokens)[-MAX_TOKENS:]) if tokens else self

    def with_pending(self, event: Json) -> Self:
        """Remember a turn the engine was not asked about."""
        return replace(self, pending=(*self.pending, event)[-MAX_PENDING:])

    def fresh_session(self) -> Self:
        """Leave everything behind that the engine knew: forms are dropped, the topic stays."""
        head, _, number = self.session.rpartition(".")
        return replace(
            self,
            session=f"{head}.{int(number) + 1}",
            active_loop="",
            requested_slot="",
            slots=None,
            pending=(),
        )


def _without_tokens(value: Any, say: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return replace_tokens(value, say)
    if isinstance(value, dict):
        return {key: _without_tokens(item, say) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_tokens(item, say) for item in value]
    return value
