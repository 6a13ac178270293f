"""Everything that has to exist before the program can serve, in order; each step is skipped when it is up to date."""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from host import builds, environments, system
from host import settings as program
from host.console import Console
from host.settings import Settings
from host.trouble import Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the set-up made possible."""

    dialogue: bool
    """False: the dialogue server cannot run on this machine (or was not wanted); knowledge questions still work."""


def first(root: Path, console: Console, environment: Mapping[str, str], *, tests: bool = False) -> Settings:
    """Our own environment, and then the settings, which it takes to read. Raises Trouble."""
    with _alone(root, console):
        if tests:
            system.ensure(root, console, system.missing_to_test())
        environments.ensure_app(root, console, tests=tests)
    return program.read(root, environment)


def rest(
    root: Path, console: Console, environment: Mapping[str, str], settings: Settings, *, dialogue: bool, strict: bool
) -> Outcome:
    """Everything else. Raises Trouble for what nothing works without, and when `strict` for the dialogue server too."""
    with _alone(root, console):
        builds.index(root, console, environment, settings)
        builds.lane(root, console, environment, settings.state_dir)
        builds.pages(root, console)
        return Outcome(dialogue=dialogue and _dialogue(root, console, environment, settings, strict=strict))


def _dialogue(
    root: Path, console: Console, environment: Mapping[str, str], settings: Settings, *, strict: bool
) -> bool:
    try:
        environments.ensure_rasa(root, console)
        builds.train(root, console, environment, settings.state_dir)
    except Trouble as trouble:
        if strict:
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
