"""The real dialogue process for tests: started as script/serve starts it, with our actions behind it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from bot.actions.executor import ActionServer
from bot.dialogue import launch

TOKEN = "token-of-the-test"
START_SECONDS = 90.0


@contextmanager
def action_server(actions: ActionServer) -> Iterator[str]:
    """Serve the actions as the web role does; gives the URL with its token."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(asyncio.run(actions.run(payload))).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer((launch.LOOPBACK, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{launch.LOOPBACK}:{server.server_port}/internal/actions/webhook?token={TOKEN}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(slots=True, kw_only=True)
class Dialogue:
    """One dialogue process, which may be killed and started again on the same port."""

    state: Path
    port: int
    actions_url: str
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://{launch.LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> float:
        """Start and wait until it answers; gives the seconds it took."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "HUICHUANG_STATE_DIR": str(self.state),
            "HUICHUANG_RASA_PORT": str(self.port),
            "HUICHUANG_ACTIONS_URL": self.actions_url,
            "HUICHUANG_INTERNAL_TOKEN": TOKEN,
        }
        log = (self.state / "dialogue.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [str(launch.python()), "-m", "bot.dialogue"],
                cwd=launch.ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        began = time.monotonic()
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() - began > START_SECONDS:
                raise AssertionError((self.state / "dialogue.log").read_text("utf-8", "replace")[-3000:])
            threading.Event().wait(0.1)
        return time.monotonic() - began

    def kill(self) -> None:
        """kill -9, of the whole group."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _answers(self) -> bool:
        try:
            response = httpx.get(
                f"{self.url}/webhooks/turn/", headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False
            )
        except httpx.HTTPError:
            return False
        return response.status_code == 200


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind((launch.LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def dialogue(state: Path, models: Path, actions: ActionServer) -> Iterator[Dialogue]:
    """A running dialogue process with the models of `models`."""
    state.mkdir(parents=True, exist_ok=True)
    (state / "models").symlink_to(models)
    with action_server(actions) as url:
        running = Dialogue(state=state, port=free_port(), actions_url=url)
        try:
            running.start()
            yield running
        finally:
            running.kill()
