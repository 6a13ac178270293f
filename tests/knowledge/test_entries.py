"""Every shipped entry keeps the promises of the format."""

import os
import re
from pathlib import Path

import pytest

from core.settings import ROOT
from knowledge import region, stock
from knowledge.entry import INSURANCE, PERSONS, Entry
from knowledge.laws import Laws
from tests.knowledge.conftest import ENTRIES

READ = stock.read(ENTRIES)[0]
FORBIDDEN = ("保证能领到", "一定能领到", "肯定能领到", "保证通过")
MARKUP = re.compile(r"<[a-zA-Z/][^>]*>|\*\*|^#+ |```|\]\(|https?://", re.MULTILINE)
each = pytest.mark.parametrize("entry", READ, ids=lambda entry: entry.id)


def law_folder() -> Path:
    """Where the law texts are: HUICHUANG_LAWS, or ../shared/data/laws beside the checkout."""
    return Path(os.environ.get("HUICHUANG_LAWS", ROOT.parent / "shared" / "data" / "laws"))


def said(entry: Entry) -> str:
    return "\n".join((entry.question, entry.short, entry.answer, *entry.steps, *entry.materials, *entry.similar))


def test_the_stock_has_no_faults() -> None:
    assert [str(fault) for fault in stock.read(ENTRIES)[1]] == []


def test_there_are_enough_entries() -> None:
    assert len(READ) >= 150


def test_ids_are_unique() -> None:
    assert len({entry.id for entry in READ}) == len(READ)


def test_no_question_belongs_to_two_entries_of_a_region() -> None:
    owner: dict[tuple[str, str], str] = {}
    for entry in READ:
        for question in entry.questions:
            assert owner.setdefault((entry.region, question), entry.id) == entry.id, question


@each
def test_entry_can_be_used(entry: Entry) -> None:
    assert len(set(entry.similar)) >= 6
    assert entry.short and len(entry.short) <= 120
    assert len(entry.answer) >= 20
    assert entry.grounds
    assert set(entry.persons) <= set(PERSONS)
    assert entry.insurance in INSURANCE
    assert entry.region in region.NAMES
    assert 2 <= len(entry.subject) <= 12
    assert entry.author and entry.reviewer and entry.reviewed_on


@each
def test_entry_promises_nothing_and_has_no_markup(entry: Entry) -> None:
    assert not [words for words in FORBIDDEN if words in said(entry)]
    assert not MARKUP.search(said(entry))


@each
def test_related_entries_exist(entry: Entry) -> None:
    assert set(entry.related) <= {other.id for other in READ} - {entry.id}


@each
def test_entry_round_trips(entry: Entry) -> None:
    assert Entry.from_json(entry.to_json()) == entry
    assert entry.source().basis == entry.basis


def test_every_basis_is_in_the_law_texts() -> None:
    folder = law_folder()
    if not folder.is_dir():
        pytest.skip(f"law texts are not here ({folder}); set HUICHUANG_LAWS to their folder")
    laws = Laws(folder)
    assert [str(fault) for fault in stock.check_basis(READ, laws)] == []
    cited = [ground.basis.law for entry in READ for ground in entry.grounds if ground.is_law]
    assert sum(law in laws for law in cited) >= 0.95 * len(cited)
