"""Opening hours: several slots a day on working days of the State Council's calendar, 调休 included.

Holidays and make-up working days come from the package `chinesecalendar` (the yearly notices of the State Council's
General Office on 节假日安排). For a year whose notice is not in the package yet, Monday to Friday is
assumed, without the holidays of fixed dates (《全国年节及纪念日放假办法》第二条: 元旦、劳动节、国庆节).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self

import chinese_calendar  # type: ignore[import-untyped]

from core.clock import CHINA
from core.errors import Misuse

_SLOT = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_LOOK_AHEAD_DAYS = 30
_FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
_WEEKDAYS = "一二三四五六日"


def is_working_day(day: date) -> bool:
    """True on days on which offices are open by the State Council's calendar."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5 and (day.month, day.day) not in _FIXED


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The slots of a working day, in civil time of China."""

    slots: tuple[tuple[time, time], ...]
    """From (inclusive) and until (exclusive), in order, not overlapping."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `09:00-12:00,13:30-17:30`; raises Misuse naming the slot that is wrong."""
        slots: list[tuple[time, time]] = []
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            match = _SLOT.fullmatch(part)
            try:
                numbers = [int(group) for group in match.groups()] if match else []
                begin, end = time(numbers[0], numbers[1]), time(numbers[2], numbers[3])
            except (IndexError, ValueError):
                raise Misuse("bad_settings", f"人工服务时段写错了：{part}（应如 09:00-12:00）") from None
            if begin >= end or (slots and begin < slots[-1][1]):
                raise Misuse("bad_settings", f"人工服务时段前后颠倒或重叠：{part}")
            slots.append((begin, end))
        if not slots:
            raise Misuse("bad_settings", "人工服务时段不能为空")
        return cls(slots=tuple(slots))

    def is_open(self, moment: datetime) -> bool:
        """True when people are on duty at that moment (aware datetime)."""
        local = moment.astimezone(CHINA)
        return is_working_day(local.date()) and any(begin <= local.time() < end for begin, end in self.slots)

    def next_opening(self, moment: datetime) -> datetime:
        """The first moment from `moment` on at which people are on duty; raises LookupError beyond 30 days."""
        local = moment.astimezone(CHINA)
        for ahead in range(_LOOK_AHEAD_DAYS):
            day = local.date() + timedelta(days=ahead)
            if not is_working_day(day):
                continue
            for begin, end in self.slots:
                if ahead or local.time() < end:
                    start = datetime.combine(day, begin, tzinfo=CHINA)
                    return max(start, local) if not ahead else start
        raise LookupError("no working day within 30 days")

    def spoken(self) -> str:
        """`工作日 9:00至12:00、13:30至17:30`."""
        parts = (f"{b.hour}:{b.minute:02}至{e.hour}:{e.minute:02}" for b, e in self.slots)
        return "工作日 " + "、".join(parts)


def spoken_day(moment: datetime, now: datetime) -> str:
    """When, as one says it: `今天13:30`, `明天9:00`, `11月30日（星期一）9:00`."""
    local, today = moment.astimezone(CHINA), now.astimezone(CHINA).date()
    clock = f"{local.hour}:{local.minute:02}"
    days = (local.date() - today).days
    if days in (0, 1):
        return ("今天", "明天")[days] + clock
    return f"{local.month}月{local.day}日（星期{_WEEKDAYS[local.weekday()]}）{clock}"
