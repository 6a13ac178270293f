"""The staff site in a real browser: a stand with a small knowledge base, its people, and how a page is judged."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect

from core.clock import ManualClock
from core.settings import ROOT
from knowledge.editing.editing import Editing
from knowledge.latent import LatentEncoder
from knowledge.live import Live
from staff.demo import DEMO
from storage.storage import Storage
from tests import stand
from tests.journeys.test_citizen_window import browser_path
from tests.knowledge.editing.people import REVIEWER, WRITER, content
from tests.staff.people import PASSWORD, account
from tests.stand import Stand

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
EXPECTED = ("the server responded with a status of 4", "net::ERR_INTERNET_DISCONNECTED")
"""What the browser says of refused and lost requests is part of several journeys; all else (the content policy above
all) is a fault."""
RULES = {"target-size": {"enabled": True}}


@asynccontextmanager
async def site(database_url: str, folder: Path) -> AsyncIterator[Stand]:
    """A server with two published entries and one person for each role, called as the role is."""

    async def known(storage: Storage, clock: ManualClock) -> Live:
        editing = Editing(database=storage.database, clock=clock)
        for name in ("permit", "fund"):
            draft = await editing.create(content(name), WRITER)
            sent = await editing.submit(name, draft.number, draft.revision, WRITER)
            await editing.approve(name, sent.number, sent.revision, REVIEWER)
        live = Live(
            database=storage.database,
            events=storage.events,
            index_dir=folder,
            encoder=LatentEncoder(dimension=8),
            clock=clock,
        )
        await live.start()
        return live

    async with stand.served(database_url, known=known) as served:
        for _, name, role in DEMO:
            await account(served.staff, role, role, called=name)
        yield served


class Visitor:
    """Somebody at a browser."""

    def __init__(self, browser: Browser, base_url: str, trouble: list[str]) -> None:
        self._browser = browser
        self._base_url = base_url
        self._trouble = trouble

    async def open(self, size: dict[str, int] = DESK) -> Page:
        """A fresh browser profile before the log-in page."""
        page = await self._browser.new_page(viewport=size, locale="zh-CN", reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self._trouble.append(str(error)))
        page.on("console", self._listen)
        await page.goto(f"{self._base_url}/staff/")
        return page

    async def enter(self, role: str, size: dict[str, int] = DESK) -> Page:
        """The same, logged in as the person of that role."""
        page = await self.open(size)
        await log_in(page, role)
        await expect(page.get_by_role("button", name="退出")).to_be_visible()
        return page

    def _listen(self, said: Any) -> None:
        if said.type == "error" and not any(words in said.text for words in EXPECTED):
            self._trouble.append(said.text)


@asynccontextmanager
async def visitor(served: Stand) -> AsyncIterator[Visitor]:
    """A Chromium; fails when a page logged an error or broke its content policy."""
    trouble: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=browser_path(), args=["--no-sandbox", "--disable-gpu"]
        )
        yield Visitor(browser, served.base_url, trouble)
        await browser.close()
    assert trouble == []


async def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    await page.get_by_label("账号").fill(name)
    await page.get_by_label("密码").fill(password)
    await page.get_by_role("button", name="登录").click()


async def menu(page: Page, name: str) -> None:
    """Go to a page by the menu, which hides behind a button on a phone."""
    button = page.get_by_role("button", name="菜单")
    if await button.is_visible():
        await button.click()
    await page.get_by_role("navigation", name="主菜单").get_by_role("link", name=name, exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(name)


async def violations(page: Page) -> list[Any]:
    """What axe finds of serious or critical impact."""
    await page.evaluate(AXE.read_text("utf-8"))
    found = await page.evaluate("rules => axe.run(document, {rules})", RULES)
    grave = [item for item in found["violations"] if item["impact"] in ("serious", "critical")]
    return [(item["id"], [node["html"][:200] for node in item["nodes"]]) for item in grave]


async def fits(page: Page) -> bool:
    """Whether the page needs no sideways scrolling."""
    return bool(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


async def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / name, animations="disabled")
