"""What the word lists do to a turn: blocked, masked, handed over - and danger is heard all the same."""

from collections.abc import AsyncIterator

import pytest

from bot.replies import Replies
from knowledge.sensitive.matching import Action, WordList, Words
from tests import stand as stands
from tests.bot.talk import TALK, Talker, talker
from tests.fakes.engine import says
from tests.stand import Stand

LISTS = Words(
    [
        WordList(name="ads", action=Action.BLOCK, whole_words=False, words=["无抵押秒放款"]),
        WordList(name="rude", action=Action.MASK, whole_words=False, words=["王八蛋", "自杀"]),
        WordList(name="care", action=Action.HAND_OVER, whole_words=False, words=["要上访"]),
    ]
)
BLOCKED = Replies.load().say("utter_sensitive_blocked", hotline="12345")


@pytest.fixture
async def stand(database_url: str) -> AsyncIterator[Stand]:
    async with stands.bot(database_url, words=LISTS) as made:
        made.engine.script = says("好")
        yield made


@pytest.fixture
async def citizen(stand: Stand) -> Talker:
    return await talker(stand)


async def kept(citizen: Talker) -> str:
    return "\n".join(message.said.text for message in await citizen.events())


async def test_a_blocked_message_gets_one_sentence_and_reaches_nobody(stand: Stand, citizen: Talker) -> None:
    assert await citizen.ask("无抵押 秒 放 款，加我") == BLOCKED
    assert stand.engine.asked == []
    assert "秒 放" not in await kept(citizen)


async def test_masked_words_are_seen_by_nobody(stand: Stand, citizen: Talker) -> None:
    assert await citizen.ask(f"王八蛋，{TALK}") == "好"
    assert stand.engine.asked[0].text == f"***，{TALK}"
    assert "王八蛋" not in await kept(citizen)


async def test_some_words_call_a_person_who_reads_them(stand: Stand, citizen: Talker) -> None:
    stand.presence.people = 1
    await citizen.ask("再不办我要上访")
    assert str((await citizen.state()).owner).startswith("queue")
    assert "要上访" in await kept(citizen)
    assert stand.engine.asked == []


async def test_danger_is_heard_before_every_list(stand: Stand, citizen: Talker) -> None:
    said = await citizen.ask("我想自杀，不想活了")
    assert said == Replies.load().say("utter_emergency_distress")
