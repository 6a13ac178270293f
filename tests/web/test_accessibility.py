"""axe-core finds nothing serious, at phone and desktop size, in normal, elder and dark dress."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import DESKTOP, PHONE, WEB, FakeServer, OpenPage, say

pytestmark = pytest.mark.browser

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.is_file():
        pytest.fail("axe-core is not installed: run script/setup first.")
    return Path(AXE).read_text(encoding="utf-8")


def violations(page: Page, axe: str, *rules: str) -> list[Any]:
    """What axe finds of serious or critical impact; `rules` are switched on besides the default ones."""
    page.evaluate(axe)
    switched = {rule: {"enabled": True} for rule in rules}
    found = page.evaluate("rules => axe.run(document, {rules})", switched)
    grave = [item for item in found["violations"] if item["impact"] in ("serious", "critical")]
    return [(item["id"], [node["html"][:160] for node in item["nodes"]]) for item in grave]


@pytest.mark.parametrize("dress", ["normal", "elder", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing_serious(
    open_page: OpenPage, server: FakeServer, axe: str, viewport: dict[str, int], dress: str
) -> None:
    rules = ["target-size"] + (["color-contrast-enhanced"] if dress == "elder" else [])
    # Animations would be measured half-way.
    options = {"reduced_motion": "reduce", "color_scheme": "dark" if dress == "dark" else "light"}
    page = open_page(viewport=viewport, elder=dress == "elder", **options)
    expect(page.locator(".ask").first).to_be_visible()
    page.locator("summary").first.click()
    assert violations(page, axe, *rules) == []

    server.mood(refuse_text="违禁")
    say(page, "医保断缴")
    say(page, "居住证")
    say(page, "违禁")
    say(page, "转人工")
    expect(page.get_by_text("正在接通工作人员")).to_be_visible()
    server.call(
        "say", {"author": "agent", "type": "options", "text": "选哪个", "options": [{"label": "甲", "value": "甲"}]}
    )
    expect(page.locator(".option")).to_be_visible()
    page.get_by_role("button", name="有用").first.click()
    assert violations(page, axe, *rules) == []

    page.locator(".source").first.click()
    expect(page.locator(".laws")).to_be_attached()
    assert violations(page, axe, *rules) == []
    page.keyboard.press("Escape")

    page.context.set_offline(True)
    say(page, "离线")
    expect(page.locator(".banner")).to_contain_text("网络断开")
    assert violations(page, axe, *rules) == []
    page.context.set_offline(False)
    expect(page.locator(".banner")).to_be_hidden()

    page.get_by_role("button", name="结束咨询").click()
    page.get_by_role("button", name="结束", exact=True).click()
    page.get_by_role("radio", name="基本满意").check()
    assert violations(page, axe, *rules) == []


def test_screen_reader_landmarks_and_names(open_page: OpenPage) -> None:
    page = open_page()
    say(page, "医保断缴")
    expect(page.locator(".source")).to_be_visible()
    log = page.get_by_role("log", name="对话记录")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log).to_contain_text("您说：")
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("textbox", name="输入您的问题")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


def test_own_message_is_not_rebuilt_when_confirmed(open_page: OpenPage) -> None:
    """One row per key: the bubble of the citizen is announced once, not again by a second log entry."""
    page = open_page()
    say(page, "医保断缴")
    expect(page.locator(".source")).to_be_visible()
    expect(page.locator(".message.citizen")).to_have_count(1)
