"""The day a question is about: read where it is asked for, left alone where a year only tells when something was."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import asof

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("2023年的时候失业金是多少", date(2023, 12, 31)),
        ("2023年失业金标准是多少", date(2023, 12, 31)),
        ("二〇二三年的社保缴费基数下限是多少", date(2023, 12, 31)),
        ("二零二三年失业金多少钱", date(2023, 12, 31)),
        ("去年的失业金标准是多少", date(2025, 12, 31)),
        ("前年5月医保报销比例是多少", date(2024, 5, 31)),
        ("大前年的规定是什么", date(2023, 12, 31)),
        ("上个月的补贴标准是多少", date(2026, 10, 31)),
        ("2025年3月15日的规定是什么", date(2025, 3, 15)),
        ("2024-06-30的时候费率是多少", date(2024, 6, 30)),
        ("2025年以前退休年龄是多少", date(2024, 12, 31)),
        ("2020年那时候产假有几天", date(2020, 12, 31)),
        ("我2029年退休，要缴满多少年", date(2029, 1, 1)),
        ("明年灵活就业缴费要多少", date(2027, 1, 1)),
        ("后年领养老金要交够几年", date(2028, 1, 1)),
        ("下个月失业金涨吗", date(2026, 12, 1)),
        ("2030年1月1日以后最低缴费年限是多少", date(2030, 1, 1)),
        ("2030年1月1日以前退休要缴几年", date(2029, 12, 31)),
        ("2030年起最低缴多少年", date(2030, 1, 1)),
        ("我1970年出生，2032年退休要缴多少年", date(2032, 1, 1)),
        ("明年1月份办居住证要什么", date(2027, 1, 1)),
    ],
)
def test_a_day_that_is_asked_about(question: str, day: date) -> None:
    found = asof.read(question, TODAY)
    assert found is not None and found.day == day
    assert found.words in question or question[0] in "二"


@pytest.mark.parametrize(
    "question",
    [
        "失业金怎么领",
        "我1968年出生的，什么时候退休",
        "68年的什么时候退休",
        "1995年参加工作的养老金怎么算",
        "我2019年办的居住证过期了怎么办",
        "2020年交的社保现在能退吗",
        "2023年的时候离职的，现在还能领失业金吗",
        "去年交的医保怎么查",
        "去年结婚的能补办婚假吗",
        "社会保险法2018年修正了什么",
        "《实施〈社会保险法〉若干规定》2011年发布的还有效吗",
        "国发〔2014〕8号是什么",
        "2024年出台的延迟退休政策是什么",
        "2024年新规退休年龄是多少",
        "我的居住证2030年到期要换吗",
        "今年失业金多少",
        "2026年失业金标准是多少",
        "现在退休年龄是多少，2020年的时候不是60吗",
        "缴满15年就能领吗",
        "以前交过社保，后来断了怎么办",
        "2020年以后参加工作的要缴几年",
        "12345年",
        "3023年怎么办",
        "",
    ],
)
def test_a_year_that_is_not_the_day(question: str) -> None:
    assert asof.read(question, TODAY) is None


@pytest.mark.parametrize("question", ["以前的规定是什么", "原来退休年龄是怎么规定的", "过去的政策是怎样的"])
def test_the_time_before(question: str) -> None:
    found = asof.read(question, TODAY)
    assert found is not None and found.day is None


def test_the_rest_is_the_question_without_its_day() -> None:
    found = asof.read("2023年的时候失业金是多少", TODAY)
    assert found is not None and (found.rest, found.said) == ("失业金是多少", "2023年底")


@given(st.text(max_size=60), st.dates(date(2000, 1, 1), date(2060, 12, 31)))
def test_any_text_is_read_the_same_way_each_time(text: str, today: date) -> None:
    found = asof.read(text, today)
    assert found == asof.read(text, today)
    if found is not None and found.day is not None:
        assert found.day != today
        assert asof.FIRST_YEAR - 1 <= found.day.year <= asof.LAST_YEAR


@given(
    st.integers(asof.FIRST_YEAR, 2025),
    st.sampled_from(
        ["{}年出生的怎么退休", "我{}年参加工作", "{}年办的证怎么换", "我是{}年生的，养老金多少", "《{}年规定》是什么"]
    ),
)
def test_when_something_happened_is_never_the_day(year: int, words: str) -> None:
    assert asof.read(words.format(year), TODAY) is None


@given(st.integers(asof.FIRST_YEAR, asof.LAST_YEAR), st.integers(1, 12))
def test_a_month_of_a_rule_is_always_the_day(year: int, month: int) -> None:
    found = asof.read(f"{year}年{month}月的缴费标准是多少", TODAY)
    if (year, month) == (TODAY.year, TODAY.month):
        assert found is None
    else:
        assert found is not None and found.day is not None
        assert (found.day.year, found.day.month) == (year, month)
