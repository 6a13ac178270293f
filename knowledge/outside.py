"""Questions that the stock does not answer (outside.yml), weighed against the entries lest they be mistaken."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import yaml

from knowledge.index import Item

OUTSIDE = Path(__file__).with_name("outside.yml")
_MARK = "outside:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A field that is not ours."""

    topic: str
    """What it is about."""
    ask: str
    """Who answers such questions; empty when nobody in particular does."""
    questions: tuple[str, ...]
    """Examples."""

    def item(self) -> Item:
        """As something that may be found."""
        return Item(id=_MARK + self.topic, questions=self.questions, passages=())


def load(path: Path = OUTSIDE) -> tuple[Outside, ...]:
    """Every field of the file."""
    data = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    return tuple(
        Outside(topic=field["topic"], ask=field["ask"], questions=tuple(map(str, field["questions"]))) for field in data
    )


def fingerprint(path: Path = OUTSIDE) -> str:
    """Changes when the file does."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
