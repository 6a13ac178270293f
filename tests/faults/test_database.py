"""The database loses a connection, crashes, restarts: the assistant recovers by itself and nothing is lost."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.settings import ROOT
from host import child, postgres
from storage import migrate
from tests import stand as stands
from tests.bot.talk import CONSULT, TALK
from tests.channels.line import line, raw
from tests.fakes.engine import says
from tests.stand import Citizen, Stand

pytestmark = pytest.mark.slow
PATIENCE = 60.0
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = 'huichuang' ORDER BY backend_start"
"""The first is the one that listens; the others serve the pool."""


@dataclass(slots=True)
class Server:
    """A PostgreSQL of this test's own, which may be hurt."""

    cluster: postgres.Cluster
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it takes connections."""
        self.process = child.spawn(
            self.cluster.command(),
            cwd=self.cluster.data.parent,
            output=self.cluster.data.parent / "log",
            account=self.cluster.account,
            death=signal.SIGINT,
        )

    def stop(self) -> None:
        """The fast shutdown of an administrator."""
        assert self.process is not None
        assert child.stop(self.process, ask=signal.SIGINT, group=False) == 0

    def backends(self) -> list[int]:
        """Processes of the server that serve the assistant."""
        return [int(line) for line in self.cluster.sql(BACKENDS).split()]


async def answers(server: Server) -> None:
    """Wait until the server takes connections."""
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(server.cluster.ready):  # noqa: ASYNC110 - another process tells by a file
            await asyncio.sleep(0.05)


@pytest.fixture
def server() -> Iterator[Server]:
    home = Path(tempfile.mkdtemp(prefix="hcpg-"))  # not tmp_path: see tests/host/test_postgres.py
    cluster = postgres.embedded(ROOT, home / "pg", settings={"fsync": "off", "restart_after_crash": "on"})
    cluster.initialise()
    made = Server(cluster)
    made.start()
    asyncio.run(answers(made))
    cluster.ensure_database()
    migrate.upgrade(cluster.url())
    yield made
    cluster.clear_leftover()
    assert made.process is not None
    made.process.wait(30)
    shutil.rmtree(home)


@pytest.fixture
async def stand(server: Server) -> AsyncIterator[Stand]:
    async with stands.served(server.cluster.url()) as made:
        made.engine.script = says("好")
        yield made


async def insists(citizen: Citizen, text: str, client_message_id: str) -> list[str]:
    """Send the same message until it is answered, as the page does; the texts of the turn."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await citizen.post(text, client_message_id)
            if answer.status_code == 200:
                return [message["text"] for message in answer.json()["messages"]]
            assert answer.status_code == 503, answer.text
            assert answer.json()["error"]["message"]
            await asyncio.sleep(0.1)


async def database_state(citizen: Citizen) -> str:
    """As /readyz tells it."""
    state: str = (await citizen.stand.http.get("/readyz")).json()["parts"]["database"]["state"]
    return state


async def recovered(citizen: Citizen, *, messages: int) -> None:
    """Everything that was said is there once; new words are answered; who listens is woken again."""
    events = await citizen.events()
    assert [m["seq"] for m in events] == list(range(1, 2 * messages + 1))
    assert [m["author"] for m in events] == ["citizen", "bot"] * messages
    async with asyncio.timeout(PATIENCE):
        while await database_state(citizen) != "up":  # noqa: ASYNC110 - asked from outside, as a load balancer does
            await asyncio.sleep(0.05)
        async with line(citizen, after=len(events)) as talk:
            await talk.until("state")
            await talk.say(TALK, "afterwards")
            assert [m["text"] for m in await talk.messages(len(events) + 2)] == [TALK, "好"]


async def test_a_connection_killed_under_load(stand: Stand, server: Server) -> None:
    citizen = await stand.open()
    for number in range(8):
        talking = asyncio.create_task(insists(citizen, TALK, f"k{number}"))
        victims = server.backends()[number % 2 :]  # with the one that listens, and without it
        for pid in victims:
            await asyncio.to_thread(server.cluster.sql, f"SELECT pg_terminate_backend({pid})")
        assert await talking == [TALK, "好"]
    await recovered(citizen, messages=8)


async def test_a_backend_killed_with_nine_takes_the_server_down_and_it_comes_back(stand: Stand, server: Server) -> None:
    citizen = await stand.open()
    for number in range(3):
        assert await insists(citizen, CONSULT, f"a{number}")
        talking = asyncio.create_task(insists(citizen, TALK, f"b{number}"))
        os.kill(server.backends()[0], signal.SIGKILL)
        assert await talking == [TALK, "好"]
        await answers(server)
        await stand.dispatcher.idle()
        await ready(server)
    await recovered(citizen, messages=6)


async def ready(server: Server) -> None:
    """Crash recovery is over when a statement goes through."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await asyncio.to_thread(server.cluster.sql, "SELECT 1")
                return
            except Exception:
                await asyncio.sleep(0.1)


async def test_a_restart_of_the_server(stand: Stand, server: Server) -> None:
    citizen = await stand.open()
    await citizen.say(TALK)
    async with line(citizen) as talk:
        await talk.messages(2)
        await asyncio.to_thread(server.stop)
        down = await citizen.post(TALK, "while-down")
        assert (down.status_code, down.json()["error"]["code"]) == (503, "database_unavailable")
        assert await database_state(citizen) == "down"
        async with raw(citizen) as late:
            await late.send(type="hello", token=citizen.token, after=0)
            assert (await late.hear())["error"]["code"] == "database_unavailable"
            assert await late.closed() == 1013, "not the caller's fault: try again"
        server.start()
        await answers(server)
        assert await insists(citizen, TALK, "while-down") == [TALK, "好"]
    await recovered(citizen, messages=2)
