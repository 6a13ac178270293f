"""Where a rule holds: administrative division codes (GB/T 2260) of the nation, a province or a city.

The table is regions.txt: one province a line, with its cities and the third and fourth figure of their codes.
"""

import re
from pathlib import Path

NATION = "000000"
TABLE = Path(__file__).with_name("regions.txt")
_SUFFIX = re.compile(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|省|市|地区|盟)$")
_PEOPLE = re.compile(
    r"(?:朝鲜族|土家族|苗族|藏族|羌族|彝族|布依族|侗族|哈尼族|壮族|傣族|白族|景颇族|傈僳族|回族|蒙古族?|柯尔克孜|哈萨克)+(?:自治)?州$"
)
_WORDS = frozenset(["安康", "白银", "日照", "大同", "朝阳", "中山", "黄山", "长治", "和田", "三明", "吉林", "海南"])
"""Cities whose names are words or provinces, too: they count only with 市 or 州 behind them."""
_MOVES = re.compile(r"转|迁|搬|回|两地|异地|老家|户口|户籍|以前|之前|原来|过去|来自|出生")
"""Who moves from place to place asks about both of them; then the citizen's own rules come first."""
_FROM = re.compile(r"(?:从|由|到|往|去|离开|跟|和|与|是|外地|个)$")
_OF = re.compile(r"(?:人|籍|来|那边|过)")


def _read() -> dict[str, str]:
    names = {NATION: "全国"}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        code, province, *cities = line.split()
        names[f"{code}0000"] = province
        for city in cities:
            title = city[2:]
            names[f"{code}{city[:2]}00"] = (
                title if title.endswith(("州", "盟", "地区")) and len(title) > 2 else title + "市"
            )
    return names


NAMES = _read()


def name(code: str) -> str:
    """What people call the region; the code itself when it is not in the table."""
    return NAMES.get(code, code)


def level(code: str) -> int:
    """0 for the nation, 1 for a province, 2 for a city, 3 for a county: the nearer rule has the higher level."""
    if code == NATION:
        return 0
    if code.endswith("0000"):
        return 1
    return 2 if code.endswith("00") else 3


def holds_for(rule: str, citizen: str) -> bool:
    """Whether a rule of region `rule` holds in region `citizen`; where that is unknown (""), only the nation's do."""
    if rule == NATION:
        return True
    if not citizen:
        return False
    return citizen.startswith(rule[: 2 * level(rule)])


def asked_about(text: str, citizen: str) -> str:
    """Code of the one other place whose rules a question asks about ("上海产假多少天"); empty when there is none.

    Not meant: places of a move (从上海转到杭州), of a person (我是安徽人), and any place beside the citizen's own.
    """
    found = _NAMED.finditer(text)
    named = {_CODES[match[0]]: match for match in found}
    if not named or _MOVES.search(text):
        return ""
    if any(holds_for(code, citizen) or (citizen and holds_for(citizen, code)) for code in named):
        return ""
    nearest = max(named, key=level)
    if any(not holds_for(code, nearest) for code in named):
        return ""
    match = named[nearest]
    beside = _FROM.search(text[: match.start()]) or _OF.match(text[match.end() :])
    return "" if beside else nearest


def without(text: str, code: str) -> str:
    """The question without the name of that place and its province."""
    return _NAMED.sub(lambda match: "" if holds_for(_CODES[match[0]], code) else match[0], text)


def _spoken() -> dict[str, str]:
    """Name as written or as said -> code; of a province and a city of one name, the province."""
    codes: dict[str, str] = {}
    for code, title in NAMES.items():
        if code == NATION:
            continue
        short = _PEOPLE.sub("", _SUFFIX.sub("", title))
        codes.setdefault(title, code)
        if len(short) > 1 and (short not in _WORDS or level(code) == 1):
            codes.setdefault(short, code)
    return codes


_CODES = _spoken()
_NAMED = re.compile("|".join(sorted(map(re.escape, _CODES), key=lambda name: (-len(name), name))))
