"""WebSocket: everything said, pushed in order; resumes after a lost connection by `after`.

The socket holds no state that a lost connection could lose: what the citizen sends is durable before the `ack`, what
is said is read from the messages by `seq`, each once.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable
from typing import Any

import orjson
import structlog
from sanic import Blueprint, Request, Websocket
from websockets.exceptions import ConnectionClosed

from channels.channel import Front
from channels.web import reading
from channels.web.access import Origins, token_hash
from channels.web.conversations import MAX_EVENTS, MAX_SEQ, incoming
from core.clock import Clock
from core.errors import HuiChuangError, Misuse, NotFound, Refused, Retryable, TooMany, Unauthenticated
from core.message import Json
from core.metrics import SOCKETS
from storage.conversations import Conversation
from storage.storage import Storage

log = structlog.get_logger(__name__)
HELLO_SECONDS = 10.0
GOODBYE_SECONDS = 1.0
MAX_PER_CONVERSATION = 8
_CLOSE = {Unauthenticated: 4401, Refused: 4403, NotFound: 4404, Retryable: 1013}
"""1013: try again later (IANA's registry of RFC 6455 close codes)."""


class SocketRoute:
    """The route; authenticates by the token in the first frame (a URL would leak it into logs)."""

    def __init__(self, *, storage: Storage, front: Front, origins: Origins, clock: Clock) -> None:
        self._storage = storage
        self._front = front
        self._origins = origins
        self._clock = clock
        self._open: Counter[str] = Counter()

    def blueprint(self) -> Blueprint:
        """GET /api/v1/conversations/{id}/ws."""
        routes: Blueprint = Blueprint("socket", url_prefix="/api/v1/conversations")
        routes.add_websocket_route(self.serve, "/<conversation_id:str>/ws")
        return routes

    async def serve(self, request: Request, socket: Websocket, conversation_id: str) -> None:
        """One connection, from hello to goodbye."""
        SOCKETS.inc()
        try:
            self._origins.check(request)
            reading.conversation_id(conversation_id)
            await self._talk(socket, conversation_id)
        except HuiChuangError as error:
            with contextlib.suppress(ConnectionClosed):
                await socket.send(_frame(error.to_json() | {"type": "error"}))
            code = next((code for kind, code in _CLOSE.items() if isinstance(error, kind)), 4400)
            await socket.close(code=code, reason=error.code)
        except ConnectionClosed:
            pass
        finally:
            SOCKETS.dec()

    async def _talk(self, socket: Websocket, conversation_id: str) -> None:
        token, after = await self._hello(socket)
        conversation = await self._storage.conversations.authenticate(conversation_id, token, self._clock.now())
        if self._open[conversation_id] >= MAX_PER_CONVERSATION:
            raise Refused("too_many_windows", "这个会话打开的窗口太多了，请关掉一些。")
        self._open[conversation_id] += 1
        try:
            await self._both_ways(socket, conversation, token, after)
        finally:
            self._open[conversation_id] -= 1
            if not self._open[conversation_id]:
                del self._open[conversation_id]

    async def _hello(self, socket: Websocket) -> tuple[bytes, int]:
        frame = await socket.recv(timeout=HELLO_SECONDS)
        data = reading.parse(frame or b"")
        token = data.get("token")
        if data.get("type") != "hello" or not isinstance(token, str):
            raise Unauthenticated("no_token")
        return token_hash(token), reading.integer(data.get("after", 0), "after", 0, MAX_SEQ)

    async def _both_ways(self, socket: Websocket, conversation: Conversation, token: bytes, after: int) -> None:
        changed, ending = asyncio.Event(), asyncio.Event()
        changed.set()
        with self._storage.events.conversation(conversation.id, lambda _: changed.set()):
            await socket.send(_frame(_state(conversation)))
            writer = asyncio.create_task(_until_closed(self._write(socket, conversation, after, changed, ending)))
            reader = asyncio.create_task(_until_closed(self._read(socket, conversation.id, token)))
            both = {writer, reader}
            try:
                done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:  # also when the connection was lost and this very task is cancelled
                ending.set()
                changed.set()
                reader.cancel()
                await asyncio.wait(both, timeout=GOODBYE_SECONDS)  # a query broken off would cost its connection
                writer.cancel()
                await asyncio.gather(*both, return_exceptions=True)
            for task in done:
                task.result()

    async def _write(
        self, socket: Websocket, known: Conversation, after: int, changed: asyncio.Event, ending: asyncio.Event
    ) -> None:
        """Send what is said after `after`, now and whenever the conversation changes; a new owner is told as well."""
        epoch = known.epoch
        while True:
            await changed.wait()
            changed.clear()
            if ending.is_set():
                return
            while messages := await self._storage.conversations.events(known.id, after=after, limit=MAX_EVENTS):
                for message in messages:
                    await socket.send(_frame({"type": "message", "message": message.to_json()}))
                after = messages[-1].seq
            now = await self._storage.conversations.read(known.id)
            if now.epoch != epoch:
                epoch = now.epoch
                await socket.send(_frame(_state(now)))

    async def _read(self, socket: Websocket, conversation_id: str, token: bytes) -> None:
        async for frame in socket:
            client_id = ""
            try:
                data = reading.parse(frame)
                raw_id = data.get("client_message_id")
                client_id = raw_id if isinstance(raw_id, str) else ""
                await self._hear(socket, conversation_id, token, data)
            except (Unauthenticated, NotFound):
                raise
            except HuiChuangError as error:
                await socket.send(_frame(_problem(error, client_id)))

    async def _hear(self, socket: Websocket, conversation_id: str, token: bytes, data: dict[str, Any]) -> None:
        match data.get("type"):
            case "ping":
                await socket.send(_frame({"type": "pong"}))
            case "message":
                said = incoming(conversation_id, token, data)
                accepted = await self._front.accept(said)
                await socket.send(_frame({"type": "ack", "client_message_id": said.client_message_id}))
                if not accepted.done:
                    await socket.send(_frame({"type": "typing"}))
            case _:
                raise Misuse("bad_frame", "不认识的消息类型。")


async def _until_closed(talk: Awaitable[None]) -> None:
    """A closed connection is how a talk ends, no matter which of the two sides notices."""
    with contextlib.suppress(ConnectionClosed):
        await talk


def _frame(data: Json) -> str:
    return orjson.dumps(data).decode()


def _state(conversation: Conversation) -> Json:
    return {
        "type": "state",
        "owner": str(conversation.owner),
        "epoch": conversation.epoch,
        "last_seq": conversation.last_seq,
    }


def _problem(error: HuiChuangError, client_id: str) -> Json:
    data: Json = error.to_json() | {"type": "error"}
    if client_id:
        data["client_message_id"] = client_id
    if isinstance(error, TooMany):
        data["retry_after"] = round(error.retry_after, 1)
    if isinstance(error, Retryable):
        data["retry_after"] = 2.0
    return data
