"""The day a question is about, read from its words: 2023年的时候, 去年, 我2029年退休, 明年, 2030年1月1日以后, 以前.

Most years in a question are not the day it is about: they say when somebody was born, began to work or paid. So a past
day counts only where the words around it ask for the rule of that time; a day to come counts wherever it stands, but
for something that merely runs out then. 现在 beside a past day asks for today. Nothing here guesses: the same words on
the same day always give the same.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_YEAR, LAST_YEAR = 1951, 2099
"""Years that are read: the first is that of the 劳动保险条例."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """What a question says about its time."""

    day: date | None
    """The day asked about; None when only the time before the present rule is (以前的规定)."""
    words: str
    """The words that say so."""
    said: str
    """The day as it is named in an answer: 2023年底, 2024年5月底, 2029年初, 2030年1月1日."""
    rest: str
    """The question without those words."""


_QUOTED = re.compile(r"《[^》]*》|[〔(（\[]\s*\d{4}\s*[〕)）\]]|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?=出生|生日)")
"""Names of laws, 文号: their years are names, not days."""
_DIGITS = str.maketrans("〇零○一二三四五六七八九０１２３４５６７８９", "000123456789" + "0123456789")
_YEAR_WORDS = re.compile(r"(?<![〇零○一二三四五六七八九])[一二][〇零○一二三四五六七八九]{3}(?=年)")
_RELATIVE_YEARS = {"大前年": -3, "前年": -2, "去年": -1, "上一年": -1, "明年": 1, "来年": 1, "后年": 2, "大后年": 3}
_RELATIVE_MONTHS = {"上上个月": -2, "上个月": -1, "上月": -1, "下个月": 1, "下月": 1, "下下个月": 2}
_BACK = "|".join(sorted(_RELATIVE_YEARS, key=len, reverse=True))
_YEAR = rf"(?:(?<!\d)(?P<year>(?:19|20)\d{{2}})\s*年度?|(?P<back>{_BACK}))"
_MONTH = r"(?:\s*的?\s*(?P<month>1[0-2]|0?[1-9])\s*月份?(?:\s*(?P<day>3[01]|[12]\d|0?[1-9])\s*[日号])?)?"
_DATE = re.compile(
    rf"(?P<whole>{_YEAR}{_MONTH}|(?<!\d)(?P<iso>(?:19|20)\d{{2}}[-/.](?:1[0-2]|0?[1-9])[-/.](?:3[01]|[12]\d|0?[1-9]))(?!\d)"
    rf"|(?P<near>{'|'.join(sorted(_RELATIVE_MONTHS, key=len, reverse=True))}))"
    r"(?P<tail>\s*(?:以前|之前|前|以后|之后|后|起|开始|的?时候|那时候?|那会儿?|那年|当时|期间|底|初|末)?)"
)
_NOW = re.compile(r"现在|目前|如今|眼下|今年|今天|当前|这会儿")
_EVENT = re.compile(
    r"出生|生人|生的|生日|周岁|参加工作|入职|入伍|当兵|下乡|毕业|上班|结婚|离婚|离职|辞职|失业的|被裁|下岗|买[了的过]"
    r"|办[了的过理]|交[了的过]|缴[了的过]|领[了的证过]|参保|落户|迁|登记|注册|签[了的订]|申请[了的过]|受伤|住院|开[了的]"
    r"|工作的|退休的|退休了|去世|死亡|断[了的缴]|停[了的缴保]|补缴|转[了的]|拿[了的]|考[了的]"
)
"""What happened in that year: then the year says when, not which rule."""
_NAMED = re.compile(r"修正|修订|发布|印发|公布|通过|出台|版|颁布|施行|实施|新规|新政")
"""What names a law by its year."""
_ASKS = re.compile(
    r"标准|多少|政策|规定|规则|基数|比例|费率|怎么算|怎么规定|如何规定|最低|最高|上限|下限|年龄|条件|要求|待遇|金额|几年|几个月|能不能|可以吗|可不可以|是怎样|怎么样"
)
"""What asks for the rule of a time."""
_WHEN = re.compile(r"的?时候|那时|那会|那年|当时|期间|以前|之前|以后|之后|起|开始")
_UNTIL = ("以前", "之前", "前")
_ENDS = re.compile(r"到期|过期|届满|失效|截止|用完|有效期")
_BEFORE = re.compile(
    r"(?:以前|从前|过去|原来|原先|早先|老|旧|之前)的?(?:规定|政策|规则|标准|办法|制度|法律|条例)|(?:以前|从前|过去|原来|原先)[^，。？?]{0,8}(?:怎么|如何)(?:规定|算|定)"
    r"|(?:以前|从前|过去|原来|原先)(?:要|是|能|可以)?[^，。？?]{0,6}多少"
)


def read(question: str, today: date) -> AsOf | None:
    """The day asked about; None when that is today, as in most questions."""
    level = _YEAR_WORDS.sub(lambda found: found[0].translate(_DIGITS), question).translate(_WIDE)
    hidden = _QUOTED.sub(lambda found: "＿" * len(found[0]), level)
    for found in _DATE.finditer(hidden):
        asked = _asked(found, hidden, today)
        if asked is not None:
            day, said = asked
            words = question[found.start() : found.end()] if len(level) == len(question) else found[0]
            rest = (question[: found.start()] + question[found.end() :]).strip(" ，,的")
            return AsOf(day=day, words=words.strip(), said=said, rest=rest)
    before = _BEFORE.search(hidden)
    if before and not _DATE.search(hidden) and not _NOW.search(hidden):
        return AsOf(day=None, words=before[0], said="以前", rest=question)
    return None


_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")


def _asked(found: re.Match[str], text: str, today: date) -> tuple[date, str] | None:
    """(day, how it is named) when the words around a date ask for the rule of that day."""
    span = _span(found, today)
    if span is None:
        return None
    first, last, label = span
    if first <= today <= last:
        return None
    tail = found["tail"].strip()
    clause = _clause(text, found.end())
    if first > today:
        if _ENDS.search(clause[:8]) or _NAMED.match(clause.lstrip("的")):
            return None
        day = first - DAY if tail in _UNTIL else first
        return (day, _named(day, label, "" if first == last else "初", tail)) if day > today else None
    if not _asks_for_the_past(found, text, tail, clause):
        return None
    if tail == "初":
        return first, f"{label}初"
    day = first - DAY if tail in _UNTIL else last
    return day, _named(day, label, "" if first == last else "底", tail)


def _named(day: date, label: str, end: str, tail: str) -> str:
    """How the day is named: by its year or month where that was asked about."""
    return f"{day.year}年{day.month}月{day.day}日" if tail in _UNTIL else label + end


def _asks_for_the_past(found: re.Match[str], text: str, tail: str, clause: str) -> bool:
    if _NOW.search(text) or _EVENT.search(clause) or _NAMED.match(clause.lstrip("的")):
        return False
    if tail in ("以后", "之后", "后", "起", "开始"):  # since then: until today
        return False
    before = text[: found.start()]
    if before and _EVENT.search(before[-6:]):
        return False
    return bool(_ASKS.search(clause) or (tail and _WHEN.match(tail)))


def _clause(text: str, start: int) -> str:
    """What follows up to the end of the sentence."""
    return re.split(r"[。！？；!?\n]", text[start:], maxsplit=1)[0][:24]


def _span(found: re.Match[str], today: date) -> tuple[date, date, str] | None:
    """(first day, last day, how it is named); None for a date that is none."""
    if found["iso"]:
        year, month, day = (int(part) for part in re.split(r"[-/.]", found["iso"]))
        return _days(year, month, day)
    if found["near"]:
        months = today.year * 12 + today.month - 1 + _RELATIVE_MONTHS[found["near"]]
        return _days(months // 12, months % 12 + 1, None)
    year = int(found["year"]) if found["year"] else today.year + _RELATIVE_YEARS[found["back"]]
    return _days(year, int(found["month"]) if found["month"] else None, int(found["day"]) if found["day"] else None)


def _days(year: int, month: int | None, day: int | None) -> tuple[date, date, str] | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        if month is None:
            return date(year, 1, 1), date(year, 12, 31), f"{year}年"
        if day is None:
            after = date(year + month // 12, month % 12 + 1, 1)
            return date(year, month, 1), after - DAY, f"{year}年{month}月"
        return date(year, month, day), date(year, month, day), f"{year}年{month}月{day}日"
    except ValueError:
        return None
