"""One version of an entry: its content, its state, and the days on which it answers."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

from knowledge.editing import content as contents
from knowledge.editing.ranges import Range
from knowledge.entry import Entry

Json = dict[str, Any]


class State(StrEnum):
    """draft -> review -> published -> superseded | withdrawn; a rejected version is a draft again, with a note."""

    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Origin(StrEnum):
    """Where a version came from."""

    STAFF = "staff"
    SHIPPED = "shipped"
    IMPORT = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A row of knowledge_versions."""

    entry_id: str
    """The entry."""
    number: int
    """1, 2, 3 … within the entry."""
    state: State
    """Where it stands."""
    entry: Entry
    """The content as it was written; `served` is what answers."""
    range: Range
    """The days on which it answers, once published."""
    origin: Origin
    """Written here, brought by the program, or imported."""
    author: str
    """Account of who began it."""
    author_name: str
    """How that person is called."""
    writers: tuple[str, ...]
    """Accounts of all who wrote in it: none of them may approve it."""
    reviewer: str
    """Account of who approved or rejected it; empty before."""
    reviewer_name: str
    """How that person is called."""
    note: str
    """What was said with the last step."""
    revision: int
    """Rises with every change."""
    created_at: datetime
    """When it was begun."""
    updated_at: datetime
    """When it changed last."""
    published_at: datetime | None
    """When it was published first."""
    ended_at: datetime | None
    """When it was superseded or withdrawn."""

    @property
    def served(self) -> Entry:
        """The entry as it answers: under this number, on these days, with the names of who wrote and approved it."""
        return replace(
            self.entry,
            version=self.number,
            effective_from=self.range.first,
            effective_until=self.range.last,
            author=self.author_name,
            reviewer=self.reviewer_name or self.entry.reviewer,
        )

    @property
    def content(self) -> Json:
        """The written content on the wire."""
        return self.entry.to_json()

    def to_json(self) -> Json:
        """Everything but the content."""
        return {
            "entry_id": self.entry_id,
            "number": self.number,
            "state": self.state.value,
            "origin": self.origin.value,
            "author": self.author,
            "author_name": self.author_name,
            "writers": list(self.writers),
            "reviewer": self.reviewer,
            "reviewer_name": self.reviewer_name,
            "note": self.note,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
            "published_at": _iso(self.published_at),
            "ended_at": _iso(self.ended_at),
            "effective_from": _iso(self.range.first),
            "effective_until": _iso(self.range.last),
            "revision": self.revision,
        }

    @classmethod
    def of_row(cls, row: Any) -> Self:
        """From a row of the table."""
        return cls(
            entry_id=row.entry_id,
            number=row.number,
            state=State(row.state),
            entry=contents.stored(row.content),
            range=Range(first=row.effective_from, last=row.effective_until),
            origin=Origin(row.origin),
            author=row.author,
            author_name=row.author_name,
            writers=tuple(row.writers),
            reviewer=row.reviewer,
            reviewer_name=row.reviewer_name,
            note=row.note,
            revision=row.revision,
            created_at=row.created_at,
            updated_at=row.updated_at,
            published_at=row.published_at,
            ended_at=row.ended_at,
        )


def _iso(moment: date | datetime | None) -> str | None:
    return moment.isoformat() if moment else None
