"""The audit chain: whatever is done to a record afterwards is noticed, and where."""

import asyncio
import random
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from core.settings import ROOT
from storage.audit import GENESIS, Head, Record, check, digest
from storage.storage import Storage
from tests.storage.talk import KEY, NOW

TAMPERINGS = 1000


def chain(length: int, seed: int) -> list[Record]:
    """A whole chain of made-up facts."""
    chance, records, previous = random.Random(seed), [], GENESIS
    for number in range(1, length + 1):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
        detail = {"n": chance.randrange(9), "名": "值" * chance.randrange(3), "list": [1, None, True]}
        ours = digest(number, at, "system", "made", f"c{number}", detail, previous)
        records.append(
            Record(
                id=number,
                at=at,
                actor="system",
                action="made",
                subject=f"c{number}",
                detail=detail,
                previous=previous,
                digest=ours,
            )
        )
        previous = ours
    return records


def head_of(records: list[Record]) -> Head:
    return Head(last=records[-1].id, digest=records[-1].digest)


def changed(record: Record, chance: random.Random) -> Record:
    """One field of a record, different."""
    match chance.randrange(8):
        case 0:
            return replace(record, at=record.at + timedelta(microseconds=1))
        case 1:
            return replace(record, actor=record.actor + "x")
        case 2:
            return replace(record, action="undone")
        case 3:
            return replace(record, subject=record.subject[1:])
        case 4:
            return replace(record, detail={**record.detail, "n": record.detail["n"] + 1})
        case 5:
            return replace(record, previous=bytes([record.previous[0] ^ 1]) + record.previous[1:])
        case 6:
            return replace(record, digest=record.digest[:-1] + bytes([record.digest[-1] ^ 128]))
        case _:
            return replace(record, id=record.id + 1)


def tampered(records: list[Record], chance: random.Random) -> list[Record]:
    """The chain after one change, deletion, exchange or insertion, at a random place, the ends included."""
    place = chance.randrange(len(records))
    match chance.randrange(5):
        case 0:
            return [*records[:place], changed(records[place], chance), *records[place + 1 :]]
        case 1:
            return [*records[:place], *records[place + 1 :]]
        case 2:
            return records[:place]  # cut off
        case 3:
            other = chance.choice([n for n in range(len(records)) if n != place])
            mixed = list(records)
            mixed[place], mixed[other] = mixed[other], mixed[place]
            return mixed
        case _:
            return [*records[: place + 1], forged(records[place]), *records[place + 1 :]]


def forged(before: Record) -> Record:
    """A record whose links are right, as one who knows the rules would make it."""
    ours = digest(before.id + 1, before.at, "system", "forged", "c", {}, before.digest)
    return replace(
        before, id=before.id + 1, action="forged", subject="c", detail={}, previous=before.digest, digest=ours
    )


def test_a_thousand_tamperings_are_all_noticed() -> None:
    chance = random.Random(2026)
    for number in range(TAMPERINGS):
        records = chain(chance.randrange(2, 12), number)
        head = head_of(records)
        assert check(records, head=head) is None
        assert check(tampered(records, chance), head=head) is not None, f"tampering {number} went unnoticed"


def test_the_place_is_named() -> None:
    records = chain(6, 1)
    assert check([]) is None
    assert check([], head=Head(last=0, digest=GENESIS)) is None
    broken = check([*records[:2], *records[3:]])
    assert broken is not None
    assert (broken.id, broken.reason) == (3, "missing")
    broken = check([*records[:3], replace(records[3], actor="x"), *records[4:]])
    assert broken is not None
    assert (broken.id, broken.reason) == (4, "digest")
    broken = check(records[:4], head=head_of(records))
    assert broken is not None
    assert (broken.id, broken.reason) == (5, "head")
    broken = check([*records, forged(records[-1])], head=head_of(records))
    assert broken is not None
    assert (broken.id, broken.reason) == (7, "head")


async def test_what_is_appended_at_once_by_two_processes_is_one_chain(storage: Storage, database_url: str) -> None:
    async with Storage(database_url, data_key=KEY) as other:
        ids = await asyncio.gather(
            *(
                (storage, other)[n % 2].audit.append(
                    NOW, actor="citizen:c1", action="asked", subject="c1", detail={"n": n, "比率": 0.1 * n, "x": [None]}
                )
                for n in range(40)
            )
        )
    assert sorted(ids) == list(range(1, 41))
    assert await storage.audit.verify() is None
    records = await storage.audit.records(after=10, limit=5)
    assert [record.id for record in records] == [11, 12, 13, 14, 15]
    assert records[0].at == NOW


async def test_a_failed_append_leaves_no_gap(storage: Storage) -> None:
    await storage.audit.append(NOW, actor="a", action="b", subject="c", detail={})
    with pytest.raises(TypeError):
        await storage.audit.append(NOW, actor="a", action="b", subject="c", detail={"not json": object()})
    assert await storage.audit.append(NOW, actor="a", action="b", subject="c", detail={}) == 2
    assert await storage.audit.verify() is None


TAMPERING = [
    ("UPDATE audit SET detail = '{\"n\": 99}' WHERE id = 3", 3),
    ("UPDATE audit SET actor = 'somebody' WHERE id = 5", 5),
    ("UPDATE audit SET at = at + interval '1 microsecond' WHERE id = 1", 1),
    ("DELETE FROM audit WHERE id = 1", 1),
    ("DELETE FROM audit WHERE id = 4", 4),
    ("DELETE FROM audit WHERE id = 5", 5),
    ("DELETE FROM audit", 1),
    ("UPDATE audit SET id = CASE id WHEN 2 THEN 3 ELSE 2 END + 100 WHERE id IN (2, 3);"
     " UPDATE audit SET id = id - 100 WHERE id > 100", 2),
    ("INSERT INTO audit SELECT 6, at, actor, action, subject, detail, previous, digest FROM audit WHERE id = 5", 6),
    ("DELETE FROM audit_head", 1),
]  # fmt: skip


@pytest.mark.parametrize(("tampering", "place"), TAMPERING)
async def test_tampering_in_the_database_is_noticed(storage: Storage, tampering: str, place: int) -> None:
    for number in range(5):
        await storage.audit.append(NOW, actor="a", action="b", subject="c", detail={"n": number})
    async with storage.database.connect() as connection:
        for statement in tampering.split(";"):
            await connection.execute(text(statement))
    broken = await storage.audit.verify()
    assert broken is not None
    assert broken.id == place or "audit_head" in tampering


async def test_the_command_tells_whole_from_broken(storage: Storage, database_url: str) -> None:
    for number in range(3):
        await storage.audit.append(NOW, actor="a", action="b", subject="c", detail={"n": number})
    assert verify(database_url) == (0, "audit chain: whole")
    async with storage.database.connect() as connection:
        await connection.execute(text("DELETE FROM audit WHERE id = 3"))
    code, words = verify(database_url)
    assert code == 1
    assert words == "audit chain: broken at record 3 (head)"


def verify(url: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "storage", "audit", "verify", "--url", url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.strip()
