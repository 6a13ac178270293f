"""Starts the roles, restarts what crashes with growing pauses, tells `/readyz` meanwhile, stops all in order."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from host import child
from host.child import Account

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0
"""Up for so long, a role's next crash counts as its first."""


class State(StrEnum):
    STARTING = "starting"
    UP = "up"
    RESTARTING = "restarting"
    STOPPED = "stopped"


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One process to keep running."""

    name: str
    command: Sequence[str]
    cwd: Path
    log: Path
    up: Callable[[], bool]
    """Whether it does its work by now; asked only until it says yes."""
    environment: Mapping[str, str] | None = None
    account: Account | None = None
    needs: tuple[str, ...] = ()
    """Roles that must be up before this one is started."""
    before: Callable[[], None] = _nothing
    """Called before every start."""
    first_up: Callable[[], None] = _nothing
    """Called once, when it is up for the first time and before the roles that need it are started."""
    ask: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    group: bool = True
    """Whether the request to stop goes to the whole process group."""
    patience: float = 180.0
    """Seconds a start may take before it counts as hung."""


@dataclass(slots=True, kw_only=True)
class _Watch:
    """What is known about a role at run time."""

    role: Role
    state: State = State.STARTING
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    pause: float = FIRST_PAUSE
    due: float = 0.0
    since: float = 0.0
    was_up: bool = False


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """Call `tick` often and from the main thread, then `stop`."""

    roles: Sequence[Role]
    status: Path
    say: Callable[[str], None]
    monotonic: Callable[[], float] = time.monotonic
    _watches: dict[str, _Watch] = field(init=False)
    _written: str = ""

    def __post_init__(self) -> None:
        self._watches = {role.name: _Watch(role=role) for role in self.roles}

    def tick(self) -> None:
        """Look at every role once and do what is due."""
        for watch in self._watches.values():
            self._reap(watch)
            if watch.process is None:
                self._start_when_due(watch)
            if watch.process is not None and watch.state is not State.UP:
                self._see_whether_up(watch)
        self._write()

    def state(self, name: str) -> State:
        return self._watches[name].state

    def all_up(self) -> bool:
        return all(watch.state is State.UP for watch in self._watches.values())

    def stop(self) -> None:
        """Stop every role, the last one first, so that nobody loses what it leans on."""
        for watch in reversed(self._watches.values()):
            if watch.process is not None:
                role = watch.role
                child.stop(watch.process, ask=role.ask, grace=role.grace, group=role.group)
                watch.process = None
            watch.state = State.STOPPED
            self._write()

    def kill(self) -> None:
        """Stop at once (a second Ctrl-C); `stop` then finds them gone."""
        for watch in self._watches.values():
            if watch.process is not None and watch.process.poll() is None:
                watch.process.send_signal(signal.SIGQUIT if watch.role.ask is signal.SIGINT else signal.SIGKILL)

    def _reap(self, watch: _Watch) -> None:
        """Notice the end of a process; plan its restart."""
        if watch.process is None or watch.process.poll() is None:
            return
        status = child.stop(watch.process)  # the rest of its group, too
        watch.process = None
        now = self.monotonic()
        if watch.state is State.UP and now - watch.since >= STEADY_SECONDS:
            watch.pause = FIRST_PAUSE
        self.say(
            f"  ! {watch.role.name} 意外退出（{_words(status)}），{watch.pause:g} 秒后重启。"
            f"最后的话：{_last_line(watch.role.log)}（{watch.role.log}）"
        )
        watch.state, watch.due = State.RESTARTING, now + watch.pause
        watch.pause = min(watch.pause * 2, LONGEST_PAUSE)
        watch.restarts += 1

    def _start_when_due(self, watch: _Watch) -> None:
        role = watch.role
        now = self.monotonic()
        if now < watch.due or any(self._watches[name].state is not State.UP for name in role.needs):
            return
        role.before()
        watch.process = child.spawn(
            role.command,
            cwd=role.cwd,
            output=role.log,
            environment=role.environment,
            account=role.account,
            death=role.ask,
        )
        watch.since = now

    def _see_whether_up(self, watch: _Watch) -> None:
        now = self.monotonic()
        if watch.role.up():
            if not watch.was_up:
                watch.role.first_up()
                watch.was_up = True
            watch.state, watch.since = State.UP, now
        elif now - watch.since > watch.role.patience and watch.process is not None:
            self.say(f"  ! {watch.role.name} 启动超过 {watch.role.patience:g} 秒没有就绪，重新启动")
            child.stop(watch.process, ask=watch.role.ask, grace=watch.role.grace, group=watch.role.group)

    def _write(self) -> None:
        """`status.json`, in one piece and only when something changed."""
        roles = {name: _report(watch) for name, watch in self._watches.items()}
        text = json.dumps({"supervisor": os.getpid(), "roles": roles}, indent=1)
        if text == self._written:
            return
        new = self.status.with_name(self.status.name + ".new")
        new.write_text(text, encoding="utf-8")
        new.replace(self.status)
        self._written = text


def _report(watch: _Watch) -> dict[str, object]:
    pid = watch.process.pid if watch.process else None
    born = child.born(pid) if pid else None
    return {"state": watch.state, "restarts": watch.restarts, "pid": pid, "born": born}


def clear_leftovers(status: Path) -> None:
    """End processes that an interrupted supervisor recorded and that somehow still run."""
    try:
        roles = json.loads(status.read_text(encoding="utf-8"))["roles"].values()
    except (OSError, ValueError, KeyError):
        return
    for role in roles:
        pid = role.get("pid")
        if pid and role.get("born") == child.born(pid) is not None:
            child.stop_pid(pid, ask=signal.SIGTERM, grace=10.0)


def _last_line(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 2000))
            lines = file.read().decode("utf-8", errors="replace").split("\n")
    except OSError:
        return "无"
    return next((line.strip()[-300:] for line in reversed(lines) if line.strip()), "无")


def _words(status: int) -> str:
    if status < 0:
        with suppress(ValueError):
            return f"信号 {signal.Signals(-status).name}"
    return f"退出码 {status}"
