"""Who speaks in a conversation: exactly one owner at a time (ARCHITECTURE 3.2)."""

from dataclasses import dataclass
from typing import Self

from core.errors import Misuse

BOT = "bot"
CLOSED = "closed"


@dataclass(frozen=True, slots=True, order=True)
class Owner:
    """`bot`, `queue:<skill>`, `agent:<id>` or `closed`."""

    kind: str
    """bot, queue, agent or closed."""
    name: str = ""
    """The skill of a queue, the id of an agent."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `bot`, `queue:<skill>`, `agent:<id>` or `closed`; raises Misuse for anything else."""
        kind, _, name = text.partition(":")
        if kind in (BOT, CLOSED) and not name and ":" not in text:
            return cls(kind)
        if kind in ("queue", "agent") and name.strip():
            return cls(kind, name)
        raise Misuse("bad_owner", detail=f"not an owner: {text!r}")

    @property
    def is_bot(self) -> bool:
        return self.kind == BOT

    @property
    def is_closed(self) -> bool:
        return self.kind == CLOSED
