"""Law texts in Markdown, as {article: text}: what every basis is checked against.

A file is named `<law>(<date>).md` (or `<part>.md` inside the folder of a code, as with 民法典); an article begins
a line with 第N条 or 第N条之M followed by a space, and reaches to the next article or heading.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from core.errors import Misuse

_ARTICLE = re.compile(r"^(第[〇零一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?)[ \u3000]+(.*)$")
_DATED = re.compile(r"^(?P<name>.+?)\((?P<day>\d{4}-\d{2}-\d{2})\)$")
_CODES = ("民法典",)
_PREFIX = "中华人民共和国"


def parse(markdown: str) -> dict[str, str]:
    """Article -> text (paragraphs joined by line breaks). Headings and the preamble are left out."""
    articles: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in markdown.splitlines():
        found = _ARTICLE.match(line)
        if found:
            current = articles.setdefault(found[1], [])
            current.append(found[2].strip())
        elif line.startswith(("#", "<!--")):
            current = None
        elif current is not None and line.strip():
            current.append(line.strip())
    return {number: "\n".join(lines) for number, lines in articles.items()}


def plain(text: str) -> str:
    """Text without white space, as quotations are compared."""
    return re.sub(r"\s+", "", text)


class Laws:
    """A folder of law texts; of several dated versions of one law the newest counts."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise Misuse("no_laws", f"没有找到法规文件夹：{folder}")
        self._folder = folder
        self._read: dict[str, dict[str, str]] = {}

    @cached_property
    def _files(self) -> dict[str, list[Path]]:
        newest: dict[str, tuple[str, list[Path]]] = {}
        for path in sorted(self._folder.rglob("*.md")):
            name, day = _title(path)
            have = newest.get(name)
            if have is None or day > have[0]:
                newest[name] = (day, [path])
            elif day == have[0] and name in _CODES:
                have[1].append(path)
        return {name: paths for name, (_, paths) in newest.items()}

    def names(self) -> Iterator[str]:
        """Every law in the folder, without 中华人民共和国."""
        return iter(self._files)

    def __contains__(self, law: str) -> bool:
        return law.removeprefix(_PREFIX) in self._files

    def articles(self, law: str) -> dict[str, str]:
        """Article -> text of the newest version; empty for a law that is not in the folder."""
        name = law.removeprefix(_PREFIX)
        if name not in self._read:
            texts = (path.read_text(encoding="utf-8") for path in self._files.get(name, ()))
            self._read[name] = {number: text for part in texts for number, text in parse(part).items()}
        return self._read[name]


def _title(path: Path) -> tuple[str, str]:
    """(law, date) of a file; a part of a code counts to the code."""
    if path.parent.name in _CODES:
        return path.parent.name, ""
    dated = _DATED.match(path.stem)
    name, day = (dated["name"], dated["day"]) if dated else (path.stem, "")
    return name.removeprefix(_PREFIX), day
