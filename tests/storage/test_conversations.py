"""Conversations: one owner at a time, everything said in order, and what citizens think of it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.errors import Misuse, NotFound, Stale, Unauthenticated
from core.message import Author, Kind, Option, Reply
from core.owner import Owner
from storage.storage import Storage
from tests.storage.talk import HASH, NOW, incoming, opened, said, turn

AGENT = Owner("agent", "007")


async def test_a_conversation_begins_with_the_bot(storage: Storage) -> None:
    made = await storage.conversations.open(
        conversation_id="fresh", channel="web", token_hash=HASH, now=NOW, lifetime=timedelta(hours=1)
    )
    assert (str(made.owner), made.epoch, made.last_seq, made.context) == ("bot", 1, 0, {})
    assert await storage.conversations.read("fresh") == made
    assert await storage.conversations.authenticate("fresh", HASH, NOW) == made


async def test_what_postgresql_cannot_hold_is_left_out_of_what_a_person_says(
    storage: Storage, conversation: str
) -> None:
    await storage.conversations.change_owner(conversation, epoch=1, owner=AGENT, now=NOW)
    words = Reply(text="你\x00好\ud800，\\u0000 是我打的", author=Author.AGENT)
    await storage.conversations.say(conversation, epoch=2, replies=(words,), now=NOW)
    (kept,) = await storage.conversations.events(conversation, after=0)
    assert kept.said.text == "你好?，\\u0000 是我打的"


async def test_the_token_opens_only_its_own_conversation_and_runs_out(storage: Storage, conversation: str) -> None:
    with pytest.raises(Unauthenticated):
        await storage.conversations.authenticate(conversation, bytes(32), NOW)
    with pytest.raises(Unauthenticated):
        await storage.conversations.authenticate(conversation, HASH, NOW + timedelta(hours=1))
    with pytest.raises(NotFound):
        await storage.conversations.authenticate("nobody", HASH, NOW)


async def test_the_owner_changes_only_for_who_knows_the_epoch(storage: Storage, conversation: str) -> None:
    assert await storage.conversations.change_owner(conversation, epoch=1, owner=AGENT, now=NOW) == 2
    with pytest.raises(Stale):
        await storage.conversations.change_owner(conversation, epoch=1, owner=Owner("bot"), now=NOW)
    now = await storage.conversations.read(conversation)
    assert (str(now.owner), now.epoch) == ("agent:007", 2)


async def test_of_twenty_who_claim_at_once_one_wins(storage: Storage, conversation: str) -> None:
    claims = [
        storage.conversations.change_owner(conversation, epoch=1, owner=Owner("agent", str(n)), now=NOW)
        for n in range(20)
    ]
    results = await asyncio.gather(*claims, return_exceptions=True)
    assert [r for r in results if not isinstance(r, Stale)] == [2]
    assert (await storage.conversations.read(conversation)).epoch == 2


async def test_a_person_speaks_only_under_the_present_epoch(storage: Storage, conversation: str) -> None:
    hello = Reply(text="您好，我是007号", author=Author.AGENT)
    epoch = await storage.conversations.change_owner(conversation, epoch=1, owner=AGENT, now=NOW)
    assert await storage.conversations.say(conversation, epoch=epoch, replies=(hello, hello), now=NOW) == 2
    with pytest.raises(Stale):
        await storage.conversations.say(conversation, epoch=1, replies=(hello,), now=NOW)
    with pytest.raises(Misuse):
        await storage.conversations.say(conversation, epoch=epoch, replies=(), now=NOW)
    events = await storage.conversations.events(conversation, after=0)
    assert [(m.seq, m.said) for m in events] == [(1, hello), (2, hello)]


async def test_what_many_say_at_once_gets_places_without_gaps(storage: Storage, conversation: str) -> None:
    lines = [Reply(text=str(n), author=Author.AGENT) for n in range(30)]
    await asyncio.gather(
        *(storage.conversations.say(conversation, epoch=1, replies=(line,), now=NOW) for line in lines)
    )
    events = await storage.conversations.events(conversation, after=0)
    assert [m.seq for m in events] == list(range(1, 31))
    assert {m.said.text for m in events} == {line.text for line in lines}


async def test_events_come_in_pages(storage: Storage, conversation: str) -> None:
    for number in range(5):
        await turn(storage, number, Reply(text="答"), Reply(text="再答"))
    pages, after = [], 0
    while page := await storage.conversations.events(conversation, after=after, limit=4):
        pages.append([m.seq for m in page])
        after = page[-1].seq
    assert pages == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15]]
    assert await storage.conversations.events(conversation, after=15) == ()
    assert await storage.conversations.events("nobody", after=0) == ()


async def test_what_was_said_is_read_back_as_it_was_said(storage: Storage, conversation: str) -> None:
    reply = Reply(
        text="第一行\n第二行 \\u0000 <b>粗</b> 😀 '; DROP TABLE messages; --",
        kind=Kind.CARD,
        options=(Option(label="甲", value="选甲"),),
        card={"title": "题", "rows": [["名", "值"]], "steps": ["一"], "materials": []},
    )
    await turn(storage, 1, reply)
    assert (await storage.conversations.events(conversation, after=1))[0].said == reply


@pytest.mark.parametrize("words", ["\\u0000", "\\\\u0000", "路径\\u0000\\", "C:\\users\\u0000x"])
async def test_typed_escapes_are_only_text(storage: Storage, conversation: str, words: str) -> None:
    accepted = await storage.inbox.accept(incoming(1), NOW)
    assert accepted.work is not None
    await storage.inbox.commit(
        accepted.work, NOW, said=said(words), replies=[Reply(text=words)], owner="bot", context={"last_reply": words}
    )
    assert [m.said.text for m in await storage.conversations.events(conversation, after=0)] == [words, words]
    assert (await storage.conversations.read(conversation)).context == {"last_reply": words}


async def test_what_postgresql_cannot_hold_does_not_stop_a_turn(storage: Storage, conversation: str) -> None:
    await turn(storage, 1, Reply(text="空\x00字符"), Reply(text="半个字\ud83d"))
    assert [m.said.text for m in await storage.conversations.events(conversation, after=1)] == ["空字符", "半个字?"]


async def test_feedback_is_for_an_answer_of_the_bot_and_may_be_changed(storage: Storage, conversation: str) -> None:
    await turn(storage, 1, Reply(text="答"))
    for helpful in (True, False, False):
        await storage.conversations.give_feedback(conversation, seq=2, helpful=helpful, now=NOW)
    async with storage.database.connect() as connection:
        rows = (await connection.execute(text("SELECT seq, helpful FROM feedback"))).all()
    assert [tuple(row) for row in rows] == [(2, False)]
    for wrong in (1, 3):
        with pytest.raises(NotFound):
            await storage.conversations.give_feedback(conversation, seq=wrong, helpful=True, now=NOW)
    other = await opened(storage, "c2")
    with pytest.raises(NotFound):
        await storage.conversations.give_feedback(other, seq=2, helpful=True, now=NOW)


async def test_the_last_rating_counts(storage: Storage, conversation: str) -> None:
    await storage.conversations.rate(conversation, level=1, comment="慢", now=NOW)
    await storage.conversations.rate(conversation, level=5, comment="", now=NOW)
    async with storage.database.connect() as connection:
        rows = (await connection.execute(text("SELECT level, comment FROM ratings"))).all()
    assert [tuple(row) for row in rows] == [(5, "")]


async def test_an_unknown_conversation_is_named_so(storage: Storage) -> None:
    with pytest.raises(NotFound):
        await storage.conversations.read("nobody")
    with pytest.raises(NotFound):
        await storage.conversations.say("nobody", epoch=1, replies=(Reply(text="x"),), now=NOW)
    with pytest.raises(NotFound):
        await storage.conversations.give_feedback("nobody", seq=1, helpful=True, now=NOW)
    with pytest.raises(NotFound):
        await storage.conversations.rate("nobody", level=5, comment="", now=NOW)
    with pytest.raises(Stale):
        await storage.conversations.change_owner("nobody", epoch=1, owner=AGENT, now=NOW)


async def test_who_watches_a_conversation_is_woken_in_every_process(storage: Storage, database_url: str) -> None:
    conversation = await opened(storage)
    async with Storage(database_url, data_key=bytes(32)) as elsewhere:
        here, there = asyncio.Event(), asyncio.Event()
        with (
            storage.events.conversation(conversation, lambda _: here.set()),
            elsewhere.events.conversation(conversation, lambda _: there.set()),
        ):
            async with asyncio.timeout(10):
                await storage.conversations.change_owner(conversation, epoch=1, owner=AGENT, now=NOW)
                await asyncio.gather(here.wait(), there.wait())
