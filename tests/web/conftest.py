"""A real Chromium in front of the built window and the fake server (tests/fakes/window_server.py)."""

import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
FAKE = ROOT / "tests" / "fakes" / "window_server.py"

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}


def newest(*folders: Path) -> float:
    files = [path for folder in folders for path in (folder.rglob("*") if folder.is_dir() else [folder])]
    return max((path.stat().st_mtime for path in files if path.is_file()), default=0.0)


def stale(dist: Path) -> bool:
    """True when there is no build, or a source is newer than it."""
    built = [dist / "index.html", dist / "embed.js", dist / "staff" / "staff.html"]
    if not all(path.is_file() for path in built):
        return True
    return newest(WEB / "src", WEB / "embed", WEB / "public", WEB / "index.html", WEB / "staff.html") > min(
        p.stat().st_mtime for p in built
    )


@pytest.fixture(scope="session")
def built_web() -> Path:
    """`web/dist`, built when it is missing or old."""
    dist = WEB / "dist"
    if stale(dist):
        npm = shutil.which("npm")
        if npm is None or not (WEB / "node_modules" / "vite").is_dir():
            pytest.fail("The web pages are not built and cannot be built: run script/setup first.")
        done = subprocess.run([npm, "run", "build"], cwd=WEB, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.fail(f"The web build failed:\n{done.stdout[-3000:]}\n{done.stderr[-2000:]}")
    return dist


def start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([sys.executable, str(FAKE), *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    port = process.stdout.readline().strip()
    if not port:
        pytest.fail("tests/fakes/window_server.py did not start.")
    return process, f"http://127.0.0.1:{port}"


def stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(timeout=20)
    if process.stdout:
        process.stdout.close()


class FakeServer:
    """Drives the fake server from a test."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, path: str, body: object = None) -> None:
        data = json.dumps(body if body is not None else {}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/fake/{path}", data=data, headers=headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310
            pass

    def mood(self, **change: Any) -> None:
        self.call("mood", change)

    def seen(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/fake/seen", timeout=10) as response:  # noqa: S310
            found: dict[str, Any] = json.load(response)
            return found

    def texts(self, author: str = "") -> list[str]:
        """Everything said in all conversations, in order."""
        said = [message for talk in self.seen()["talks"] for message in talk["messages"]]
        return [message["text"] for message in said if author in ("", message["author"])]


@pytest.fixture(scope="session")
def server_process(built_web: Path) -> Iterator[str]:
    process, url = start("--dist", str(built_web))
    yield url
    stop(process)


@pytest.fixture(scope="session")
def portal_url(server_process: str) -> Iterator[str]:
    """Pages of another origin (another port) that embed the window."""
    process, url = start("--portal", server_process)
    yield url
    stop(process)


@pytest.fixture
def server(server_process: str) -> FakeServer:
    fake = FakeServer(server_process)
    fake.call("reset")
    return fake


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Per module: Playwright's own event loop must not be running when another room's async tests come."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for found in map(shutil.which, names) if found), None)
    if path is None:
        pytest.fail("No Chromium was found: run script/setup first.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, server: FakeServer) -> Iterator[OpenPage]:
    """Opens the window; fails the test when the page logged an error or broke its Content-Security-Policy."""
    contexts: list[BrowserContext] = []
    trouble: list[str] = []

    def listen(page: Page) -> None:
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda said: trouble.append(said.text) if "Content Security Policy" in said.text else None)

    def opened(
        url: str = "", *, viewport: dict[str, int] = PHONE, elder: bool = False, goto: bool = True, **options: Any
    ) -> Page:
        context = chromium.new_context(viewport=viewport, locale="zh-CN", **options)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        contexts.append(context)
        if elder:
            context.add_init_script("localStorage.setItem('huichuang.elder', '1')")
        page = context.new_page()
        listen(page)
        if goto:
            page.goto(url or server.url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert trouble == []


def say(page: Page, text: str) -> None:
    """Types a question and sends it with Enter."""
    page.fill("#question", text)
    page.press("#question", "Enter")
