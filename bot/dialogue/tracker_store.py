"""Where the dialogue process keeps its sessions: in memory, bounded, forgetful. The archive is our database.

A session is cut to its last events, so that turn 500 costs what turn 5 costs; what the cut part established (slots,
active form) is put in front. A session that is not here (restart, eviction, an hour's rest) is rebuilt by the channel.
"""

import time
from collections import OrderedDict
from typing import Any, Callable, Dict, Iterable, List, Optional, Text, Tuple

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

MAX_SESSIONS = 5_000
MAX_EVENTS = 60
KEEP_EVENTS = 30
TTL = 3_600.0
NOT_KEPT = ("session_started_metadata",)


def opening(slots: Dict[Text, Any], active_loop: Optional[Text]) -> List[Event]:
    """Events that lead from nothing to a listening session with these slots and this form."""
    events: List[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted(), ActionExecuted(ACTION_LISTEN_NAME)]
    events += [SlotSet(name, value) for name, value in slots.items() if value is not None]
    if active_loop:
        events += [ActiveLoop(active_loop), ActionExecuted(active_loop), ActionExecuted(ACTION_LISTEN_NAME)]
    return events


def slots_of(tracker: DialogueStateTracker) -> Dict[Text, Any]:
    """Slots that hold a value."""
    values = tracker.current_slot_values()
    return {name: value for name, value in values.items() if value is not None and name not in NOT_KEPT}


class BoundedTrackerStore(TrackerStore, SerializedTrackerAsText):
    """At most `MAX_SESSIONS` sessions, the least recently used goes first."""

    def __init__(
        self,
        domain: Optional[Domain] = None,
        event_broker: Optional[EventBroker] = None,
        clock: Callable[[], float] = time.monotonic,
        **kwargs: Any,
    ) -> None:
        self._sessions: "OrderedDict[Text, Tuple[float, List[Event]]]" = OrderedDict()
        self._clock = clock
        super().__init__(domain, event_broker)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the session's latest events."""
        events = list(tracker.events)
        if len(events) > MAX_EVENTS:
            events = self._cut(tracker.sender_id, events)
        self._sessions[tracker.sender_id] = (self._clock(), events)
        self._sessions.move_to_end(tracker.sender_id)
        while len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """The session, or None when it is unknown or rested too long."""
        found = self._sessions.get(sender_id)
        if found is None:
            return None
        kept_at, events = found
        if self._clock() - kept_at > TTL:
            del self._sessions[sender_id]
            return None
        return self._tracker(sender_id, events)

    async def keys(self) -> Iterable[Text]:
        """Ids of the sessions that are here."""
        return list(self._sessions)

    async def delete(self, sender_id: Text) -> None:
        """Forget one session."""
        self._sessions.pop(sender_id, None)

    def _tracker(self, sender_id: Text, events: List[Event]) -> DialogueStateTracker:
        slots = self.domain.slots if self.domain else []
        return DialogueStateTracker.from_events(sender_id, evts=events, slots=slots)

    def _cut(self, sender_id: Text, events: List[Event]) -> List[Event]:
        """The last turns whole, with what was established before them in front."""
        starts = [index for index, event in enumerate(events) if isinstance(event, UserUttered)]
        start = next((index for index in starts if index >= len(events) - KEEP_EVENTS), None)
        if start is None:
            start = starts[-1] if starts else len(events)
        before = self._tracker(sender_id, events[:start])
        return opening(slots_of(before), before.active_loop_name) + events[start:]
