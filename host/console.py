"""What the person at the terminal sees while things are set up: one line per step with the time it has taken."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from host import child
from host.trouble import Trouble

REMIND_SECONDS = 20.0
"""Without a terminal (CI), a line every so often shows that a long step still runs."""
TAIL_BYTES = 4000


class Console:
    """Prints steps; sends what programs print to a log file (or, verbose, to the terminal too)."""

    def __init__(
        self,
        log: Path,
        *,
        verbose: bool = False,
        stream: TextIO | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.log = log
        self.verbose = verbose
        self._stream = stream or sys.stdout
        self._monotonic = monotonic
        self._title = ""
        self._since = 0.0
        self._shown = 0.0
        log.parent.mkdir(parents=True, exist_ok=True)

    def say(self, text: str) -> None:
        """A line of its own."""
        self._clear()
        print(text, file=self._stream, flush=True)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """A named piece of work; says how long it took, or that it failed."""
        self._title, self._since, self._shown = title, self._monotonic(), 0.0
        self._write_log(f"\n=== {title}\n")
        if not self._stream.isatty():
            self.say(f"  … {title}")
        try:
            yield
        except BaseException:
            self.say(f"  ✗ {title}（{self._elapsed():.1f} 秒）")
            raise
        self.say(f"  ✓ {title}（{self._elapsed():.1f} 秒）")

    def run(
        self, command: Sequence[str], *, cwd: Path, environment: Mapping[str, str] | None = None, tries: int = 1
    ) -> None:
        """Run a program to its end; raises Trouble with its last words when it fails `tries` times."""
        for attempt in range(1, tries + 1):
            start = self._write_log(f"\n$ {' '.join(command)}\n")
            try:
                process = child.spawn(command, cwd=cwd, output=self.log, environment=environment)
            except OSError as error:
                raise Trouble(f"{self._title}失败：无法运行 {command[0]}（{error.strerror}）") from None
            status = self._wait(process)
            if status == 0:
                return
            if attempt < tries:
                self.say(f"  … {self._title}：没有成功，再试一次")
        raise Trouble(f"{self._title}失败（退出码 {status}）：{self._last_words(start)}（全文见 {self.log}）")

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        try:
            while True:
                try:
                    return process.wait(timeout=0.5)
                except subprocess.TimeoutExpired:
                    self._tick()
        finally:
            if process.poll() is None:  # Ctrl-C
                child.stop(process, ask=signal.SIGTERM, grace=5.0)

    def _tick(self) -> None:
        elapsed = self._elapsed()
        if self._stream.isatty():
            print(f"\r  … {self._title}（{elapsed:.0f} 秒）", end="", file=self._stream, flush=True)
        elif elapsed - self._shown >= REMIND_SECONDS:
            self._shown = elapsed
            self.say(f"  … {self._title}，已用 {elapsed:.0f} 秒")

    def _clear(self) -> None:
        if self._stream.isatty():
            print("\r\x1b[K", end="", file=self._stream)

    def _elapsed(self) -> float:
        return self._monotonic() - self._since

    def _write_log(self, text: str) -> int:
        """Append to the log; returns where the next program's output starts."""
        with self.log.open("ab") as file:
            file.write(text.encode())
            return file.tell()

    def _last_words(self, start: int) -> str:
        with self.log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(start, size - TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
        if self.verbose:
            self.say(text)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        errors = [line for line in lines if "error" in line.lower()]
        return " / ".join((errors or lines or ["没有输出"])[-2:])[-400:]
