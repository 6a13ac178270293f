"""`script/serve`: set up, take the state directory, start the roles, watch them until asked to stop."""

import fcntl
import json
import os
import select
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType

from host import roles, setup
from host.console import Console
from host.settings import Settings
from host.supervisor import State, Supervisor, clear_leftovers
from host.trouble import Trouble

QUICK, CALM = 0.1, 1.0
LARGEST_LOG = 50_000_000
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def serve(root: Path, console: Console, environment: Mapping[str, str], *, dialogue: bool, only_set_up: bool) -> None:
    """Runs until a signal asks it to stop. Raises Trouble."""
    begin = time.monotonic()
    settings = setup.first(root, console, environment)
    with _own(settings.state_dir):
        outcome = setup.rest(root, console, environment, settings, dialogue=dialogue, strict=False)
        if only_set_up:
            console.say("安装完成。启动：script/serve")
            return
        clear_leftovers(settings.state_dir / "run" / "status.json")
        settings = _with_free_ports(settings)
        parts = roles.build(root, settings, environment, dialogue=outcome.dialogue, say=console.say)
        supervisor = Supervisor(
            roles=parts,
            status=settings.state_dir / "run" / "status.json",
            say=console.say,
        )
        console.say(f"  … 启动 {'、'.join(part.name for part in parts)}")
        _watch(supervisor, settings, console, begin)
    console.say("已全部停止。")


@contextmanager
def _own(state_dir: Path) -> Iterator[None]:
    """Hold the state directory; the kernel lets go of it however this process ends, so a lock cannot be stale."""
    path = state_dir / "run" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip()
            raise Trouble(f"{state_dir} 已有一个正在运行的 script/serve（进程 {owner}）；请先停止它。") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _with_free_ports(settings: Settings) -> Settings:
    """The public port must be free; the dialogue server's is our own business, so another one is taken if needed."""
    if not _free(settings.host, settings.port):
        raise Trouble(f"端口 {settings.port} 已被其他程序占用；请停止它，或用 --port 换一个端口。")
    if _free(settings.rasa_host, settings.rasa_port):
        return settings
    with socket.socket() as any_port:
        any_port.bind((settings.rasa_host, 0))
        return replace(settings, rasa_port=any_port.getsockname()[1])


def _free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except PermissionError:
            raise Trouble(f"没有权限使用端口 {port}（1024 以下的端口需要 root）；请用 --port 换一个端口。") from None
        except OSError:
            return False
    return True


def _watch(supervisor: Supervisor, settings: Settings, console: Console, begin: float) -> None:
    asked: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        if asked:
            supervisor.kill()
        asked.append(number)

    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)  # only to wake up
    for number in STOP_SIGNALS:
        signal.signal(number, ask)
    announcer = _Announcer(supervisor, settings, console, begin)
    try:
        while not asked:
            supervisor.tick()
            announcer.tick()
            _trim_logs(settings.state_dir / "logs")
            select.select([wake_read], [], [], CALM if supervisor.all_up() and announcer.done else QUICK)
            with suppress(BlockingIOError):
                os.read(wake_read, 4096)
        console.say("\n正在停止……（再按一次 Ctrl-C 立即结束）")
    finally:
        supervisor.stop()


class _Announcer:
    """Says when pages can be opened, and when everything is ready."""

    def __init__(self, supervisor: Supervisor, settings: Settings, console: Console, begin: float) -> None:
        self._supervisor = supervisor
        self._settings = settings
        self._console = console
        self._begin = begin
        self._ready = roles.http(settings.host, settings.port, "/readyz")
        self._shown = False
        self.done = False

    def tick(self) -> None:
        if self._supervisor.state("web") is not State.UP or self.done:
            return
        if not self._shown:
            self._shown = True
            self._console.say(_addresses(self._settings))
        if self._ready():
            self.done = True
            self._console.say(f"  ✓ 全部就绪（{time.monotonic() - self._begin:.1f} 秒）。按 Ctrl-C 停止。")


def _addresses(settings: Settings) -> str:
    base = settings.base_url
    return "\n".join(
        [
            "",
            f"  市民窗口    {base}/",
            f"  工作台      {base}/staff/",
            f"  接口文档    {base}/docs",
            f"  运行状态    {base}/readyz",
            "  演示账号    市民窗口不需要登录",
            *_demo_accounts(settings),
            "",
        ]
    )


def _demo_accounts(settings: Settings) -> list[str]:
    """The demo log-ins of the staff site as the web role wrote them; without demo mode, how to make a first account."""
    if not settings.demo:
        return ["  工作台账号  .venv/bin/python -m staff add 账号 --name 姓名 --role admin"]
    try:
        known = json.loads((settings.state_dir / "secrets" / "demo_accounts.json").read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [f"              工作台 {account:<16} 密码 {password}" for account, password in known.items()]


def _trim_logs(folder: Path) -> None:
    """Keep one older part of each log. Children append, so that emptying the file under them is safe."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > LARGEST_LOG:
            log.with_suffix(".log.1").write_bytes(log.read_bytes())
            os.truncate(log, 0)
