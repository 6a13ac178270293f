"""REST: conversations, messages, events, feedback, rating (ARCHITECTURE 4)."""

from datetime import timedelta
from typing import Any

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty

from channels.channel import Front
from channels.web import reading
from channels.web.access import AddressLimit, Origins, address_of, bearer, new_conversation_id, new_token, token_hash
from channels.web.answering import json
from core.clock import Clock
from core.errors import Stale
from core.message import Author, Json, Kind, Message, Reply
from core.owner import CLOSED, Owner
from storage.conversations import Conversation
from storage.inbox import Incoming
from storage.storage import Storage

CHANNEL = "web"
MAX_EVENTS = 200
MAX_SEQ = 2**31 - 1
CLOSING = "本次咨询已结束。如果还有问题，直接发消息就可以继续。"


class ConversationRoutes:
    """The routes; each authenticates by the conversation's own token, but for opening one, which is public."""

    def __init__(
        self,
        *,
        storage: Storage,
        front: Front,
        origins: Origins,
        opening: AddressLimit,
        clock: Clock,
        lifetime: timedelta,
    ) -> None:
        self._storage = storage
        self._front = front
        self._origins = origins
        self._opening = opening
        self._clock = clock
        self._lifetime = lifetime

    def blueprint(self) -> Blueprint:
        """All of them under /api/v1/conversations."""
        routes: Blueprint = Blueprint("conversations", url_prefix="/api/v1/conversations")
        routes.add_route(self.open, "", methods=["POST"])
        routes.add_route(self.say, "/<conversation_id:str>/messages", methods=["POST"])
        routes.add_route(self.events, "/<conversation_id:str>/events", methods=["GET"])
        routes.add_route(self.feedback, "/<conversation_id:str>/feedback", methods=["POST"])
        routes.add_route(self.rating, "/<conversation_id:str>/rating", methods=["POST"])
        routes.add_route(self.close, "/<conversation_id:str>/close", methods=["POST"])
        return routes

    async def open(self, request: Request) -> HTTPResponse:
        """Public: a citizen begins anonymously; limited by address."""
        self._origins.check(request)
        reading.body(request)
        self._opening.check(address_of(request))
        token = new_token()
        conversation = await self._storage.conversations.open(
            conversation_id=new_conversation_id(),
            channel=CHANNEL,
            token_hash=token_hash(token),
            now=self._clock.now(),
            lifetime=self._lifetime,
        )
        data = {
            "conversation_id": conversation.id,
            "token": token,
            "expires_at": conversation.expires_at.isoformat(),
        }
        return json(data, status=201)

    async def say(self, request: Request, conversation_id: str) -> HTTPResponse:
        """One turn; the same client_message_id twice gives the same answer once."""
        self._origins.check(request)
        data = reading.body(request)
        answer = await self._front.say(incoming(conversation_id, bearer(request), data))
        return json(answer.to_json())

    async def events(self, request: Request, conversation_id: str) -> HTTPResponse:
        """Everything said after `after`, in order."""
        conversation = await self._authenticate(request, conversation_id)
        after = reading.argument(request, "after", 0, 0, MAX_SEQ)
        limit = reading.argument(request, "limit", 100, 1, MAX_EVENTS)
        messages = await self._storage.conversations.events(conversation.id, after=after, limit=limit)
        return json(_state(conversation) | {"messages": _wire(messages), "last_seq": conversation.last_seq})

    async def feedback(self, request: Request, conversation_id: str) -> HTTPResponse:
        """有用/没用 for one answer."""
        data = reading.body(request)
        conversation = await self._authenticate(request, conversation_id)
        await self._storage.conversations.give_feedback(
            conversation.id,
            seq=reading.integer(data.get("seq"), "seq", 1, MAX_SEQ),
            helpful=reading.flag(data, "helpful"),
            now=self._clock.now(),
        )
        return empty()

    async def rating(self, request: Request, conversation_id: str) -> HTTPResponse:
        """好差评: 5 非常满意 … 1 非常不满意."""
        data = reading.body(request)
        conversation = await self._authenticate(request, conversation_id)
        await self._storage.conversations.rate(
            conversation.id,
            level=reading.integer(data.get("level"), "level", 1, 5),
            comment=self._storage.vault.mask(reading.comment(data)).display,
            now=self._clock.now(),
        )
        return empty()

    async def close(self, request: Request, conversation_id: str) -> HTTPResponse:
        """End the conversation; a later message opens it again. Closing twice is closing once."""
        conversation = await self._authenticate(request, conversation_id)
        before = conversation.last_seq
        if not conversation.owner.is_closed:
            conversation = await self._close(conversation)
        messages = await self._storage.conversations.events(conversation.id, after=before)
        return json(_state(conversation) | {"messages": _wire(messages)})

    async def _close(self, conversation: Conversation) -> Conversation:
        now = self._clock.now()
        notice = Reply(text=CLOSING, kind=Kind.RATING, author=Author.SYSTEM)
        try:
            epoch = await self._storage.conversations.change_owner(
                conversation.id, epoch=conversation.epoch, owner=Owner(CLOSED), now=now
            )
            await self._storage.conversations.say(conversation.id, epoch=epoch, replies=(notice,), now=now)
        except Stale:
            pass  # somebody else spoke or closed in between: what is read next is the truth
        return await self._storage.conversations.read(conversation.id)

    async def _authenticate(self, request: Request, conversation_id: str) -> Conversation:
        self._origins.check(request)
        return await self._storage.conversations.authenticate(
            reading.conversation_id(conversation_id), bearer(request), self._clock.now()
        )


def incoming(conversation_id: str, token: bytes, data: dict[str, Any]) -> Incoming:
    """A client's message; raises Misuse, TooLarge."""
    client_id = reading.client_message_id(data)
    reading.conversation_id(conversation_id)
    return Incoming(
        channel=CHANNEL,
        message_id=f"{conversation_id}:{client_id}",
        conversation_id=conversation_id,
        token_hash=token,
        client_message_id=client_id,
        text=reading.text(data),
    )


def _state(conversation: Conversation) -> Json:
    return {"owner": str(conversation.owner), "epoch": conversation.epoch}


def _wire(messages: tuple[Message, ...]) -> list[Json]:
    return [message.to_json() for message in messages]
