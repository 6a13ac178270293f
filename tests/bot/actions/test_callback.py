"""The message form, slot by slot."""

import pytest

from bot.actions.callback import CONFIRM, MESSAGE, PHONE, CallbackForm
from bot.actions.scene import Scene
from bot.replies import Replies

PHONE_TOKEN, OTHER_PHONE = "⟦手机号·a1b2c3⟧", "⟦座机号·zz9900⟧"
FILLED = {PHONE: PHONE_TOKEN, MESSAGE: "缴费记录查不到"}


@pytest.fixture
def form():
    return CallbackForm(Replies.load())


def scene(slot, text, intent="consult", **slots):
    return Scene(text=text, intent=intent, slots={"requested_slot": slot, **slots}, turn_id="7")


@pytest.mark.parametrize(
    ("slot", "text", "intent", "slots"),
    [
        (None, "我要留言", "leave_message", {}),
        (None, f"给我回电，{PHONE_TOKEN}", "leave_message", {PHONE: PHONE_TOKEN}),
        (PHONE, PHONE_TOKEN, "give_phone", {PHONE: PHONE_TOKEN}),
        (PHONE, f"不对，是{OTHER_PHONE}", "correct", {PHONE: OTHER_PHONE}),
        (PHONE, "⟦身份证号·a1b2c3⟧", "give_phone", {PHONE: None}),
        (PHONE, "1380013", "give_phone", {PHONE: None}),
        (PHONE, "88 88 99 99", "choose", {PHONE: None}),
        (PHONE, "居住证怎么办", "consult", {}),
        (PHONE, "算了", "withdraw", {}),
        (MESSAGE, "社保缴费记录查不到", "consult", {MESSAGE: "社保缴费记录查不到", CONFIRM: None}),
        (MESSAGE, "我要投诉窗口的人态度不好", "complaint", {MESSAGE: "我要投诉窗口的人态度不好", CONFIRM: None}),
        (MESSAGE, "我想取消上个月交的居民医保，钱能退吗", "withdraw",
         {MESSAGE: "我想取消上个月交的居民医保，钱能退吗", CONFIRM: None}),
        (MESSAGE, "急", "emotion", {MESSAGE: None}),
        (MESSAGE, "长" * 201, "consult", {MESSAGE: None}),
        (MESSAGE, "算了不留了", "withdraw", {}),
        (MESSAGE, "转人工", "ask_human", {}),
        (MESSAGE, "再说一遍", "repeat", {}),
        (MESSAGE, f"电话不对，是{OTHER_PHONE}", "correct", {PHONE: OTHER_PHONE, MESSAGE: None}),
        (MESSAGE, "改电话", "correct", {PHONE: None}),
        (CONFIRM, "确认", "affirm", {CONFIRM: "yes"}),
        (CONFIRM, "好的，提交吧", "leave_message", {CONFIRM: "yes"}),
        (CONFIRM, f"不对，电话是{OTHER_PHONE}", "correct", {PHONE: OTHER_PHONE, CONFIRM: None}),
        (CONFIRM, "改电话", "correct", {PHONE: None, CONFIRM: None}),
        (CONFIRM, "改留言", "correct", {MESSAGE: None, CONFIRM: None}),
        (CONFIRM, "留言改成医保停了", "correct", {MESSAGE: "医保停了", CONFIRM: None}),
        (CONFIRM, "不对，是医保卡刷不了", "correct", {MESSAGE: "医保卡刷不了", CONFIRM: None}),
        (CONFIRM, "不对", "deny", {CONFIRM: None}),
        (CONFIRM, "多少钱", "ask_fee", {}),
        (CONFIRM, "算了", "withdraw", {}),
    ],
)  # fmt: skip
def test_validate(form, slot, text, intent, slots):
    assert dict(form.validate(scene(slot, text, intent)).slots) == slots


def test_what_was_wrong_is_said(form):
    assert "不要告诉我身份证号" in form.validate(scene(PHONE, "⟦身份证号·a1⟧")).said[0].reply.text
    assert "11 位" in form.validate(scene(PHONE, "1380013")).said[0].reply.text


def test_both_are_read_back_before_anything_is_recorded(form):
    said = form.ask_confirm(scene(CONFIRM, "x", **FILLED)).said[0]
    assert PHONE_TOKEN in said.reply.text
    assert "缴费记录查不到" in said.reply.text
    assert [option.value for option in said.reply.options] == ["确认", "改电话", "改留言", "算了"]
    assert said.callback is None


def test_a_submission_carries_the_turn_and_empties_the_form(form):
    outcome = form.submit(scene("", "确认", "affirm", **FILLED))
    callback = outcome.said[0].callback
    assert (callback.phone_token, callback.message, callback.turn_id) == (PHONE_TOKEN, "缴费记录查不到", "7")
    assert dict(outcome.slots) == {PHONE: None, MESSAGE: None, CONFIRM: None}


def test_nothing_is_submitted_twice(form):
    assert form.submit(scene("", "确认", "affirm")).said[0].callback is None


def test_cancelling_records_nothing(form):
    outcome = form.cancel(scene(PHONE, "算了", **FILLED))
    assert outcome.said[0].callback is None
    assert dict(outcome.slots) == {PHONE: None, MESSAGE: None, CONFIRM: None}
