"""The web channel as any front end sees it: REST and WebSocket on a real server."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.message import Author, Reply
from core.owner import Owner
from tests import stand as stands
from tests.bot.talk import CONSULT, PERSON, TALK
from tests.channels.line import PATIENCE, line
from tests.fakes.engine import says
from tests.stand import Citizen, Stand


@pytest.fixture
async def stand(database_url: str) -> AsyncIterator[Stand]:
    async with stands.served(database_url) as made:
        made.engine.script = says("好")
        yield made


@pytest.fixture
async def citizen(stand: Stand) -> Citizen:
    return await stand.open()


# --- REST


async def test_a_conversation_is_opened_with_a_token_of_its_own(stand: Stand) -> None:
    first, second = await stand.open(), await stand.open()
    assert first.id != second.id
    assert first.token != second.token
    assert len(first.token) >= 22, "128 bits or more"
    assert (await stand.http.post("/api/v1/conversations")).status_code == 201, "an empty body will do"


async def test_a_turn_gives_both_sides_in_order(citizen: Citizen) -> None:
    data = (await citizen.post(CONSULT)).json()
    assert [m["seq"] for m in data["messages"]] == [1, 2]
    assert [m["author"] for m in data["messages"]] == ["citizen", "bot"]
    assert data["messages"][0]["client_message_id"] == "m1"
    assert data["messages"][1]["sources"][0]["basis"][0]["law"]
    assert (data["owner"], data["epoch"]) == ("bot", 1)
    assert await citizen.events() == data["messages"]


async def test_the_same_message_twice_gives_the_same_answer_once(citizen: Citizen) -> None:
    first = await citizen.post(TALK, "same-id")
    second = await citizen.post("别的话", "same-id")
    assert first.json() == second.json()
    at_once = await asyncio.gather(*(citizen.post(TALK, "another-id") for _ in range(10)))
    assert len({answer.text for answer in at_once}) == 1
    assert len(await citizen.events()) == 4


async def test_events_are_paged_by_place(citizen: Citizen) -> None:
    for _ in range(5):
        await citizen.say(TALK)
    seqs, after = [], 0
    while True:
        answer = await citizen.stand.http.get(
            f"{citizen.path}/events", params={"after": after, "limit": 3}, headers=citizen.headers
        )
        data = answer.json()
        assert data["last_seq"] == 10
        if not data["messages"]:
            break
        seqs += [m["seq"] for m in data["messages"]]
        after = seqs[-1]
    assert seqs == list(range(1, 11))


async def test_feedback_and_rating_are_taken_and_may_be_changed(citizen: Citizen) -> None:
    await citizen.say(CONSULT)

    async def post(verb: str, **body: object) -> int:
        answer = await citizen.stand.http.post(f"{citizen.path}/{verb}", json=body, headers=citizen.headers)
        return answer.status_code

    assert [await post("feedback", seq=2, helpful=flag) for flag in (True, False)] == [204, 204]
    assert [await post("feedback", seq=seq, helpful=True) for seq in (1, 3)] == [404, 404]
    assert [await post("rating", level=level, comment="好") for level in (1, 5)] == [204, 204]
    assert [await post("rating", level=level) for level in (0, 6, 2.5, True, None, "x")] == [400] * 6
    assert await post("rating", level=5, comment="长" * 501) == 413
    assert await post("feedback", seq=2, helpful="yes") == 400


async def test_close_says_goodbye_once_and_a_message_opens_again(citizen: Citizen) -> None:
    await citizen.say(TALK)
    url = f"{citizen.path}/close"
    closed = (await citizen.stand.http.post(url, json={}, headers=citizen.headers)).json()
    assert (closed["owner"], closed["epoch"]) == ("closed", 2)
    assert [(m["type"], m["author"]) for m in closed["messages"]] == [("rating", "system")]
    again = (await citizen.stand.http.post(url, json={}, headers=citizen.headers)).json()
    assert (again["messages"], again["owner"], again["epoch"]) == ([], "closed", 2)
    reopened = (await citizen.post(TALK)).json()
    assert (reopened["owner"], reopened["epoch"]) == ("bot", 3)
    assert [m["text"] for m in reopened["messages"]] == [TALK, "好"]


async def test_closing_in_the_middle_of_a_turn_loses_no_word(citizen: Citizen) -> None:
    said, closed = await asyncio.gather(
        citizen.post(TALK),
        citizen.stand.http.post(f"{citizen.path}/close", json={}, headers=citizen.headers),
    )
    assert (said.status_code, closed.status_code) == (200, 200)
    events = await citizen.events()
    assert [m["seq"] for m in events] == list(range(1, len(events) + 1))
    assert [m["text"] for m in events if m["author"] == "citizen"] == [TALK]


async def test_what_is_public_needs_no_token(stand: Stand) -> None:
    portal = (await stand.http.get("/api/v1/portal")).json()
    assert portal["limits"] == {"text": 1000}
    entry_id = portal["popular"][0]["entry_id"]
    entry = (await stand.http.get(f"/api/v1/entries/{entry_id}")).json()
    assert entry["id"] == entry_id
    assert entry["basis"]
    assert (await stand.http.get("/healthz")).json() == {"alive": True}
    ready = await stand.http.get("/readyz")
    assert set(ready.json()["parts"]) >= {"database", "dialogue", "knowledge"}
    assert "huichuang_turns" in (await stand.http.get("/metrics")).text
    assert (await stand.http.get("/api/v1/entries/no-such-entry")).status_code == 404


async def test_an_allowed_site_may_call_from_its_pages(database_url: str) -> None:
    site = "https://www.example.gov.cn"
    async with stands.served(database_url, origins=(site,)) as stand:
        preflight = await stand.http.options("/api/v1/conversations", headers={"Origin": site})
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == site
        opened = await stand.http.post("/api/v1/conversations", json={}, headers={"Origin": site})
        assert (opened.status_code, opened.headers["access-control-allow-origin"]) == (201, site)
        assert site in opened.headers["content-security-policy"]
        foreign = await stand.http.post("/api/v1/conversations", json={}, headers={"Origin": "https://evil.example"})
        assert (foreign.status_code, foreign.json()["error"]["code"]) == (403, "bad_origin")
        assert "access-control-allow-origin" not in foreign.headers
        own = await stand.http.post("/api/v1/conversations", json={}, headers={"Origin": stand.base_url})
        assert own.status_code == 201


# --- WebSocket


async def test_a_turn_over_the_line(citizen: Citizen) -> None:
    async with line(citizen) as talk:
        assert await talk.hear() == {"type": "state", "owner": "bot", "epoch": 1, "last_seq": 0}
        await talk.say(TALK, "w1")
        ack = (await talk.until("ack"))[-1]
        assert ack == {"type": "ack", "client_message_id": "w1"}
        frames = [await talk.hear() for _ in range(3)]
        assert frames[0] == {"type": "typing"}
        assert [f["message"]["text"] for f in frames[1:]] == [TALK, "好"]
        assert frames[1]["message"]["client_message_id"] == "w1"
        await talk.say(TALK, "w1")
        assert await talk.hear() == ack, "sent again: acknowledged again, answered once"
        await talk.send(type="ping")
        assert await talk.hear() == {"type": "pong"}
    assert [m["text"] for m in await citizen.events()] == [TALK, "好"]


async def test_after_a_lost_connection_it_goes_on_where_it_stopped(citizen: Citizen) -> None:
    seen: list[int] = []
    for round_ in range(6):
        async with line(citizen, after=seen[-1] if seen else 0) as talk:
            for number in range(3):
                await talk.say(TALK, f"r{round_}-{number}")
            seen += [m["seq"] for m in await talk.messages(len(seen) + 3)]
            talk.socket.transport.abort()  # no goodbye
    await citizen.stand.dispatcher.idle()
    last = len(await citizen.events())
    if seen[-1] < last:
        async with line(citizen, after=seen[-1]) as talk:
            seen += [m["seq"] for m in await talk.messages(last)]
    assert seen == list(range(1, last + 1)), "nothing lost, nothing twice"


async def test_two_windows_see_the_same_in_the_same_order(citizen: Citizen) -> None:
    async with line(citizen) as one, line(citizen) as other:
        for number in range(10):
            await (one, other)[number % 2].say(f"你好{number}", f"w{number}")
        first, second = await asyncio.gather(one.messages(20), other.messages(20))
    assert first == second == await citizen.events()


async def test_a_new_owner_is_told_and_speaks(citizen: Citizen) -> None:
    conversations = citizen.stand.storage.conversations
    async with line(citizen) as talk:
        await talk.until("state")
        now = citizen.stand.clock.now()
        epoch = await conversations.change_owner(citizen.id, epoch=1, owner=Owner("agent", "7"), now=now)
        assert await talk.hear() == {"type": "state", "owner": "agent:7", "epoch": 2, "last_seq": 0}
        line_of_agent = Reply(text="您好，我是7号", author=Author.AGENT)
        await conversations.say(citizen.id, epoch=epoch, replies=(line_of_agent,), now=now)
        assert (await talk.hear())["message"]["author"] == "agent"
        await talk.say(TALK, "w1")
        assert [m["text"] for m in await talk.messages(2)] == [TALK]


async def test_asking_for_a_person_over_the_line_is_obeyed(citizen: Citizen) -> None:
    citizen.stand.presence.people = 1
    async with line(citizen) as talk:
        await talk.until("state")
        await talk.say(PERSON, "w1")
        frames = await talk.until("state")
        assert frames[-1]["owner"] == "queue:general"
        assert [f["message"]["author"] for f in frames if f["type"] == "message"] == ["citizen", "bot"]


async def test_what_another_process_says_arrives_too(citizen: Citizen, database_url: str) -> None:
    async with stands.bot(database_url) as elsewhere, line(citizen) as talk:
        await talk.until("state")
        await elsewhere.storage.conversations.say(
            citizen.id, epoch=1, replies=(Reply(text="从另一台机器"),), now=citizen.stand.clock.now()
        )
        assert (await talk.messages(1))[0]["text"] == "从另一台机器"


async def test_rest_and_the_line_go_together(citizen: Citizen) -> None:
    async with line(citizen) as talk:
        replies, pushed = await asyncio.gather(citizen.say(CONSULT), talk.messages(2))
    assert pushed[1:] == replies


async def test_open_lines_do_not_keep_the_server_from_stopping(database_url: str) -> None:
    async with asyncio.timeout(PATIENCE):
        async with stands.served(database_url) as stand:
            citizen = await stand.open()
            async with line(citizen) as talk:
                await talk.until("state")
                before = asyncio.all_tasks()
        ours = {task for task in before if "SocketRoute" in repr(task)}
        assert ours
        await asyncio.wait(ours)
