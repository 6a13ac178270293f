"""Broken lines, no network, expired tokens, refusals: nothing lost, nothing twice, and the citizen is told."""

import pytest
from playwright.sync_api import expect

from tests.web.conftest import FakeServer, OpenPage, say

pytestmark = pytest.mark.browser


def test_lost_connection_resumes_without_loss_or_repeat(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    say(page, "第一问")
    expect(page.get_by_text("收到：第一问")).to_be_visible()
    server.call("drop")
    server.call("say", {"author": "agent", "type": "text", "text": "断线时说的话"})
    expect(page.get_by_text("断线时说的话")).to_be_visible()
    say(page, "第二问")
    expect(page.get_by_text("收到：第二问")).to_be_visible()
    expect(page.locator(".bubble")).to_have_text(["第一问", "收到：第一问", "断线时说的话", "第二问", "收到：第二问"])


def test_lost_acknowledgement_is_not_answered_twice(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    say(page, "第一问")
    expect(page.get_by_text("收到：第一问")).to_be_visible()
    server.mood(drop_before_ack=1)
    say(page, "第二问")
    expect(page.get_by_text("收到：第二问")).to_be_visible()
    expect(page.locator(".state")).to_have_count(0)
    assert server.texts() == ["第一问", "收到：第一问", "第二问", "收到：第二问"]
    expect(page.locator(".bubble")).to_have_count(4)


def test_offline_messages_are_kept_said_and_sent_by_themselves(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    say(page, "第一问")
    expect(page.get_by_text("收到：第一问")).to_be_visible()
    page.context.set_offline(True)
    say(page, "离线一")
    say(page, "离线二")
    banner = page.locator(".banner")
    expect(banner).to_contain_text("网络断开")
    expect(banner).to_contain_text("2 条消息没发出")
    expect(page.get_by_text("等待发送，已存在本机")).to_have_count(2)
    assert server.texts("citizen") == ["第一问"]
    page.context.set_offline(False)
    expect(page.get_by_text("收到：离线二")).to_be_visible()
    expect(banner).to_be_hidden()
    assert server.texts("citizen") == ["第一问", "离线一", "离线二"]


def test_closing_the_page_loses_nothing(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    say(page, "第一问")
    expect(page.get_by_text("收到：第一问")).to_be_visible()
    page.context.set_offline(True)
    say(page, "关页面前写的")
    expect(page.get_by_text("等待发送")).to_be_visible()
    context, url = page.context, page.url
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(url)
    expect(again.get_by_text("收到：关页面前写的")).to_be_visible()
    expect(again.get_by_text("收到：第一问")).to_be_visible()
    assert server.texts("citizen") == ["第一问", "关页面前写的"]


def test_expired_token_while_connected(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    say(page, "第一问")
    expect(page.get_by_text("收到：第一问")).to_be_visible()
    server.call("expire")
    expect(page.get_by_text("上一段对话已过期")).to_have_count(1)
    say(page, "第二问")
    expect(page.get_by_text("收到：第二问")).to_be_visible()
    expect(page.get_by_text("收到：第一问")).to_be_visible()
    talks = server.seen()["talks"]
    assert [[said["text"] for said in talk["messages"]] for talk in talks] == [
        ["第一问", "收到：第一问"],
        ["第二问", "收到：第二问"],
    ]


def test_expired_token_with_unsent_messages(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    say(page, "第一问")
    expect(page.get_by_text("收到：第一问")).to_be_visible()
    page.context.set_offline(True)
    say(page, "没发出的")
    expect(page.get_by_text("等待发送")).to_be_visible()
    server.call("expire")
    page.context.set_offline(False)
    expect(page.get_by_text("没发出的消息会在这里发出")).to_be_visible()
    expect(page.get_by_text("收到：没发出的")).to_be_visible()
    assert server.texts("citizen") == ["第一问", "没发出的"]


def test_without_websocket_the_conversation_goes_on(open_page: OpenPage, server: FakeServer) -> None:
    server.mood(refuse_sockets=True)
    page = open_page()
    say(page, "第一问")
    expect(page.get_by_text("收到：第一问")).to_be_visible()
    say(page, "转人工")
    expect(page.get_by_text("正在接通工作人员")).to_be_visible()
    server.call("say", {"author": "agent", "type": "text", "text": "我来了"})
    expect(page.get_by_text("我来了")).to_be_visible()
    expect(page.locator(".banner")).to_be_hidden()
    server.mood(refuse_sockets=False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    say(page, "第二问")
    expect(page.locator(".bubble").last).to_have_text("第二问")
    expect(page.locator(".bubble", has_text="第二问")).to_have_count(1)


@pytest.mark.parametrize("sockets", [True, False])
def test_too_fast_is_said_gently_and_sent_later(open_page: OpenPage, server: FakeServer, sockets: bool) -> None:
    server.mood(slow_down=1, retry_after=2, refuse_sockets=not sockets)
    page = open_page()
    say(page, "快快快")
    expect(page.get_by_text("您发得有点快")).to_be_visible()
    expect(page.get_by_text("收到：快快快")).to_be_visible()
    expect(page.locator(".banner")).to_be_hidden()


def test_refused_message_says_why_and_does_not_block_the_next(open_page: OpenPage, server: FakeServer) -> None:
    server.mood(refuse_text="违禁")
    page = open_page()
    say(page, "违禁词")
    expect(page.get_by_text("没有发出：这条内容不能发送。")).to_be_visible()
    say(page, "好的")
    expect(page.get_by_text("收到：好的")).to_be_visible()
    page.get_by_role("button", name="不发了").click()
    expect(page.get_by_text("违禁词")).to_have_count(0)


def test_conversation_closed_elsewhere_goes_on_in_a_new_one(open_page: OpenPage, server: FakeServer) -> None:
    page = open_page()
    say(page, "第一问")
    expect(page.get_by_text("收到：第一问")).to_be_visible()
    page.evaluate(
        "async () => { const s = JSON.parse(localStorage.getItem('huichuang.session'));"
        "await fetch(`/api/v1/conversations/${s.id}/close`, {method: 'POST', body: '{}',"
        "headers: {Authorization: `Bearer ${s.token}`, 'Content-Type': 'application/json'}}) }"
    )
    say(page, "第二问")
    expect(page.get_by_text("收到：第二问")).to_be_visible()
    expect(page.get_by_text("以下是新的咨询")).to_be_visible()
