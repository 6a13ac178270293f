"""From the page to the answer with law and article: a real Chromium before the real server, at phone and desktop size.

With SCREENSHOTS=docs/images the pictures of the README are taken anew.
"""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests import stand
from tests.fakes.engine import says

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}

QUESTIONS = [
    ("医保断缴了会怎么样", "社会保险法", "第二十七条"),
    ("灵活就业人员怎么交养老保险", "社会保险法", "第十条"),
    ("延迟退休后我什么时候退休", "渐进式延迟法定退休年龄", ""),
    ("居住证怎么办", "居住证暂行条例", "第"),
]


def browser_path() -> str:
    """Debian's Chromium, or another one that is there."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.fail("No Chromium was found: run script/setup first.")
    return path


@asynccontextmanager
async def chromium(viewport: dict[str, int]) -> AsyncIterator[Page]:
    path = browser_path()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = await browser.new_page(viewport=viewport, locale="zh-CN", reduced_motion="reduce")
        page.set_default_timeout(30_000)
        trouble: list[str] = []
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda said: trouble.append(said.text) if said.type == "error" else None)
        yield page
        await browser.close()
        assert trouble == []


async def ask(page: Page, text: str) -> None:
    box = page.get_by_role("textbox").first
    await box.fill(text)
    await box.press("Enter")


async def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / name)


@pytest.mark.parametrize("size", ["phone", "desktop"])
async def test_the_four_questions_are_answered_with_law_and_article(database_url: str, size: str) -> None:
    async with stand.served(database_url) as served, chromium(PHONE if size == "phone" else DESKTOP) as page:
        await page.goto(served.base_url)
        await expect(page.get_by_text("惠窗").first).to_be_visible()
        await picture(page, f"window-{size}-start.png")
        for number, (question, law, article) in enumerate(QUESTIONS, 1):
            await ask(page, question)
            source = page.locator(".source").nth(number - 1)
            await expect(source).to_be_visible()
            await expect(source).to_contain_text(law)
            if number == 1:
                await picture(page, f"window-{size}.png")
            await source.click()
            dialog = page.get_by_role("dialog")
            await expect(dialog).to_contain_text(law)
            await expect(dialog).to_contain_text(article)
            await page.keyboard.press("Escape")
            await expect(dialog).to_be_hidden()
        await ask(page, "转人工")
        await expect(page.get_by_text("现在没有工作人员在线").first).to_be_visible()
        assert len(await served.desk.requests(since=stand.NOON)) == 1


async def test_what_the_dialogue_engine_says_comes_through_and_its_absence_is_told(database_url: str) -> None:
    async with stand.served(database_url) as served, chromium(PHONE) as page:
        await page.goto(served.base_url)
        await ask(page, "你好")
        await expect(page.get_by_text("智能对话暂时出了点问题").first).to_be_visible()
        served.engine.script = says("您好，请讲。")
        await ask(page, "你好呀")
        await expect(page.get_by_text("您好，请讲。")).to_be_visible()


async def test_feedback_rating_and_a_fresh_start(database_url: str) -> None:
    async with stand.served(database_url) as served, chromium(PHONE) as page:
        await page.goto(served.base_url)
        await ask(page, "居住证怎么办")
        await page.get_by_role("button", name="有用").first.click()
        await page.get_by_role("button", name="结束咨询").first.click()
        await page.get_by_role("button", name="结束", exact=True).click()
        await expect(page.get_by_text("非常满意").first).to_be_visible()
        await page.get_by_text("非常满意").first.click()
        await expect(page.get_by_text("本次咨询已结束").first).to_be_visible()
