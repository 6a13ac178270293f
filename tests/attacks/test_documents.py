"""Hostile files: whatever arrives, the server goes on, and a person reads a clear sentence."""

import asyncio
import random
import re
import struct
import sys
import zlib
from pathlib import Path

import pytest

from core.clock import SystemClock
from core.errors import Misuse, TooLarge
from core.settings import ROOT
from knowledge.documents import sandbox
from knowledge.documents.parse import parse
from knowledge.documents.section import Found
from tests.knowledge.documents import files

CHINESE = re.compile(r"[\u4e00-\u9fff].*。", re.DOTALL)


async def ignore(share: float) -> None:
    """Nobody watches."""


def samples() -> dict[str, bytes]:
    pages = [[line for text in files.LAW for line in text.splitlines()]]
    return {
        "a.docx": files.word(files.LAW, table=[["问题", "答案"], ["怎么办？", "去窗口。"]]),
        "a.xlsx": files.excel([["问题", "答案"], ["怎么办？", "去窗口。"]]),
        "a.pdf": files.pdf(pages),
        "a.html": ("<h1>条例</h1>" + "".join(f"<p>{text}</p>" for text in files.LAW)).encode(),
        "a.txt": "\n".join(files.LAW).encode(),
        "a.png": files.picture([], size=(300, 200)),
        "a.jpg": files.picture([], size=(300, 200), form="JPEG"),
    }


def tried(name: str, data: bytes) -> Found | Misuse:
    """Read it here; anything but a result or a sentence fails the test."""
    try:
        return parse(name, data, lambda share: None, SystemClock())
    except Misuse as error:
        assert CHINESE.search(error.message), error.message
        return error


@pytest.mark.parametrize("name", list(samples()))
def test_truncated_and_scrambled_files_give_a_sentence(name: str) -> None:
    whole, dice = samples()[name], random.Random(f"documents {name}")
    for _ in range(25):
        tried(name, whole[: dice.randrange(1, len(whole))])
    for _ in range(25):
        scrambled = bytearray(whole)
        for _ in range(dice.randrange(1, 30)):
            scrambled[dice.randrange(len(whole))] = dice.randrange(256)
        tried(name, bytes(scrambled))


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.pdf", "a.html", "a.txt", "a.png", "a.jpg", "a", "a.zip"])
def test_random_bytes_give_a_sentence(name: str) -> None:
    dice = random.Random(f"noise {name}")
    heads = (b"", b"PK\x03\x04", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"<html>")
    for head in heads:
        tried(name, head + dice.randbytes(dice.randrange(1, 5000)))


@pytest.mark.parametrize("member", ["word/document.xml", "docProps/core.xml", "word/_rels/document.xml.rels"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_not_expanded_and_no_file_is_read(member: str, encoding: str) -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    evil = (
        f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY l0 "哈">{lol}'
        '<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&l9;&f;</x>'
    )
    told = tried("a.docx", files.with_member(files.word(files.LAW), member, evil.encode(encoding)))
    assert isinstance(told, Misuse) and told.code == "unsafe_file"


@pytest.mark.parametrize("base", ["a.docx", "a.xlsx"])
def test_zip_bombs_are_not_unpacked(base: str) -> None:
    bomb = files.with_member(samples()[base], "word/bomb.xml", bytes(60_000_000))
    assert len(bomb) < 200_000
    told = tried(base, bomb)
    assert isinstance(told, TooLarge)
    many = files.package({"word/document.xml": b"x"} | {f"m/{n}.xml": b"" for n in range(6000)})
    assert isinstance(tried("a.docx", many), TooLarge)


def test_a_zip_that_lies_about_its_sizes() -> None:
    data = bytearray(files.package({"word/document.xml": bytes(20_000_000)}))
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", 100)
    assert isinstance(tried("a.docx", bytes(data)), Misuse)


def test_a_picture_that_claims_to_be_huge() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 2, 0, 0, 0))
    png = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    told = tried("a.png", png)
    assert isinstance(told, TooLarge) and "百万像素" in told.message


def test_deep_pages_and_long_lines() -> None:
    tried("a.html", b"<div>" * 100_000 + "深".encode())
    tried("a.html", b"<table>" * 5_000 + "深".encode())
    tried("a.txt", ("第一条" * 300_000).encode())
    tried("a.txt", ("一、" * 300_000).encode())
    tried("a.md", ("| " * 100_000 + "|\n").encode())
    tried("a.txt", b"\n".join(b"1" for _ in range(100_000)))


def test_markup_in_a_document_stays_text() -> None:
    found = tried(
        "a.md", "# <script>alert(1)</script>怎么办\n<img src=x onerror=alert(1)>请到窗口办理，带上身份证。".encode()
    )
    assert isinstance(
        found, Found
    )  # the pages show it as text; submitting such a draft is refused by the stock's rules
    assert "<script>" in found.sections[0]["title"]


async def test_the_reading_process_answers_like_the_reader() -> None:
    shares: list[float] = []

    async def watch(share: float) -> None:
        shares.append(share)

    found = await sandbox.read("条例.txt", "\n".join(files.LAW).encode(), watch)
    assert found.title == "城市居民服务管理条例" and shares[-1] == 1.0
    with pytest.raises(Misuse, match="另存为") as raised:
        await sandbox.read("a.doc", bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600), ignore)
    assert raised.value.code == "old_word"


async def test_a_reader_that_takes_too_long_is_ended() -> None:
    with pytest.raises(Misuse) as raised:
        await sandbox.read("条例.docx", files.word(files.LAW), ignore, seconds=0.001)
    assert raised.value.code == "file_too_slow"


@pytest.mark.parametrize(
    ("deed", "limit"),
    [
        ("bytearray(5 * 1024**3)", "MemoryError"),
        ("import os; os.write(os.open('var-written', os.O_CREAT | os.O_WRONLY), b'x')", "File too large"),
        ("[open('/dev/null') for _ in range(1000)]", "Too many open files"),
    ],
)
async def test_the_reading_process_cannot_do_much(tmp_path: Path, deed: str, limit: str) -> None:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    code = f"from knowledge.documents.child import confine; confine(); {deed}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-c", code), cwd=tmp_path, env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, says = await process.communicate()
    assert process.returncode != 0 and limit in says.decode()


async def test_the_reading_process_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    assert not {"DATABASE_URL", "HC_DATA_KEY"} & set(sandbox._environment())


async def test_a_reader_that_dies_without_a_word_is_reported() -> None:
    with pytest.raises(Misuse) as raised:
        sandbox._result({}, -11)
    assert "没有导入" in raised.value.message
