"""A citizen who talks while somebody attacks, and who must not notice."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import stand as stands
from tests.bot.talk import TALK
from tests.fakes.engine import says
from tests.stand import Citizen, Stand

SITE = "https://www.example.gov.cn"


@pytest.fixture
async def stand(database_url: str, tmp_path: Path) -> AsyncIterator[Stand]:
    pages = tmp_path / "dist"
    (pages / "assets").mkdir(parents=True)
    (pages / "index.html").write_text("<!doctype html>")
    (pages / "assets" / "a-1b2c.js").write_text("export {}")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "dist-too").mkdir()
    (tmp_path / "dist-too" / "secret.txt").write_text("secret")
    (pages / "link").symlink_to(tmp_path / "secret.txt")
    async with stands.served(database_url, pages=pages, origins=(SITE,)) as made:
        made.engine.script = says("好")
        yield made


@pytest.fixture
async def citizen(stand: Stand) -> AsyncIterator[Citizen]:
    """After each attack a citizen who said something before still has it, and is answered."""
    made = await stand.open()
    assert (await made.post(TALK, "before")).status_code == 200
    yield made
    assert (await made.post(TALK, "after")).status_code == 200
    events = await made.events()
    assert [m["text"] for m in events[:2]] == [TALK, "好"]
    assert [m["text"] for m in events[-2:]] == [TALK, "好"]
    assert [m["seq"] for m in events] == list(range(1, len(events) + 1))
