"""The dialogue process (Rasa), over HTTP on this machine: one turn there and back, never longer than its time-out."""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol, Self

import httpx

from bot.consult import Context
from bot.said import Said
from core.clock import Clock
from core.errors import Retryable
from core.message import Json, Kind, Option, Reply

FAILURES = 3
"""Failures in a row after which the engine is left alone for a while."""
REST = 5.0
"""Seconds it is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One turn for the dialogue engine."""

    session: str
    """Opaque id of the conversation session."""
    text: str
    """What was said, masked."""
    context: Context = field(default_factory=Context)
    """What the conversation is about."""
    turn_id: str = ""
    """Names this turn: the same turn asked twice is answered once."""
    region: str = ""
    """Administrative division code, for the knowledge search."""
    slots: Json = field(default_factory=dict)
    """What the engine knew after its last turn, should it have lost the session."""
    active_loop: str = ""
    """The form that was active then, empty when none."""
    requested_slot: str = ""
    """The slot that it asked for."""
    events: tuple[Json, ...] = ()
    """Turns answered without the engine since, oldest first: `{"text", "intent", "reply"}`."""

    def to_json(self) -> Json:
        """The body of POST /webhooks/turn/converse."""
        context = {
            "last_entry": self.context.last_entry,
            "last_options": list(self.context.last_options),
            "last_reply": self.context.last_reply,
            "misses": self.context.misses,
            "calculation": self.context.calculation.to_json() if self.context.calculation else None,
        }
        restore = {
            "slots": self.slots,
            "active_loop": self.active_loop or None,
            "requested_slot": self.requested_slot or None,
        }
        metadata = {"context": context, "turn_id": self.turn_id, "region": self.region}
        return {
            "session": self.session,
            "text": self.text,
            "metadata": metadata,
            "restore": restore,
            "events": list(self.events),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineReply:
    """What the engine answered."""

    said: tuple[Said, ...]
    """At least one thing said."""
    intent: str
    """The intent it understood."""
    confidence: float
    """How sure it was, 0..1."""
    active_loop: str = ""
    """The form that is active now, empty when none."""
    requested_slot: str = ""
    """The slot that form asks for."""
    slots: Json = field(default_factory=dict)
    """Slots with a value."""
    known: bool = True
    """False when it had lost the session and rebuilt it from `Asked`."""

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Read the channel's answer; raises KeyError, TypeError, ValueError or AttributeError for nonsense."""
        said = tuple(_said(message) for message in data["messages"])
        if not said:
            raise ValueError("the engine said nothing")
        return cls(
            said=said,
            intent=str(data["intent"]["name"] or ""),
            confidence=float(data["intent"]["confidence"] or 0.0),
            active_loop=data["active_loop"] or "",
            requested_slot=data.get("requested_slot") or "",
            slots=dict(data["slots"]),
            known=bool(data["known"]),
        )


class Engine(Protocol):
    """Whoever leads the dialogue."""

    async def converse(self, asked: Asked) -> EngineReply:
        """One turn; raises Retryable when the engine is down, slow or talks nonsense."""
        ...

    async def healthy(self) -> bool:
        """True when the engine would answer now."""
        ...


class RasaEngine:
    """The engine behind `bot.dialogue.channel`. One connection pool, kept alive; create it inside the event loop."""

    def __init__(
        self,
        *,
        base_url: str,
        token: str,
        timeout: float,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._timeout = timeout
        self._clock = clock
        self._failures = 0
        self._rest_until = 0.0
        self._client = httpx.AsyncClient(
            base_url=f"{base_url}/webhooks/turn",
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout,
            trust_env=False,
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=60.0),
            transport=transport,
        )

    async def converse(self, asked: Asked) -> EngineReply:
        """One turn within the time-out, all included. Raises Retryable; after three in a row, at once for 5 s."""
        if self._clock.monotonic() < self._rest_until:
            raise Retryable("dialogue_resting", detail="the dialogue engine failed three times in a row")
        try:
            reply = await self._exchange(asked)
        except Retryable:
            self._failed()
            raise
        self._failures = 0
        return reply

    async def healthy(self) -> bool:
        """Ask the channel itself; never raises for an engine that is down."""
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.get("/")
        except (TimeoutError, httpx.HTTPError):
            return False
        if response.status_code == 200:
            # An engine that came back is used again at once instead of after the pause.
            self._failures, self._rest_until = 0, 0.0
            return True
        return False

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _exchange(self, asked: Asked) -> EngineReply:
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.post("/converse", json=asked.to_json())
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Retryable("dialogue_slow", detail=repr(error)) from error
        except httpx.HTTPError as error:
            raise Retryable("dialogue_down", detail=repr(error)) from error
        if response.status_code != 200:
            raise Retryable("dialogue_failed", detail=f"status {response.status_code}")
        try:
            return EngineReply.from_json(response.json())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Retryable("dialogue_nonsense", detail=repr(error)) from error

    def _failed(self) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            self._failures = 0
            self._rest_until = self._clock.monotonic() + REST


def _said(message: Json) -> Said:
    """A custom message is our own wire form; anything else is a fixed sentence that Rasa said itself."""
    if "custom" in message:
        return Said.from_json(message["custom"])
    options = tuple(Option(label=item["title"], value=item["payload"]) for item in message.get("buttons") or ())
    text = str(message["text"]).strip()
    return Said(reply=Reply(text=text, kind=Kind.OPTIONS if options else Kind.TEXT, options=options))
