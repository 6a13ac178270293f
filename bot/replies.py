"""Fixed sentences: `bot/domain/responses.yml`, the one reviewed place of what the assistant says by itself.

Rasa reads the same file; this reader serves the turns that by-pass Rasa and the actions that fill in values.
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import yaml

from core.errors import Misuse
from core.message import Kind, Option, Reply

RESPONSES = Path(__file__).resolve().parent / "domain" / "responses.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One fixed sentence and the choices offered with it."""

    text: str
    """The text; `{name}` stands for a value."""
    options: tuple[Option, ...] = ()
    """Buttons of the response (title -> label, payload -> value)."""


class Replies:
    """Sentences by name."""

    def __init__(self, sentences: Mapping[str, Sentence]) -> None:
        self._sentences = dict(sentences)

    @classmethod
    def load(cls, path: Path = RESPONSES) -> Self:
        """Read a Rasa `responses:` file; raises Misuse naming the response that is malformed."""
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
            return cls({name: _sentence(name, variants) for name, variants in data["responses"].items()})
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise Misuse("bad_responses", f"固定话术文件读不出来：{path.name}", detail=repr(error)) from error

    @property
    def names(self) -> frozenset[str]:
        """Every sentence there is."""
        return frozenset(self._sentences)

    def fields(self, name: str) -> frozenset[str]:
        """Names of the values that a sentence needs."""
        parsed = string.Formatter().parse(self._get(name).text)
        return frozenset(field for _, field, _, _ in parsed if field)

    def say(self, name: str, **values: object) -> str:
        """The sentence with its values filled in; raises Misuse for an unknown name or a missing value."""
        try:
            return self._get(name).text.format(**values)
        except (KeyError, IndexError) as error:
            raise Misuse("bad_reply", detail=f"{name} needs {error}") from error

    def reply(self, name: str, **values: object) -> Reply:
        """The sentence as a reply, with its buttons as options."""
        options = self._get(name).options
        kind = Kind.OPTIONS if options else Kind.TEXT
        return Reply(text=self.say(name, **values), kind=kind, options=options)

    def _get(self, name: str) -> Sentence:
        if name not in self._sentences:
            raise Misuse("bad_reply", detail=f"no response named {name}")
        return self._sentences[name]


def _sentence(name: str, variants: object) -> Sentence:
    """One response has exactly one variant: every word a citizen reads was reviewed, nothing is drawn by chance."""
    if not isinstance(variants, list) or len(variants) != 1:
        raise Misuse("bad_responses", f"固定话术 {name} 应当有且只有一种说法")
    buttons = variants[0].get("buttons", ())
    options = tuple(Option(label=item["title"], value=item["payload"]) for item in buttons)
    return Sentence(text=str(variants[0]["text"]).strip(), options=options)
