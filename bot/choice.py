"""Which of the options was meant: 第二个, 选1, 后面那个, 最后一个, 倒数第二个, or the words of one option."""

import re
from collections.abc import Sequence

_NUMBERS = {
    **dict(zip("一二三四五六", range(1, 7), strict=True)),
    **dict(zip("壹贰叁肆伍陆", range(1, 7), strict=True)),
    **dict(zip("①②③④⑤⑥", range(1, 7), strict=True)),
    **dict(zip("abcdef", range(1, 7), strict=True)),
    **dict(zip("123456", range(1, 7), strict=True)),
    "两": 2,
    "俩": 2,
    "头": 1,
}
_NUMBER = f"[{''.join(_NUMBERS)}]"
_FROM_END = re.compile(f"倒数第?\\s*({_NUMBER})")
_ORDINAL = re.compile(f"[第地]\\s*({_NUMBER})")
_BARE = re.compile(
    f"^(?:那就|我?要?我?选择?|选项|就|是|点|看|挑|讲)*\\s*({_NUMBER})\\s*(?:个|条|项|号|种|只|选项|吧|的|啊|呀|、|。)*$"
)
_LAST = re.compile("最后|最下|最底|末|后面|后边|后头|下面|下边|底下|后者|后一|下一|右")
_FIRST = re.compile("最前|最上|打头|前面|前边|前头|上面|上边|上头|前者|前一|上一|头一|头里|左|靠前")
_MIDDLE = re.compile("中间|当中")


def chosen(text: str, labels: Sequence[str]) -> int | None:
    """Index (from 0) of the label that `text` picks, None when it picks none or one that is not there."""
    said = text.strip().lower()
    number = _number(said, len(labels))
    if number is not None:
        return number if 0 <= number < len(labels) else None
    return _by_words(said, labels)


def _number(said: str, count: int) -> int | None:
    if match := _FROM_END.search(said):
        return count - _NUMBERS[match.group(1)]
    if match := _ORDINAL.search(said) or _BARE.match(said):
        return _NUMBERS[match.group(1)] - 1
    if _MIDDLE.search(said):
        return count // 2 if count % 2 else None
    if _LAST.search(said):
        return count - 1
    return 0 if _FIRST.search(said) else None


def _by_words(said: str, labels: Sequence[str]) -> int | None:
    """The one label that shares most character pairs with what was said, if it is clearly one."""
    pairs = {said[i : i + 2] for i in range(len(said) - 1)}
    if not pairs:
        return None
    shares = sorted(((sum(pair in label.lower() for pair in pairs) / len(pairs), -i) for i, label in enumerate(labels)))
    if not shares or shares[-1][0] < 0.5 or (len(shares) > 1 and shares[-1][0] == shares[-2][0]):
        return None
    return -shares[-1][1]
