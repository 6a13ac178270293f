"""kill -9 at any moment: what was acknowledged is kept, answered once, and in order."""

import asyncio
import contextlib
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import text
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from storage.storage import Storage
from tests.faults.web import WebProcess, environment
from tests.stand import KEY

pytestmark = pytest.mark.slow
KILLS = 20
CITIZENS = 6
SEED = 20261122
QUESTIONS = ("医保断缴了会怎么样", "灵活就业人员怎么交养老保险", "居住证怎么办")
BROKEN = (httpx.HTTPError, WebSocketException, OSError, TimeoutError)


class Cluster:
    """Two web processes over one database."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.processes = [WebProcess(environment=settings) for _ in range(2)]
        self.acknowledged = 0
        self.budget = 0
        """Messages that may be begun; without a limit the clients would starve a process that starts."""
        self.over = False
        self.moved = asyncio.Condition()

    async def any_up(self, chance: random.Random) -> WebProcess:
        """One that serves; waits while none does."""
        while not (up := [process for process in self.processes if process.up.is_set()]):
            waiting = [asyncio.create_task(process.up.wait()) for process in self.processes]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
        return chance.choice(up)

    async def acknowledge(self) -> None:
        """A client was told that its message is kept."""
        async with self.moved:
            self.acknowledged += 1
            self.moved.notify_all()

    async def may_send(self) -> bool:
        """True when one more message may be begun, False when the killing is over."""
        async with self.moved:
            await self.moved.wait_for(lambda: self.budget > 0 or self.over)
            self.budget -= 1
            return not self.over

    async def finish(self) -> None:
        """No more new messages."""
        async with self.moved:
            self.over = True
            self.moved.notify_all()

    async def kill_again_and_again(self, chance: random.Random) -> None:
        """After some more acknowledgements one process dies, now and then both; then they start again."""
        kills = 0
        while kills < KILLS:
            goal = self.acknowledged + chance.randrange(1, 25)
            async with self.moved:
                self.budget = 60
                self.moved.notify_all()
                await self.moved.wait_for(lambda goal=goal: self.acknowledged >= goal)  # type: ignore[misc]
            victims = self.processes if chance.random() < 0.2 else [chance.choice(self.processes)]
            await asyncio.gather(*(victim.kill() for victim in victims))
            kills += len(victims)
            await asyncio.gather(*(victim.start() for victim in victims))


@dataclass(slots=True, kw_only=True)
class Client:
    """A citizen's page: what is not acknowledged is sent again under the same id."""

    cluster: Cluster
    chance: random.Random
    id: str = ""
    token: str = ""
    sent: list[str] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    """Ids of messages that were acknowledged."""
    seen: list[int] = field(default_factory=list)
    """Places of the messages that the WebSocket pushed."""

    async def open(self, http: httpx.AsyncClient) -> None:
        async def attempt(process: WebProcess) -> None:
            answer = await http.post(f"http://{process.address}/api/v1/conversations", json={})
            answer.raise_for_status()
            self.id, self.token = answer.json()["conversation_id"], answer.json()["token"]

        await self.until_done(attempt)

    async def until_done(self, attempt: Callable[[WebProcess], Awaitable[None]]) -> None:
        """Try at whoever serves until it works."""
        while True:
            process = await self.cluster.any_up(self.chance)
            with contextlib.suppress(*BROKEN):
                await attempt(process)
                return

    def next_message(self) -> tuple[str, str]:
        self.sent.append(f"m{len(self.sent)}")
        return self.sent[-1], self.chance.choice(QUESTIONS)

    async def keep(self, client_id: str) -> None:
        if client_id not in self.kept:
            self.kept.add(client_id)
            await self.cluster.acknowledge()

    async def say(self, http: httpx.AsyncClient, client_id: str, words: str) -> None:
        """Over REST, until there is an answer."""

        async def attempt(process: WebProcess) -> None:
            answer = await http.post(
                f"http://{process.address}/api/v1/conversations/{self.id}/messages",
                json={"client_message_id": client_id, "text": words},
                headers={"Authorization": f"Bearer {self.token}"},
            )
            if answer.status_code == 503:
                answer.raise_for_status()
            assert answer.status_code == 200, answer.text
            messages = answer.json()["messages"]
            assert messages[0]["client_message_id"] == client_id
            await self.keep(client_id)

        await self.until_done(attempt)

    async def burst(self, wanted: list[tuple[str, str]]) -> None:
        """Several at once over the WebSocket, until all are acknowledged."""

        async def attempt(process: WebProcess) -> None:
            uri = f"ws://{process.address}/api/v1/conversations/{self.id}/ws"
            async with connect(uri, proxy=None, open_timeout=30, close_timeout=1) as socket:
                after = self.seen[-1] if self.seen else 0
                await socket.send(orjson.dumps({"type": "hello", "token": self.token, "after": after}).decode())
                for client_id, words in wanted:
                    if client_id not in self.kept:
                        frame = {"type": "message", "client_message_id": client_id, "text": words}
                        await socket.send(orjson.dumps(frame).decode())
                while not self.kept.issuperset(client_id for client_id, _ in wanted):
                    await self.hear(orjson.loads(await asyncio.wait_for(socket.recv(), 30)))

        await self.until_done(attempt)

    async def hear(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "ack":
                await self.keep(frame["client_message_id"])
            case "message":
                self.seen.append(frame["message"]["seq"])
            case "error":
                assert frame["error"]["code"] == "database_unavailable", frame

    async def live(self, http: httpx.AsyncClient) -> None:
        """Ask and ask again until the killing is over."""
        await self.open(http)
        while await self.cluster.may_send():
            if self.chance.random() < 0.5:
                await self.say(http, *self.next_message())
            else:
                await self.burst([self.next_message() for _ in range(self.chance.randrange(1, 4))])
        for client_id in self.sent:  # whoever waits for an answer gets it
            await self.say(http, client_id, "再发一次")


@pytest.fixture
async def cluster(database_url: str, tmp_path: Path) -> AsyncIterator[Cluster]:
    made = Cluster(environment(database_url, tmp_path / "state"))
    await asyncio.gather(*(process.start() for process in made.processes))
    yield made
    codes = await asyncio.gather(*(process.stop() for process in made.processes))
    assert codes == [0, 0], "SIGTERM is a graceful stop"


@pytest.mark.timeout(600)
async def test_nothing_acknowledged_is_lost_nothing_is_answered_twice(cluster: Cluster, database_url: str) -> None:
    clients = [Client(cluster=cluster, chance=random.Random(SEED + n)) for n in range(CITIZENS)]
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http, asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(client.live(http))
        await cluster.kill_again_and_again(random.Random(SEED))
        await cluster.finish()
    assert sum(process.starts for process in cluster.processes) >= KILLS + 2
    async with Storage(database_url, data_key=KEY) as storage:
        for client in clients:
            await check(storage, client)
        async with storage.database.connect() as connection:
            undone = await connection.scalar(text("SELECT count(*) FROM inbox WHERE state <> 'done'"))
    assert undone == 0


async def check(storage: Storage, client: Client) -> None:
    events = await storage.conversations.events(client.id, after=0, limit=100_000)
    assert [m.seq for m in events] == list(range(1, len(events) + 1))
    heard = [m.client_message_id for m in events if m.said.author.value == "citizen"]
    assert heard == client.sent, "kept, once, in the order of sending"
    assert client.kept == set(client.sent)
    assert [m.said.author.value for m in events] == ["citizen", "bot"] * len(client.sent), "each answered once"
    assert client.seen == sorted(set(client.seen)), "the line repeats nothing"
    assert client.seen == list(range(1, len(client.seen) + 1)), "nor leaves anything out"


async def test_a_process_stopped_politely_finishes_what_it_began(cluster: Cluster, database_url: str) -> None:
    client = Client(cluster=cluster, chance=random.Random(SEED))
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        await client.open(http)
        wanted = [client.next_message() for _ in range(10)]
        await client.burst(wanted)
        first = cluster.processes[0]
        assert await first.stop() == 0
        for client_id, words in wanted:
            await client.say(http, client_id, words)
        await first.start()
    async with Storage(database_url, data_key=KEY) as storage:
        events = await storage.conversations.events(client.id, after=0)
    assert [m.client_message_id for m in events if m.client_message_id] == client.sent
    assert signal.SIGTERM.name not in "".join(first.lines)
    assert "Traceback" not in "".join(line for process in cluster.processes for line in process.lines)
