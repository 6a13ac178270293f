"""The citizens: an own process that talks to one server over keep-alive HTTP, the same code for both servers.

It shares the machine with what it measures, hence aiohttp: a quarter of httpx's processor time per call.

`python -m tests.load.chat_client PLAN RESULT`: reads a `Plan`, writes a `Result`, both JSON. A citizen takes the next
conversation from the list, says its sentences one after the other, each when the last one was answered, and takes the
next. A turn's time is from sending to the whole answer; opening a conversation (ours only) is not part of a turn but of
the time in which all was done, so that throughput pays for it.
"""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import orjson
import uvloop

TIMEOUT = 60.0
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be said to whom."""

    server: str
    """"rasa" or "ours"."""
    base_url: str
    citizens: int
    """How many talk at the same time."""
    warm_up: list[list[str]]
    """Conversations before the clock runs."""
    conversations: list[list[str]]
    """Conversations that are measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnSeen:
    """One measured turn."""

    conversation: int
    """Index into `Plan.conversations`."""
    turn: int
    """Index within the conversation."""
    text: str
    ms: float
    said: list[str]
    """Texts answered."""
    sources: list[str]
    """Ids of the entries cited (ours only)."""
    options: list[str]
    """Labels offered (ours only)."""
    fault: str
    """Empty, or what went wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a plan."""

    seconds: float
    """From the first measured sentence to the last answer."""
    cpu_seconds: float
    """Processor time of this client meanwhile: it runs on the same machine."""
    turns: list[TurnSeen]


Heard = tuple[list[str], list[str], list[str]]
"""(texts, cited entries, options)."""


class Refused(aiohttp.ClientError):
    """The server answered, but not with success."""


async def _post(client: aiohttp.ClientSession, path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
    async with client.post(path, data=orjson.dumps(body), headers={**JSON, **(headers or {})}) as answer:
        data = await answer.read()
        if not answer.ok:
            raise Refused(f"{answer.status} {data[:200]!r}")
        return orjson.loads(data)


class Talk(Protocol):
    """One conversation with a server."""

    async def open(self) -> None:
        """Begin."""

    async def say(self, text: str) -> Heard:
        """One turn; raises aiohttp.ClientError or TimeoutError."""


class RasaTalk:
    """Rasa's REST channel."""

    def __init__(self, client: aiohttp.ClientSession, name: str) -> None:
        self._client = client
        self._name = name

    async def open(self) -> None:
        """A sender begins by speaking."""

    async def say(self, text: str) -> Heard:
        data = await _post(self._client, "/webhooks/rest/webhook", {"sender": self._name, "message": text})
        return [item.get("text", "") for item in data], [], []


class OurTalk:
    """Our REST interface, as a third party uses it."""

    def __init__(self, client: aiohttp.ClientSession, name: str) -> None:
        self._client = client
        self._name = name
        self._numbers = itertools.count(1)
        self._address = ""
        self._headers: dict[str, str] = {}

    async def open(self) -> None:
        data = await _post(self._client, "/api/v1/conversations", {})
        self._address = f"/api/v1/conversations/{data['conversation_id']}/messages"
        self._headers = {"Authorization": f"Bearer {data['token']}"}

    async def say(self, text: str) -> Heard:
        message = {"client_message_id": f"m{next(self._numbers)}", "text": text}
        data = await _post(self._client, self._address, message, self._headers)
        replies = [item for item in data["messages"] if item["author"] == "bot"]
        cited = [source["entry_id"] for reply in replies for source in reply.get("sources") or ()]
        offered = [option["label"] for reply in replies for option in reply.get("options") or ()]
        return [reply["text"] for reply in replies], cited, offered


TALKS: dict[str, type[RasaTalk] | type[OurTalk]] = {"rasa": RasaTalk, "ours": OurTalk}


async def carry_out(plan: Plan) -> Result:
    """Warm up, then measure."""
    # The client's own limit must not be what is measured: one connection for each citizen.
    connector = aiohttp.TCPConnector(limit=plan.citizens, keepalive_timeout=300)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(plan.base_url, connector=connector, timeout=timeout) as client:
        await _all(plan, client, "warm", plan.warm_up)
        begin, cpu = time.perf_counter(), time.process_time()
        turns = await _all(plan, client, "run", plan.conversations)
        return Result(
            seconds=time.perf_counter() - begin,
            cpu_seconds=time.process_time() - cpu,
            turns=sorted(turns, key=lambda turn: (turn.conversation, turn.turn)),
        )


async def _all(
    plan: Plan, client: aiohttp.ClientSession, prefix: str, conversations: list[list[str]]
) -> list[TurnSeen]:
    seen: list[TurnSeen] = []
    waiting = iter(enumerate(conversations))
    async with asyncio.TaskGroup() as group:
        for _ in range(plan.citizens):
            group.create_task(_citizen(plan.server, client, prefix, waiting, seen))
    return seen


async def _citizen(
    server: str,
    client: aiohttp.ClientSession,
    prefix: str,
    waiting: Iterator[tuple[int, list[str]]],
    seen: list[TurnSeen],
) -> None:
    for number, sentences in waiting:
        talk: Talk = TALKS[server](client, f"{prefix}-{number}")
        await talk.open()
        for place, text in enumerate(sentences):
            seen.append(await _turn(talk, number, place, text))


async def _turn(talk: Talk, number: int, place: int, text: str) -> TurnSeen:
    begin, fault = time.perf_counter(), ""
    heard: Heard = ([], [], [])
    try:
        heard = await talk.say(text)
    except Refused as error:
        fault = str(error)
    except (aiohttp.ClientError, TimeoutError) as error:
        fault = type(error).__name__
    ms = (time.perf_counter() - begin) * 1000
    said, sources, options = heard
    return TurnSeen(
        conversation=number, turn=place, text=text, ms=ms, said=said, sources=sources, options=options, fault=fault
    )


def main() -> None:
    """Arguments: the plan's file, the result's file."""
    plan = Plan(**json.loads(Path(sys.argv[1]).read_text("utf-8")))
    result = uvloop.run(carry_out(plan))
    Path(sys.argv[2]).write_text(json.dumps(asdict(result), ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
