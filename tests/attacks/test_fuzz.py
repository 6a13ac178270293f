"""Bodies and frames after accidents: read, or refused with a code; nobody else notices."""

import json
import random
from typing import Any

from channels.web import reading
from core.errors import HuiChuangError, Misuse
from tests.channels.line import line
from tests.stand import Citizen

FUZZED = 12_000

ODD: list[Any] = [None, True, -1, 2**63, 1e308, "", "x" * 2000, [], {}, [[]], "\x00", "\u202e", "😀" * 400, {"a": [1]}]


def mangled(chance: random.Random) -> bytes:
    """A message's JSON after some accidents."""
    value: Any = {"client_message_id": f"f{chance.randrange(9)}", "text": "医保怎么办", "type": "message"}
    for _ in range(chance.randrange(3)):
        key = chance.choice(["client_message_id", "text", "type", "seq", "level", "helpful", "comment", ""])
        value[key] = chance.choice(ODD)
    if chance.random() < 0.1:
        value = chance.choice([None, 7, "text", [value], [], True])
    data = bytearray(json.dumps(value, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass"))
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0:
                data[place:place] = bytes([chance.randrange(256)])
            case 1:
                del data[place : place + chance.randrange(1, 9)]
            case 2:
                data[place:place] = data[: chance.randrange(20)]
            case _:
                data[place : place + 1] = chance.choice([b"{", b"}", b'"', b"\\u0000", b"\\ud83d", b",", b"\xf0\x9f"])
    return bytes(data)


def test_fuzzed_bodies_are_read_or_refused_with_a_code() -> None:
    chance = random.Random(2026)
    readers = (
        reading.text,
        reading.client_message_id,
        reading.comment,
        lambda data: reading.flag(data, "helpful"),
        lambda data: reading.integer(data.get("seq"), "seq", 1, 9),
    )
    taken = 0
    for _ in range(FUZZED):
        try:
            data = reading.parse(mangled(chance))
        except Misuse as error:
            assert error.code == "bad_json"
            continue
        for read in readers:
            try:
                read(data)
                taken += 1
            except HuiChuangError as error:
                assert error.status in (400, 413)
    assert taken > FUZZED / 4


async def test_fuzzed_bodies_on_the_wire_disturb_nobody(citizen: Citizen) -> None:
    chance = random.Random(7)
    url = f"{citizen.path}/messages"
    for _ in range(400):
        answer = await citizen.stand.http.post(url, content=mangled(chance), headers=citizen.headers)
        assert answer.status_code in (200, 400, 413), answer.text
    async with line(citizen) as talk:
        await talk.until("state")
        for _ in range(400):
            await talk.socket.send(mangled(chance))
        await talk.send(type="ping")
        await talk.until("pong")
