"""Text levelled for comparison: full-width, capital and traditional letters are one; what hides is dropped."""

import sys
import unicodedata
from functools import cache

_RANGES = ((0, 0x10000), (0x1D400, 0x1D800), (0x1F000, 0x1FB00), (0x2F800, 0x2FA20), (0xE0000, 0xE01F0))
"""Where letters with several spellings, symbols and invisible characters live."""
_HAN = (0x3400, 0xA000)


def level(text: str) -> str:
    """The levelled text: 賭 搏 -> 赌搏, Ｑ-Ｑ -> qq, 赌*博 -> 赌博."""
    return text.translate(table())


def places(text: str) -> list[int]:
    """For each letter of `level(text)` the place in `text` that it came from."""
    known = table()
    found: list[int] = []
    for place, letter in enumerate(text):
        found += [place] * len(known.get(ord(letter), letter))
    return found


@cache
def table() -> dict[int, str]:
    """Character -> how it is compared; empty for spaces, punctuation, symbols and what cannot be seen."""
    simple = _simplified()
    made: dict[int, str] = {}
    for start, end in _RANGES:
        for code in range(start, end):
            letter = chr(code)
            levelled = _one(letter, simple)
            if levelled != letter:
                made[code] = levelled
    return made


def _one(letter: str, simple: dict[str, str]) -> str:
    parts = unicodedata.normalize("NFKD", letter).casefold()
    return "".join(simple.get(part, part) for part in parts if unicodedata.category(part)[0] in "LN")


def _simplified() -> dict[str, str]:
    """Traditional -> simplified, by OpenCC's table of single characters."""
    from opencc import OpenCC  # noqa: PLC0415 - its dictionaries are needed once

    letters = [chr(code) for code in range(*_HAN)]
    written = OpenCC("t2s").convert("\n".join(letters)).split("\n")  # alone on a line: no word decides
    return {sys.intern(one): sys.intern(other) for one, other in zip(letters, written, strict=True) if one != other}
