"""One turn, in every state of a conversation."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from bot.engine import Asked, EngineReply
from bot.guard import danger
from bot.replies import Replies
from bot.said import Callback, Handover, Said
from core.errors import NotFound, Retryable
from core.message import Kind, Option, Reply
from core.owner import Owner
from storage.storage import Storage
from tests import stand as stands
from tests.bot.talk import CONSULT, PERSON, TALK, Talker, talker
from tests.fakes.engine import Script, says
from tests.stand import Stand

PHONE = "13812345678"
IDENTITY = "11010519491231002X"
CARD = "6222021234567890128"
REPLIES = Replies.load()
DANGERS = [
    ("我家着火了快来人", "119"),
    ("我爸突然晕倒叫不醒", "120"),
    ("有人拿刀砍我", "110"),
    ("我不想活了", "distress"),
]


@pytest.fixture
async def stand(database_url: str) -> AsyncIterator[Stand]:
    async with stands.bot(database_url) as made:
        yield made


@pytest.fixture
async def citizen(stand: Stand) -> Talker:
    return await talker(stand)


def reply(*said: Said, form: str = "", slot: str = "", slots: dict[str, Any] | None = None) -> EngineReply:
    return EngineReply(said=said, intent="x", confidence=1.0, active_loop=form, requested_slot=slot, slots=slots or {})


def in_form(asked: Asked) -> EngineReply:
    """An engine in the middle of the message form."""
    slots = {"callback_phone": "⟦手机号·abcdefghabcdefgh⟧"}
    return reply(Said(reply=Reply(text="请问什么事？")), form="callback_form", slot="callback_message", slots=slots)


def breaks(asked: Asked) -> EngineReply:
    raise ZeroDivisionError("a fault of ours")


# --- knowledge first


async def test_a_question_of_rules_is_answered_with_its_source_and_without_the_engine(citizen: Talker) -> None:
    citizen.stand.engine.script = says("不该问到我")
    answer = await citizen.say(CONSULT)
    said = answer.messages[1].said
    assert said.sources[0].entry_id == "medical-enroll-stop"
    assert all(basis.law for basis in said.sources[0].basis)
    assert citizen.stand.engine.asked == []
    assert (answer.owner, answer.epoch) == ("bot", 1)


async def test_the_engine_hears_afterwards_what_was_answered_without_it(citizen: Talker) -> None:
    citizen.stand.engine.script = says("好的")
    for _ in range(7):
        await citizen.ask(CONSULT)
    await citizen.ask(TALK)
    (asked,) = citizen.stand.engine.asked
    assert len(asked.events) == 5, "bounded"
    assert {event["text"] for event in asked.events} == {CONSULT}
    assert asked.context.last_entry == "medical-enroll-stop"
    await citizen.ask(TALK)
    assert citizen.stand.engine.asked[-1].events == (), "told once"


# --- the engine is down, slow, mad, and back


async def test_without_the_engine_the_citizen_is_told_and_the_knowledge_answers(citizen: Talker) -> None:
    assert REPLIES.say("utter_dialogue_down") in await citizen.ask(TALK)
    assert (await citizen.say(CONSULT)).messages[1].said.sources
    last = (await citizen.say(TALK)).messages[-1].said
    assert Option(label=PERSON, value=PERSON) in last.options


async def test_the_engine_back_again_hears_what_it_missed(citizen: Talker) -> None:
    citizen.stand.engine.script = in_form
    await citizen.ask("我要留言")
    citizen.stand.engine.script = None
    await citizen.ask(CONSULT)  # within a form everything goes to the engine, and it is down
    citizen.stand.engine.script = says("好的")
    await citizen.ask(TALK)
    asked = citizen.stand.engine.asked[-1]
    assert (asked.active_loop, asked.requested_slot) == ("callback_form", "callback_message")
    assert asked.slots == {"callback_phone": "⟦手机号·abcdefghabcdefgh⟧"}
    assert [event["text"] for event in asked.events] == [CONSULT]


async def test_a_fault_in_the_engine_becomes_an_honest_sentence(citizen: Talker) -> None:
    citizen.stand.engine.script = breaks
    assert await citizen.ask(TALK) == REPLIES.say("utter_failed", hotline="12345")
    citizen.stand.engine.script = says("好了")
    assert await citizen.ask(TALK) == "好了"


# --- a person


FORMS: list[tuple[str, Script | None]] = [("idle", says("在")), ("form", in_form), ("down", None), ("mad", breaks)]


@pytest.mark.parametrize(("state", "script"), FORMS)
async def test_a_person_is_given_from_every_state(citizen: Talker, state: str, script: Script | None) -> None:
    citizen.stand.presence.people = 2
    citizen.stand.engine.script = script
    await citizen.ask(TALK)
    asked_before = len(citizen.stand.engine.asked)
    answer = await citizen.say("不说了，给我转人工")
    assert (answer.owner, answer.epoch) == ("queue:general", 2)
    assert answer.messages[1].said.text == REPLIES.say("utter_handover_queued", ahead=0)
    assert len(citizen.stand.engine.asked) == asked_before, "the engine is not asked for leave"
    (request,) = await citizen.stand.desk.requests(since=stands.NOON)
    assert (request["reason"], request["state"], request["epoch"]) == ("asked", "waiting", 1)


async def test_after_a_closed_conversation_a_person_is_still_given(citizen: Talker) -> None:
    citizen.stand.presence.people = 1
    await citizen.ask(CONSULT)
    await citizen.stand.storage.conversations.change_owner(
        citizen.id, epoch=1, owner=Owner("closed"), now=citizen.stand.clock.now()
    )
    assert (await citizen.say(PERSON)).owner == "queue:general"


async def test_when_nobody_is_there_the_truth_is_said(citizen: Talker) -> None:
    nobody = await citizen.say(PERSON)
    assert nobody.owner == "bot"
    assert nobody.messages[1].said.text == REPLIES.say("utter_handover_nobody", hotline="12345")
    citizen.stand.presence.people = 5
    citizen.stand.clock.advance(10 * 3600)
    closed = await citizen.say(PERSON)
    assert closed.owner == "bot"
    assert "9:00至12:00" in closed.messages[1].said.text
    states = [row["state"] for row in await citizen.stand.desk.requests(since=stands.NOON)]
    assert states == ["unattended", "unattended"]


async def test_in_the_queue_the_words_are_kept_and_the_bot_is_silent(citizen: Talker) -> None:
    citizen.stand.presence.people = 1
    citizen.stand.engine.script = says("插嘴")
    await citizen.say(PERSON)
    waiting = await citizen.say(CONSULT)
    assert [m.said.text for m in waiting.messages] == [CONSULT]
    again = await citizen.say(PERSON)
    assert again.messages[1].said.text == REPLIES.say("utter_handover_waiting")
    assert (again.owner, again.epoch) == ("queue:general", 2)
    left = await citizen.say("算了")
    assert (left.owner, left.epoch) == ("bot", 3)
    assert [row["state"] for row in await citizen.stand.desk.requests(since=stands.NOON)] == ["withdrawn"]
    assert (await citizen.say(CONSULT)).messages[1].said.sources


async def test_an_agent_is_never_talked_over(citizen: Talker) -> None:
    citizen.stand.engine.script = breaks
    await citizen.stand.storage.conversations.change_owner(
        citizen.id, epoch=1, owner=Owner("agent", "7"), now=citizen.stand.clock.now()
    )
    for words in (TALK, CONSULT, PERSON, "算了"):
        answer = await citizen.say(words)
        assert [m.said.text for m in answer.messages] == [words]
        assert (answer.owner, answer.epoch) == ("agent:7", 2)


async def test_the_engine_may_ask_for_a_person_too(citizen: Talker) -> None:
    citizen.stand.presence.people = 1
    wish = Said(reply=Reply(text="好"), handover=Handover(reason="complaint", trigger="complaint"))
    citizen.stand.engine.script = lambda asked: reply(wish, form="callback_form")
    answer = await citizen.say(TALK)
    assert answer.owner == "queue:general"
    (request,) = await citizen.stand.desk.requests(since=stands.NOON)
    assert (request["reason"], request["trigger"]) == ("complaint", "complaint")
    assert "active_loop" not in (await citizen.state()).context, "the form ends with the bot's part"


# --- danger


@pytest.mark.parametrize(("words", "number"), DANGERS)
@pytest.mark.parametrize("owner", ["bot", "queue:general", "agent:7", "closed"])
async def test_danger_comes_first_whoever_speaks(citizen: Talker, words: str, number: str, owner: str) -> None:
    citizen.stand.engine.script = in_form
    await citizen.ask(TALK)
    if owner != "bot":
        await citizen.stand.storage.conversations.change_owner(
            citizen.id, epoch=1, owner=Owner.parse(owner), now=citizen.stand.clock.now()
        )
    answer = await citizen.say(words)
    assert answer.messages[1].said.text == REPLIES.say(f"utter_emergency_{number}")
    requests = await citizen.stand.desk.requests(since=stands.NOON)
    assert [(r["reason"], r["priority"]) for r in requests] == ([] if owner == "agent:7" else [("danger", 2)])
    assert answer.owner == ("bot" if owner == "closed" else owner)


async def test_the_emergency_number_is_told_even_when_the_desk_cannot_be_reached(citizen: Talker) -> None:
    async with citizen.stand.storage.database.connect() as connection:
        await connection.execute(text("ALTER TABLE handover_requests RENAME TO gone"))
    assert REPLIES.say("utter_emergency_119") in await citizen.ask("我家着火了快来人")


def test_the_dangers_of_this_file_are_heard_by_the_guard() -> None:
    for words, number in DANGERS:
        found = danger(words)
        assert found is not None
        assert found.trigger == number


# --- personal numbers


async def everything_stored(storage: Storage) -> str:
    """All rows of all tables as text, but for the waiting words of the inbox and the vault's sealed values."""
    async with storage.database.connect() as connection:
        names = await connection.scalars(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        )
        parts = [
            str((await connection.execute(text(f"SELECT row_to_json(t)::text FROM {name} AS t"))).all())  # noqa: S608
            for name in names
        ]
    return "\n".join(parts)


async def test_personal_numbers_reach_nobody(citizen: Talker) -> None:
    seen: list[Any] = []

    def listens(asked: Asked) -> EngineReply:
        seen.append(json.dumps(asked.to_json(), ensure_ascii=False))
        return reply(Said(reply=Reply(text=f"您说的是：{asked.text}")), slots={"heard": asked.text})

    citizen.stand.engine.script = listens
    with structlog.testing.capture_logs() as logs:
        await citizen.ask(f"你好，我是张三，电话{PHONE}，身份证{IDENTITY}，卡号{CARD}")
        await citizen.ask(f"转人工，我的电话 {PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}")
        citizen.stand.engine.script = breaks
        await citizen.ask(f"你好 {PHONE}")
    stored = await everything_stored(citizen.stand.storage)
    for number in (PHONE, IDENTITY, CARD, f"{PHONE[:3]} {PHONE[3:7]}"):
        assert number not in stored
        assert number not in str(seen)
        assert number not in str(logs)
        assert number not in str([m.to_json() for m in await citizen.events()])
    assert len(seen) == 1


async def test_a_number_is_read_back_masked_wherever_it_stands(citizen: Talker) -> None:
    def reads_back(asked: Asked) -> EngineReply:
        token = asked.text[asked.text.index("⟦") : asked.text.index("⟧") + 1]
        card = {"title": token, "rows": [["回电号码", token]], "steps": [token], "materials": []}
        options = (Option(label=token, value=f"是{token}"),)
        return reply(Said(reply=Reply(text=f"是{token}吗？", kind=Kind.FORM, options=options, card=card)))

    citizen.stand.engine.script = reads_back
    said = (await citizen.say(f"打{PHONE}找我")).messages[1].said
    assert said.text == "是138****5678吗？"
    assert said.options == (Option(label="138****5678", value="是138****5678"),)
    assert said.card == {
        "title": "138****5678",
        "rows": [["回电号码", "138****5678"]],
        "steps": ["138****5678"],
        "materials": [],
    }
    citizen.stand.engine.script = says("号码是⟦手机号·someoneelses⟧")
    assert await citizen.ask(TALK) == "号码是****", "a token nobody knows shows nothing"


async def test_numbers_that_are_not_needed_are_pointed_out(citizen: Talker) -> None:
    citizen.stand.engine.script = says("好")
    notice = (await citizen.say(f"你好，我的身份证{IDENTITY}")).messages[-1].said
    assert (notice.kind, notice.author.value) == (Kind.NOTICE, "system")
    assert len((await citizen.say(f"你好，我的电话{PHONE}")).messages) == 2, "a phone number may be needed"


async def test_a_message_left_is_recorded_masked(citizen: Talker) -> None:
    def submits(asked: Asked) -> EngineReply:
        token = asked.text[asked.text.index("⟦") : asked.text.index("⟧") + 1]
        left = Callback(phone_token=token, message=f"请打{token}，社保断了", turn_id=asked.turn_id)
        return reply(Said(reply=Reply(text="记下了"), callback=left))

    citizen.stand.engine.script = submits
    await citizen.ask(f"我的电话{PHONE}")
    (left,) = await citizen.stand.desk.waiting_callbacks()
    assert (left["phone_shown"], left["message"]) == ("138****5678", "请打138****5678，社保断了")
    number = await citizen.stand.storage.vault.reveal(left["phone_token"], conversation_id=citizen.id)
    assert number.value == PHONE


# --- memory


async def test_after_half_an_hour_a_new_session_begins(citizen: Talker) -> None:
    citizen.stand.engine.script = in_form
    await citizen.ask("我要留言")
    citizen.stand.clock.advance(30 * 60)
    await citizen.ask(TALK)
    citizen.stand.clock.advance(30 * 60 + 1)
    await citizen.ask(TALK)
    first, second, third = citizen.stand.engine.asked
    assert first.session == second.session
    assert second.active_loop == "callback_form"
    assert third.session != second.session
    assert (third.active_loop, third.slots, third.events, third.context.last_reply) == ("", {}, (), "")
    assert len(await citizen.events()) == 6, "the archive stays whole"


async def test_twice_not_understood_offers_a_person(citizen: Talker) -> None:
    asked: Callable[[Asked], EngineReply] = lambda a: reply(  # noqa: E731
        citizen.stand.turn._consult.refuse(a.text, (), a.context)
    )
    citizen.stand.engine.script = asked
    first = (await citizen.say("哔哔啵啵")).messages[1].said
    second = (await citizen.say("叽里咕噜")).messages[1].said
    assert first.text == REPLIES.say("utter_refuse", question="哔哔啵啵")
    assert second.text == REPLIES.say("utter_two_misses")
    assert {option.value for option in second.options} >= {PERSON, "我要留言"}
    await citizen.ask(CONSULT)
    third = (await citizen.say("哔哔啵啵")).messages[1].said
    assert third.text == REPLIES.say("utter_refuse", question="哔哔啵啵"), "an answer in between forgives"


async def test_memory_does_not_grow_with_the_conversation(citizen: Talker) -> None:
    citizen.stand.engine.script = lambda asked: reply(Said(reply=Reply(text=f"收到{asked.text}")))
    sizes = []
    for number in range(60):
        await citizen.ask(f"你好，我的电话{13800000000 + number}")
        await citizen.ask(CONSULT)
        sizes.append(len(json.dumps((await citizen.state()).context)))
    assert sizes[-1] <= max(sizes[:25]) + 10


async def test_a_memory_of_another_version_is_no_obstacle(citizen: Talker) -> None:
    await citizen.ask(CONSULT)
    async with citizen.stand.storage.database.connect() as connection:
        await connection.execute(text('UPDATE conversations SET context = \'{"later": 1, "number": 4}\''))
    assert (await citizen.say(CONSULT)).messages[1].said.sources


async def test_without_knowledge_the_citizen_hears_where_to_turn(citizen: Talker) -> None:
    def gone(*_: object, **__: object) -> None:
        raise Retryable("index_gone")

    class Gone:
        search = staticmethod(gone)

        @staticmethod
        def entry(entry_id: str) -> None:
            raise NotFound("no_entry", detail=entry_id)

        @staticmethod
        def popular(count: int) -> tuple[()]:
            return ()

    citizen.stand.turn._consult._knowledge = Gone()
    down = REPLIES.say("utter_knowledge_down", hotline="12345")
    assert await citizen.ask(CONSULT) == down
    assert await citizen.ask(TALK) == down, "the engine is down as well"
    citizen.stand.engine.script = says("在")
    assert await citizen.ask(TALK) == "在"


# --- calculations


async def test_a_calculation_with_all_it_needs_is_answered_without_the_engine(citizen: Talker) -> None:
    citizen.stand.engine.script = says("不该问到我")
    said = (await citizen.say("被裁员赔多少，干了3年半，月薪8000")).messages[1].said
    assert said.kind is Kind.CARD
    assert "32000元" in said.text
    assert said.sources[0].basis[0].law == "劳动合同法"
    assert "40000元" in await citizen.ask("如果干了5年呢")
    assert "45000元" in await citizen.ask("不对，月薪是9000")
    assert citizen.stand.engine.asked == []


async def test_what_must_be_asked_goes_to_the_engine_and_rules_to_the_entries(citizen: Talker) -> None:
    citizen.stand.engine.script = says("请问是哪年哪月出生的？")
    assert "哪年哪月" in await citizen.ask("帮我算算退休时间")
    (asked,) = citizen.stand.engine.asked
    assert asked.context.calculation is None
    assert (await citizen.say("退休年龄怎么规定的")).messages[1].said.kind is not Kind.TEXT
    assert len(citizen.stand.engine.asked) == 1


async def test_a_calculation_is_forgotten_once_something_else_is_answered(citizen: Talker) -> None:
    citizen.stand.engine.script = says("好的")
    await citizen.ask("我1970年5月出生，男，哪年退休")
    await citizen.ask(CONSULT)
    await citizen.ask("那女的呢")
    assert citizen.stand.engine.asked[-1].context.calculation is None
