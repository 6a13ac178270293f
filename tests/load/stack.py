"""Runs one server at a time under the supervisor of script/serve, and the citizens beside it in their own process."""

import json
import os
import re
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import psutil

from host import child, roles, settings
from host.supervisor import Role, State, Supervisor
from tests.load.bench_memory import tree, usage
from tests.load.chat_client import Plan, Result, TurnSeen

ROOT = Path(__file__).resolve().parent.parent.parent
_STEP = re.compile(r'huichuang_turns_total\{\w+="(?P<step>\w+)"\} (?P<turns>\S+)')
TICK = 0.2
START = 400.0
MOST_PER_CITIZEN, MOST_CONVERSATIONS = "600", "6000"
"""The highest limits the settings allow: one client stands for many citizens, all from one address."""


class NotRunning(RuntimeError):
    """A server did not start, or ended while it was measured; says which log to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Memory of a server's process trees in MiB, and processor seconds since its start, by role."""

    pss_mib: dict[str, float]
    cpu_seconds: dict[str, float]


@dataclass(slots=True, kw_only=True)
class Server:
    """A running server. Everything is called from the main thread: its children die with the thread that made them."""

    name: str
    base_url: str
    folder: Path
    supervisor: Supervisor
    ready_seconds: float

    def talk(self, citizens: int, warm_up: Sequence[Sequence[str]], conversations: Sequence[Sequence[str]]) -> Result:
        """Have the citizens talk and give what they saw. Raises NotRunning."""
        plan = Plan(
            server=self.name,
            base_url=self.base_url,
            citizens=citizens,
            warm_up=[list(one) for one in warm_up],
            conversations=[list(one) for one in conversations],
        )
        asked, seen = self.folder / "plan.json", self.folder / "result.json"
        asked.write_text(json.dumps(asdict(plan), ensure_ascii=False), encoding="utf-8")
        seen.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.load.chat_client", str(asked), str(seen)]
        log = self.folder / "client.log"
        client = child.spawn(command, cwd=ROOT, output=log)
        try:
            while client.poll() is None:
                self.check()
                time.sleep(TICK)
        finally:
            status = child.stop(client)
        if status != 0:
            raise NotRunning(f"the client of {self.name} failed: {_last_words(log)}")
        data = json.loads(seen.read_text("utf-8"))
        return Result(**{**data, "turns": [TurnSeen(**turn) for turn in data["turns"]]})

    def check(self) -> None:
        """Nothing may end while it is measured: a restart would falsify every figure. Raises NotRunning."""
        self.supervisor.tick()
        for role in self.supervisor.roles:
            if self.supervisor.state(role.name) is not State.UP:
                raise NotRunning(f"{self.name}: {role.name} did not stay up: {_last_words(role.log)}")

    def load(self) -> Load:
        """As of now."""
        trees = {role: tree(pid) for role, pid in self._pids().items()}
        return Load(
            pss_mib={role: usage(role, processes).pss_mib for role, processes in trees.items()},
            cpu_seconds={role: sum(map(_cpu, processes)) for role, processes in trees.items()},
        )

    def steps(self) -> dict[str, int]:
        """How many turns each step of ours has answered since the start."""
        lines = httpx.get(f"{self.base_url}/metrics", trust_env=False).text.splitlines()
        counts = (_STEP.fullmatch(line) for line in lines)
        return {count["step"]: int(float(count["turns"])) for count in counts if count}

    def _pids(self) -> dict[str, int]:
        status = json.loads(self.supervisor.status.read_text("utf-8"))["roles"]
        return {name: role["pid"] for name, role in status.items() if role["pid"]}


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    # PostgreSQL's connections end with their clients: their parent keeps the sum of those that ended.
    return float(times.user + times.system + times.children_user + times.children_system)


def _last_words(log: Path) -> str:
    """The folder is gone when the error is read, so the error carries the end of the log."""
    return log.read_text("utf-8", errors="replace")[-1000:].strip() if log.exists() else "no log"


@contextmanager
def running(name: str, base_url: str, folder: Path, parts: Sequence[Role], ready: str) -> Iterator[Server]:
    """Start the roles, wait until the address `ready` says yes, and stop them all at the end. Raises NotRunning."""
    begin = time.monotonic()
    supervisor = Supervisor(roles=parts, status=folder / "status.json", say=_say)
    host, port = base_url.removeprefix("http://").split(":")
    is_ready = roles.http(host, int(port), ready)
    try:
        while not (supervisor.all_up() and is_ready()):
            supervisor.tick()
            fallen = [part for part in parts if supervisor.state(part.name) is State.RESTARTING]
            if fallen:
                raise NotRunning(f"{name}: {fallen[0].name} did not start: {_last_words(fallen[0].log)}")
            if time.monotonic() - begin > START:
                raise NotRunning(f"{name} did not become ready within {START:g} s: {_last_words(parts[-1].log)}")
            time.sleep(TICK)
        seconds = time.monotonic() - begin
        yield Server(name=name, base_url=base_url, folder=folder, supervisor=supervisor, ready_seconds=seconds)
    finally:
        supervisor.stop()


@contextmanager
def ours(folder: Path, *, options: Mapping[str, str] | None = None) -> Iterator[Server]:
    """The whole of script/serve on a state directory of its own, with the index and the model that are built already.

    Raises NotRunning when something is missing.
    """
    state = folder / "state"
    here = settings.read(ROOT, os.environ).state_dir
    for part in ("index", "models"):
        if not (here / part).is_dir():
            raise NotRunning(f"{here / part} is missing: run script/serve --setup-only first")
        shutil.copytree(here / part, state / part)
    port, rasa_port = free_ports(2)
    environment = {
        **os.environ,
        "HUICHUANG_STATE_DIR": str(state),
        "HUICHUANG_HOST": "127.0.0.1",
        "HUICHUANG_PORT": str(port),
        "HUICHUANG_RASA_PORT": str(rasa_port),
        "HUICHUANG_RATE_PER_MINUTE": MOST_PER_CITIZEN,
        "HUICHUANG_CONVERSATIONS_PER_MINUTE": MOST_CONVERSATIONS,
        **(options or {}),
    }
    parts = roles.build(ROOT, settings.read(ROOT, environment), environment, dialogue=True, say=_say)
    (state / "run").mkdir(exist_ok=True)
    with running("ours", f"http://127.0.0.1:{port}", state / "run", parts, "/readyz") as server:
        yield server


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody uses now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
