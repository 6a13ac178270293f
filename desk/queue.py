"""Asking for a person: the typed request, and the truth about who is there (ARCHITECTURE 3.2)."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Protocol

from core.clock import CHINA, Clock
from core.message import Json
from desk.hours import Hours, is_working_day, spoken_day
from desk.store import DeskStore


class Presence(Protocol):
    """Who is at the desk now."""

    def online(self, skill: str) -> int:
        """How many people can take a conversation of that skill."""
        ...


class NobodyPresent:
    """No desk is staffed in this installation, and citizens are told so."""

    def online(self, skill: str) -> int:
        """Always none."""
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Out of band and typed: never a sentence that somebody has to match."""

    conversation_id: str
    """Whose request."""
    inbox_id: int
    """The message that asked; the same message twice is one request."""
    epoch: int
    """The conversation's epoch when it asked."""
    reason: str
    """asked, danger, complaint, misses, decision."""
    trigger: str
    """What set it off: the intent, or the guard's pattern."""
    summary: str
    """What it is about, masked."""
    skill: str = "general"
    """Which queue."""
    priority: int = 0
    """0 ordinary, 1 elderly or disabled, 2 danger."""
    detail: Json = field(default_factory=dict)
    """`{"slots", "auth_level", "intents": [[name, score]], "sources": [[entry, version]]}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What can honestly be said to somebody who asked for a person."""

    request_id: int
    """The recorded request."""
    open: bool
    """True within opening hours."""
    online: int
    """How many people could take it."""
    ahead: int
    """How many wait before."""
    opens: str
    """When people are there again, as one says it; empty while open."""

    @property
    def queued(self) -> bool:
        """True when waiting makes sense."""
        return self.open and self.online > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A message left for a call-back."""

    conversation_id: str
    """Whose."""
    turn_id: str
    """The turn that confirmed it; the same turn twice is one message."""
    phone_token: str
    """The opaque token of the number."""
    phone_shown: str
    """The number as it may be shown: 138****1234."""
    message: str
    """What it is about, masked."""


class Desk:
    """What the bot asks of people."""

    def __init__(self, *, store: DeskStore, hours: Hours, presence: Presence, clock: Clock) -> None:
        self._store = store
        self._presence = presence
        self._clock = clock
        self.hours = hours

    async def ask(self, request: Request) -> Answered:
        """Record the request and say what is true about it; raises Retryable when it cannot be recorded."""
        now = self._clock.now()
        opened = self.hours.is_open(now)
        online = self._presence.online(request.skill) if opened else 0
        request_id = await self._store.add_request(
            {
                "conversation_id": request.conversation_id,
                "inbox_id": request.inbox_id,
                "epoch": request.epoch,
                "at": now,
                "reason": request.reason,
                "trigger": request.trigger,
                "skill": request.skill,
                "priority": request.priority,
                "summary": request.summary,
                "detail": request.detail,
                "state": "waiting" if online else "unattended",
            }
        )
        return Answered(
            request_id=request_id,
            open=opened,
            online=online,
            ahead=await self._store.ahead_of(request_id, request.skill, request.priority) if online else 0,
            opens="" if opened else spoken_day(self.hours.next_opening(now), now),
        )

    async def leave(self, left: Left) -> int:
        """Record a message with a number to call back; gives its id."""
        now = self._clock.now()
        return await self._store.add_callback(
            {
                "conversation_id": left.conversation_id,
                "turn_id": left.turn_id,
                "at": now,
                "due_at": callback_due(now, self.hours),
                "phone_token": left.phone_token,
                "phone_shown": left.phone_shown,
                "message": left.message,
                "state": "waiting",
            }
        )

    async def withdraw(self, conversation_id: str) -> bool:
        """The citizen does not want a person any more; True when something was withdrawn."""
        return await self._store.withdraw(conversation_id) > 0


def callback_due(now: datetime, hours: Hours) -> datetime:
    """The end of the next working day after `now`."""
    day = now.astimezone(CHINA).date() + timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    closing: time = hours.slots[-1][1]
    return datetime.combine(day, closing, tzinfo=CHINA)
