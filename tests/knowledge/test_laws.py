"""Law texts are cut at their articles, and the newest version counts."""

from pathlib import Path

import pytest

from core.errors import Misuse
from knowledge import laws

TEXT = """# 某法

2020年1月1日 通过

<!-- INFO END -->

## 第一章 总则

第一条 为了某事，制定本法。

违反本法第二条的，不在此列。

第二条　第二句。

（一）一项；

## 第二章 附则

第二条之一 增加的。

第十条规定的不是条文开头。
"""


def test_articles_with_their_paragraphs() -> None:
    read = laws.parse(TEXT)
    assert list(read) == ["第一条", "第二条", "第二条之一"]
    assert read["第一条"] == "为了某事，制定本法。\n违反本法第二条的，不在此列。"
    assert read["第二条"] == "第二句。\n（一）一项；"
    assert "第十条规定的不是条文开头" in read["第二条之一"]


def test_the_newest_version_counts(tmp_path: Path) -> None:
    (tmp_path / "某法(2010-01-01).md").write_text("第一条 旧。", encoding="utf-8")
    (tmp_path / "某法(2020-01-01).md").write_text("第一条 新。", encoding="utf-8")
    read = laws.Laws(tmp_path)
    assert read.articles("中华人民共和国某法") == {"第一条": "新。"}
    assert "某法" in read and "别法" not in read
    assert read.articles("别法") == {}


def test_parts_of_a_code_are_one_law(tmp_path: Path) -> None:
    code = tmp_path / "民法典"
    code.mkdir()
    (code / "总则.md").write_text("第一条 甲。", encoding="utf-8")
    (code / "继承编.md").write_text("第二条 乙。", encoding="utf-8")
    assert laws.Laws(tmp_path).articles("民法典") == {"第一条": "甲。", "第二条": "乙。"}


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="nowhere"):
        laws.Laws(tmp_path / "nowhere")
