"""Different ways of writing the same thing come out the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import tokens

CUT = tokens.of_the_field()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ＧＪＪ怎么取", "gjj怎么取"),
        ("请问，居住证怎么办？", "居住证怎么办"),
        ("居住证\u200b怎么办🙂", "居住证怎么办"),
        ("shebaoka丢了", "社保卡丢了"),
        ("linshi救助", "临时救助"),
        ("SHEBAO怎么交", "社保怎么交"),
    ],
)
def test_levelled(written: str, meant: str) -> None:
    assert CUT.analyse(written).plain == CUT.analyse(meant).plain


@pytest.mark.parametrize(
    ("written", "concept"),
    [
        ("gjj怎么取", "公积金"),
        ("新农合断了", "居民医保"),
        ("新农合断了", "断缴"),
        ("开网约车的", "灵活就业"),
        ("娃的户口", "孩子"),
    ],
)
def test_other_words_for_a_concept(written: str, concept: str) -> None:
    assert f"#{concept}" in CUT.analyse(written).words


def test_a_word_typed_wrongly_sounds_right() -> None:
    assert set(CUT.analyse("医饱卡").sounds) & set(CUT.analyse("医保卡").sounds)


def test_words_of_the_field_stay_whole() -> None:
    assert {"灵活就业", "失业保险金"} <= set(CUT.analyse("灵活就业 失业保险金").words)


def test_a_question_of_fillers_only_keeps_them() -> None:
    assert CUT.analyse("你好").plain == "你好"


@given(st.text(max_size=200))
def test_any_text_can_be_cut(text: str) -> None:
    cut = CUT.analyse(text)
    assert cut == CUT.analyse(text)
    assert len(cut.plain) <= 4 * tokens.LONGEST


def test_letters_that_are_no_pinyin_are_left() -> None:
    assert CUT.analyse("xyzzyqwrt").plain == "xyzzyqwrt"
