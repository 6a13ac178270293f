"""The days on which a version answers, and what is left of an older version's days when a newer one is published."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Self

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Days from `first` to `last`, both included; None is open. Raises ValueError when it holds no day."""

    first: date | None = None
    """First day, None: ever since."""
    last: date | None = None
    """Last day, None: for good."""

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ValueError("a range needs a day")

    def holds(self, on: date) -> bool:
        """Whether that day is one of them."""
        return (self.first is None or self.first <= on) and (self.last is None or on <= self.last)

    def overlaps(self, other: Self) -> bool:
        """Whether the two share a day."""
        return not self.before(other) and not other.before(self)

    def before(self, other: Self) -> bool:
        """Whether the last day comes before the other's first."""
        return self.last is not None and other.first is not None and self.last < other.first

    def begins_before(self, other: Self) -> bool:
        """Whether it has a day before the other's first."""
        return other.first is not None and (self.first is None or self.first < other.first)

    def ends_after(self, other: Self) -> bool:
        """Whether it has a day after the other's last."""
        return other.last is not None and (self.last is None or self.last > other.last)


class Torn(ValueError):
    """A newer range lies in the middle of an older one: what is left would be two ranges."""


def left_of(old: Range, new: Range) -> Range | None:
    """What is left of `old` when `new` takes its days, None for nothing. Raises Torn when it would be two ranges."""
    if not old.overlaps(new):
        return old
    before, after = old.begins_before(new), old.ends_after(new)
    if before and after:
        raise Torn
    if before and new.first is not None:
        return replace(old, last=new.first - DAY)
    if after and new.last is not None:
        return replace(old, first=new.last + DAY)
    return None
