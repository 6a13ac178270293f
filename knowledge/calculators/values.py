"""Values as people write them: 8千, 八千五, 1.2万, 三年半, 3年7个月, 1970年5月, 七级, 八成."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from knowledge.calculators.model import Kind

LONGEST = 400
"""Characters looked at."""
_DIGITS = str.maketrans("零〇一二两三四五六七八九", "001223456789")
_UNITS = {"十": 10, "百": 100, "千": 1000, "k": 1000, "万": 10_000, "w": 10_000, "亿": 100_000_000}
_PARTS = re.compile(r"\d+(?:\.\d+)?|[十百千万亿kw]")
_ARABIC = r"\d(?:[\d.]|,(?=\d{3})){0,14}"
_HAN = "零〇一二两三四五六七八九十百千万亿"
NUMBER = rf"(?:{_ARABIC}\s?(?:[十百千万亿kw](?![a-z])){{0,2}}[{_HAN}\d]{{0,8}}|[{_HAN}]{{1,14}})"
_ENDLESS = re.compile(rf"[{_HAN}\d,.]{{25,}}")
"""No value that a person gives is as long; patterns would go through it again and again."""

_YEAR = r"(?P<y>(?:19|20)\d\d|[一二][九零〇][零〇一二三四五六七八九]{2})"
_SHORT = r"(?P<y>[2-9]\d|0\d|[零〇一二三四五六七八九]{2})"
_M = r"(?P<m>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_MONTHS = (
    re.compile(rf"{_YEAR}\s*[年./\-]\s*(?:的\s*)?{_M}(?=月|[./\-]\d|日|号|$|[^\d个])"),
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?:[0-3]\d)?(?!\d)"),
    re.compile(rf"(?<![\d零〇一二三四五六七八九十]){_SHORT}年{_M}月(?!份?工资)"),
    re.compile(rf"(?<!\d){_YEAR}\s*年?(?!\d)"),
    re.compile(rf"(?<![\d零〇一二三四五六七八九十]){_SHORT}年(?=出?生|的(?!工龄)|入职|进厂|来的)"),
)
_HALF_YEAR = re.compile(r"半年")
_SPAN = re.compile(
    rf"(?P<y>{NUMBER})\s*(?:个)?(?:周年|整年|年头|年)(?P<half>半)?"
    rf"(?:[零又多,\s]?(?P<m>{NUMBER})\s*个?(?P<mh>半)?月)?(?:[零又,\s]?(?P<d>{NUMBER})\s*天)?"
)
_ONLY_MONTHS = re.compile(
    rf"(?:(?<![了满第])(?P<per>一个月)(?!零|又)|(?P<m>{NUMBER})\s*个(?P<mh>半)?月(?:[零又,\s]?(?P<d>{NUMBER})\s*天)?)"
)
"""一个月 by itself is "a month", as in 一个月多少钱: no span."""
_AGE = re.compile(rf"(?P<y>{NUMBER})\s*(?:周)?岁(?P<half>半)?(?:[零又,\s]?(?P<m>{NUMBER})\s*个月)?")
_PERCENT = re.compile(
    rf"(?P<n>{NUMBER})\s*%|百分之(?P<h>{NUMBER})|(?<![\d一二三四五六七八九])(?P<c>[一二三四五六七八九1-9])成(?P<f>五|半)?"
)
_DAYS = re.compile(rf"(?P<n>{NUMBER})\s*天")
_TIMES = re.compile(rf"(?P<n>{NUMBER})\s*倍")
_GRADE = re.compile(r"(?P<n>十|[一二三四五六七八九]|10|(?<!\d)[1-9])\s*级")
_YUAN = re.compile(rf"(?P<n>{NUMBER})\s*(?:元|块钱|块|rmb)(?P<j>\d)?")
_BARE = re.compile(rf"(?P<n>{NUMBER})(?!\s*(?:级|岁|年|个月|月|天|倍|%|成|号|日|个|人|次|胎|孩|楼|条|点|分))")
_FILLER = (
    r"(?:大概|大约|差不多|应该|可能|一共|总共|每个?月|左右|改成|改为|不对|错了"
    r"|[是就有我嗯啊哦那多吧的呢呀满到算按,。、\s]|(?<!错)了)*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One value in a text."""

    kind: Kind
    value: str
    """As `given` keeps it."""
    start: int
    end: int


def normal(text: str) -> str:
    """Full-width signs made plain, lower case, at most LONGEST characters."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).lower().replace("\x00", " ")
    return _ENDLESS.sub(" ", plain)[: 2 * LONGEST]


def number(token: str) -> Decimal | None:
    """8500, 8千5, 八千五百, 1.2万, 12,000 -> Decimal; None for what is no number."""
    plain = token.replace(",", "").replace(" ", "").translate(_DIGITS)
    total, section = Decimal(0), Decimal(0)
    current: Decimal | None = None
    unit, written = 1, ""
    try:
        for part in _PARTS.findall(plain):
            if part not in _UNITS:
                current, written = Decimal(part), part
                continue
            size = _UNITS[part]
            if size >= 10_000:
                total += (section + (current or 0) or 1) * size
                section = Decimal(0)
            else:
                section += (1 if current is None else current) * size
            current, unit = None, size
    except InvalidOperation:
        return None
    if current is not None:
        short = unit >= 100 and len(written) == 1
        section += current * unit / 10 if short else current
    return total + section if plain and len(plain) <= 20 else None


def written(value: Decimal) -> str:
    """As `given` keeps it: without exponent or trailing zeros."""
    return f"{value.normalize():f}"


def mentions(text: str) -> list[Mention]:
    """Every value in a normalised text, in order, none overlapping another."""
    found: list[Mention] = []
    for one in _all(text):
        if all(one.end <= other.start or other.end <= one.start for other in found):
            found.append(one)
    return sorted(found, key=lambda one: one.start)


def bare(text: str, kind: Kind) -> str | None:
    """A number standing alone as an answer ("三年" is no such; "8000", "大概五" are), read in that kind."""
    match = re.fullmatch(rf"{_FILLER}(?P<n>{NUMBER}){_FILLER}", text)
    if match is None or (value := number(match["n"])) is None:
        return None
    if kind in (Kind.SPAN, Kind.AGE):
        return written(value * 12)
    if kind is Kind.PERCENT and 0 < value <= 1:
        return written(value * 100)
    return None if kind in (Kind.MONTH, Kind.CHOICE) else written(value)


def lone_month(text: str) -> int | None:
    """5月, 五月份, 是6月的 -> the month; None otherwise."""
    match = re.search(rf"{_M}月", text)
    return _small(match["m"]) if match else None


def _all(text: str) -> Iterator[Mention]:
    """Longest-written kinds first: what is part of a date is no amount."""
    for pattern in _MONTHS:
        for match in pattern.finditer(text):
            yield _mention(Kind.MONTH, _month(match), match)
    for match in _AGE.finditer(text):
        yield from _spanned(Kind.AGE, match)
    for match in (*_SPAN.finditer(text), *_ONLY_MONTHS.finditer(text)):
        yield from _spanned(Kind.SPAN, match)
    for match in _HALF_YEAR.finditer(text):
        yield _mention(Kind.SPAN, "6", match)
    for match in _PERCENT.finditer(text):
        if (share := _share(match)) is not None:
            yield _mention(Kind.PERCENT, written(share), match)
    for kind, pattern in ((Kind.TIMES, _TIMES), (Kind.DAYS, _DAYS), (Kind.GRADE, _GRADE), (Kind.MONEY, _YUAN)):
        for match in pattern.finditer(text):
            if (value := number(match["n"])) is not None:
                yield _mention(kind, written(value), match)
    for match in _BARE.finditer(text):
        value = number(match["n"])
        if value is not None and (value >= 100 or match["n"] == "0" or "." in match["n"]):
            yield _mention(Kind.MONEY if value >= 100 or value == 0 else Kind.TIMES, written(value), match)


def _mention(kind: Kind, value: str, match: "re.Match[str]") -> Mention:
    return Mention(kind=kind, value=value, start=match.start(), end=match.end())


def _month(match: "re.Match[str]") -> str:
    written = match["y"].translate(_DIGITS)
    year = int(written) if len(written) == 4 else int(written) + (1900 if int(written) >= 30 else 2000)
    month = match.groupdict().get("m")
    return f"{year}-{_small(month):02d}" if month else str(year)


def _small(token: str) -> int:
    return int(number(token) or 1)


def _spanned(kind: Kind, match: "re.Match[str]") -> Iterator[Mention]:
    parts = match.groupdict()
    months = Decimal(0)
    for name, size in (("y", Decimal(12)), ("m", Decimal(1)), ("d", Decimal(1) / 30)):
        if token := parts.get(name):
            value = number(token)
            if value is None or value > 10_000:
                return
            months += value * size
    if parts.get("per"):
        return
    months += 6 if parts.get("half") else 0
    months += Decimal("0.5") if parts.get("mh") else 0
    yield _mention(kind, written(months.quantize(Decimal("0.01"))), match)


def _share(match: "re.Match[str]") -> Decimal | None:
    if tenths := match["c"]:
        return Decimal(_small(tenths) * 10 + (5 if match["f"] else 0))
    return number(match["n"] or match["h"])
