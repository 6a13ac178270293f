"""Several editions (published versions) of one entry: found by the newest wording, answered by the one that holds."""

from collections.abc import Iterable, Set
from datetime import date

from knowledge.entry import Entry

Gone = Set[tuple[str, int]]
"""(entry id, version) of editions that do not answer any more."""


class Row(tuple[Entry, ...]):
    """The editions of one entry, oldest first; empty when all of them are gone."""

    __slots__ = ()

    @property
    def newest(self) -> Entry:
        """The newest edition: its wording is what is searched. Raises IndexError when there is none."""
        return self[-1]

    def holding(self, on: date) -> Entry | None:
        """The edition in force on that day."""
        return next((entry for entry in reversed(self) if entry.in_force(on)), None)

    def without(self, gone: Gone) -> "Row":
        """Those that are left."""
        return Row(entry for entry in self if (entry.id, entry.version) not in gone) if gone else self


def rows(entries: Iterable[Entry]) -> tuple[Row, ...]:
    """Entries with their editions, in the order in which each was met first."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.id, []).append(entry)
    return tuple(Row(sorted(editions, key=lambda entry: entry.version)) for editions in found.values())
