"""Opening hours against the State Council's calendar of 2026 (国办发明电〔2025〕7号), read by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import CHINA
from core.errors import Misuse
from desk.hours import Hours, is_working_day, spoken_day
from desk.queue import callback_due

HOURS = Hours.parse("09:00-12:00,13:30-17:30")


def china(month: int, day: int, hour: int = 0, minute: int = 0, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=CHINA)


# 元旦 1.1-1.3，1.4 上班；春节 2.15-2.23，2.14、2.28 上班；清明 4.4-4.6；劳动节 5.1-5.5，5.9 上班；
# 端午 6.19-6.21；中秋 9.25-9.27；国庆 10.1-10.7，9.20、10.10 上班。
HOLIDAYS = [
    *[(1, day) for day in (1, 2, 3)],
    *[(2, day) for day in range(15, 24)],
    *[(4, day) for day in (4, 5, 6)],
    *[(5, day) for day in range(1, 6)],
    *[(6, day) for day in (19, 20, 21)],
    *[(9, day) for day in (25, 26, 27)],
    *[(10, day) for day in range(1, 8)],
]
MADE_UP = [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]
"""Saturdays and Sundays on which offices work."""


def test_the_whole_year_2026() -> None:
    day = date(2026, 1, 1)
    while day.year == 2026:
        key = (day.month, day.day)
        expected = key in MADE_UP or (day.weekday() < 5 and key not in HOLIDAYS)
        assert is_working_day(day) == expected, day
        day += timedelta(days=1)


def test_a_year_without_a_notice_has_plain_weeks_and_the_fixed_holidays() -> None:
    assert is_working_day(date(2090, 1, 2))  # a Monday
    assert not is_working_day(date(2090, 1, 1))
    assert not is_working_day(date(2090, 1, 7))  # a Saturday
    assert not is_working_day(date(2090, 5, 1))  # a Monday
    assert not is_working_day(date(2090, 10, 3))  # a Tuesday


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        (china(11, 23, 8, 59), False),
        (china(11, 23, 9), True),
        (china(11, 23, 11, 59), True),
        (china(11, 23, 12), False),
        (china(11, 23, 13, 30), True),
        (china(11, 23, 17, 29), True),
        (china(11, 23, 17, 30), False),
        (china(11, 22, 10), False),  # Sunday
        (china(10, 1, 10), False),
        (china(10, 10, 10), True),  # a Saturday that makes up for the holiday
        (datetime(2026, 11, 23, 1, 0, tzinfo=UTC), True),  # 9:00 in China
        (datetime(2026, 11, 23, 0, 59, tzinfo=UTC), False),
    ],
)
def test_open_or_not(moment: datetime, open_: bool) -> None:
    assert HOURS.is_open(moment) == open_


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (china(11, 23, 7), china(11, 23, 9)),
        (china(11, 23, 10, 5), china(11, 23, 10, 5)),
        (china(11, 23, 12), china(11, 23, 13, 30)),
        (china(11, 23, 17, 30), china(11, 24, 9)),
        (china(11, 20, 18), china(11, 23, 9)),  # Friday evening
        (china(9, 30, 18), china(10, 8, 9)),  # 国庆
        (china(2, 14, 17, 30), china(2, 24, 9)),  # 春节
        (china(2, 13, 18), china(2, 14, 9)),  # into a Saturday of work
        (china(12, 31, 18), china(1, 4, 9, year=2027)),  # 元旦
    ],
)
def test_the_next_opening(moment: datetime, opens: datetime) -> None:
    assert HOURS.next_opening(moment) == opens


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 1)),
    st.sampled_from(["00:00-23:59", "8:30-11:30,14:00-17:00"]),
)
def test_the_next_opening_is_open_and_not_before(naive: datetime, slots: str) -> None:
    hours, moment = Hours.parse(slots), naive.replace(tzinfo=UTC)
    opens = hours.next_opening(moment)
    assert hours.is_open(opens)
    assert opens >= moment
    assert (opens == moment) == hours.is_open(moment)
    between = moment + (opens - moment) / 2
    assert opens == moment or not hours.is_open(between)
    assert callback_due(moment, hours) > moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9-12",
        "09:00",
        "12:00-09:00",
        "09:00-09:00",
        "09:00-25:00",
        "09:60-10:00",
        "09:00-12:00,11:00-13:00",
        "x",
        ",",
    ],
)
def test_hours_that_cannot_be(text: str) -> None:
    with pytest.raises(Misuse) as wrong:
        Hours.parse(text)
    assert wrong.value.code == "bad_settings"


def test_hours_as_one_says_them() -> None:
    assert HOURS.spoken() == "工作日 9:00至12:00、13:30至17:30"
    now = china(11, 23, 18)
    assert spoken_day(china(11, 23, 19), now) == "今天19:00"
    assert spoken_day(china(11, 24, 9), now) == "明天9:00"
    assert spoken_day(china(11, 30, 9), now) == "11月30日（星期一）9:00"


def test_a_call_back_is_due_at_the_end_of_the_next_working_day() -> None:
    assert callback_due(china(11, 23, 10), HOURS) == china(11, 24, 17, 30)
    assert callback_due(china(11, 20, 10), HOURS) == china(11, 23, 17, 30)
    assert callback_due(china(9, 30, 10), HOURS) == china(10, 8, 17, 30)
