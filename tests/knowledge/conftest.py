"""What the tests of the knowledge room share: the shipped stock, built once."""

from pathlib import Path

import pytest

from core.settings import ROOT
from knowledge import encoder, shelf, stock
from knowledge.entry import Entry
from knowledge.search import Knowledge

ENTRIES = ROOT / "knowledge" / "entries"


@pytest.fixture(scope="session")
def entries() -> tuple[Entry, ...]:
    """Every shipped entry."""
    return stock.load(ENTRIES)


@pytest.fixture(scope="session")
def shipped_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the shipped stock; the one `script/setup` built is used when it is up to date."""
    builtin = encoder.choose("builtin")
    ready = ROOT / "var" / "index"
    if shelf.current(ready) == shelf.version_of(ENTRIES, builtin):
        return ready
    folder = tmp_path_factory.mktemp("index")
    shelf.build(ENTRIES, folder, builtin)
    return folder


@pytest.fixture(scope="session")
def knowledge(shipped_index: Path) -> Knowledge:
    """The shipped stock, opened."""
    return Knowledge.open(entries_dir=ENTRIES, index_dir=shipped_index, encoder=encoder.choose("builtin"))
