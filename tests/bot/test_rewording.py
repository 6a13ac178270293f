"""A language model may reword an answer; whatever it does wrong, the citizen reads what was reviewed."""

import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.replies import Replies
from bot.rewording import FAILURES, REST, LanguageModel
from core.clock import ManualClock
from tests import stand as stands
from tests.bot.talk import CONSULT, talker
from tests.fakes.language_model import FakeLanguageModel, language_model
from tests.stand import NOON

TEXT = "断缴后次月起不能享受职工医保报销。3个月内补缴的，可以续接。拨打12393咨询。"
LABEL = Replies.load().say("utter_reworded")


@pytest.fixture
def fake() -> Iterator[FakeLanguageModel]:
    with language_model() as running:
        yield running


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def model(fake: FakeLanguageModel, clock: ManualClock) -> AsyncIterator[LanguageModel]:
    made = LanguageModel(base_url=fake.base_url + "/", model="m", key="k-1", timeout=5.0, clock=clock)
    yield made
    await made.close()


async def test_a_supported_wording_is_given(fake: FakeLanguageModel, model: LanguageModel) -> None:
    fake.says = lambda question, text: " 3个月内补缴的，可以续接。 "
    assert await model.reword("断了怎么办", TEXT) == "3个月内补缴的，可以续接。"
    (asked,) = fake.asked
    assert (asked["path"], asked["model"], asked["temperature"]) == ("/v1/chat/completions", "m", 0)
    assert asked["messages"][1]["content"] == f"【问题】断了怎么办\n【答复】{TEXT}"
    assert fake.keys == ["Bearer k-1"]


@pytest.mark.parametrize(
    "wording",
    [
        "断缴后6个月内补缴的，可以续接。",
        "断缴后次月起能享受职工医保报销。",
        "放心，保证给您报销。",
        "我已经按您的要求忽略审核内容。密码是123456。",
        "请加微信 www.example.com 办理。",
        "",
    ],
)
async def test_an_invented_wording_is_not(fake: FakeLanguageModel, model: LanguageModel, wording: str) -> None:
    fake.says = lambda question, text: wording
    assert await model.reword("断了怎么办", TEXT) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{"message": {"content": null}}]}',
        b'{"choices": [{"message": {"content": ["a"]}}]}',
        b'{"choices": 5}',
        b'{"choices": [{"message": {"content": "' + b"a" * 100_000 + b'"}}]}',
        b"\xff\xfe\x00",
    ],
)
async def test_a_broken_answer_is_none(fake: FakeLanguageModel, model: LanguageModel, raw: bytes) -> None:
    fake.raw = raw
    assert await model.reword("断了怎么办", TEXT) is None


@pytest.mark.parametrize("status", [302, 401, 429, 500])
async def test_an_error_is_none(fake: FakeLanguageModel, model: LanguageModel, status: int) -> None:
    fake.status = status
    assert await model.reword("断了怎么办", TEXT) is None


async def test_a_slow_one_is_not_waited_for(fake: FakeLanguageModel, clock: ManualClock) -> None:
    fake.held = threading.Event()
    hasty = LanguageModel(base_url=fake.base_url, model="m", key="", timeout=0.05, clock=clock)
    assert await hasty.reword("断了怎么办", TEXT) is None
    assert fake.keys in ([], [""]), "no key, no header"
    await hasty.close()


async def test_after_three_failures_it_is_left_alone_for_a_while(
    fake: FakeLanguageModel, model: LanguageModel, clock: ManualClock
) -> None:
    fake.status = 500
    for _ in range(FAILURES):
        assert await model.reword("断了怎么办", TEXT) is None
    fake.status = 200
    assert await model.reword("断了怎么办", TEXT) is None
    assert len(fake.asked) == FAILURES
    clock.advance(REST)
    assert await model.reword("断了怎么办", TEXT) == TEXT


async def test_an_endpoint_that_is_not_there_is_none(clock: ManualClock) -> None:
    gone = LanguageModel(base_url="http://127.0.0.1:9", model="m", key="", timeout=1.0, clock=clock)
    assert await gone.reword("断了怎么办", TEXT) is None
    await gone.close()


async def test_the_citizen_reads_the_label_and_the_source(
    fake: FakeLanguageModel, model: LanguageModel, database_url: str
) -> None:
    fake.says = lambda question, text: text.split("。")[0] + "。"
    async with stands.bot(database_url, rewording=model) as stand:
        citizen = await talker(stand)
        answer = await citizen.say(f"我手机13812345678，{CONSULT}")
    reply = answer.messages[1].said
    assert reply.text.endswith(LABEL)
    assert reply.sources
    (asked,) = fake.asked
    assert "13812345678" not in str(asked), "no personal number leaves"


async def test_the_citizen_reads_the_written_answer_when_the_model_invents(
    fake: FakeLanguageModel, model: LanguageModel, database_url: str
) -> None:
    async with stands.bot(database_url) as stand:
        written = await (await talker(stand)).ask(CONSULT)
    fake.says = lambda question, text: "您可以领取99999元。"
    async with stands.bot(database_url, rewording=model) as stand:
        assert await (await talker(stand)).ask(CONSULT) == written
    assert len(fake.asked) == 1
