"""What a channel is given: callbacks, never the rooms behind them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from core.message import Answer, Json
from storage.inbox import Accepted, Incoming
from storage.outbox import Outcome, Parcel


class Front(Protocol):
    """The way into the assistant."""

    async def accept(self, incoming: Incoming) -> Accepted:
        """Make a message durable; the answer comes over the conversation's events."""
        ...

    async def say(self, incoming: Incoming) -> Answer:
        """Make a message durable and wait for the answer."""
        ...


class Catalogue(Protocol):
    """What the public pages show of the knowledge base."""

    def portal(self) -> Json:
        """Greeting, most asked questions, topics."""
        ...

    async def entry(self, entry_id: str, version: int | None = None) -> Json:
        """One whole entry: what holds now, or the version that a message cites; raises NotFound."""
        ...


class PushChannel(Protocol):
    """A channel that sends by itself (WeChat, SMS, phone): the outbox pump drives it."""

    name: str

    async def send(self, parcel: Parcel, now: datetime) -> tuple[Outcome, str, float]:
        """Send one message: its outcome, the provider's id, and seconds until a retry when it stays `pending`."""
        ...


Check = Callable[[], Awaitable[tuple[str, str]]]
"""State of one dependency: (`up`, `starting`, `down` or `off`, a sentence)."""
