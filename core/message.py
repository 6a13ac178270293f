"""What is said in a conversation, and how it looks on the wire (README, "HTTP").

Each class has exactly two wire methods: `to_json` and `from_json`. A reflection test round-trips every one of them.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

Json = dict[str, Any]


class Author(StrEnum):
    """Who said it."""

    CITIZEN = "citizen"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class Kind(StrEnum):
    """How a message is shown (field `type` on the wire)."""

    TEXT = "text"
    OPTIONS = "options"
    FORM = "form"
    CARD = "card"
    RATING = "rating"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """One legal ground of an answer."""

    law: str
    """Name of the law without 中华人民共和国, or the title of a document."""
    article: str = ""
    """第N条 for a law, the 文号 for a document, empty when it has neither."""

    def to_json(self) -> Json:
        return {"law": self.law, "article": self.article}

    @classmethod
    def from_json(cls, data: Json) -> Self:
        return cls(law=data["law"], article=data.get("article", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The knowledge entry an answer rests on, in the version that was used."""

    entry_id: str
    """Stable id of the entry."""
    version: int
    """Version of the entry that gave the answer."""
    title: str
    """Its standard question."""
    basis: tuple[Basis, ...] = ()
    """Law and article, or document and number."""
    effective_from: date | None = None
    """Since when the rule holds."""

    def to_json(self) -> Json:
        return {
            "entry_id": self.entry_id,
            "version": self.version,
            "title": self.title,
            "basis": [item.to_json() for item in self.basis],
            "effective_from": self.effective_from.isoformat() if self.effective_from else None,
        }

    @classmethod
    def from_json(cls, data: Json) -> Self:
        since = data.get("effective_from")
        return cls(
            entry_id=data["entry_id"],
            version=data["version"],
            title=data["title"],
            basis=tuple(Basis.from_json(item) for item in data.get("basis", ())),
            effective_from=date.fromisoformat(since) if since else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing the citizen may choose."""

    label: str
    """What the button shows."""
    value: str
    """What is said when it is chosen."""

    def to_json(self) -> Json:
        return {"label": self.label, "value": self.value}

    @classmethod
    def from_json(cls, data: Json) -> Self:
        return cls(label=data["label"], value=data["value"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One thing said to the citizen, before it has a place in the conversation."""

    text: str
    """What is said, plain text with line breaks."""
    kind: Kind = Kind.TEXT
    """How it is shown."""
    author: Author = Author.BOT
    """Who says it."""
    options: tuple[Option, ...] = ()
    """Choices offered with it."""
    card: Json | None = None
    """Structured content of a card: `{"title", "rows": [[name, value]], "steps": [...], "materials": [...]}`."""
    sources: tuple[Source, ...] = ()
    """What the text rests on."""

    def to_json(self) -> Json:
        data: Json = {"author": self.author.value, "type": self.kind.value, "text": self.text}
        if self.options:
            data["options"] = [item.to_json() for item in self.options]
        if self.card is not None:
            data["card"] = self.card
        if self.sources:
            data["sources"] = [item.to_json() for item in self.sources]
        return data

    @classmethod
    def from_json(cls, data: Json) -> Self:
        return cls(
            text=data["text"],
            kind=Kind(data.get("type", "text")),
            author=Author(data.get("author", "bot")),
            options=tuple(Option.from_json(item) for item in data.get("options", ())),
            card=data.get("card"),
            sources=tuple(Source.from_json(item) for item in data.get("sources", ())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing said, at its place in the conversation."""

    seq: int
    """Place in the conversation, from 1, without gaps."""
    at: datetime
    """When it was recorded, aware, UTC."""
    said: Reply
    """What was said and by whom."""
    client_message_id: str = field(default="")
    """The client's own id of a citizen's message, so that a page can match what it sent."""

    def to_json(self) -> Json:
        data: Json = {"seq": self.seq, "at": self.at.isoformat()} | self.said.to_json()
        if self.client_message_id:
            data["client_message_id"] = self.client_message_id
        return data

    @classmethod
    def from_json(cls, data: Json) -> Self:
        return cls(
            seq=data["seq"],
            at=datetime.fromisoformat(data["at"]),
            said=Reply.from_json(data),
            client_message_id=data.get("client_message_id", ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a synchronous caller of one turn gets."""

    messages: tuple[Message, ...]
    """The citizen's message and the replies, in order."""
    owner: str
    """Who owns the conversation now."""
    epoch: int
    """Its epoch."""

    def to_json(self) -> Json:
        return {"messages": [item.to_json() for item in self.messages], "owner": self.owner, "epoch": self.epoch}

    @classmethod
    def from_json(cls, data: Json) -> Self:
        return cls(
            messages=tuple(Message.from_json(item) for item in data["messages"]),
            owner=data["owner"],
            epoch=data["epoch"],
        )
