"""Numbers with a meaning in what citizens write: ages."""

import re

_FIGURES = {figure: value for value, figure in enumerate("零一二三四五六七八九")} | {"两": 2}
_AGE = re.compile(
    r"([0-9]{1,3}|[一二三四五六七八九两]?十[一二三四五六七八九]?)(?:[多几来])?(?:周?岁|了(?![0-9万千百年月天块元个次回]))"
)
_SPOKEN_OF = re.compile(r"(?:[妈爸爷奶娘爹公婆姥姨叔]|父亲|母亲|老伴|老人|今年|都|快|已经?)$")


def ages(text: str) -> list[int]:
    """Ages said, as "70岁", "七十多岁" or "我妈70了", in their order."""
    found = []
    for match in _AGE.finditer(text):
        value = number(match[1])
        if match[0].endswith("岁") or (40 <= value <= 110 and _SPOKEN_OF.search(text[: match.start()])):
            found.append(value)
    return found


def number(text: str) -> int:
    """A whole number below a hundred in Chinese characters, or any in figures."""
    if text.isdigit():
        return int(text)
    tens, _, ones = text.partition("十")
    return 10 * _FIGURES.get(tens, 1) + _FIGURES.get(ones, 0)
