"""An OpenAI-compatible endpoint on loopback that behaves, or misbehaves, as it is told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Says = Callable[[str, str], str]
"""(question, reviewed text) -> content of the answer."""


class FakeLanguageModel:
    """`says` makes the content; `raw`, when set, is the whole body; `status` its status; `held` makes it wait."""

    def __init__(self) -> None:
        self.says: Says = lambda question, text: text
        self.raw: bytes | None = None
        self.status = 200
        self.held: threading.Event | None = None
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.base_url = ""

    def body(self, asked: dict[str, Any]) -> bytes:
        """What is answered."""
        if self.raw is not None:
            return self.raw
        question, _, text = asked["messages"][-1]["content"].partition("\n【答复】")
        content = self.says(question.removeprefix("【问题】"), text)
        message = {"role": "assistant", "content": content}
        return json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()


@contextmanager
def language_model() -> Iterator[FakeLanguageModel]:
    """A running one."""
    fake = FakeLanguageModel()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.asked.append({"path": self.path, **asked})
            fake.keys.append(self.headers.get("Authorization", ""))
            if fake.held is not None:
                fake.held.wait(30)
            data = fake.body(asked)
            try:
                self.send_response(fake.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # who asked has given up waiting

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    fake.base_url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield fake
    finally:
        if fake.held is not None:
            fake.held.set()
        server.shutdown()
        server.server_close()
        thread.join()
