"""Text to the numbers that our own encoder reads: one per Chinese character, letter, digit or mark.

The numbers are those that `BertTokenizer` of transformers gives with the same vocab.txt (letters and digits after the
first of a run carry "##"), without needing that package.
"""

import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.errors import Misuse

PAD, UNKNOWN, BEGIN, END, MASK = "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"
SPECIAL = (PAD, UNKNOWN, BEGIN, END, MASK)
LONGEST = 62
"""Characters of a text that are read; of a longer one the first third and the last two thirds of this."""
_HEAD = LONGEST // 3
_INSIDE = "##"


class Characters:
    """Immutable; safe to use from many threads."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self.vocabulary = tuple(vocabulary)
        """Row of the embedding table -> character."""
        self._row = {char: row for row, char in enumerate(self.vocabulary)}
        missing = [name for name in SPECIAL if name not in self._row]
        if missing:
            raise Misuse("bad_encoder", f"编码器的字表缺少 {'、'.join(missing)}")
        self._unknown, self._begin, self._end = (self._row[name] for name in (UNKNOWN, BEGIN, END))
        self.pad = self._row[PAD]
        """Number that fills a row up."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a vocab.txt; raises Misuse when it is not there."""
        try:
            return cls(path.read_text(encoding="utf-8").splitlines())
        except (OSError, UnicodeDecodeError) as error:
            raise Misuse("bad_encoder", f"编码器的字表读不了：{path.name}", detail=str(error)) from None

    def numbers(self, text: str) -> list[int]:
        """Begin, one number per character, end."""
        units = cut(text)
        if len(units) > LONGEST:
            units = [*units[:_HEAD], *units[-(LONGEST - _HEAD) :]]
        return [self._begin, *(self._row.get(unit, self._unknown) for unit in units), self._end]

    def padded(self, texts: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """(texts, longest) numbers and a mask that is 1 where there is a character, else 0."""
        rows = [self.numbers(text) for text in texts]
        numbers = np.full((len(rows), max(map(len, rows), default=0)), self.pad, dtype=np.int64)
        mask = np.zeros(numbers.shape, dtype=np.float32)
        for at, row in enumerate(rows):
            numbers[at, : len(row)] = row
            mask[at, : len(row)] = 1
        return numbers, mask


def cut(text: str) -> list[str]:
    """The units of a text as they stand in vocab.txt."""
    units: list[str] = []
    inside = False
    for char in unicodedata.normalize("NFKC", text[: 8 * LONGEST] + text[8 * LONGEST :][-8 * LONGEST :]).lower():
        if char.isspace():
            inside = False
        elif char.isalnum() and not is_chinese(char):
            units.append(_INSIDE + char if inside else char)
            inside = True
        else:
            units.append(char)
            inside = False
    return units


def is_chinese(char: str) -> bool:
    """Whether it is a Chinese character (the common blocks)."""
    return "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf"


def vocabulary(texts: Iterable[str], fewest: int = 1) -> list[str]:
    """Special units, marks, letters, digits, the 3,755 characters of GB 2312's first level, then what else occurs."""
    seen: dict[str, int] = {}
    for text in texts:
        for char in text:
            seen[char] = seen.get(char, 0) + 1
    plain = [*"0123456789abcdefghijklmnopqrstuvwxyz"]
    marks = [*",.?!:;()'\"-/%~·、。《》〈〉“”‘’…—+*=&@#"]
    known = dict.fromkeys([*SPECIAL, *marks, *plain, *(_INSIDE + char for char in plain), *_first_level()])
    more = sorted(unit for unit, count in seen.items() if count >= fewest and is_chinese(unit))
    return list(dict.fromkeys([*known, *more]))


def _first_level() -> list[str]:
    """Characters of GB 2312's first level, in its order."""
    codes = (bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return [char for code in codes if (char := code.decode("gb2312", errors="ignore"))]
