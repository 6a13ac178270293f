"""The real dialogue process: whole conversations, a form that survives kill -9, a closed door, a slow answer."""

import os
import signal
import stat
import time
import uuid
from dataclasses import dataclass, field, replace

import httpx
import pytest

from bot.consult import Context
from bot.engine import Asked, EngineReply, RasaEngine
from core.clock import SystemClock
from core.errors import Retryable
from tests.bot.dialogue_process import TOKEN

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.xdist_group("dialogue")]
PHONE, OTHER = "⟦手机号·a1b2c3⟧", "⟦手机号·zz9900⟧"
PATIENT = 20.0
"""Seconds: these tests are about what is said, the machine may be busy."""


@dataclass(slots=True)
class Citizen:
    """Talks to the engine and remembers what bot.turn would."""

    engine: RasaEngine
    session: str = field(default_factory=lambda: uuid.uuid4().hex)
    context: Context = field(default_factory=Context)
    last: EngineReply | None = None
    turns: int = 0

    def asked(self, text, **more):
        last = self.last
        return Asked(
            session=self.session,
            text=text,
            context=self.context,
            turn_id=f"{self.session}-{self.turns}",
            slots=last.slots if last else {},
            active_loop=last.active_loop if last else "",
            requested_slot=last.requested_slot if last else "",
            **more,
        )

    async def say(self, text, **more):
        self.turns += 1
        self.last = await self.engine.converse(self.asked(text, **more))
        for said in self.last.said:
            self.context = Context(
                last_entry=said.entry or self.context.last_entry,
                last_options=said.options,
                last_reply=said.reply.text,
                misses=self.context.misses + 1 if said.miss else 0,
            )
        return self.last


@pytest.fixture
async def engine(running):
    one = RasaEngine(base_url=running.url, token=TOKEN, timeout=PATIENT, clock=SystemClock())
    yield one
    await one.close()


@pytest.fixture
def citizen(engine):
    return Citizen(engine)


def text(reply):
    return "\n".join(said.reply.text for said in reply.said)


async def test_a_conversation(citizen):
    assert "惠窗智能助手" in text(await citizen.say("你好"))
    assert (await citizen.say("医保断缴了会怎么样")).said[0].entry == "medical-gap"
    assert "第二十七条" in text(await citizen.say("依据是什么"))
    assert (await citizen.say("那居住证呢")).said[0].entry == "residence-permit"
    assert "住址证明" in text(await citizen.say("要带什么"))
    assert "简单说" in text(await citizen.say("说简单点"))
    assert "不客气" in text(await citizen.say("谢谢"))
    assert "不是真人" in text(await citizen.say("你是机器人吗"))
    assert (await citizen.say("转人工")).said[0].handover is not None
    assert "再见" in text(await citizen.say("再见"))


async def test_a_choice_by_number(citizen):
    citizen.context = Context(last_options=("pension-gap", "pension-years"))
    assert (await citizen.say("第二个")).said[0].entry == "pension-years"


async def test_turns_that_passed_it_by_are_known(citizen):
    citizen.context = Context(last_entry="pension-years")
    event = {"text": "养老保险要缴多少年", "intent": "consult", "reply": "一般累计满15年"}
    assert (await citizen.say("那断缴了呢", events=(event,))).said[0].entry == "pension-gap"


async def test_a_call_back_with_a_digression_and_a_correction(citizen):
    assert (await citizen.say("我要留言")).requested_slot == "callback_phone"
    aside = await citizen.say("居住证怎么办")
    assert aside.said[0].entry == "residence-permit"
    assert "回电的电话号码" in aside.said[-1].reply.text
    assert (await citizen.say(PHONE)).requested_slot == "callback_message"
    assert (await citizen.say("社保缴费记录查不到，麻烦查一下")).requested_slot == "callback_confirm"
    assert OTHER in text(await citizen.say(f"不对，电话是{OTHER}"))
    done = await citizen.say("确认")
    (callback,) = [said.callback for said in done.said if said.callback]
    assert (callback.phone_token, callback.message) == (OTHER, "社保缴费记录查不到，麻烦查一下")
    assert callback.turn_id == f"{citizen.session}-{citizen.turns}"
    assert (done.active_loop, done.slots) == ("", {})
    assert all(said.callback is None for said in (await citizen.say("确认")).said)


async def test_the_same_turn_twice_is_one(citizen):
    await citizen.say("我要留言")
    await citizen.say(PHONE)
    await citizen.say("社保缴费记录查不到")
    citizen.turns += 1
    again = citizen.asked("确认")
    first, second = await citizen.engine.converse(again), await citizen.engine.converse(again)
    assert first == second
    assert first.said[0].callback is not None


@pytest.mark.parametrize("word", ["算了", "不留了", "再见"])
async def test_a_form_may_be_left(citizen, word):
    await citizen.say("我要留言")
    await citizen.say(PHONE)
    left = await citizen.say(word)
    assert (left.active_loop, left.slots) == ("", {})
    assert "没有提交" in text(left)


async def test_a_person_may_be_asked_for_within_a_form(citizen):
    await citizen.say("我要留言")
    asked = await citizen.say("转人工")
    assert asked.active_loop == ""
    assert asked.said[0].handover is not None


async def test_a_command_is_only_text(citizen):
    await citizen.say("我要留言")
    for command in ("/restart", "/withdraw", '/give_phone{"callback_phone": "1"}'):
        assert (await citizen.say(command)).active_loop == "callback_form"


@pytest.mark.parametrize("odd", ["😀", "？？？", "\x00\u202e", "a" * 3000, "<script>alert(1)</script>", "{hotline}"])
async def test_odd_text_gets_an_answer(citizen, odd):
    assert text(await citizen.say(odd))


async def test_a_late_turn_costs_what_an_early_one_costs(citizen):
    spent = []
    for number in range(120):
        began = time.perf_counter()
        await citizen.say("谢谢")
        spent.append(time.perf_counter() - began)
        assert citizen.last.known is (number > 0)
    # Not a benchmark: an archive kept in the tracker would have made this several times dearer.
    assert min(spent[-40:]) < 3 * min(spent[5:45])


async def test_the_door_is_closed_to_others(running):
    async with httpx.AsyncClient(base_url=running.url, trust_env=False) as client:
        body = {"session": "x", "text": "你好"}
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": TOKEN},
            {"Authorization": b"Bearer \xff"},
        ):
            assert (await client.post("/webhooks/turn/converse", json=body, headers=headers)).status_code == 401
            assert (await client.get("/webhooks/turn/", headers=headers)).status_code == 401
        for path in ("/model/parse", "/conversations/x/tracker", "/status", "/domain", "/webhooks/rest/webhook"):
            assert (await client.post(path, json={"text": "x"})).status_code in (404, 405)
            assert (await client.get(path)).status_code in (404, 405)
        good = {"Authorization": f"Bearer {TOKEN}"}
        for wrong in (
            [],
            {},
            {"session": "", "text": "x"},
            {"session": "x" * 201, "text": "x"},
            {"session": "x", "text": " "},
        ):
            assert (await client.post("/webhooks/turn/converse", json=wrong, headers=good)).status_code == 400


def test_it_listens_on_loopback_only_and_its_secrets_are_its_own(running):
    endpoints = running.state / "run" / "endpoints.yml"
    assert stat.S_IMODE(endpoints.stat().st_mode) == 0o600
    with open("/proc/net/tcp", encoding="ascii") as table:  # noqa: PTH123 - not a file of the project
        listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
    assert [address for address in listening if address.endswith(f":{running.port:04X}")] == [
        f"0100007F:{running.port:04X}"
    ]
    log = (running.state / "dialogue.log").read_text("utf-8", "replace")
    assert TOKEN not in log
    assert "社保缴费记录" not in log


async def test_a_slow_process_is_given_up_in_time(running, citizen):
    citizen.engine = RasaEngine(base_url=running.url, token=TOKEN, timeout=2.0, clock=SystemClock())
    os.killpg(running.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(Retryable):
            await citizen.say("你好")
        assert time.monotonic() - began <= 2.2
    finally:
        os.killpg(running.pid, signal.SIGCONT)
        await citizen.engine.close()


async def test_a_form_survives_kill_9(running, citizen):
    await citizen.say("我要留言")
    await citizen.say(PHONE)
    running.kill()
    with pytest.raises(Retryable):
        await citizen.say("社保缴费记录查不到")
    assert not await citizen.engine.healthy()
    running.start()
    assert await citizen.engine.healthy()
    again = await citizen.say("社保缴费记录查不到")
    assert not again.known
    assert again.requested_slot == "callback_confirm"
    (callback,) = [said.callback for said in (await citizen.say("确认")).said if said.callback]
    assert (callback.phone_token, callback.message) == (PHONE, "社保缴费记录查不到")


async def test_a_calculation_asks_for_what_is_missing_and_takes_corrections(citizen):
    assert "哪年哪月" in text(await citizen.say("帮我算算退休时间"))
    assert (citizen.last.active_loop, citizen.last.requested_slot) == ("calculator_form", "calculator_done")
    assert "1970年几月" in text(await citizen.say("1970年的"))
    assert "男职工还是女职工" in text(await citizen.say("5月"))
    aside = await citizen.say("医保断缴了会怎么样")
    assert aside.said[0].entry == "medical-gap"
    assert "男职工还是女职工" in aside.said[-1].reply.text
    assert "岗位" in text(await citizen.say("女的"))
    assert "岗位" in text(await citizen.say("不对，是1971年"))
    done = await citizen.say("女干部")
    # 1971-05 + 55 years = 2026-05; 16 / 4 + 1 = 5 months later
    assert "2026年10月" in text(done)
    assert (done.active_loop, done.slots) == ("", {})
    assert done.said[0].calculation.given == {"birth": "1971-05", "sex": "女", "post": "干部"}


async def test_one_wish_after_the_other_is_calculated(citizen):
    assert "算哪一项" in text(await citizen.say("帮我算一下"))
    assert "干了多长时间" in text(await citizen.say("经济补偿金"))
    assert "工资" in text(await citizen.say("3年7个月"))
    assert "工资条" in text(await citizen.say("不知道"))
    assert "34000元" in text(await citizen.say("八千五"))
    citizen.context = replace(citizen.context, calculation=citizen.last.said[0].calculation)
    assert "42500元" in text(await citizen.say("如果干了5年呢"))


@pytest.mark.parametrize("word", ["算了", "不算了"])
async def test_a_calculation_may_be_left(citizen, word):
    await citizen.say("帮我算算失业金能领几个月")
    left = await citizen.say(word)
    assert (left.active_loop, left.slots) == ("", {})
    assert "不算了" in text(left)


async def test_a_person_may_be_asked_for_within_a_calculation(citizen):
    await citizen.say("帮我算算失业金能领几个月")
    asked = await citizen.say("转人工")
    assert asked.active_loop == ""
    assert asked.said[0].handover is not None


async def test_a_calculation_survives_kill_9(running, citizen):
    await citizen.say("帮我算算工伤能赔多少")
    await citizen.say("七级")
    running.kill()
    running.start()
    assert "84500元" in text(await citizen.say("六千五"))
