"""From what was said to a calculator and its values; deterministic, so that a sum is never computed from a guess.

A sentence is a request when it names a subject and either says that something is to be calculated (帮我算算) or
brings the values along (被裁员赔多少，干了3年半，月薪8000). A question of rules (退休年龄怎么规定的) is none: the
entries answer it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge.calculators.catalogue import CALCULATORS, find, missing
from knowledge.calculators.model import UNKNOWN, Ask, Calculator, Field, Kind
from knowledge.calculators.values import Mention, bare, lone_month, mentions, normal

REMARK = 40
"""Characters up to which what is said after an answer may be the values for it alone."""
VERB = re.compile(
    r"算(?:一下|下(?!来)|一算|算|个)|(?:帮|替)(?:我|俺|忙)?.{0,4}(?:算|估)|测算|估算|估一?下|估个"
    r"|计算(?!办法|方法|方式|标准|公式|公示|基数)|计算器|想算"
)
_HOW = re.compile(
    r"(?:怎么|咋|如何|怎样|咋个|啷个|咋样)(?:计)?(?:算|估)|(?:计?算|估算)(?:办法|方法|方式|公式|标准|依据|规则)|算不算|算工伤|合不?合算|算谁|算哪|也算|还算|算是|算作|算数|怎么规定"
)
_UNKNOWN = re.compile(
    r"^(?:我|也|这个?|那个?|还|真|都|可|,|\s)*(?:不(?:太|大|是很|怎么)?(?:知道|清楚|晓得|记得|懂|确定|了解)|没概念|忘了|忘记了|说不准|说不好|记不清楚?|弄不清|搞不清|跳过|没有?查过?|不会)"
)
_QUESTION = re.compile(
    r"[吗么?]|什么|怎么|咋|如何|为啥|哪里|哪儿|哪些|能不能|可不可以|是不是|要不要|多少|几[个天级岁年]"
)
_CHANGE = re.compile(
    r"^(?:那么?|如果|要是|假如|换成|换|改成|改|不对|错了|说错了|不是|应该是|是|还有|再|按|我是|万一)|[呢嘞]$|的话"
)
_PERSONAL = re.compile(r"我|俺|咱|本人")
_NOT_ALONE = re.compile(r"断缴|补缴|转移|材料|手续|条件|在哪|哪里|怎么办|流程|依据|什么意思|政策|规定|网站|电话")
_GAP = 10
"""Characters between a cue and its value."""
MAX_CHANGE = 24
"""Characters of a remark that changes a value."""
_FITS = {Kind.AGE: (Kind.AGE, Kind.SPAN), Kind.TIMES: (Kind.TIMES,), Kind.SPAN: (Kind.SPAN,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A wish to have something calculated."""

    calculator: str = ""
    """Its name, empty while that is not clear."""
    given: Mapping[str, str] = field(default_factory=dict)
    """What was said along with it."""
    complete: bool = False
    """Nothing need be asked."""


def request(text: str) -> Request | None:
    """What `text` asks to have calculated; None when it asks for nothing of the kind."""
    plain = normal(text)
    wanted = VERB.search(plain) is not None and not _HOW.search(plain)
    calculator = subject(plain)
    if calculator is None:
        return Request() if wanted and _bare_wish(plain) else None
    given = values(calculator, plain)
    if wanted:
        return Request(calculator=calculator.name, given=given, complete=_complete(calculator, given))
    asked = re.search(calculator.question, plain) is not None
    if not asked or _NOT_ALONE.search(plain):
        return None
    if _complete(calculator, given) and _numeric(calculator, given):  # else it is a question of rules
        return Request(calculator=calculator.name, given=given, complete=True)
    partial = _numeric(calculator, given) and _PERSONAL.search(plain) is not None and not plain.endswith(("吗", "吗?"))
    return Request(calculator=calculator.name, given=given) if partial else None


def supplied(entry_id: str, text: str) -> Request | None:
    """The values for the rule just explained (告诉我出生年月、性别，可以帮您算), all in one remark; else None."""
    calculator = next((one for one in CALCULATORS.values() if one.entry == entry_id), None)
    plain = normal(text)
    if calculator is None or len(plain) > REMARK or is_question(plain):
        return None
    given = values(calculator, plain)
    if not (_complete(calculator, given) and _numeric(calculator, given)):
        return None
    return Request(calculator=calculator.name, given=given, complete=True)


def subject(plain: str) -> Calculator | None:
    """The calculator whose subject a normalised text names."""
    return next((one for one in CALCULATORS.values() if re.search(one.topic, plain)), None)


def values(
    calculator: Calculator, text: str, *, asked: str = "", given: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The values that a text gives for this calculator; `asked` is the field asked for, `given` what is known."""
    plain, known = normal(text), dict(given or {})
    found: dict[str, str] = {one.name: hit for one in calculator.fields if (hit := _choice(one, plain, asked))}
    free = mentions(plain)
    _by_cue(calculator, plain, free, found)
    order = [calculator.field(asked)] if asked else []
    order += [one for one in calculator.fields if one.name != asked and (not asked or one.kind is Kind.MONTH)]
    for one in order:
        if one.name in found or one.kind is Kind.CHOICE or (not asked and one.when is Ask.NEVER):
            continue
        taken = next((mention for mention in free if _fits(one, mention)), None)
        if taken is not None:
            found[one.name] = taken.value
            free.remove(taken)
    if asked and asked not in found and (alone := bare(plain, calculator.field(asked).kind)):
        found[asked] = alone
    if calculator.name == "retirement":
        _birth(found, known, plain, asked)
    _worked(calculator, plain, found)
    return found


def correction(calculator: Calculator, text: str, given: Mapping[str, str]) -> dict[str, str]:
    """The values that a remark changes: 如果干了5年呢, 不对，是9000, 那男的呢. Empty when it changes nothing."""
    plain = normal(text)
    found = values(calculator, plain, given=given)
    if not found:
        for name in reversed(list(given)):
            if found := values(calculator, plain, asked=name, given=given):
                break
    return {name: value for name, value in found.items() if given.get(name) != value}


def changes(name: str, text: str, given: Mapping[str, str]) -> dict[str, str]:
    """As `correction`, for a remark after the result: short, sounding like one, on the same subject; else empty."""
    plain = normal(text).strip(" ,。!?")
    calculator = find(name)
    other = subject(plain)
    if (
        len(plain) > MAX_CHANGE
        or not _CHANGE.search(plain)
        or (other and other is not calculator)
        or _NOT_ALONE.search(plain)
    ):
        return {}
    return correction(calculator, plain, given)


def read(calculator: Calculator, name: str, text: str) -> str:
    """One value as written for one field (命令行): 3年半, 1.2万, 女; the text itself where it is no such value."""
    return values(calculator, text, asked=calculator.field(name).name).get(name, text.strip())


def unknown(text: str) -> bool:
    """不知道, 不清楚, 忘了."""
    return _UNKNOWN.search(normal(text).strip()) is not None


def is_question(text: str) -> bool:
    """True for what asks rather than answers."""
    plain = normal(text)
    return _QUESTION.search(plain) is not None and len(plain) > 5


def after(calculator: Calculator, given: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    """`given` with what was found; what was said last stands last, so that 不对 is understood of it."""
    merged = {name: value for name, value in given.items() if name not in found} | dict(found)
    return {name: value for name, value in merged.items() if calculator.field(name).needed(merged)}


def _bare_wish(plain: str) -> bool:
    """帮我算一下, with nothing else named that could be meant."""
    return (
        re.fullmatch(r"[我你能不可以请麻烦想要帮给替忙算一下个账钱吗吧估测计器有打开用待遇的,?。\s]+", plain)
        is not None
    )


def _complete(calculator: Calculator, given: Mapping[str, str]) -> bool:
    lacking = missing(calculator, given)
    while lacking is not None and lacking.when is Ask.ONCE and not (lacking.name == "post" and given.get("sex")):
        given = {**given, lacking.name: UNKNOWN}
        lacking = missing(calculator, given)
    return lacking is None


def _numeric(calculator: Calculator, given: Mapping[str, str]) -> bool:
    return any(calculator.field(name).kind is not Kind.CHOICE for name in given)


def _choice(one: Field, plain: str, asked: str) -> str:
    if one.kind is not Kind.CHOICE:
        return ""
    hits = [value for value, words in one.choices.items() if re.search(words, plain)]
    if len(hits) == 1 or (hits and one.name in ("event", "birth_way")):
        return hits[0]
    return plain.strip() if asked == one.name and plain.strip() in one.choices else ""


def _by_cue(calculator: Calculator, plain: str, free: list[Mention], found: dict[str, str]) -> None:
    """Values beside their cue word, the longest cue first: 平均工资8000 is not 工资8000."""
    pairs = []
    for order, one in enumerate(calculator.fields):
        if not one.cue:
            continue
        for match in re.finditer(one.cue, plain):
            for mention in free:
                gap = mention.start - match.end()
                before = match.start() - mention.end
                if _fits(one, mention) and (
                    (0 <= gap <= _GAP and not _between(free, match.end(), mention)) or 0 <= before <= 2
                ):
                    near = gap if gap >= 0 else before + 6
                    pairs.append((near, -len(match.group()), order, one, mention))
    for _, _, _, one, mention in sorted(pairs, key=lambda pair: pair[:3]):
        if one.name not in found and mention in free:
            found[one.name] = mention.value
            free.remove(mention)


def _between(free: list[Mention], start: int, mention: Mention) -> bool:
    return any(start <= other.start < mention.start and other.kind is mention.kind for other in free)


def _fits(one: Field, mention: Mention) -> bool:
    return mention.kind in _FITS.get(one.kind, (one.kind,))


def _birth(found: dict[str, str], known: Mapping[str, str], plain: str, asked: str) -> None:
    """Year and month may come in two steps, and either may be corrected alone."""
    had = known.get("birth", "")
    year = found.get("birth", "")
    if len(year) == 4 and len(had) == 7:
        found["birth"] = year + had[4:]
    elif not year and had and had != UNKNOWN and (number := _month_alone(plain, asked)):
        found["birth"] = f"{had[:4]}-{number:02d}"


def _month_alone(plain: str, asked: str) -> int | None:
    if number := lone_month(plain):
        return number
    if asked == "birth" and (value := bare(plain, Kind.TIMES)) and value in map(str, range(1, 13)):
        return int(value)
    return None


def _worked(calculator: Calculator, plain: str, found: dict[str, str]) -> None:
    """From one month to another (2019年3月入职，2022年8月被裁): the months between."""
    if calculator.name != "severance" or "worked" in found:
        return
    ends = [one.value for one in mentions(plain) if one.kind is Kind.MONTH and len(one.value) == 7]
    if len(ends) == 2:
        (first, second) = (int(end[:4]) * 12 + int(end[5:]) for end in sorted(ends))
        if second > first:
            found["worked"] = str(second - first)
