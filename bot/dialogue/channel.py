"""The dialogue process's only door: one turn of one session, restored first when it is not known here.

POST /webhooks/turn/converse, `Authorization: Bearer <token>`:
    {"session", "text", "metadata": {"context", "turn_id", "region"},
     "restore": {"slots", "active_loop", "requested_slot"}, "events": [{"text", "intent", "reply"}]}
    -> {"messages": [{"text"?, "buttons"?, "custom"?}], "intent": {"name", "confidence"}, "active_loop",
        "requested_slot", "slots", "known"}
GET /webhooks/turn/ with the same header -> {"status": "ok"} once the model is loaded.
"""

import asyncio
import hmac
import logging
from collections import OrderedDict
from typing import Any, Awaitable, Callable, Dict, List, Optional, Text, Tuple
from weakref import WeakValueDictionary

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.dialogue.tracker_store import opening, slots_of

logger = logging.getLogger(__name__)

MAX_TEXT = 2_000
MAX_EVENTS = 5
MAX_ANSWERS = 2_000
"""Sessions whose last answer is kept, for a turn that is asked again after a time-out."""

Answer = Dict[Text, Any]


class TurnInput(InputChannel):
    """Channel `turn`."""

    def __init__(self, token: Text) -> None:
        if not token:
            raise ValueError("DIALOGUE_TOKEN is not set: the dialogue process needs a token")
        self._token = token.encode()
        self._locks: "WeakValueDictionary[Text, asyncio.Lock]" = WeakValueDictionary()
        self._answers: "OrderedDict[Text, Tuple[Text, Answer]]" = OrderedDict()

    @classmethod
    def name(cls) -> Text:
        return "turn"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> InputChannel:
        return cls(str((credentials or {}).get("token") or ""))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes; every one of them asks for the token."""
        blueprint = Blueprint("turn")

        @blueprint.route("/", methods=["GET"])
        async def health(request: Request) -> HTTPResponse:
            if not self._admits(request):
                return _error("unauthenticated", 401)
            agent = getattr(request.app.ctx, "agent", None)
            ready = agent is not None and agent.is_ready()
            return response.json({"status": "ok"}) if ready else _error("starting", 503)

        @blueprint.route("/converse", methods=["POST"])
        async def converse(request: Request) -> HTTPResponse:
            if not self._admits(request):
                return _error("unauthenticated", 401)
            agent = getattr(request.app.ctx, "agent", None)
            if agent is None or not agent.is_ready():
                return _error("starting", 503)
            asked = request.json
            if not _well_formed(asked):
                return _error("bad_request", 400)
            # Two requests of one session never interleave; the second of the same turn gets the first's answer.
            lock = self._locks.setdefault(asked["session"], asyncio.Lock())
            async with lock:
                return response.json(await self._once(agent, asked, on_new_message))

        return blueprint

    def _admits(self, request: Request) -> bool:
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        return hmac.compare_digest(given, b"Bearer " + self._token)

    async def _once(self, agent: Any, asked: Dict[Text, Any], on_new_message: Callable[..., Awaitable[Any]]) -> Answer:
        session, turn_id = asked["session"], str((asked.get("metadata") or {}).get("turn_id") or "")
        kept = self._answers.get(session)
        if turn_id and kept is not None and kept[0] == turn_id:
            return kept[1]
        answer = await _turn(agent, asked, on_new_message)
        self._answers[session] = (turn_id, answer)
        self._answers.move_to_end(session)
        while len(self._answers) > MAX_ANSWERS:
            self._answers.popitem(last=False)
        return answer


async def _turn(agent: Any, asked: Dict[Text, Any], on_new_message: Callable[..., Awaitable[Any]]) -> Answer:
    session, store = asked["session"], agent.tracker_store
    known = await _prepare(store, agent.domain, asked)
    collector = CollectingOutputChannel()
    message = UserMessage(
        _plain(asked["text"]), collector, session, input_channel="turn", metadata=asked.get("metadata") or {}
    )
    await on_new_message(message)
    tracker = await store.retrieve(session)
    return _answer(collector.messages, tracker, known)


async def _prepare(store: Any, domain: Domain, asked: Dict[Text, Any]) -> bool:
    """Rebuild a session that is not known here, add the turns that passed it by; True when it was known."""
    session, restore = asked["session"], asked.get("restore") or {}
    tracker = await store.retrieve(session)
    known = tracker is not None
    events = _passed_by(asked.get("events") or [])
    if tracker is None:
        slots = dict(restore.get("slots") or {})
        if restore.get("requested_slot"):
            slots[REQUESTED_SLOT] = restore["requested_slot"]
        loop = restore.get("active_loop")
        known_slots = {slot.name for slot in domain.slots}
        slots = {name: value for name, value in slots.items() if name in known_slots}
        events = opening(slots, loop if loop in domain.form_names else None) + events
        tracker = DialogueStateTracker(session, domain.slots)
    if events:
        tracker.update_with_events(events, domain)
        await store.save(tracker)
    return known


def _passed_by(turns: List[Dict[Text, Any]]) -> List[Event]:
    """Turns answered without us, as if action_consult had answered them here."""
    events: List[Event] = []
    for turn in turns[-MAX_EVENTS:]:
        intent = {"name": str(turn.get("intent") or "consult"), "confidence": 1.0}
        events += [
            UserUttered(_plain(str(turn.get("text") or "")), intent=intent),
            ActionExecuted("action_consult"),
            BotUttered(str(turn.get("reply") or "")),
            ActionExecuted(ACTION_LISTEN_NAME),
        ]
    return events


def _answer(messages: List[Dict[Text, Any]], tracker: DialogueStateTracker, known: bool) -> Answer:
    slots = slots_of(tracker)
    requested = slots.pop(REQUESTED_SLOT, None)
    intent = (tracker.latest_message.intent if tracker.latest_message else None) or {}
    return {
        "messages": [{key: value for key, value in message.items() if key != "recipient_id"} for message in messages],
        "intent": {"name": intent.get("name") or "", "confidence": intent.get("confidence") or 0.0},
        "active_loop": tracker.active_loop_name,
        "requested_slot": requested,
        "slots": slots,
        "known": known,
    }


def _plain(text: Text) -> Text:
    """A leading slash would be read as a command (`/restart`); nobody commands the dialogue through a message."""
    text = text[:MAX_TEXT]
    return "／" + text.lstrip("/") if text.startswith("/") else text


def _well_formed(asked: Any) -> bool:
    return (
        isinstance(asked, dict)
        and isinstance(asked.get("session"), str)
        and 0 < len(asked["session"]) <= 200
        and isinstance(asked.get("text"), str)
        and bool(asked["text"].strip())
    )


def _error(code: Text, status: int) -> HTTPResponse:
    return response.json({"error": {"code": code}}, status=status)
