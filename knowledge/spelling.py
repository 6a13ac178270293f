"""What was typed, read as what was meant: traditional characters, pinyin, initials, and words that only sound right.

Every change is towards a word of the field; a text that is spelled well comes out as it went in (a test asks that of
the whole stock). Immutable after construction.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal

TRADITIONAL = Path(__file__).with_name("traditional.txt")
LONGEST_LETTERS = 48
_LATIN = re.compile(r"[a-z]{2,}(?: [a-z]{2,})*")
_LONGEST_WORD = 8
_SHORTEST_INITIALS = 3
_ALIKE = ((re.compile(r"^([zcs])h"), r"\1"), (re.compile(r"^l"), "n"), (re.compile(r"^hu(?=[aeio])"), "f"))


class Spelling:
    """Corrects towards `words`, the words of the field; `known` says what is a common word anyway."""

    def __init__(self, words: Iterable[str], everyday: Iterable[str], known: Mapping[str, int]) -> None:
        chosen = sorted({word for word in words if 2 <= len(word) <= _LONGEST_WORD})
        self._traditional = traditional()
        self._spelled = spellings(everyday) | spellings(chosen)
        self._initials = _initials(chosen)
        self._field = frozenset(chosen)
        self._known = known
        self._sounding: dict[tuple[str, str], list[tuple[tuple[str, ...], str]]] = {}
        by_start: defaultdict[tuple[str, str], list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for word in chosen:
            sounds = tuple(near(syllable(char)) for char in word)
            if all(sounds):
                by_start[sounds[0], sounds[1]].append((sounds, word))
        for start, found in by_start.items():
            self._sounding[start] = sorted(found, key=lambda item: (-len(item[0]), item[1]))

    def letters(self, text: str) -> str:
        """Simplified characters, and words where pinyin or initials spell them; `text` is levelled already."""
        text = text.translate(self._traditional)
        return _LATIN.sub(lambda found: self._read(found[0]), text) if _LATIN.search(text) else text

    def sounds(self, run: str) -> str:
        """A run of Chinese characters with words of the field where it only sounds like them: 医饱卡 becomes 医保卡."""
        said = [near(syllable(char)) for char in run]
        at, out = 0, ""
        while at < len(run):
            word = self._meant(run, said, at)
            out += word or run[at]
            at += len(word) if word else 1
        return out

    def _meant(self, run: str, said: Sequence[str], at: int) -> str:
        if at + 1 >= len(run):
            return ""
        candidates = self._sounding.get((said[at], said[at + 1]))
        if not candidates:
            return ""
        for sounds, word in candidates:
            size = len(sounds)
            typed = run[at : at + size]
            if typed == word:
                return word
            if len(typed) == size and tuple(said[at : at + size]) == sounds and self._mistyped(run, at, typed, word):
                return word
        return ""

    def _mistyped(self, run: str, at: int, typed: str, word: str) -> bool:
        """Whether `typed` is no word itself, and near enough to the word in its characters."""
        shared = sum(a == b for a, b in zip(typed, word, strict=True))
        if 2 * shared < len(word) or typed in self._field or self._known.get(typed, 0):
            return False
        wrong = [at + place for place, (a, b) in enumerate(zip(typed, word, strict=True)) if a != b]
        return not any(run[place] in _MEANT or self._in_word(run, place) for place in wrong)

    def _in_word(self, run: str, place: int) -> bool:
        """Whether the character belongs to a common word of two or three characters where it stands."""
        for width in (2, 3):
            for start in range(max(0, place - width + 1), min(place, len(run) - width) + 1):
                piece = run[start : start + width]
                if self._known.get(piece, 0) >= _EVERYDAY or piece in self._field:
                    return True
        return False

    def _read(self, letters: str) -> str:
        """Words where the letters spell them; the letters themselves where they do not."""
        packed = letters.replace(" ", "")
        if _SHORTEST_INITIALS <= len(packed) <= _LONGEST_WORD and packed in self._initials:
            return self._initials[packed]
        cut = syllables(packed) if len(packed) >= 4 else []
        if not cut:
            return " ".join(self._initials.get(part, part) for part in letters.split(" "))
        said, at, hit = [], 0, False
        while at < len(cut):
            for width in range(min(_LONGEST_WORD, len(cut) - at), 1, -1):
                word = self._spelled.get(" ".join(cut[at : at + width]))
                if word:
                    said.append(word)
                    at, hit = at + width, True
                    break
            else:
                said.append(f" {cut[at]} ")
                at += 1
        return "".join(said) if hit else letters


_MEANT = frozenset(
    "不吗没加认之自向想先前工段信残扣了的是在有我你他会能要就还也都和把给让被到过去来上下里外一二三四五六七八九十"
)
"""Characters so common, or so often beside a word of the field, that they stand for themselves."""
_EVERYDAY = 30
"""Occurrences in the segmenter's dictionary from which a word counts as meant."""


@cache
def traditional(path: Path = TRADITIONAL) -> dict[int, str]:
    """Traditional character -> simplified one."""
    pairs = path.read_text(encoding="utf-8").split()
    return {ord(pair[0]): pair[1] for pair in pairs if len(pair) == 2}


@cache
def syllable(char: str) -> str:
    """The commonest reading of a character without its tone; empty when it has none."""
    readings: str = PINYIN_DICT.get(ord(char), "") if len(char) == 1 else ""
    return to_normal(readings.split(",", maxsplit=1)[0], v_to_u=False) if readings else ""


@cache
def near(sound: str) -> str:
    """A syllable as it is heard by those who do not part zh from z, l from n, or ing from in."""
    for pattern, to in _ALIKE:
        sound = pattern.sub(to, sound)
    return sound.removesuffix("g") if sound.endswith(("ang", "eng", "ing")) else sound


def spellings(words: Iterable[str]) -> dict[str, str]:
    """Toneless pinyin -> the first word that is read so, for Chinese words of two to eight characters."""
    spelled: dict[str, str] = {}
    for word in words:
        sounds = [syllable(char) for char in word]
        if 2 <= len(word) <= _LONGEST_WORD and all(sounds):
            spelled.setdefault(" ".join(sounds), word)
    return spelled


def _initials(words: Iterable[str]) -> dict[str, str]:
    """First letters -> the word, where only one word of the field has them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for word in words:
        letters = "".join(syllable(char)[:1] for char in word)
        if len(letters) == len(word) >= _SHORTEST_INITIALS:
            found[letters].append(word)
    return {letters: several[0] for letters, several in found.items() if len(several) == 1}


@cache
def _known_syllables() -> frozenset[str]:
    return frozenset(
        to_normal(readings.split(",")[0], v_to_u=False)
        for code, readings in PINYIN_DICT.items()
        if 0x4E00 <= code <= 0x9FFF
    )


def syllables(letters: str) -> list[str]:
    """The letters as pinyin syllables, longest first, stepping back where that fails; empty if they are none."""
    known = _known_syllables()
    dead: set[int] = set()
    """Places from which the rest cannot be cut: without them "nananana…v" would take for ever."""

    def cut(at: int) -> list[str] | None:
        if at == len(letters):
            return []
        if at in dead:
            return None
        for width in range(min(6, len(letters) - at), 0, -1):
            if letters[at : at + width] in known and (rest := cut(at + width)) is not None:
                return [letters[at : at + width], *rest]
        dead.add(at)
        return None

    return cut(0) or [] if len(letters) <= LONGEST_LETTERS else []
