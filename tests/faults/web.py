"""Real web processes, to be killed."""

import asyncio
import os
import signal
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

from core.settings import PREFIX, ROOT
from host.child import die_with_parent

TOKEN = "internal-token-of-the-tests"
PATIENCE = 120.0


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass(slots=True, kw_only=True)
class WebProcess:
    """`python -m app --role web` on a port of its own; may be killed and started again."""

    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    up: asyncio.Event = field(default_factory=asyncio.Event)
    starts: int = 0
    _process: asyncio.subprocess.Process | None = None
    _reader: asyncio.Task[None] | None = None
    lines: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Returns once it says that it serves."""
        self.starts += 1
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "--role", "web"),
            cwd=ROOT,
            env={**self.environment, f"{PREFIX}PORT": str(self.port)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        self._reader = asyncio.create_task(self._read(self._process))
        ended = asyncio.create_task(self._process.wait())
        ready = asyncio.create_task(self.up.wait())
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait({ended, ready}, return_when=asyncio.FIRST_COMPLETED)
        assert self.up.is_set(), "".join(self.lines[-50:])
        ended.cancel()

    async def kill(self) -> None:
        """kill -9."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int | None:
        """A polite end."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int | None:
        if self._process is None or self._reader is None:
            return None
        self._process.send_signal(how)
        code = await self._process.wait()
        self.up.clear()
        await self._reader
        self._process = self._reader = None
        return code

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self.lines.append(line.decode())
            if '"web.up"' in self.lines[-1]:
                self.up.set()


def environment(database_url: str, state: Path) -> dict[str, str]:
    """What a web process is told; nothing of the developer's own settings gets through."""
    state.mkdir(exist_ok=True)
    (state / "index").symlink_to(ROOT / "var" / "index")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    ours = {
        "STATE_DIR": str(state),
        "INTERNAL_TOKEN": TOKEN,
        "DATA_KEY": bytes(range(32)).hex(),
        "RATE_PER_MINUTE": "600",
        "CONVERSATIONS_PER_MINUTE": "6000",
        "RASA_PORT": str(free_port()),
        "LOG_LEVEL": "info",
    }
    return clean | {PREFIX + key: value for key, value in ours.items()} | {"DATABASE_URL": database_url}
