"""Real, tiny child processes under the supervisor; the clock is moved by hand."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.clock import ManualClock
from host import child
from host.supervisor import LONGEST_PAUSE, STEADY_SECONDS, Role, State, Supervisor, clear_leftovers

ROOT = Path(__file__).resolve().parents[2]
SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")
CRASH = (sys.executable, "-c", "raise SystemExit(3)")


def yes() -> bool:
    return True


def no() -> bool:
    return False


class Scene:
    """A supervisor, its clock, and what it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
        self.said: list[str] = []
        self.supervisors: list[Supervisor] = []

    def role(self, name: str, command: tuple[str, ...] = SLEEP, **more: Any) -> Role:
        return Role(name=name, command=command, cwd=self.folder, log=self.folder / "log", **{"up": yes, **more})

    def supervise(self, *roles: Role) -> Supervisor:
        made = Supervisor(
            roles=roles,
            status=self.folder / "status.json",
            say=self.said.append,
            monotonic=self.clock.monotonic,
        )
        self.supervisors.append(made)
        return made

    def status(self) -> dict[str, Any]:
        roles: dict[str, Any] = json.loads((self.folder / "status.json").read_text())["roles"]
        return roles

    def pid(self, name: str) -> int:
        return int(self.status()[name]["pid"])

    def tick_until(self, supervisor: Supervisor, met: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        supervisor.tick()
        while not met():
            assert time.monotonic() < deadline, self.said
            time.sleep(0.01)
            supervisor.tick()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    for supervisor in made.supervisors:
        supervisor.stop()


def test_status_tells_states_and_processes(scene: Scene) -> None:
    supervisor = scene.supervise(scene.role("web"), scene.role("slow", up=no))
    supervisor.tick()
    status = scene.status()
    assert (status["web"]["state"], status["slow"]["state"]) == ("up", "starting")
    assert child.alive(status["web"]["pid"])
    assert not supervisor.all_up()


def test_a_killed_role_is_restarted_and_the_status_says_so_meanwhile(scene: Scene) -> None:
    supervisor = scene.supervise(scene.role("web"))
    supervisor.tick()
    first = scene.pid("web")
    subprocess.run(["kill", "-9", str(first)], check=True)
    scene.tick_until(supervisor, lambda: supervisor.state("web") is State.RESTARTING)
    assert scene.status()["web"] == {"state": "restarting", "restarts": 1, "pid": None, "born": None}
    assert "SIGKILL" in scene.said[-1]
    scene.clock.advance(0.5)
    supervisor.tick()
    assert supervisor.state("web") is State.UP
    assert scene.pid("web") != first


def test_pauses_double_up_to_a_limit(scene: Scene) -> None:
    supervisor = scene.supervise(scene.role("web", CRASH, up=no))
    pauses = []
    for restart in range(1, 10):
        scene.tick_until(supervisor, lambda restart=restart: scene.status()["web"]["restarts"] == restart)  # type: ignore[misc]
        before = scene.clock.monotonic()
        supervisor.tick()
        assert scene.status()["web"]["pid"] is None  # not before its time
        while scene.status()["web"]["pid"] is None:
            scene.clock.advance(0.5)
            supervisor.tick()
        pauses.append(scene.clock.monotonic() - before)
    assert pauses == [0.5, 1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_steady_role_starts_again_with_a_short_pause(scene: Scene) -> None:
    supervisor = scene.supervise(scene.role("web"))
    for _ in range(3):
        supervisor.tick()
        scene.clock.advance(STEADY_SECONDS)
        subprocess.run(["kill", "-9", str(scene.pid("web"))], check=True)
        scene.tick_until(supervisor, lambda: supervisor.state("web") is State.RESTARTING)
        assert "0.5 秒后重启" in scene.said[-1]
        scene.clock.advance(0.5)


def test_a_start_that_hangs_is_begun_again(scene: Scene) -> None:
    supervisor = scene.supervise(scene.role("web", up=no, patience=5.0))
    supervisor.tick()
    first = scene.pid("web")
    scene.clock.advance(6.0)
    scene.tick_until(supervisor, lambda: supervisor.state("web") is State.RESTARTING)
    assert not child.alive(first)


def test_a_role_waits_for_what_it_needs_and_the_first_preparation(scene: Scene) -> None:
    order: list[str] = []
    opened = False
    database = scene.role(
        "database",
        up=lambda: opened,
        before=lambda: order.append("before"),
        first_up=lambda: order.append("migrate"),
    )
    web = scene.role("web", needs=("database",), before=lambda: order.append("web"))
    supervisor = scene.supervise(database, web)
    supervisor.tick()
    supervisor.tick()
    assert order == ["before"]
    opened = True
    supervisor.tick()
    assert order == ["before", "migrate", "web"]
    subprocess.run(["kill", "-9", str(scene.pid("database"))], check=True)
    scene.tick_until(supervisor, lambda: supervisor.state("database") is State.RESTARTING)
    assert supervisor.state("web") is State.UP  # it reconnects by itself
    scene.clock.advance(1.0)
    supervisor.tick()
    assert order == ["before", "migrate", "web", "before"]


def test_roles_stop_in_reverse_order_with_their_own_signal(scene: Scene) -> None:
    code = (
        "import signal, sys, time\n"
        "def bye(number, frame): open('order', 'a').write(f'{sys.argv[1]}:{number} '); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, bye); signal.signal(signal.SIGINT, bye)\n"
        "open(sys.argv[1], 'w').close(); time.sleep(60)"
    )
    names = ("database", "dialogue", "web")
    roles = [
        scene.role(
            name,
            (sys.executable, "-c", code, name),
            up=(scene.folder / name).exists,
            ask=signal.SIGINT if name == "database" else signal.SIGTERM,
        )
        for name in names
    ]
    supervisor = scene.supervise(*roles)
    scene.tick_until(supervisor, supervisor.all_up)
    supervisor.stop()
    assert (scene.folder / "order").read_text() == "web:15 dialogue:15 database:2 "
    assert {role["state"] for role in scene.status().values()} == {"stopped"}


def test_kill_ends_a_role_that_does_not_listen(scene: Scene) -> None:
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('deaf', 'w').close(); time.sleep(60)"
    )
    role = scene.role("web", (sys.executable, "-c", code), up=(scene.folder / "deaf").exists)
    supervisor = scene.supervise(role)
    scene.tick_until(supervisor, supervisor.all_up)
    pid = scene.pid("web")
    supervisor.kill()
    supervisor.stop()
    assert not child.alive(pid)


def test_a_killed_supervisor_leaves_no_orphan(scene: Scene) -> None:
    code = (
        "import sys, time; from pathlib import Path; from host.supervisor import Role, Supervisor\n"
        "here = Path(sys.argv[1]); sleep = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "roles = [Role(name=n, command=sleep, cwd=here, log=here / n, up=lambda: True) for n in 'ab']\n"
        "s = Supervisor(roles=roles, status=here / 'status.json', say=print); s.tick()\n"
        "print(flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(scene.folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        supervisor.stdout.readline()
        pids = [scene.pid(name) for name in "ab"]
        assert all(map(child.alive, pids))
        supervisor.kill()
    deadline = time.monotonic() + 30
    while any(map(child.alive, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_leftovers_are_ended_but_a_reused_number_is_left_alone(tmp_path: Path) -> None:
    status = tmp_path / "status.json"
    clear_leftovers(status)
    with subprocess.Popen(SLEEP) as left, subprocess.Popen(SLEEP) as stranger:
        born = child.born(left.pid)
        roles = {"web": {"pid": left.pid, "born": born}, "worker": {"pid": stranger.pid, "born": 1}}
        status.write_text(json.dumps({"roles": roles}))
        # `left` is our own child here, so that it stays a zombie until waited for; that counts as ended.
        clear_leftovers(status)
        assert left.wait(5) == -signal.SIGTERM
        assert stranger.poll() is None
        stranger.kill()
