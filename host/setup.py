"""Everything that has to exist before the program can serve, in order; each step is skipped when it is up to date."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from host import builds, environments, system
from host.console import Console
from host.trouble import Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the set-up made possible."""

    dialogue: bool
    """False: the dialogue server cannot run on this machine (or was not wanted); knowledge questions still work."""


def set_up(root: Path, console: Console, *, dialogue: bool, tests: bool = False) -> Outcome:
    """Make what is missing. Raises Trouble for what nothing works without; the dialogue server may fail."""
    with _alone(root, console):
        if tests:
            system.ensure(root, console, system.missing_to_test())
        environments.ensure_app(root, console, tests=tests)
        builds.index(root, console)
        builds.pages(root, console)
        return Outcome(dialogue=dialogue and _dialogue(root, console, required=tests))


def _dialogue(root: Path, console: Console, *, required: bool) -> bool:
    try:
        environments.ensure_rasa(root, console)
        builds.train(root, console)
    except Trouble as trouble:
        if required:
            raise
        console.say(f"  ! {trouble}")
        console.say("  ! 对话服务不可用：知识问答照常，办事与多轮对话暂停（/readyz 会如实显示）。")
        return False
    return True


@contextmanager
def _alone(root: Path, console: Console) -> Iterator[None]:
    """One set-up at a time in a checkout; a second one waits for the first and then finds everything done."""
    path = root / "var" / "stamps" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.say("  … 另一个安装过程正在进行，等待它结束")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
