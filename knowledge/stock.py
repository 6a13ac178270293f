"""Reads a folder of entry files and says, in sentences, what is wrong with which field of which entry."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from core.errors import Misuse
from core.message import Basis
from knowledge.entry import INSURANCE, PERSONS, Entry, Ground
from knowledge.laws import Laws, plain

MIN_SIMILAR = 6
_ID = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
_REGION = re.compile(r"^\d{6}$")
_MARKUP = re.compile(r"</?[a-zA-Z][^>]*>|\*\*|^#{1,6} |^[-*] |\]\(|```|https?://", re.MULTILINE)
FORBIDDEN = ("保证能领到", "一定能领到", "肯定能领到", "保证通过", "百分之百能", "包你", "绝对能")
"""Promises no entry may make: a right depends on the person's own record."""

_TEXTS = ["id", "question", "subject", "short", "answer", "region"]
_OPTIONAL_TEXTS = ["time_limit", "fee", "issuing_body", "author", "reviewer"]
_LISTS = ["similar", "steps", "materials", "persons", "keywords", "related"]
_OTHERS = ["channels", "basis", "varies_by_city", "insurance", "effective_from", "effective_until", "version"]
_KNOWN = {*_TEXTS, *_OPTIONAL_TEXTS, *_LISTS, *_OTHERS, "reviewed_on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing an editor has to mend."""

    file: str
    """Name of the file."""
    entry: str
    """Id of the entry, or its place when it has none."""
    field: str
    """Field the fault is in."""
    says: str
    """What is wrong."""
    grave: bool = True
    """True when the stock cannot be used until it is mended."""

    def __str__(self) -> str:
        place = f"条目 {self.entry} 的 " if self.entry else ""
        return f"{self.file}：{place}{self.field}：{self.says}"


def load(folder: Path) -> tuple[Entry, ...]:
    """Every entry of every `*.yml` of the folder, in file order; raises Misuse naming each fault."""
    entries, faults = read(folder)
    grave = [str(fault) for fault in faults if fault.grave]
    if grave:
        raise Misuse("bad_entries", "知识条目有误：\n" + "\n".join(grave))
    ids = {entry.id for entry in entries}
    return tuple(replace(entry, related=tuple(other for other in entry.related if other in ids)) for entry in entries)


def fingerprint(folder: Path) -> str:
    """Hash of the folder's entry files: changes when any of them changes."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def read(folder: Path) -> tuple[tuple[Entry, ...], list[Fault]]:
    """(entries that could be read, faults of all of them). Raises Misuse when the folder is not there or is empty."""
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise Misuse("no_entries", f"文件夹里没有知识条目（*.yml）：{folder}")
    faults: list[Fault] = []
    placed = [(path.name, entry) for path in files for entry in _read_file(path, faults)]
    faults.extend(_across(placed))
    return tuple(entry for _, entry in placed), faults


def read_one(raw: dict[str, Any], topic: str) -> list[Fault]:
    """What is wrong with one entry written as in the files, taken by itself."""
    faults: list[Fault] = []
    name = str(raw.get("id") or "")
    reader = _Reader(raw, lambda field, says: faults.append(Fault(file="", entry=name, field=field, says=says)))
    reader.check_names()
    reader.entry(topic)
    return faults


def check_basis(entries: Iterable[Entry], laws: Laws) -> list[Fault]:
    """Articles that do not exist, and quotes that are not in their article. Laws not in the folder are passed over."""
    faults = []
    for entry in entries:
        for ground in entry.grounds:
            law, article = ground.basis.law, ground.basis.article
            if not ground.is_law or law not in laws:
                continue
            text = laws.articles(law).get(article)
            if text is None:
                faults.append(Fault(file="", entry=entry.id, field="basis", says=f"《{law}》没有{article}"))
            elif plain(ground.quote) not in plain(text):
                faults.append(
                    Fault(file="", entry=entry.id, field="quote", says=f"引文不在《{law}》{article}里：{ground.quote}")
                )
    return faults


def _read_file(path: Path, faults: list[Fault]) -> Iterator[Entry]:
    def fault(entry: str, field: str, says: str) -> None:
        faults.append(Fault(file=path.name, entry=entry, field=field, says=says))

    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return fault("", "文件", f"读不懂：{' '.join(str(error).split())}")
    if (
        not isinstance(data, dict)
        or not isinstance(data.get("topic"), str)
        or not isinstance(data.get("entries"), list)
    ):
        return fault("", "文件", "应有 topic（文字）和 entries（列表）")
    for place, raw in enumerate(data["entries"], 1):
        if not isinstance(raw, dict):
            fault(f"第{place}条", "条目", "应是一组字段")
            continue
        name = raw.get("id") if isinstance(raw.get("id"), str) else f"第{place}条"
        before = len(faults)
        reader = _Reader(raw, lambda field, says, name=name: fault(str(name), field, says))
        reader.check_names()
        entry = reader.entry(data["topic"])
        if len(faults) == before:
            yield entry
    return None


class _Reader:
    """Reads one raw mapping field by field; every fault is reported, none stops the reading."""

    def __init__(self, raw: dict[str, Any], fault: Any) -> None:
        self._raw = raw
        self._fault = fault

    def check_names(self) -> None:
        for name in self._raw:
            if name not in _KNOWN:
                self._fault(str(name), "没有这个字段")

    def text(self, name: str, *, needed: bool = True) -> str:
        value = self._raw.get(name)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or (needed and not value.strip()):
            self._fault(name, "必须填写文字（数字和日期请加引号）")
            return ""
        if _MARKUP.search(value):
            self._fault(name, "只能是纯文字，不能有网页标记、Markdown 或网址")
        for words in FORBIDDEN:
            if words in value:
                self._fault(name, f"不能这样承诺：{words}")
        return value.strip()

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._raw.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(_is_word(item) for item in value):
            self._fault(name, "必须是文字的列表")
            return ()
        value = [str(item) for item in value]
        for item in value:
            if _MARKUP.search(item):
                self._fault(name, f"只能是纯文字：{item}")
            if any(words in item for words in FORBIDDEN) and name != "similar":
                self._fault(name, f"不能这样承诺：{item}")
        return tuple(item.strip() for item in value)

    def day(self, name: str) -> date | None:
        value = self._raw.get(name)
        if value is None or (isinstance(value, date) and type(value) is date):
            return value
        self._fault(name, "必须是日期，如 2025-01-01，或 null")
        return None

    def choice(self, name: str, values: tuple[str, ...], allowed: Iterable[str]) -> None:
        for value in values:
            if value not in allowed:
                self._fault(name, f"没有这个选项：{value}")

    def channels(self) -> dict[str, str]:
        value = self._raw.get("channels") or {}
        if not isinstance(value, dict) or not all(
            isinstance(key, str) and isinstance(item, str) for key, item in value.items()
        ):
            self._fault("channels", "必须是一组 名称: 文字（电话请加引号）")
            return {}
        return dict(value)

    def version(self) -> int:
        value = self._raw.get("version", 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self._fault("version", "必须是从 1 开始的整数")
            return 1
        return value

    def grounds(self) -> tuple[Ground, ...]:
        value = self._raw.get("basis")
        if not isinstance(value, list) or not value:
            self._fault("basis", "至少要有一条依据")
            return ()
        return tuple(ground for item in value if (ground := self._ground(item)))

    def _ground(self, item: Any) -> Ground | None:
        quote = item.get("quote") or "" if isinstance(item, dict) else None
        if isinstance(item, dict) and isinstance(quote, str):
            law, article = item.get("law"), item.get("article")
            title, number = item.get("title"), item.get("document")
            if isinstance(law, str) and isinstance(article, str):
                return Ground(basis=Basis(law=law, article=article), is_law=True, quote=quote)
            if isinstance(number, str) and isinstance(title, str):
                return Ground(basis=Basis(law=title, article=number), is_law=False, quote=quote)
        self._fault("basis", "每条依据要有 law 和 article，或者 document 和 title")
        return None

    def flag(self, name: str) -> bool:
        value = self._raw.get(name, False)
        if not isinstance(value, bool):
            self._fault(name, "必须是 true 或 false")
        return bool(value)

    def entry(self, topic: str) -> Entry:
        values: dict[str, Any] = {name: self.text(name) for name in _TEXTS}
        values |= {name: self.text(name, needed=False) for name in _OPTIONAL_TEXTS}
        values |= {name: self.texts(name) for name in _LISTS}
        insurance = self.text("insurance", needed=False)
        entry = Entry(
            topic=topic,
            **values,
            channels=self.channels(),
            grounds=self.grounds(),
            varies_by_city=self.flag("varies_by_city"),
            insurance=insurance,
            effective_from=self.day("effective_from"),
            effective_until=self.day("effective_until"),
            version=self.version(),
            reviewed_on=self.day("reviewed_on"),
        )
        self._check(entry)
        return entry

    def _check(self, entry: Entry) -> None:
        if not _ID.match(entry.id):
            self._fault("id", "只能用小写字母、数字和连字符")
        if not _REGION.match(entry.region):
            self._fault("region", '必须是六位行政区划代码，如 "330100"')
        if len(set(entry.similar)) < MIN_SIMILAR:
            self._fault("similar", f"至少要有 {MIN_SIMILAR} 个不同的问法")
        self.choice("persons", entry.persons, PERSONS)
        self.choice("insurance", (entry.insurance,) if entry.insurance else (), INSURANCE)
        if entry.effective_from and entry.effective_until and entry.effective_from > entry.effective_until:
            self._fault("effective_until", "失效日期早于生效日期")


def _is_word(item: Any) -> bool:
    """Text, or a whole number as YAML reads an unquoted year."""
    return (isinstance(item, str) and bool(item.strip())) or (isinstance(item, int) and not isinstance(item, bool))


def _across(placed: list[tuple[str, Entry]]) -> Iterator[Fault]:
    """Faults that show only between entries: ids or questions used twice, related ids that are not there."""
    ids = {entry.id for _, entry in placed}
    seen: dict[str, str] = {}
    asked: dict[tuple[str, str], str] = {}
    for file, entry in placed:
        if entry.id in seen:
            yield Fault(file=file, entry=entry.id, field="id", says=f"与 {seen[entry.id]} 里的条目重复")
        seen.setdefault(entry.id, file)
        for question in entry.questions:
            owner = asked.setdefault((entry.region, plain(question)), entry.id)
            if owner != entry.id:
                yield Fault(
                    file=file, entry=entry.id, field="similar", says=f"“{question}”已在条目 {owner} 里", grave=False
                )
        for other in entry.related:
            if other not in ids:
                yield Fault(file=file, entry=entry.id, field="related", says=f"没有这个条目：{other}", grave=False)
