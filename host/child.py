"""One child process: it leads its own process group and cannot outlive its parent."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOST_PARENT = 99
_libc = ctypes.CDLL(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An operating-system account to run as (root only)."""

    name: str
    uid: int
    gid: int


def die_with_parent(death: signal.Signals) -> Callable[[], None]:
    """What a child runs before exec so that the kernel signals it when the spawning *thread* ends, even by kill -9.

    Linux forgets the wish when the user changes, so it has to be made after that; `preexec_fn` is.
    """
    parent = os.getpid()

    def prepare() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(death), 0, 0, 0)
        if os.getppid() != parent:  # the parent ended between fork and prctl: nobody would ever stop us
            os._exit(LOST_PARENT)

    return prepare


def spawn(
    command: Sequence[str],
    *,
    cwd: Path,
    output: Path | None = None,
    environment: Mapping[str, str] | None = None,
    account: Account | None = None,
    death: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `command` without a terminal; stdout and stderr are appended to `output` (None: thrown away).

    Raises OSError when the program cannot be started. Call it from the main thread (see `die_with_parent`).
    """
    target = Path(os.devnull) if output is None else output
    with target.open("ab") as stream:
        return subprocess.Popen(  # noqa: S603 - starting the programs it is given is this function's purpose
            list(command),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=None if environment is None else dict(environment),
            start_new_session=True,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
            preexec_fn=die_with_parent(death),  # noqa: PLW1509 - the parents that call this have one thread
        )


def stop(
    process: subprocess.Popen[bytes], *, ask: signal.Signals = signal.SIGTERM, grace: float = 10.0, group: bool = True
) -> int:
    """Ask the child (and its group) to end, insist after `grace` seconds; returns its exit status."""
    if process.poll() is None:
        _send(process.pid, ask, group=group)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            _send(process.pid, signal.SIGKILL, group=True)
    status = process.wait()
    _send(process.pid, signal.SIGKILL, group=True)  # grandchildren that did not follow
    return status


def stop_pid(pid: int, *, ask: signal.Signals, grace: float) -> bool:
    """End a process that is not our child (a left-over of an earlier run); False when it still lives afterwards."""
    for number, patience in ((ask, grace), (signal.SIGKILL, 5.0)):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + patience
        while alive(pid):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            return True
    return False


def alive(pid: int) -> bool:
    """Whether a process of that number runs; one that ended and waits for its parent does not count."""
    fields = _stat(pid)
    return bool(fields) and fields[0] not in {"Z", "X"}


def born(pid: int) -> int | None:
    """When a process started (ticks since boot): with it, a number cannot be mistaken for its next owner's."""
    fields = _stat(pid)
    return int(fields[19]) if fields else None


def _stat(pid: int) -> list[str]:
    """The fields of proc(5) stat after the name, from `state` on; empty when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _send(pid: int, number: signal.Signals, *, group: bool) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if group:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)
