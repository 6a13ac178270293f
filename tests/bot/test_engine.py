"""The client of the dialogue process: time-out, refusal, nonsense, rest after three failures."""

import asyncio
import json
from datetime import UTC, datetime

import httpx
import pytest

from bot.consult import Context
from bot.engine import FAILURES, REST, Asked, RasaEngine
from core.clock import ManualClock
from core.errors import Retryable

GOOD = {
    "messages": [
        {"text": "好的 ", "buttons": [{"title": "转人工", "payload": "转人工"}]},
        {"custom": {"reply": {"author": "bot", "type": "text", "text": "答"}, "entry": "a", "miss": True}},
    ],
    "intent": {"name": "consult", "confidence": 0.9},
    "active_loop": "callback_form",
    "requested_slot": "callback_phone",
    "slots": {"callback_phone": "x"},
    "known": False,
}


class Peer:
    """Answers as it is told, and counts."""

    def __init__(self, answer):
        self.answer = answer
        self.requests = []

    async def __call__(self, request):
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer == "never":
            await asyncio.Event().wait()
        return self.answer


@pytest.fixture
def clock():
    return ManualClock(datetime(2026, 11, 22, tzinfo=UTC))


def engine(peer, clock, timeout=2.0):
    return RasaEngine(
        base_url="http://dialogue", token="t0ken", timeout=timeout, clock=clock, transport=httpx.MockTransport(peer)
    )


async def test_a_turn_there_and_back(clock):
    peer = Peer(httpx.Response(200, json=GOOD))
    one = engine(peer, clock)
    asked = Asked(
        session="c.1", text="你好", context=Context(last_entry="a"), turn_id="7", region="330100",
        slots={"s": 1}, active_loop="f", events=({"text": "问", "intent": "consult", "reply": "答"},),
    )  # fmt: skip
    reply = await one.converse(asked)
    sent = json.loads(peer.requests[0].content)
    assert peer.requests[0].url == "http://dialogue/webhooks/turn/converse"
    assert peer.requests[0].headers["Authorization"] == "Bearer t0ken"
    assert sent["metadata"]["context"]["last_entry"] == "a"
    assert sent["restore"] == {"slots": {"s": 1}, "active_loop": "f", "requested_slot": None}
    assert [said.reply.text for said in reply.said] == ["好的", "答"]
    assert reply.said[0].reply.options[0].label == "转人工"
    assert (reply.said[1].entry, reply.said[1].miss) == ("a", True)
    assert (reply.active_loop, reply.requested_slot, reply.known) == ("callback_form", "callback_phone", False)
    await one.close()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.Response(500),
        httpx.Response(401),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={}),
        httpx.Response(200, json=GOOD | {"messages": []}),
        httpx.Response(200, json=GOOD | {"messages": [{"custom": {}}]}),
        httpx.Response(200, json=GOOD | {"messages": [{"image": "x"}]}),
        httpx.Response(200, json=GOOD | {"intent": None}),
        httpx.Response(200, json=GOOD | {"slots": 3}),
    ],
    ids=repr,
)
async def test_whatever_goes_wrong_is_retryable(clock, answer):
    one = engine(Peer(answer), clock)
    with pytest.raises(Retryable):
        await one.converse(Asked(session="c.1", text="你好"))
    await one.close()


async def test_a_peer_that_never_answers_is_given_up(clock):
    one = engine(Peer("never"), clock, timeout=0.01)
    with pytest.raises(Retryable) as caught:
        await one.converse(Asked(session="c.1", text="你好"))
    assert caught.value.code == "dialogue_slow"
    assert not await one.healthy()
    await one.close()


async def test_after_three_failures_it_rests_and_comes_back(clock):
    peer = Peer(httpx.Response(500))
    one = engine(peer, clock)
    for _ in range(FAILURES + 4):
        with pytest.raises(Retryable):
            await one.converse(Asked(session="c.1", text="你好"))
    assert len(peer.requests) == FAILURES
    clock.advance(REST)
    peer.answer = httpx.Response(200, json=GOOD)
    await one.converse(Asked(session="c.1", text="你好"))
    assert len(peer.requests) == FAILURES + 1
    await one.close()


async def test_a_success_in_between_starts_the_count_again(clock):
    peer = Peer(httpx.Response(500))
    one = engine(peer, clock)
    for status in (500, 500, 200, 500, 500):
        peer.answer = httpx.Response(status, json=GOOD)
        if status == 200:
            await one.converse(Asked(session="c.1", text="你好"))
        else:
            with pytest.raises(Retryable):
                await one.converse(Asked(session="c.1", text="你好"))
    assert len(peer.requests) == 5
    await one.close()


async def test_health_ends_the_rest(clock):
    peer = Peer(httpx.Response(503))
    one = engine(peer, clock)
    assert not await one.healthy()
    for _ in range(FAILURES):
        with pytest.raises(Retryable):
            await one.converse(Asked(session="c.1", text="你好"))
    peer.answer = httpx.Response(200, json=GOOD)
    assert await one.healthy()
    assert (await one.converse(Asked(session="c.1", text="你好"))).intent == "consult"
    await one.close()
