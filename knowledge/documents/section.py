"""What reading a document gives: lines with their place, sections made of them, and what was not understood."""

from dataclasses import dataclass, field
from typing import Any, Self

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One paragraph, heading or row as the document has it."""

    text: str
    """Plain text, trimmed, without line breaks."""
    place: str
    """Where it stands, for people: 第3页, 第12段, 工作表“x”第5行."""
    level: int = 0
    """1 to 6 when the document itself says that it is a heading, else 0."""
    fields: Json = field(default_factory=dict)
    """Named cells, when it is a row of a table whose columns were understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something that was not understood, left out or masked: a sentence for the importing person."""

    place: str
    """Where, empty for the whole file."""
    says: str
    """One sentence."""

    def to_json(self) -> Json:
        return {"place": self.place, "says": self.says}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A piece of the document that may become one entry."""

    title: str
    """Its heading; empty before the first one."""
    place: str
    """Where it begins."""
    text: str
    """Its paragraphs, one a line."""
    above: tuple[str, ...] = ()
    """The headings above it, outermost first."""
    fields: Json = field(default_factory=dict)
    """Named cells, when it was a row of a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that one file gave."""

    kind: str
    """word, pdf, excel, html, picture or text."""
    title: str
    """The document's own title, or the file's name."""
    sections: tuple[Json, ...]
    """`{"title", "place", "text", "suggested"}` each."""
    report: tuple[Remark, ...]
    """What was not understood, in the order of the document."""

    def to_json(self) -> Json:
        report = [remark.to_json() for remark in self.report]
        return {"kind": self.kind, "title": self.title, "sections": list(self.sections), "report": report}

    @classmethod
    def from_json(cls, data: Json) -> Self:
        report = tuple(Remark(place=item["place"], says=item["says"]) for item in data["report"])
        return cls(kind=data["kind"], title=data["title"], sections=tuple(data["sections"]), report=report)


@dataclass(slots=True, kw_only=True)
class Reading:
    """What a reader of one kind of file hands on."""

    lines: list[Line] = field(default_factory=list)
    """The text, in order."""
    remarks: list[Remark] = field(default_factory=list)
    """What could not be read."""
    title: str = ""
    """The title, where the file names one."""

    def remark(self, place: str, says: str) -> None:
        """Note one more thing that was not understood."""
        self.remarks.append(Remark(place=place, says=says))
