"""One script line puts the window into a page of another origin, with hostile style rules and a strict CSP."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.web.conftest import DESKTOP, PHONE, FakeServer, OpenPage

pytestmark = pytest.mark.browser

# The tree is closed to the portal's scripts; only the test opens it, to find what a visitor sees.
OPEN_SHADOW = (
    "const made = Element.prototype.attachShadow;"
    "Element.prototype.attachShadow = function () { return made.call(this, {mode: 'open'}) }"
)


@pytest.fixture
def portal(open_page: OpenPage, portal_url: str, server: FakeServer):  # type: ignore[no-untyped-def]
    def opened(viewport: dict[str, int] = DESKTOP, **choices: str) -> Page:
        page = open_page(viewport=viewport, goto=False)
        page.add_init_script(OPEN_SHADOW)
        page.goto(f"{portal_url}/?{urlencode(choices)}")
        expect(page.locator("huichuang-window .launcher")).to_be_visible()
        return page

    return opened


def window_of(page: Page) -> FrameLocator:
    return page.frame_locator("huichuang-window iframe")


def ask(page: Page, text: str) -> None:
    box = window_of(page).get_by_label("输入您的问题")
    box.fill(text)
    box.press("Enter")


@pytest.mark.parametrize("strict", [False, True], ids=["plain", "hostile-css"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_launcher_opens_the_window_and_answers(portal, viewport: dict[str, int], strict: bool) -> None:  # type: ignore[no-untyped-def]
    page = portal(viewport, **({"strict": "1"} if strict else {}))
    launcher = page.locator("huichuang-window .launcher")
    assert page.locator("huichuang-window iframe").count() == 0
    box = launcher.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["x"] + box["width"] <= viewport["width"]
    assert box["y"] + box["height"] <= viewport["height"]
    launcher.click()
    expect(launcher).to_have_attribute("aria-expanded", "true")
    ask(page, "医保断缴")
    expect(window_of(page).locator(".source")).to_be_visible()
    frame = page.locator("huichuang-window iframe").bounding_box()
    assert frame is not None
    assert frame["width"] >= min(400, viewport["width"])
    assert frame["height"] >= 400


def test_full_screen_window_on_a_phone_is_not_covered_by_its_button(portal) -> None:  # type: ignore[no-untyped-def]
    page = portal(PHONE)
    launcher = page.locator("huichuang-window .launcher")
    box = launcher.bounding_box()
    assert box is not None
    launcher.click()
    window_of(page).get_by_label("输入您的问题").fill("医保断缴")
    at = f"{box['x'] + box['width'] / 2}, {box['y'] + box['height'] / 2}"
    top = page.evaluate(f"document.querySelector('huichuang-window').shadowRoot.elementFromPoint({at}).tagName")
    assert top == "IFRAME"
    window_of(page).get_by_role("button", name="发送").click()
    expect(window_of(page).locator(".source")).to_be_visible()


def test_escape_closes_from_inside_and_the_focus_returns(portal) -> None:  # type: ignore[no-untyped-def]
    page = portal()
    launcher = page.locator("huichuang-window .launcher")
    launcher.focus()
    page.keyboard.press("Enter")
    expect(window_of(page).get_by_label("输入您的问题")).to_be_focused()
    ask(page, "医保断缴")
    window_of(page).locator(".source").click()
    expect(window_of(page).get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(window_of(page).get_by_role("dialog")).to_be_hidden()
    expect(launcher).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(launcher).to_have_attribute("aria-expanded", "false")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.className") == "launcher"


def test_close_button_and_new_messages_count(portal, server: FakeServer) -> None:  # type: ignore[no-untyped-def]
    page = portal()
    launcher = page.locator("huichuang-window .launcher")
    launcher.click()
    ask(page, "你好")
    expect(window_of(page).get_by_text("收到：你好")).to_be_visible()
    page.get_by_role("button", name="关闭智能咨询").click()
    server.call("say", {"author": "agent", "type": "text", "text": "您还在吗"})
    expect(page.locator("huichuang-window .badge")).to_have_text("1")
    launcher.click()
    expect(window_of(page).get_by_text("您还在吗")).to_be_visible()
    expect(page.locator("huichuang-window .badge")).to_be_hidden()


def test_choices_of_the_portal(portal) -> None:  # type: ignore[no-untyped-def]
    page = portal(position="left", color="#ffcc00", label="问问惠窗", bottom="90")
    launcher = page.locator("huichuang-window .launcher")
    expect(launcher).to_have_text("问问惠窗")
    expect(launcher).to_have_css("background-color", "rgb(255, 204, 0)")
    expect(launcher).to_have_css("color", "rgb(0, 0, 0)")
    box = launcher.bounding_box()
    assert box is not None
    assert box["x"] < 100
    assert DESKTOP["height"] - box["y"] - box["height"] == 90


def test_two_lines_make_one_window_and_no_name_is_left_behind(portal, open_page: OpenPage) -> None:  # type: ignore[no-untyped-def]
    page = portal(twice="1")
    expect(page.locator("huichuang-window")).to_have_count(1)
    blank = open_page("about:blank")
    names = "Object.getOwnPropertyNames(window)"
    left = set(page.evaluate(names)) - set(blank.evaluate(names))
    assert [name for name in left if any(word in name.lower() for word in ("hui", "embed", "portal", "window"))] == []


def test_messages_of_strangers_are_ignored(portal) -> None:  # type: ignore[no-untyped-def]
    page = portal()
    launcher = page.locator("huichuang-window .launcher")
    launcher.click()
    ask(page, "你好")
    expect(window_of(page).get_by_text("收到：你好")).to_be_visible()
    page.evaluate("window.postMessage({huichuang: 1, type: 'close'}, '*')")
    page.evaluate("window.postMessage({huichuang: 1, type: 'unread', count: 9}, '*')")
    page.evaluate("new Promise(done => setTimeout(done, 50))")
    expect(launcher).to_have_attribute("aria-expanded", "true")
