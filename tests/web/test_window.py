"""The citizen window in a real Chromium: asking, choosing, sources, feedback, rating, keyboard, elder mode."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import DESKTOP, PHONE, FakeServer, OpenPage, say

pytestmark = pytest.mark.browser


def test_greeting_shows_what_is_asked_most_and_opens_nothing(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    expect(page.get_by_role("heading", name=re.compile("惠窗助手"))).to_be_visible()
    expect(page.get_by_role("button", name="居住证怎么办").first).to_be_visible()
    expect(page).to_have_title("惠窗 · 政务服务助手")
    page.get_by_text("养老保险", exact=True).click()
    expect(page.get_by_role("button", name="养老保险怎么转移接续")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert server.seen()["talks"] == []


def test_most_asked_question_is_answered_with_its_source_and_full_entry(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="医保断缴了会怎么样").first.click()
    source = page.get_by_role("button", name=re.compile("《社会保险法》第二十三条"))
    expect(source).to_contain_text("2011年7月1日起施行")
    expect(source).to_contain_text("第 3 版")
    source.click()
    panel = page.get_by_role("dialog", name=re.compile("职工医保断缴"))
    expect(panel.get_by_text("职工应当参加职工基本医疗保险")).to_be_visible()
    expect(panel.get_by_text("杭州市")).to_be_visible()
    expect(panel.get_by_text("各地规定不完全一样")).to_be_visible()
    expect(panel.get_by_role("link", name="12393").first).to_have_attribute("href", "tel:12393")
    panel.get_by_role("checkbox", name="居民身份证").check()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(source).to_be_focused()


def test_missing_entry_says_so_and_can_be_tried_again(open_page: OpenPage) -> None:
    page = open_page()
    say(page, "医保断缴")
    page.route("**/api/v1/entries/*", lambda route: route.abort())
    page.locator(".source").click()
    expect(page.get_by_text("没有取到这条说明")).to_be_visible()
    page.unroute("**/api/v1/entries/*")
    page.get_by_role("button", name="再试一次").click()
    expect(page.get_by_text("先查清断缴了几个月")).to_be_visible()


def test_option_is_sent_by_its_value_and_can_be_chosen_once(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    say(page, "社保卡")
    page.get_by_role("button", name="补办社保卡").click()
    expect(page.get_by_text("收到：社保卡丢了怎么补办")).to_be_visible()
    expect(page.get_by_role("button", name="激活")).to_be_disabled()
    assert server.texts("citizen") == ["社保卡", "社保卡丢了怎么补办"]


def test_card_shows_rows_numbered_steps_and_a_checklist(open_page: OpenPage) -> None:
    page = open_page()
    say(page, "居住证")
    card = page.locator(".card")
    expect(card.get_by_text("15 个工作日")).to_be_visible()
    expect(card.locator("ol li")).to_have_count(3)
    card.get_by_role("checkbox", name="近期照片").check()
    expect(card.get_by_role("checkbox")).to_have_count(3)


def test_text_is_text_never_markup(open_page: OpenPage) -> None:
    page = open_page()
    say(page, "坏字 <script>window.hacked=1</script>")
    expect(page.locator(".message.bot .said")).to_have_text('<img src=x onerror="window.hacked=1"><b>不是粗体</b>')
    assert page.locator(".log img, .log b, .log script").count() == 0
    assert page.evaluate("window.hacked") is None


def test_feedback_is_sent_and_may_be_changed(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    say(page, "医保断缴")
    helpful, useless = page.get_by_role("button", name="有用"), page.get_by_role("button", name="没用")
    helpful.click()
    expect(page.get_by_text("谢谢您的反馈")).to_be_visible()
    expect(helpful).to_have_attribute("aria-pressed", "true")
    useless.click()
    expect(page.get_by_text("已记下")).to_be_visible()
    expect(helpful).to_have_attribute("aria-pressed", "false")
    assert server.seen()["feedback"] == [{"seq": 2, "helpful": True}, {"seq": 2, "helpful": False}]


def test_copy_takes_answer_and_source(open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    say(page, "医保断缴")
    page.get_by_role("button", name="复制").click()
    expect(page.get_by_text("已复制")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "统筹基金" in copied
    assert "《社会保险法》第二十三条" in copied


def test_read_aloud_is_offered_only_with_a_chinese_voice(open_page: OpenPage) -> None:
    page = open_page()
    say(page, "医保断缴")
    expect(page.get_by_role("button", name="复制")).to_be_visible()
    has_voice = page.evaluate("speechSynthesis.getVoices().some(voice => /^(zh|cmn)/i.test(voice.lang))")
    assert page.get_by_role("button", name="朗读").count() == (1 if has_voice else 0)
    other = open_page(goto=False)
    other.add_init_script(
        "window.said = []; const voice = {lang: 'zh-CN', name: '中文'};"
        "Object.defineProperty(window, 'speechSynthesis', {value: {getVoices: () => [voice], cancel() {},"
        " speak(words) { window.said.push(words.text) }, addEventListener() {}}});"
        "window.SpeechSynthesisUtterance = function (text) { this.text = text }"
    )
    other.goto(page.url)
    say(other, "医保断缴")
    other.get_by_role("button", name="朗读").click()
    assert "统筹基金" in other.evaluate("window.said[0]")
    other.get_by_role("button", name="停止").click()
    expect(other.get_by_role("button", name="朗读")).to_be_visible()


def test_ending_offers_a_rating_that_is_never_forced(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    say(page, "你好")
    expect(page.get_by_text("收到：你好")).to_be_visible()
    page.get_by_role("button", name="结束咨询").click()
    page.get_by_role("button", name="继续咨询").click()
    page.get_by_role("button", name="结束咨询").click()
    page.get_by_role("button", name="结束", exact=True).click()
    expect(page.get_by_role("radio")).to_have_count(5)
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_text("请先选一项")).to_be_visible()
    page.get_by_role("radio", name="非常满意").check()
    page.get_by_label("还想说点什么").fill("很快")
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_text("谢谢您的评价")).to_be_visible()
    seen = server.seen()
    assert seen["ratings"] == [{"level": 5, "comment": "很快"}]
    assert seen["talks"][0]["owner"] == "closed"
    say(page, "再问一个")
    expect(page.get_by_text("收到：再问一个")).to_be_visible()
    expect(page.get_by_text("收到：你好")).to_be_visible()
    assert len(server.seen()["talks"]) == 2


def test_rating_can_be_declined(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    say(page, "你好")
    page.get_by_role("button", name="结束咨询").click()
    page.get_by_role("button", name="结束", exact=True).click()
    page.get_by_role("button", name="不评价").click()
    expect(page.get_by_role("radio")).to_have_count(0)
    assert server.seen()["ratings"] == []


def test_a_person_is_one_touch_away_and_looks_different(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    page.get_by_role("button", name="转人工").click()
    expect(page.get_by_text("已为您转接人工")).to_be_visible()
    expect(page.get_by_text("正在接通工作人员")).to_be_visible()
    server.call("say", {"author": "agent", "type": "text", "text": "您好，我是小王"})
    expect(page.locator(".message.agent")).to_contain_text("工作人员")
    expect(page.get_by_text("工作人员正在为您服务")).to_be_visible()
    assert server.texts("citizen") == ["转人工"]


def test_typing_is_shown_while_an_answer_is_made(open_page: OpenPage, server: FakeServer) -> None:
    server.mood(delay=1.5)
    page = open_page()
    say(page, "你好")
    expect(page.get_by_text("正在查找回答")).to_be_attached()
    expect(page.get_by_text("收到：你好")).to_be_visible()
    expect(page.get_by_text("正在查找回答")).to_have_count(0)


def test_enter_sends_shift_enter_breaks_and_composing_waits(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    box = page.locator("#question")
    box.fill("第一行")
    box.press("Shift+Enter")
    box.press_sequentially("第二行")
    composing = "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true})"
    box.evaluate(f"element => element.dispatchEvent({composing})")
    expect(box).to_have_value("第一行\n第二行")
    box.press("Enter")
    expect(box).to_have_value("")
    expect(page.locator(".message.bot")).to_be_visible()
    assert server.texts("citizen") == ["第一行\n第二行"]


def test_counter_near_the_limit_counts_characters(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    page.fill("#question", "字" * 899)
    expect(page.locator("#counter")).to_be_empty()
    page.fill("#question", "字" * 940 + "😀" * 10)
    expect(page.locator("#counter")).to_have_text("还能写 50 个字")
    page.fill("#question", "字" * 1003)
    expect(page.locator("#counter")).to_contain_text("超出 3 个字")
    page.get_by_role("button", name="发送").click()
    expect(page.locator("#question")).to_be_focused()
    assert server.seen()["received"] == []


def test_draft_survives_a_reload(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#question").press_sequentially("写了一半")
    page.reload()
    expect(page.locator("#question")).to_have_value("写了一半")


def test_elder_mode_doubles_the_type_and_is_remembered(open_page: OpenPage) -> None:
    page = open_page()
    size = "parseFloat(getComputedStyle(document.querySelector('.ask')).fontSize)"
    expect(page.locator(".ask").first).to_be_visible()
    before = page.evaluate(size)
    page.get_by_role("button", name="长者模式").click()
    assert page.evaluate(size) == 2 * before
    page.reload()
    expect(page.get_by_role("button", name="标准模式")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".ask").first).to_be_visible()
    assert page.evaluate(size) == 2 * before


def tab_to(page: Page, name: str, limit: int = 40) -> None:
    """Presses Tab until something whose text contains `name` has the focus."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if name in page.evaluate("document.activeElement.innerText || document.activeElement.id || ''"):
            return
    pytest.fail(f"{name} cannot be reached with Tab")


def test_whole_journey_with_the_keyboard_alone(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page(viewport=DESKTOP)
    expect(page.locator(".ask").first).to_be_visible()
    page.keyboard.press("Tab")
    assert "跳到输入框" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("Enter")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("社保卡")
    page.keyboard.press("Enter")
    expect(page.locator(".option")).to_have_count(2)
    tab_to(page, "跳到输入框")
    tab_to(page, "补办社保卡")
    page.keyboard.press("Enter")
    expect(page.get_by_text("收到：社保卡丢了怎么补办")).to_be_visible()
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("医保断缴")
    page.keyboard.press("Enter")
    expect(page.locator(".source")).to_be_visible()
    tab_to(page, "跳到输入框")
    tab_to(page, "看全文")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    tab_to(page, "没用")
    page.keyboard.press("Space")
    expect(page.get_by_text("已记下")).to_be_visible()
    tab_to(page, "结束咨询")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    tab_to(page, "提交评价")
    page.keyboard.press("Enter")
    expect(page.get_by_text("谢谢您的评价")).to_be_visible()
    assert server.seen()["ratings"] == [{"level": 4, "comment": ""}]


def test_new_words_do_not_pull_away_somebody_who_reads_above(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    for _ in range(3):
        say(page, "居住证")
        expect(page.locator("#question")).to_have_value("")
    expect(page.locator(".card")).to_have_count(3)
    page.locator("main.talk").evaluate("box => box.scrollTo({top: 0, behavior: 'instant'})")
    expect(page.get_by_role("button", name="往下看")).to_be_visible()
    server.call("say", {"type": "text", "text": "又一句"})
    expect(page.get_by_text("又一句")).to_be_attached()
    assert page.locator("main.talk").evaluate("box => box.scrollTop") == 0
    page.get_by_role("button", name="往下看").click()
    expect(page.get_by_text("又一句")).to_be_in_viewport()


@pytest.mark.parametrize("elder", [False, True])
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_scrolls_sideways_and_targets_are_large(open_page: OpenPage, width: int, elder: bool) -> None:
    page = open_page(viewport={"width": width, "height": 700}, elder=elder)
    say(page, "医保断缴" + "很长" * 60)
    say(page, "居住证")
    say(page, "社保卡")
    expect(page.locator(".option")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("(box => box.scrollWidth - box.clientWidth)(document.querySelector('main.talk'))") <= 0
    small: list[Any] = page.evaluate(
        "[...document.querySelectorAll('button, summary, .checklist label, textarea')]"
        ".map(e => [e.innerText || e.id, e.getBoundingClientRect()])"
        ".filter(([, r]) => r.width && (r.height < 44 || r.width < 44)).map(([n, r]) => [n, r.width, r.height])"
    )
    assert small == []
    page.locator(".source").first.click()
    expect(page.locator(".laws")).to_be_attached()
    assert page.evaluate("(box => box.scrollWidth - box.clientWidth)(document.querySelector('.panel-body'))") <= 0


def test_reduced_motion_is_respected(open_page: OpenPage, server: FakeServer) -> None:
    server.mood(delay=1.0)
    page = open_page(reduced_motion="reduce")
    say(page, "你好")
    expect(page.locator(".dots")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.dots i')).animationName") == "none"


def test_portal_down_still_lets_people_ask(open_page: OpenPage, server: FakeServer) -> None:
    server.mood(portal_down=True)
    page = open_page(viewport=PHONE)
    expect(page.get_by_text("常见问题暂时没有取到")).to_be_visible()
    say(page, "你好")
    expect(page.get_by_text("收到：你好")).to_be_visible()
    server.mood(portal_down=False)
    page.get_by_role("button", name="重新加载常见问题").click()
    expect(page.get_by_role("button", name="居住证怎么办").first).to_be_visible()
