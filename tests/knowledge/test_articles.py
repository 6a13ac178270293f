"""Law text is quoted where the question names it or asks in its words, and nothing else is."""

from pathlib import Path

import pytest

from core.errors import Retryable
from knowledge.articles import Articles, chinese
from knowledge.laws import Laws


@pytest.fixture
def articles(tmp_path: Path) -> Articles:
    laws = tmp_path / "laws"
    laws.mkdir()
    (laws / "社会保险法(2018-12-29).md").write_text(
        "第四十五条 失业人员符合下列条件的，从失业保险基金中领取失业保险金。\n\n"
        "第四十六条 失业人员失业前用人单位和本人累计缴费满一年不足五年的，领取失业保险金的期限最长为十二个月。",
        encoding="utf-8",
    )
    (laws / "道路交通安全法(2021-04-29).md").write_text("第十九条 驾驶机动车，应当依法取得驾驶证。", encoding="utf-8")
    assert Articles.build(Laws(laws), tmp_path / "index") == 3
    return Articles.load(tmp_path / "index")


@pytest.mark.parametrize(
    "asked", ["《社会保险法》第46条怎么说", "请问社会保险法第四十六条", "中华人民共和国社会保险法的第四十六条"]
)
def test_a_named_article_is_found(articles: Articles, asked: str) -> None:
    found = articles.find(asked)
    assert found and (found.law, found.number) == ("社会保险法", "第四十六条")


def test_a_question_in_the_words_of_an_article_finds_it(articles: Articles) -> None:
    found = articles.find("用人单位和本人累计缴费满一年不足五年的领取失业保险金的期限")
    assert found and found.number == "第四十六条"


@pytest.mark.parametrize(
    "asked", ["", "失业", "明天会不会下雪要不要带伞", "社会保险法第九百条", "怎么做红烧肉才好吃又不腻"]
)
def test_what_is_not_there_is_not_made_up(articles: Articles, asked: str) -> None:
    assert articles.find(asked) is None


def test_without_an_index_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(Retryable, match="no_articles"):
        Articles.load(tmp_path)


@pytest.mark.parametrize(
    ("figures", "written"),
    [
        ("4", "四"),
        ("10", "十"),
        ("19", "十九"),
        ("46", "四十六"),
        ("102", "一百零二"),
        ("110", "一百一十"),
        ("1260", "一千二百六十"),
    ],
)
def test_numbers_as_laws_write_them(figures: str, written: str) -> None:
    assert chinese(figures) == written
