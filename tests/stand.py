"""The assistant on a test stand: real storage, real knowledge, real HTTP and WebSocket on loopback, scripted engine."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher

import app as composition
from bot.actions.executor import ActionServer
from bot.consult import Consult
from bot.dispatch import Dispatcher
from bot.lane import Lane
from bot.people import People
from bot.ports import Words
from bot.replies import Replies
from bot.rewording import Rewording
from bot.turn import Turn
from channels.web import server
from channels.web.access import Origins
from core.clock import ManualClock
from core.settings import ROOT, Settings
from desk.hours import Hours
from desk.queue import Desk, Presence
from desk.store import DeskStore
from knowledge.editing.unanswered import Recorder
from knowledge.editing.workbench import Workbench
from knowledge.live import Live
from knowledge.search import Knowledge
from staff.passwords import Passwords
from staff.room import StaffRoom
from storage.storage import Storage
from tests.fakes.engine import ScriptedEngine

INDEX = ROOT / "var" / "index"
KEY = bytes(range(32))
TOKEN = "internal-token-of-the-tests"
NOON = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Monday, 10:00 in China: the offices are open."""
_names = count(1)


Known = Callable[[Storage, ManualClock], Awaitable[Live]]
"""Opens what is published in a test's own database."""


def quick() -> Passwords:
    """Argon2 without its slowness."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class Staffed:
    """So many people at the desk."""

    def __init__(self, people: int) -> None:
        self.people = people

    def online(self, skill: str) -> int:
        """As many as were set."""
        return self.people


@cache
def knowledge() -> Knowledge:
    """The shipped entries, as script/setup indexed them."""
    return composition.open_knowledge(Settings())


@cache
def lane() -> Lane:
    """The fast-lane model, as script/train built it."""
    return Lane.load(INDEX)


@dataclass(slots=True, kw_only=True)
class Stand:
    """Everything a test may look at or move."""

    storage: Storage
    clock: ManualClock
    engine: ScriptedEngine
    presence: Staffed
    turn: Turn
    dispatcher: Dispatcher
    desk: DeskStore
    staff: StaffRoom
    bench: Workbench
    known: Knowledge | Live
    recorder: Recorder
    base_url: str = ""
    client: httpx.AsyncClient | None = None

    @property
    def http(self) -> httpx.AsyncClient:
        """A client of the running server."""
        assert self.client is not None, "this stand serves no HTTP"
        return self.client

    async def open(self) -> "Citizen":
        """A citizen with a fresh conversation."""
        answer = await self.http.post("/api/v1/conversations", json={})
        assert answer.status_code == 201, answer.text
        data = answer.json()
        return Citizen(stand=self, id=data["conversation_id"], token=data["token"])


@dataclass(slots=True, kw_only=True)
class Citizen:
    """Talks over the REST interface."""

    stand: Stand
    id: str
    token: str
    said: int = 0

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def path(self) -> str:
        return f"/api/v1/conversations/{self.id}"

    async def post(self, text: Any, client_message_id: str = "") -> httpx.Response:
        """Send one message."""
        self.said += 1
        body = {"client_message_id": client_message_id or f"m{self.said}", "text": text}
        return await self.stand.http.post(f"{self.path}/messages", json=body, headers=self.headers)

    async def say(self, text: str) -> list[dict[str, Any]]:
        """Send one message; gives the replies."""
        answer = await self.post(text)
        assert answer.status_code == 200, answer.text
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages[1:]

    async def ask(self, text: str) -> str:
        """Send one message; gives the texts of the replies."""
        return "\n".join(message["text"] for message in await self.say(text))

    async def events(self, after: int = 0) -> list[dict[str, Any]]:
        """What was said after `after`."""
        answer = await self.stand.http.get(f"{self.path}/events", params={"after": after}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages


@asynccontextmanager
async def bot(
    database_url: str,
    *,
    per_minute: int = 600,
    presence: Presence | None = None,
    push: frozenset[str] = frozenset(),
    rewording: Rewording | None = None,
    known: Known | None = None,
    words: Words | None = None,
) -> AsyncIterator[Stand]:
    """Storage, turn and dispatcher, without HTTP; `known` opens another knowledge base than the shipped one."""
    clock, engine, staffed = ManualClock(NOON), ScriptedEngine(), Staffed(0)
    replies = Replies.load()
    async with Storage(database_url, data_key=KEY, per_minute=per_minute) as storage:
        store = DeskStore(storage.database)
        live = await known(storage, clock) if known else None
        recorder = Recorder(database=storage.database, clock=clock)
        desk = Desk(
            store=store, hours=Hours.parse("09:00-12:00,13:30-17:30"), presence=presence or staffed, clock=clock
        )
        turn = Turn(
            vault=storage.vault,
            consult=Consult(
                knowledge=live or knowledge(),
                replies=replies,
                clock=clock,
                missed=lambda question, nearest: recorder.note(question, "330100", nearest),
            ),
            engine=engine,
            lane=lane(),
            people=People(desk=desk, vault=storage.vault),
            replies=replies,
            clock=clock,
            region="330100",
            idle=timedelta(minutes=30),
            hotline="12345",
            rewording=rewording,
            words=words,
        )
        dispatcher = Dispatcher(storage=storage, turn=turn, clock=clock, push_channels=push)
        yield Stand(
            storage=storage,
            clock=clock,
            engine=engine,
            presence=staffed,
            turn=turn,
            dispatcher=dispatcher,
            desk=store,
            staff=composition.open_staff(Settings(), storage, clock, passwords=quick()),
            bench=composition.open_bench(storage, live or knowledge(), clock),
            known=live or knowledge(),
            recorder=recorder,
        )
        await dispatcher.stop()
        if live is not None:
            await live.stop()


@asynccontextmanager
async def served(
    database_url: str,
    *,
    per_minute: int = 600,
    opening_per_minute: int = 10_000,
    origins: tuple[str, ...] = (),
    pages: Path = ROOT / "web" / "dist",
    known: Known | None = None,
) -> AsyncIterator[Stand]:
    """The same behind a real server on a free port of loopback."""
    async with bot(database_url, per_minute=per_minute, known=known) as stand:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        stand.base_url = f"http://127.0.0.1:{port}"
        settings = Settings(state_dir=ROOT / "var" / "none")  # no supervisor's status: nothing of a real run is read
        allowed = Origins(origins, own=stand.base_url)
        application = server.build(
            name=f"stand-{next(_names)}",
            storage=stand.storage,
            front=stand.dispatcher,
            catalogue=composition.open_catalogue(settings, stand.storage, stand.known),
            checks=composition.checks(settings, stand.storage, stand.known, stand.engine),
            actions=ActionServer(knowledge=stand.known, replies=Replies.load(), clock=stand.clock).run,
            internal_token=TOKEN,
            pages=pages,
            origins=allowed,
            clock=stand.clock,
            lifetime=timedelta(hours=24),
            opening_per_minute=opening_per_minute,
            more=composition.staff_routes(settings, stand.staff, allowed, stand.clock, stand.bench, stand.storage),
        )
        serving = await application.create_server(sock=listener, return_asyncio_server=True)
        assert serving is not None
        await serving.startup()
        accepting = asyncio.create_task(serving.start_serving())
        await accepting
        async with httpx.AsyncClient(base_url=stand.base_url, trust_env=False, timeout=30) as client:
            stand.client = client
            yield stand
        serving.close()
        await serving.wait_closed()
