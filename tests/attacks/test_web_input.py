"""What a hostile or broken client sends to the web channel: a documented error, and nobody else notices."""

import asyncio
import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests import stand as stands
from tests.attacks.conftest import SITE
from tests.bot.talk import CONSULT, TALK
from tests.channels.line import PATIENCE, line, raw
from tests.stand import Citizen, Stand


def code_of(answer: Any) -> tuple[int, str]:
    """Status and stable code; every error is a sentence in Chinese and no stack trace."""
    error = answer.json()["error"]
    assert set(error) == {"code", "message"}
    assert any("\u4e00" <= letter <= "\u9fff" for letter in error["message"])
    assert "Traceback" not in answer.text
    return answer.status_code, error["code"]


# --- words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (400, "empty_text")),
        ("  \n\t　", (400, "empty_text")),
        ("\u200b\u200e\u202e\x07", (400, "empty_text")),
        ("长" * 1001, (413, "text_too_long")),
        ("长" * 5000, (413, "text_too_long")),
        (None, (400, "bad_text")),
        (7, (400, "bad_text")),
        (True, (400, "bad_text")),
        (["你好"], (400, "bad_text")),
        ({"text": "你好"}, (400, "bad_text")),
    ],
)
async def test_words_that_cannot_be_taken(citizen: Citizen, text: Any, expected: tuple[int, str]) -> None:
    assert code_of(await citizen.post(text, "attack")) == expected
    assert len(await citizen.events()) == 2


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("😀👨‍👩‍👧🇨🇳", "😀👨👩👧🇨🇳"),
        ("长" * 1000, "长" * 1000),
        ("<script>alert(1)</script><img src=x onerror=alert(1)>", None),
        ("'; DROP TABLE messages; --", None),
        ("你\x00好\x1b[31m\x7f", "你好[31m"),
        ("\u202e反过来\u202c", "反过来"),
        ("一\r\n二\r三", "一\n二\n三"),
        ("\\u0000 \\ud800 {0} {hotline} %s ${7*7} {{7*7}}", None),
        ("/restart", None),
        ('/inform{"x": 1}', None),
        ("⟦手机号·madeupbyme⟧", None),
        ("é ﬁ Ａ １", None),
    ],
)
async def test_odd_words_are_kept_as_words(citizen: Citizen, text: str, kept: str | None) -> None:
    answer = await citizen.post(text, "odd")
    assert answer.status_code == 200
    assert answer.json()["messages"][0]["text"] == (text if kept is None else kept)
    assert len(answer.json()["messages"]) == 2


# --- bodies


BODIES: list[tuple[bytes, tuple[int, str]]] = [
    (b"", (400, "bad_client_message_id")),
    (b"{", (400, "bad_json")),
    (b"null", (400, "bad_json")),
    (b"[]", (400, "bad_json")),
    (b'[{"text": "x"}]', (400, "bad_json")),
    (b'"text"', (400, "bad_json")),
    (b"7", (400, "bad_json")),
    (b'{"text": NaN}', (400, "bad_json")),
    (b'{"text": "\xff\xfe"}', (400, "bad_json")),
    (b'{"text": "\\ud800", "client_message_id": "a"}', (400, "bad_json")),
    (b"[" * 30_000, (400, "bad_json")),
    (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, (400, "bad_json")),
    (b"\xef\xbb\xbf{}", (400, "bad_json")),
    (b"x" * 70_000, (413, "too_large")),
]


@pytest.mark.parametrize(("body", "expected"), BODIES, ids=range(len(BODIES)))
async def test_bodies_that_are_no_message(citizen: Citizen, body: bytes, expected: tuple[int, str]) -> None:
    answer = await citizen.stand.http.post(f"{citizen.path}/messages", content=body, headers=citizen.headers)
    assert code_of(answer) == expected


@pytest.mark.parametrize("value", ["", "x" * 65, "a b", "a/b", "甲", "a\n", "../x", None, 7, [], {}])
async def test_ids_that_are_none(citizen: Citizen, value: Any) -> None:
    answer = await citizen.stand.http.post(
        f"{citizen.path}/messages", json={"client_message_id": value, "text": TALK}, headers=citizen.headers
    )
    assert code_of(answer) == (400, "bad_client_message_id")


async def test_ten_megabytes_are_refused_without_reading_them(citizen: Citizen) -> None:
    reader, writer = await connection(citizen.stand)
    head = f"POST {citizen.path}/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n"
    writer.write(head.encode() + b"x" * 65536)
    status = await asyncio.wait_for(reader.readline(), PATIENCE)
    assert b"413" in status
    writer.close()


# --- who calls


async def test_who_has_no_right_to_a_conversation(citizen: Citizen) -> None:
    other = await citizen.stand.open()
    attempts: list[tuple[str, dict[str, str], tuple[int, str]]] = [
        (citizen.id, {}, (401, "no_token")),
        (citizen.id, {"Authorization": ""}, (401, "no_token")),
        (citizen.id, {"Authorization": "Bearer"}, (401, "no_token")),
        (citizen.id, {"Authorization": f"Basic {citizen.token}"}, (401, "no_token")),
        (citizen.id, {"Authorization": "Bearer wrong"}, (401, "bad_token")),
        (citizen.id, {"Authorization": f"Bearer {citizen.token}x"}, (401, "bad_token")),
        (citizen.id, other.headers, (401, "bad_token")),
        ("A" * 22, citizen.headers, (404, "unknown_conversation")),
        ("short", citizen.headers, (400, "bad_conversation_id")),
        ("x" * 65, citizen.headers, (400, "bad_conversation_id")),
        ("%00" * 8, citizen.headers, (400, "bad_conversation_id")),
        ("'%20OR%20'1'='1'%20--", citizen.headers, (400, "bad_conversation_id")),
    ]
    body = {"client_message_id": "a", "text": TALK, "seq": 2, "helpful": True, "level": 5}
    for conversation_id, headers, expected in attempts:
        for verb in ("messages", "feedback", "rating", "close"):
            url = f"/api/v1/conversations/{conversation_id}/{verb}"
            assert code_of(await citizen.stand.http.post(url, json=body, headers=headers)) == expected, url
        url = f"/api/v1/conversations/{conversation_id}/events"
        assert code_of(await citizen.stand.http.get(url, headers=headers)) == expected, url
    refused = await citizen.stand.http.get(f"{citizen.path}/events")
    assert refused.headers["www-authenticate"] == "Bearer"


async def test_a_token_that_has_run_out(stand: Stand) -> None:
    citizen = await stand.open()
    assert (await citizen.post(TALK)).status_code == 200
    stand.clock.advance(24 * 3600)
    assert code_of(await citizen.post(TALK)) == (401, "bad_token")
    async with line(citizen) as talk:
        assert (await talk.hear())["error"]["code"] == "bad_token"
        assert await talk.closed() == 4401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", f"{SITE}.evil.example", "x"])
async def test_a_page_of_another_site_is_turned_away(citizen: Citizen, origin: str) -> None:
    headers = {**citizen.headers, "Origin": origin}
    body = {"client_message_id": "a", "text": TALK}
    answer = await citizen.stand.http.post(f"{citizen.path}/messages", json=body, headers=headers)
    assert code_of(answer) == (403, "bad_origin")
    answer = await citizen.stand.http.get(f"{citizen.path}/events", headers=headers)
    assert code_of(answer) == (403, "bad_origin")
    async with raw(citizen, origin=origin) as talk:
        assert (await talk.hear())["error"]["code"] == "bad_origin"
        assert await talk.closed() == 4403


async def test_the_sixteenth_message_of_a_minute_is_asked_to_wait(database_url: str) -> None:
    async with stands.served(database_url, per_minute=15) as stand:
        citizen = await stand.open()
        for _ in range(15):
            assert (await citizen.post(CONSULT)).status_code == 200
        refused = await citizen.post(CONSULT)
        assert code_of(refused) == (429, "rate_limited")
        assert refused.headers["retry-after"] == "4"
        async with line(citizen, after=30) as talk:
            await talk.until("state")
            await talk.say(CONSULT, "x1")
            frame = await talk.hear()
            assert (frame["error"]["code"], frame["client_message_id"]) == ("rate_limited", "x1")
            assert frame["retry_after"] == 4.0
        stand.clock.advance(4)
        assert (await citizen.post(CONSULT, "m16")).status_code == 200
        assert (await (await stand.open()).post(CONSULT)).status_code == 200, "others are not held up"


async def test_one_address_cannot_open_conversations_without_end(database_url: str) -> None:
    async with stands.served(database_url, opening_per_minute=5) as stand:
        answers = [await stand.http.post("/api/v1/conversations", json={}) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [201] * 5 + [429]
        assert code_of(answers[-1]) == (429, "rate_limited")
        stand.clock.advance(int(answers[-1].headers["retry-after"]))
        assert (await stand.http.post("/api/v1/conversations", json={})).status_code == 201


# --- numbers in queries


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=1.5", "after=99999999999", "limit=0", "limit=201", "after=%D9%A1"]
)
async def test_numbers_out_of_range(citizen: Citizen, query: str) -> None:
    answer = await citizen.stand.http.get(f"{citizen.path}/events?{query}", headers=citizen.headers)
    assert code_of(answer) == (400, "bad_number")


@pytest.mark.parametrize("seq", [0, -1, 2**31, 10**30, 1.5, "x", "1", None, True, [], "9" * 5000])
async def test_places_that_are_none(citizen: Citizen, seq: Any) -> None:
    body = json.dumps({"seq": seq, "helpful": True})
    answer = await citizen.stand.http.post(f"{citizen.path}/feedback", content=body, headers=citizen.headers)
    assert code_of(answer)[0] == 400


# --- addresses and raw HTTP


PATHS = [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e%2fsecret.txt",
    "/..%5csecret.txt",
    "/assets/../../secret.txt",
    "/assets/%2e%2e/%2e%2e/secret.txt",
    "/....//secret.txt",
    "//etc/passwd",
    "/%2fetc%2fpasswd",
    "/../dist-too/secret.txt",
    "/link",
    "/%00",
    "/index.html%00.js",
    "/" + "a" * 4000,
    "/" + "%e4" * 1000,
    "/assets",
    "/assets/",
    "/~root",
    "/index.html/x",
]


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
async def test_only_the_pages_own_files_are_served(citizen: Citizen, path: str) -> None:
    status, _, body = await exchange(citizen.stand, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert status in (400, 404)
    assert b"secret" not in body
    assert b"root:" not in body


async def test_the_pages_own_files_are_served(stand: Stand) -> None:
    index = await stand.http.get("/")
    assert (index.status_code, index.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "unsafe" not in index.headers["content-security-policy"]
    asset = await stand.http.get("/assets/a-1b2c.js")
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/api/v1/conversations"),
        ("DELETE", "/api/v1/portal"),
        ("GET", "/api/v1/conversations"),
        ("PATCH", "/healthz"),
        ("POST", "/"),
        ("TRACE", "/"),
    ],
)
async def test_methods_that_do_not_fit(stand: Stand, method: str, path: str) -> None:
    status, _, body = await exchange(
        stand, f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    assert status in (400, 404, 405)
    assert b"Traceback" not in body


RAW = [
    "NONSENSE\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nNo colon here\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\n" + "X: y\r\n" * 3000 + "\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nX: " + "y" * 70_000 + "\r\n\r\n",
    "POST /api/v1/conversations HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    "POST /api/v1/conversations HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
    "POST /api/v1/conversations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nbad\r\n0\r\n\r\n",
    "POST /api/v1/conversations HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nzz\r\n",
    "\x00\x01\x02\x03\r\n\r\n",
]


@pytest.mark.parametrize("request_text", RAW, ids=range(len(RAW)))
async def test_what_is_hardly_http_ends_with_an_error(citizen: Citizen, request_text: str) -> None:
    status, _, body = await exchange(citizen.stand, request_text)
    assert status == 0 or 400 <= status < 500, (status, body)
    assert b"Traceback" not in body


async def test_a_header_cannot_be_smuggled_into_the_answer(stand: Stand) -> None:
    for value in (f"{SITE}%0d%0aX-Evil: 1", f"{SITE}\tX-Evil: 1", f"{SITE} X-Evil: 1"):
        _, head, _ = await exchange(
            stand, f"GET /api/v1/portal HTTP/1.1\r\nHost: x\r\nOrigin: {value}\r\nConnection: close\r\n\r\n"
        )
        assert b"x-evil" not in head.lower()


async def test_the_internal_door_is_shut(citizen: Citizen) -> None:
    for query in ("", "?token=", "?token=wrong", "?token=%e4%b8%ad", f"?token={citizen.token}"):
        answer = await citizen.stand.http.post(f"/internal/actions/webhook{query}", json={})
        assert code_of(answer) == (401, "bad_internal_token")


# --- WebSocket


async def test_a_line_must_say_hello_first(citizen: Citizen) -> None:
    for first in ('{"type": "message"}', "{}", '{"type": "hello"}', '{"type": "hello", "token": 7}', ""):
        async with raw(citizen) as talk:
            await talk.socket.send(first)
            assert (await talk.hear())["error"]["code"] == "no_token"
            assert await talk.closed() == 4401


async def test_a_line_with_a_wrong_token_or_place_is_closed(citizen: Citizen) -> None:
    async with raw(citizen) as talk:
        await talk.send(type="hello", token="wrong", after=0)
        assert (await talk.hear())["error"]["code"] == "bad_token"
        assert await talk.closed() == 4401
    async with raw(citizen, conversation_id="A" * 22) as talk:
        await talk.send(type="hello", token=citizen.token, after=0)
        assert (await talk.hear())["error"]["code"] == "unknown_conversation"
        assert await talk.closed() == 4404
    for after in (-1, "x", None, 2**40, 1.5):
        async with raw(citizen) as talk:
            await talk.send(type="hello", token=citizen.token, after=after)
            assert (await talk.hear())["error"]["code"] == "bad_number"
            assert await talk.closed() == 4400


async def test_bad_frames_are_answered_and_the_line_stays(citizen: Citizen) -> None:
    frames: list[tuple[str | bytes, str]] = [
        ("{", "bad_json"),
        ("[]", "bad_json"),
        ("", "bad_frame"),
        (b"\xff\xfe\x00", "bad_json"),
        ('{"type": "nonsense"}', "bad_frame"),
        ('{"type": ["message"]}', "bad_frame"),
        ('{"type": "message"}', "bad_client_message_id"),
        ('{"type": "message", "client_message_id": "a"}', "bad_text"),
        ('{"type": "message", "client_message_id": "a", "text": ""}', "empty_text"),
        (json.dumps({"type": "message", "client_message_id": "a", "text": "长" * 1001}), "text_too_long"),
        ('{"type": "hello", "token": "again"}', "bad_frame"),
    ]
    async with line(citizen, after=2) as talk:
        await talk.until("state")
        for frame, code in frames:
            await talk.socket.send(frame)
            answer = await talk.hear()
            assert (answer["type"], answer["error"]["code"]) == ("error", code), frame
        await talk.say(TALK, "good")
        assert [m["text"] for m in await talk.messages(4)] == [TALK, "好"]


async def test_an_oversized_frame_ends_only_its_own_line(citizen: Citizen) -> None:
    async with line(citizen, after=2) as talk, line(citizen, after=2) as other:
        await asyncio.gather(talk.until("state"), other.until("state"))
        with pytest.raises(ConnectionClosed):
            await talk.socket.send("x" * 100_000)
            await talk.hear()
        assert talk.socket.close_code == 1009
        await other.send(type="ping")
        assert await other.hear() == {"type": "pong"}


async def test_a_ninth_window_is_one_too_many(citizen: Citizen) -> None:
    async with asyncio.timeout(PATIENCE):
        lines = [line(citizen) for _ in range(8)]
        for opened in lines:
            talk = await opened.__aenter__()
            await talk.until("state")
        async with line(citizen) as ninth:
            assert (await ninth.hear())["error"]["code"] == "too_many_windows"
            assert await ninth.closed() == 4403
        for opened in lines:
            await opened.__aexit__(None, None, None)


async def test_a_line_to_no_conversation_at_all(stand: Stand) -> None:
    citizen = Citizen(stand=stand, id="short", token="x")
    async with raw(citizen) as talk:
        assert (await talk.hear())["error"]["code"] == "bad_conversation_id"
        assert await talk.closed() == 4400
    with pytest.raises(InvalidStatus):
        async with raw(citizen, conversation_id="a/b/c"):
            pass


# --- raw connections


async def connection(stand: Stand) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A TCP connection to the server."""
    return await asyncio.open_connection("127.0.0.1", int(stand.base_url.rpartition(":")[2]))


async def exchange(stand: Stand, request_text: str) -> tuple[int, bytes, bytes]:
    """Send bytes as they are: status (0 when the server just hung up), head, body."""
    reader, writer = await connection(stand)
    writer.write(request_text.encode("latin-1"))
    try:
        data = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        length = next((int(part[15:]) for part in data.lower().split(b"\r\n") if part[:15] == b"content-length:"), 0)
        data += await asyncio.wait_for(reader.readexactly(length), PATIENCE)
    except (ConnectionError, asyncio.IncompleteReadError):
        data = b""
    writer.close()
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]) if head.startswith(b"HTTP/") else 0, head, body
