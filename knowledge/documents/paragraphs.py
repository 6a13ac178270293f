"""Lines as they are printed -> paragraphs: a PDF page or a picture knows only where a line ends."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from knowledge.documents.structure import begins_something

_ENDS = ("。", "！", "？")
_NUMBER = re.compile(r"^[\-—–· 　]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/／共]\s*\d{1,4}\s*页?)?[\-—–· 　]*$")
_LATIN = re.compile(r"[A-Za-z0-9,.;:)]$")
REPEATED_FROM = 4
"""Pages from which a line on most of them counts as a running head or foot."""


def running_lines(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """First and last lines that come back on most pages (digits apart): running heads and feet."""
    if len(pages) < REPEATED_FROM:
        return frozenset()
    edges = Counter(key for page in pages if page for key in {_key(page[0]), _key(page[-1])})
    return frozenset(key for key, count in edges.items() if count * 2 > len(pages))


def without_running(page: Sequence[str], running: frozenset[str]) -> list[str]:
    """A page without page numbers and running heads."""
    last = len(page) - 1
    return [
        line
        for place, line in enumerate(page)
        if not (_NUMBER.match(line) and place in (0, last)) and not (place in (0, last) and _key(line) in running)
    ]


def joined(lines: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """(text, place) of printed lines -> (text, place) of paragraphs; the place is where the paragraph begins."""
    rows = [(text.strip(), place) for text, place in lines if text.strip()]
    width = _width([text for text, _ in rows])
    paragraphs: list[tuple[str, str]] = []
    open_ended = False
    for text, place in rows:
        if open_ended and not begins_something(text):
            before, where = paragraphs[-1]
            gap = " " if _LATIN.search(before) and text[:1].isascii() and text[:1].isalnum() else ""
            paragraphs[-1] = (before + gap + text, where)
        else:
            paragraphs.append((text, place))
        open_ended = len(text) >= (0.95 if text.endswith(_ENDS) else 0.82) * width
    return paragraphs


def _width(rows: Sequence[str]) -> int:
    """How many characters a full line has: of the longest lines the one that nine in ten do not exceed."""
    lengths = sorted(len(text) for text in rows)
    return lengths[-1 - len(lengths) // 10] if lengths else 0


def _key(line: str) -> str:
    return re.sub(r"[\d\s]+", "", line)
