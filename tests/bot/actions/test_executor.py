"""Our side of Rasa's action protocol, and the actions that answer."""

from datetime import UTC, datetime

import pytest

from bot.actions.executor import ActionServer
from bot.replies import Replies
from bot.said import Said
from core.clock import ManualClock
from core.errors import Misuse
from tests.fakes.knowledge import FakeKnowledge


@pytest.fixture
def knowledge():
    return FakeKnowledge()


@pytest.fixture
def server(knowledge):
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    return ActionServer(knowledge=knowledge, replies=Replies.load(), clock=clock)


def call(action, text, intent, context=None, **slots):
    metadata = {"context": context or {}, "turn_id": "7", "region": "330100"}
    message = {"text": text, "intent": {"name": intent, "confidence": 0.9}, "metadata": metadata}
    return {
        "next_action": action,
        "sender_id": "c.1",
        "tracker": {"sender_id": "c.1", "slots": slots, "latest_message": message, "events": []},
        "version": "3.6.21",
    }


async def said(server, *args, **slots):
    result = await server.run(call(*args, **slots))
    return [Said.from_json(response["custom"]) for response in result["responses"]]


MEDICAL = {"last_entry": "medical-gap"}
PERMIT = {"last_entry": "residence-permit"}
OFFERED = {"last_options": ["pension-gap", "pension-years"]}


@pytest.mark.parametrize(
    ("action", "text", "intent", "context", "entry", "part"),
    [
        ("action_consult", "医保断了会怎样", "consult", {}, "medical-gap", "不清零"),
        ("action_consult", "断了怎么办", "consult", {"last_entry": "pension-years"}, "pension-gap", "接着缴"),
        ("action_follow_up", "那断缴了呢", "follow_up", {"last_entry": "pension-years"}, "pension-gap", "接着缴"),
        ("action_choose", "第二个", "choose", OFFERED, "pension-years", "15年"),
        ("action_choose", "第九个", "choose", OFFERED, "", "没听清"),
        ("action_choose", "第二个", "choose", {}, "", "没有可选"),
        ("action_repeat", "再说一遍", "repeat", MEDICAL, "medical-gap", "不清零"),
        ("action_repeat", "再说一遍", "repeat", {"last_reply": "您好"}, "", "您好"),
        ("action_repeat", "再说一遍", "repeat", {}, "", "还没有回答"),
        ("action_simpler", "说简单点", "simpler", MEDICAL, "medical-gap", "简单说：断缴后暂停报销"),
        ("action_simpler", "说简单点", "simpler", {}, "", "哪件事"),
        ("action_slower", "说慢点", "slower", MEDICAL, "medical-gap", "2. 重新缴费后"),
        ("action_slower", "说慢点", "slower", {}, "", "哪件事"),
        ("action_more_detail", "说详细点", "more_detail", PERMIT, "residence-permit", "要带：居民身份证"),
        ("action_more_detail", "说详细点", "more_detail", {}, "", "哪件事"),
        ("action_aspect", "怎么办理", "ask_steps", PERMIT, "residence-permit", "1. 先办居住登记"),
        ("action_aspect", "要带什么", "ask_materials", PERMIT, "residence-permit", "居民身份证、住址证明"),
        ("action_aspect", "哪里办", "ask_where", PERMIT, "residence-permit", "派出所"),
        ("action_aspect", "多少钱", "ask_fee", PERMIT, "residence-permit", "不收费"),
        ("action_aspect", "多久", "ask_time", PERMIT, "residence-permit", "15日内"),
        ("action_aspect", "依据是什么", "ask_basis", PERMIT, "residence-permit", "第九条"),
        ("action_aspect", "居住证要带什么", "ask_materials", {}, "residence-permit", "住满半年"),
        ("action_aspect", "要带什么", "ask_materials", {}, "", "哪件事"),
        ("action_correct", "不对，是居住证", "correct", MEDICAL, "residence-permit", "住满半年"),
        ("action_correct", "改一下", "correct", {}, "", "再告诉我一遍"),
        ("action_out_of_scope", "居住证多久", "out_of_scope", {}, "residence-permit", "住满半年"),
        ("action_out_of_scope", "明天下雨吗", "out_of_scope", {}, "", "不在我能办的范围"),
        ("action_fallback", "居住证咩", "nlu_fallback", {}, "residence-permit", "住满半年"),
        ("action_fallback", "咩咩", "nlu_fallback", {}, "", "没明白"),
        ("action_fallback", "咩咩", "nlu_fallback", {"misses": 1}, "", "连着两次"),
        ("action_deny", "都不是", "deny", OFFERED, "", "这几个都不是"),
        ("action_deny", "不是", "deny", {}, "", "先不说这个"),
        ("action_handover", "转人工", "ask_human", {}, "", "转人工"),
        ("action_digress", "居住证怎么办", "consult", {}, "residence-permit", "住满半年"),
        ("action_digress", "谢谢", "thanks", {}, "", "不客气"),
        ("action_digress", "嗯", "affirm", {}, "", "接着来"),
    ],
)  # fmt: skip
async def test_actions(server, action, text, intent, context, entry, part):
    first = (await said(server, action, text, intent, context))[0]
    assert first.entry == entry
    assert part in first.reply.text


async def test_a_digression_ends_with_the_way_back(server):
    both = await said(server, "action_digress", "居住证怎么办", "consult")
    assert "接着来" in both[-1].reply.text


async def test_asking_for_a_person_is_typed(server):
    (one,) = await said(server, "action_handover", "转人工", "ask_human")
    assert (one.handover.reason, one.handover.trigger) == ("asked", "ask_human")


async def test_slots_are_set_by_events(server):
    result = await server.run(
        call("validate_callback_form", "⟦手机号·a1⟧", "give_phone", requested_slot="callback_phone")
    )
    assert [(event["name"], event["value"]) for event in result["events"]] == [("callback_phone", "⟦手机号·a1⟧")]


async def test_a_knowledge_base_that_is_down_gives_a_sentence(server, knowledge):
    knowledge.down = True
    (one,) = await said(server, "action_consult", "医保断了", "consult")
    assert "知识库暂时打不开" in one.reply.text


@pytest.mark.parametrize(
    "payload", [{}, {"next_action": "action_poem", "tracker": {}}, {"next_action": "action_consult"}]
)
async def test_nonsense_is_refused(server, payload):
    with pytest.raises(Misuse):
        await server.run(payload)
