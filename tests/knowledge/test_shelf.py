"""Builds are skipped when nothing changed, become current at once, and a dead one harms nobody."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from core.errors import Misuse, Retryable
from core.settings import ROOT
from knowledge import shelf
from knowledge.latent import LatentEncoder
from knowledge.search import Knowledge
from tests.knowledge.stocks import entry, write

TODAY = date(2026, 11, 22)
SMALL = LatentEncoder(dimension=8)


def opened(entries: Path, index: Path, *, strict: bool = True) -> Knowledge:
    return Knowledge.open(entries_dir=entries, index_dir=index, encoder=SMALL, strict=strict)


def first(knowledge: Knowledge, question: str) -> str:
    return knowledge.search(question, on=TODAY).hits[0].entry.id


def test_built_once_and_again_only_after_a_change(tmp_path: Path) -> None:
    entries, index = write(tmp_path / "entries"), tmp_path / "index"
    version, built = shelf.build(entries, index, SMALL)
    assert built
    assert shelf.build(entries, index, SMALL) == (version, False)
    write(entries, entry("card"), name="some.yml")
    changed, built = shelf.build(entries, index, SMALL)
    assert built and changed != version
    assert shelf.build(entries, index, LatentEncoder(dimension=4))[1]


def test_loaded_as_built(tmp_path: Path) -> None:
    entries, index = write(tmp_path / "entries"), tmp_path / "index"
    version, _ = shelf.build(entries, index, SMALL)
    knowledge = opened(entries, index)
    assert knowledge.version == version
    assert [item.id for item in knowledge.entries] == ["card", "permit", "fund"]
    assert first(knowledge, "居住证去哪里办") == "permit"


def test_no_index_is_said(tmp_path: Path) -> None:
    with pytest.raises(Retryable, match="no_index"):
        opened(write(tmp_path / "entries"), tmp_path / "index")


def test_a_stale_index_is_said_unless_it_may_be(tmp_path: Path) -> None:
    entries, index = write(tmp_path / "entries"), tmp_path / "index"
    shelf.build(entries, index, SMALL)
    write(entries, entry("card", short="改了。"))
    with pytest.raises(Misuse, match="stale_index"):
        opened(entries, index)
    assert first(opened(entries, index, strict=False), "公积金怎么取") == "fund"


def test_a_damaged_index_is_said_and_mended_by_a_build(tmp_path: Path) -> None:
    entries, index = write(tmp_path / "entries"), tmp_path / "index"
    version, _ = shelf.build(entries, index, SMALL)
    (index / version / "i_gram.weights.npy").write_bytes(b"")
    with pytest.raises(Retryable, match="no_index"):
        opened(entries, index)
    assert shelf.build(entries, index, SMALL)[1]
    assert first(opened(entries, index), "取公积金") == "fund"


def test_faulty_entries_leave_the_old_index(tmp_path: Path) -> None:
    entries, index = write(tmp_path / "entries"), tmp_path / "index"
    version, _ = shelf.build(entries, index, SMALL)
    write(entries, entry("card", basis=[]))
    with pytest.raises(Misuse, match="bad_entries"):
        shelf.build(entries, index, SMALL)
    assert shelf.current(index) == version
    assert first(opened(entries, index, strict=False), "取公积金") == "fund"


def test_a_build_killed_half_way_leaves_the_old_index(tmp_path: Path) -> None:
    entries, index = write(tmp_path / "entries"), tmp_path / "index"
    version, _ = shelf.build(entries, index, SMALL)
    write(entries, entry("card"))
    program = [sys.executable, "-m", "tests.knowledge.stalling_build", str(entries), str(index)]
    with subprocess.Popen(program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as build:
        assert build.stdout and build.stdout.readline().strip() == "stalled"
        build.kill()
    assert shelf.current(index) == version
    assert first(opened(entries, index, strict=False), "取公积金") == "fund"
    assert shelf.build(entries, index, SMALL)[1]
    assert [item.id for item in opened(entries, index).entries] == ["card"]


def test_old_versions_are_swept(tmp_path: Path) -> None:
    entries, index = write(tmp_path / "entries"), tmp_path / "index"
    for number in range(4):
        write(entries, entry("card", short=f"第{number}版。"), entry("fund"))
        shelf.build(entries, index, SMALL)
    assert len([path for path in index.iterdir() if path.is_dir()]) == 2
