"""Entries out to a file and in again; nothing in a cell is ever a formula."""

import io
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from core.errors import Misuse
from knowledge.editing import content as contents
from knowledge.editing import spreadsheet
from knowledge.editing.editing import Editing
from knowledge.editing.files import Files, from_yaml, to_yaml
from knowledge.editing.reading import Reading
from knowledge.entry import Entry
from storage.database import Database
from tests.knowledge.editing.people import WRITER, content, staff
from tests.knowledge.editing.test_editing import published


@pytest.fixture
def files(database: Database, editing: Editing) -> Files:
    return Files(editing=editing, reading=Reading(database))


def book(rows: list[list[Any]]) -> bytes:
    """An .xlsx of these rows."""
    made = Workbook()
    sheet = made.worksheets[0]
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_the_shipped_entries_go_round(entries: tuple[Entry, ...]) -> None:
    """Every shipped entry says the same after Excel and after YAML."""
    by_sheet = [(raw, wrong) for _, raw, wrong in spreadsheet.read(spreadsheet.write(entries))]
    by_yaml = [(raw, wrong) for _, raw, wrong in from_yaml(to_yaml(list(entries)))]
    kept = {entry.id: entry for entry in entries}
    for read in (by_sheet, by_yaml):
        assert len(read) == len(entries)
        for raw, wrong in read:
            assert wrong == []
            assert contents.differences(kept[raw["id"]], contents.read(raw, entry_id=raw["id"])) == []


@pytest.mark.parametrize("text", ["=1+1", "+86 571", "-5%", "@全体", '=HYPERLINK("http://x","y")'])
def test_what_begins_like_a_formula_is_text(text: str) -> None:
    entry = contents.read(content(fee=text, materials=[text, "身份证"]), entry_id="card")
    data = spreadsheet.write([entry])
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    (cell,) = [cell for cell in sheet[2] if cell.value == text]
    assert cell.data_type == "s" and cell.quotePrefix
    ((_, raw, wrong),) = spreadsheet.read(data)
    assert wrong == [] and raw["fee"] == text and raw["materials"] == [text, "身份证"]


def test_a_formula_that_comes_in_is_a_fault_and_not_a_value() -> None:
    headings = list(spreadsheet.COLUMNS.values())
    row = ["" for _ in headings]
    row[headings.index("标准问题")] = "=1+1"
    ((place, raw, wrong),) = spreadsheet.read(book([headings, row]))
    assert (place, raw["question"], wrong) == ("第2行", "", [("question", "不能用公式，请填写文字")])


def test_wrong_columns_are_named() -> None:
    with pytest.raises(Misuse, match="bad_columns") as refused:
        list(spreadsheet.read(book([["编号", "标准问题", "相似问法", "简短回答", "回答全文"]])))
    says = refused.value.message
    assert "完整回答" in says and "依据" in says and "回答全文" in says and "标准问题" not in says


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04broken", b"text", book([])])
def test_another_file_is_refused(data: bytes) -> None:
    with pytest.raises(Misuse):
        list(spreadsheet.read(data))


@pytest.mark.parametrize("data", [b"", b"- a", b"topic: x", b"topic: [", b"\xff\xfe", b"topic: x\nentries: 5"])
def test_another_yaml_is_refused(data: bytes) -> None:
    with pytest.raises(Misuse, match="bad_file"):
        list(from_yaml(data))


@pytest.mark.parametrize("form", ["yaml", "xlsx"])
async def test_what_is_loaded_is_a_draft_and_only_what_differs(
    files: Files, editing: Editing, database: Database, form: str
) -> None:
    for name in ("card", "permit"):
        await published(editing, name)
    data = await files.export(form, "")
    name = f"entries.{form}"
    assert await files.load(WRITER, name, data) == {"read": 2, "drafts": 0, "faults": []}
    changed = data.replace("当场办结".encode(), "三日办结".encode()) if form == "yaml" else book_changed(data)
    assert (await files.load(WRITER, name, changed))["drafts"] >= 1
    reading = await Reading(database).versions("card")
    assert [one.state.value for one in reading] == ["published", "draft"]
    assert reading[-1].origin.value == "import"


def book_changed(data: bytes) -> bytes:
    opened = load_workbook(io.BytesIO(data))
    sheet = opened.worksheets[0]
    column = list(spreadsheet.COLUMNS).index("answer") + 1
    sheet.cell(2, column).value = "请带身份证来，三日办结。"
    out = io.BytesIO()
    opened.save(out)
    return out.getvalue()


async def test_each_row_answers_for_itself(files: Files) -> None:
    """A row of another region is refused, one with faults is a draft, and both are named."""
    local = staff("hz", regions=("330100",))
    good = contents.read(content("card", region="330100", similar=["只有一个"]), entry_id="card")
    other = contents.read(content("fund", region="330200"), entry_id="fund")
    report = await files.load(local, "两条.xlsx", spreadsheet.write([good, other]))
    assert (report["read"], report["drafts"]) == (2, 1)
    assert {(fault["place"], fault["field"]) for fault in report["faults"]} == {("第2行", "相似问法"), ("第3行", "")}
