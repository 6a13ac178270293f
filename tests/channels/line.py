"""The citizen's end of a WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect

from tests.stand import Citizen

PATIENCE = 20.0


@dataclass(slots=True)
class Line:
    """One open connection."""

    socket: ClientConnection

    async def send(self, **frame: Any) -> None:
        await self.socket.send(orjson.dumps(frame).decode())

    async def say(self, text: str, client_message_id: str) -> None:
        await self.send(type="message", client_message_id=client_message_id, text=text)

    async def hear(self) -> dict[str, Any]:
        """The next frame."""
        async with asyncio.timeout(PATIENCE):
            frame: dict[str, Any] = orjson.loads(await self.socket.recv())
        return frame

    async def until(self, kind: str) -> list[dict[str, Any]]:
        """Frames up to the first of that type, it included."""
        frames = [await self.hear()]
        while frames[-1]["type"] != kind:
            frames.append(await self.hear())
        return frames

    async def messages(self, last_seq: int) -> list[dict[str, Any]]:
        """The messages pushed up to that place."""
        found: list[dict[str, Any]] = []
        while not found or found[-1]["seq"] < last_seq:
            frame = await self.hear()
            if frame["type"] == "message":
                found.append(frame["message"])
        return found

    async def closed(self) -> int | None:
        """Wait for the end; its close code."""
        async with asyncio.timeout(PATIENCE):
            await self.socket.wait_closed()
        return self.socket.close_code


@asynccontextmanager
async def raw(citizen: Citizen, *, conversation_id: str = "", origin: str | None = None) -> AsyncIterator[Line]:
    """A connection before its hello."""
    address = citizen.stand.base_url.replace("http", "ws", 1)
    uri = f"{address}/api/v1/conversations/{conversation_id or citizen.id}/ws"
    headers = {"Origin": origin} if origin else {}
    async with connect(uri, additional_headers=headers, proxy=None, open_timeout=PATIENCE) as socket:
        yield Line(socket)


@asynccontextmanager
async def line(citizen: Citizen, *, after: int = 0) -> AsyncIterator[Line]:
    """A connection after its hello; the state frame is still to come."""
    async with raw(citizen) as opened:
        await opened.send(type="hello", token=citizen.token, after=after)
        yield opened
