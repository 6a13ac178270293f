"""The staff site as people use it: log-in and lock-out, a whole life of an entry, every page at desk and phone size.

With SCREENSHOTS=docs/images the pictures of the documentation are taken anew.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from core.clock import ManualClock
from knowledge.editing.served import revision
from knowledge.live import Live
from staff.login import TRIES
from staff.roles import permissions
from tests.journeys.staff_site import DESK, PHONE, Visitor, fits, log_in, menu, picture, site, violations, visitor
from tests.knowledge.editing.people import content
from tests.staff.people import PASSWORD, Member, enter
from tests.stand import Stand

pytestmark = pytest.mark.browser
QUESTION = "社保卡丢了怎么补办？"
ASKED = "社保卡丢了怎么办"
PAGES = [
    ("knowledge.read", "知识条目", "entries"),
    ("knowledge.read", "待审核", "reviews"),
    ("knowledge.read", "检索测试", "bench"),
    ("knowledge.read", "未答问题", "unanswered"),
    ("knowledge.read", "提醒", "warnings"),
    ("knowledge.read", "覆盖情况", "coverage"),
    ("knowledge.import", "导入资料", "import"),
    ("sensitive.read", "敏感词", "sensitive"),
    ("accounts.manage", "账号", "accounts"),
    ("account.own", "我的账号", "me"),
]


async def somebody(served: Stand, role: str) -> Member:
    """The person of a role, without a browser."""
    row = await served.staff.store.account(role)
    assert row is not None
    return await enter(served, row["id"])


async def ask(served: Stand, question: str) -> str:
    """What a citizen is answered."""
    citizen = await served.open()
    return await citizen.ask(question)


async def answered(served: Stand, question: str, words: str) -> None:
    """Wait until a citizen is answered with these words: the new index is loaded within seconds."""
    async with asyncio.timeout(30):
        while words not in await ask(served, question):  # noqa: ASYNC110 - it is the way of a citizen that is tested
            await asyncio.sleep(0)


async def caught_up(served: Stand) -> None:
    """Wait until what is published is what is served."""
    assert isinstance(served.known, Live)
    await served.known.reached(await revision(served.storage.database))


async def stocked(served: Stand, *names: str) -> None:
    """Published entries, by way of the interface."""
    editor, reviewer = await somebody(served, "editor"), await somebody(served, "reviewer")
    for name in names:
        made = await editor.call("POST", "/knowledge/entries", {"content": content(name)})
        assert made.status_code == 201, made.text
        await publish(editor, reviewer, made.json())


async def publish(editor: Member, reviewer: Member, version: dict[str, Any]) -> None:
    path = f"/knowledge/entries/{version['entry_id']}/versions/{version['number']}"
    sent = await editor.call("POST", f"{path}/submit", {"revision": version["revision"], "note": ""})
    assert sent.status_code == 200, sent.text
    done = await reviewer.call("POST", f"{path}/approve", {"revision": sent.json()["revision"], "note": ""})
    assert done.status_code == 200, done.text


async def test_log_in_lock_out_and_log_out(database_url: str, tmp_path: Path) -> None:
    async with site(database_url, tmp_path) as served, visitor(served) as someone:
        page = await someone.open()
        await expect(page.get_by_label("账号")).to_be_focused()
        await picture(page, "staff-login.png")
        assert await violations(page) == []
        await log_in(page, "editor", "a wrong password")
        await expect(page.get_by_role("alert")).to_contain_text("账号或密码不正确")
        await expect(page.get_by_label("密码")).to_be_focused()
        await log_in(page, "editor")
        await expect(page.get_by_role("heading", name="知识条目")).to_be_visible()
        await page.reload()
        await expect(page.get_by_role("heading", name="知识条目")).to_be_visible()
        await page.get_by_role("button", name="退出").click()
        await expect(page.get_by_role("button", name="登录")).to_be_visible()
        for _ in range(TRIES):
            await log_in(page, "editor", "a wrong password")
            await expect(page.get_by_role("alert")).to_contain_text("不正确")
            await expect(page.get_by_label("密码")).to_be_empty()
        await log_in(page, "editor")
        await expect(page.get_by_role("alert")).to_contain_text("已暂时锁定")
        assert isinstance(served.clock, ManualClock)
        served.clock.advance(61)
        await log_in(page, "editor")
        await expect(page.get_by_role("button", name="退出")).to_be_visible()
        served.clock.advance(31 * 60)
        await page.get_by_role("link", name="待审核", exact=True).click()
        await expect(page.get_by_text("登录已失效")).to_be_visible()


async def test_the_keyboard_is_enough_to_log_in_and_go_to_a_page(database_url: str, tmp_path: Path) -> None:
    async with site(database_url, tmp_path) as served, visitor(served) as someone:
        page = await someone.open()
        await expect(page.get_by_label("账号")).to_be_focused()
        await page.keyboard.type("reviewer")
        await page.keyboard.press("Tab")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="知识条目")).to_be_visible()
        link = page.get_by_role("link", name="待审核", exact=True)
        for _ in range(12):
            await page.keyboard.press("Tab")
            if await link.evaluate("link => link === document.activeElement"):
                break
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="待审核")).to_be_visible()


async def test_the_life_of_an_entry(database_url: str, tmp_path: Path) -> None:
    async with site(database_url, tmp_path) as served, visitor(served) as someone:
        editor, reviewer = await someone.enter("editor"), await someone.enter("reviewer")
        await write(editor)
        await expect(editor.get_by_role("heading", name=QUESTION)).to_be_visible()
        await expect(editor.get_by_role("button", name="批准")).to_have_count(0)

        await menu(reviewer, "待审核")
        await reviewer.get_by_role("button", name="查看").click()
        await expect(reviewer.get_by_text("先挂失，再到窗口补办。").first).to_be_visible()
        await picture(reviewer, "staff-review.png")
        await decide(reviewer, "批准", "批准并发布")
        await expect(reviewer.get_by_text("没有等待审核的内容")).to_be_visible()
        await answered(served, ASKED, "先挂失")

        await supersede(editor, "2027-01-01", "新卡当场领取。")
        await menu(reviewer, "检索测试")
        await menu(reviewer, "待审核")
        await reviewer.get_by_role("button", name="查看").click()
        await expect(reviewer.get_by_role("heading", name="和线上第 1 版的不同")).to_be_visible()
        await decide(reviewer, "批准", "批准并发布")
        await expect(reviewer.get_by_text("没有等待审核的内容")).to_be_visible()
        await caught_up(served)
        for on, words in (("2026-12-31", "第 1 版"), ("2027-01-01", "第 2 版")):
            await bench(editor, ASKED, on)
            await expect(editor.locator(".hits > li").first).to_contain_text(words)
        await picture(editor, "staff-bench.png")
        assert "先挂失" in await ask(served, ASKED), "the new version does not answer before its day"
        served.clock.advance(60 * 86400)  # into January: the sessions have ended, and the new version answers
        await answered(served, ASKED, "新卡当场领取")

        operator, editor = await someone.enter("operator"), await someone.enter("editor")
        await open_entry(operator)
        await operator.get_by_role("tab", name="历史").click()
        await picture(operator, "staff-history.png")
        await operator.get_by_role("button", name="紧急撤回").click()
        dialog = operator.get_by_role("dialog")
        await dialog.get_by_label("撤回的原因").fill("内容有误")
        await dialog.get_by_role("button", name="立即紧急撤回").click()
        await expect(operator.get_by_text("已撤回", exact=True).first).to_be_visible()
        assert "新卡当场领取" not in await ask(served, ASKED)

        await open_entry(editor)
        await editor.get_by_role("tab", name="历史").click()
        await editor.get_by_role("row", name="第 2 版").get_by_role("button", name="恢复").click()
        await editor.get_by_role("dialog").get_by_role("button", name="恢复为草稿").click()
        await editor.get_by_role("row", name="第 3 版").get_by_role("button", name="提交审核").click()
        reviewer = await someone.enter("reviewer")
        await menu(reviewer, "待审核")
        await decide(reviewer, "批准", "批准并发布")
        await answered(served, ASKED, "新卡当场领取")


async def write(page: Page) -> None:
    """A new entry: faults at the fields, preview, suggestion, submit."""
    await page.get_by_role("button", name="新建条目").click()
    await expect(page.get_by_text("必须改好才能提交")).to_be_visible()
    wanted = content("card")
    await page.get_by_label("标准问题").fill(QUESTION)
    await page.get_by_role("combobox", name="主题").fill("社保卡")
    await page.keyboard.press("Enter")
    await page.get_by_label("话题词").fill("社保卡")
    await page.get_by_label("相似问法").fill("\n".join(wanted["similar"]))
    await page.get_by_label("简短回答").fill("先挂失，再到窗口补办。")
    await page.get_by_label("完整回答").fill("先挂失，再到窗口补办。\n带身份证，当场办结。")
    await page.get_by_label("第 1 条依据的名称").fill("社会保险法")
    await page.get_by_label("第 1 条依据的条款或文号").fill("第五十八条")
    preview = page.get_by_role("region", name="预览")
    await expect(preview).to_contain_text("先挂失，再到窗口补办。")
    await preview.get_by_role("tab", name="大字").click()
    await expect(preview.locator(".large")).to_be_visible()
    await preview.get_by_role("tab", name="语音").click()
    await expect(preview).to_contain_text("电话里会读")
    await preview.get_by_role("tab", name="聊天").click()
    await page.get_by_role("button", name="推荐相似问法").click()
    await page.get_by_role("list", name="推荐的问法").get_by_role("button").first.click()
    await expect(page.get_by_text("可以提交审核")).to_be_visible()
    assert await violations(page) == []
    await picture(page, "staff-editor.png")
    await page.get_by_role("button", name="提交审核").click()


async def supersede(page: Page, day: str, short: str) -> None:
    """A new version that holds from a later day."""
    await open_entry(page)
    await page.get_by_role("button", name="修改").click()
    await page.get_by_label("简短回答").fill(short)
    await page.get_by_label("完整回答").fill(f"{short}\n带身份证。")
    await page.get_by_label("生效日期").fill(day)
    await page.get_by_role("button", name="提交审核").click()
    await expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()


async def open_entry(page: Page) -> None:
    await menu(page, "知识条目")
    await page.get_by_label("按文字查找").fill("补办")
    await page.get_by_role("link", name=QUESTION).click()
    await expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()


async def decide(page: Page, button: str, confirm: str) -> None:
    await page.get_by_role("button", name=button, exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name=confirm).click()


async def bench(page: Page, question: str, on: str) -> None:
    await menu(page, "检索测试")
    await page.get_by_role("textbox", name="问题").fill(question)
    await page.get_by_label("问的是哪一天，不填为今天").fill(on)
    await page.get_by_role("button", name="检索", exact=True).click()
    await expect(page.get_by_text(on, exact=True)).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_every_page_is_accessible_and_fits(database_url: str, tmp_path: Path, size: dict[str, int]) -> None:
    name = "desk" if size == DESK else "phone"
    async with site(database_url, tmp_path) as served, visitor(served) as someone:
        await stocked(served, "card")
        trouble = []
        for role in ("operator", "admin"):
            page = await someone.enter(role, size)
            for permission, title, shot in PAGES:
                if permission not in permissions([role]):
                    continue
                await menu(page, title)
                await page.wait_for_load_state("networkidle")
                await picture(page, f"staff-{shot}-{name}.png")
                trouble += [(title, role, *found) for found in await violations(page)]
                if not await fits(page):
                    trouble.append((title, role, "does not fit", []))
        assert trouble == []


async def test_an_administrator_makes_an_account_and_the_person_changes_the_password(
    database_url: str, tmp_path: Path
) -> None:
    async with site(database_url, tmp_path) as served, visitor(served) as someone:
        admin = await someone.enter("admin")
        await menu(admin, "账号")
        await admin.get_by_role("button", name="新建账号").click()
        form = admin.get_by_role("dialog", name="新建账号")
        await form.get_by_label("账号", exact=True).fill("wang.wu")
        await form.get_by_label("姓名").fill("王五")
        await form.get_by_label("知识编辑").check()
        assert await violations(admin) == []
        await form.get_by_role("button", name="保存").click()
        given = admin.get_by_role("dialog", name="初始密码")
        initial = await given.locator("code").inner_text()
        await given.get_by_role("button", name="我已记下").click()
        await expect(admin.get_by_role("cell", name="王五")).to_be_visible()

        fresh = await someone.open()
        await log_in(fresh, "wang.wu", initial)
        await expect(fresh.get_by_text("请先改成只有您知道的密码")).to_be_visible()
        await change_password(fresh, initial, "password2026")
        await expect(fresh.get_by_text("太常见")).to_be_visible()
        await change_password(fresh, initial, "blue kettle noon")
        await expect(fresh.get_by_text("密码已修改")).to_be_visible()
        await menu(fresh, "知识条目")

        await admin.get_by_role("button", name="停用 wang.wu").click()
        await admin.get_by_role("dialog").get_by_role("button", name="停用").click()
        await expect(admin.get_by_text("已停用").first).to_be_visible()
        await fresh.get_by_role("link", name="待审核", exact=True).click()
        await expect(fresh.get_by_text("登录已失效")).to_be_visible()


async def change_password(page: Page, old: str, new: str) -> None:
    await page.get_by_label("原密码").fill(old)
    await page.get_by_label("新密码", exact=True).fill(new)
    await page.get_by_label("再输入一次").fill(new)
    await page.get_by_role("button", name="修改密码").click()


async def test_a_person_who_is_offline_is_told_and_loses_nothing(database_url: str, tmp_path: Path) -> None:
    async with site(database_url, tmp_path) as served, visitor(served) as someone:
        page = await offline_editor(someone)
        await page.get_by_label("标准问题").fill("停水了怎么报修？")
        await page.context.set_offline(True)
        await page.get_by_role("button", name="保存草稿").click()
        await expect(page.get_by_text("网络不通").first).to_be_visible()
        await expect(page.get_by_label("标准问题")).to_have_value("停水了怎么报修？")


async def offline_editor(someone: Visitor) -> Page:
    page = await someone.enter("editor")
    await page.get_by_role("button", name="新建条目").click()
    await expect(page.get_by_label("标准问题")).to_be_visible()
    return page
