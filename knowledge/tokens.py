"""From a text to the units that are compared: characters, words with their concepts, and sounds.

Widths, case, emoji and fillers are levelled first; pinyin ("shebaoka") and words that only sound right are read as the
words of the field that they stand for (knowledge/spelling.py).
Everything here is immutable after construction and safe to use from many threads.
"""

import hashlib
import logging
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import jieba  # type: ignore[import-untyped] # the package has no type information
import yaml

from knowledge.numbers import ages
from knowledge.spelling import Spelling, syllable

VOCABULARY = Path(__file__).with_name("vocabulary.yml")
LONGEST = 400
"""Characters of a question that are looked at: its first and its last half of this."""

_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z]+|[0-9]+(?:\.[0-9]+)?")
_CONCEPT = "#"
_GROWN, _OLD = 16, 60
"""Ages below the first are a child's, from the second on an old person's."""
_COMMON = 100
"""Occurrences in the segmenter's dictionary from which a word counts as everyday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed:
    """One text, cut up."""

    plain: str
    """Levelled text without fillers and punctuation; two questions with the same `plain` are the same question."""
    grams: tuple[str, ...]
    """Characters and pairs of neighbouring characters; runs of letters or digits count as one character."""
    words: tuple[str, ...]
    """Words of one or more characters, then `#concept` for every concept said."""
    sounds: tuple[str, ...]
    """Pairs of neighbouring syllables without tones: finds words typed wrongly but pronounced alike."""


class Tokens:
    """Cuts texts up, with the words of the field."""

    def __init__(self, vocabulary: Path = VOCABULARY) -> None:
        raw = vocabulary.read_bytes()
        data = yaml.load(raw, Loader=yaml.CSafeLoader)
        self.identity = hashlib.sha256(raw).hexdigest()[:16]
        """Changes when the vocabulary does."""
        synonyms: dict[str, list[Any]] = data["synonyms"]
        concepts = {str(variant): concept for concept, variants in synonyms.items() for variant in variants}
        words = {*data["words"].split(), *synonyms}
        self._fillers = _Phrases(dict.fromkeys(data["fillers"].split(), ""))
        self._concepts = _Phrases(concepts)
        self._jieba = _segmenter(words)
        everyday = dict.fromkeys([*sorted(concepts), *_common_words(self._jieba)])
        self._spelling = Spelling(words, everyday, self._jieba.FREQ)
        # The encoder and the postings ask for the same text one after the other.
        self._remembered = lru_cache(maxsize=32)(self._analyse)

    def analyse(self, text: str) -> Analysed:
        """Cut a question or a passage up."""
        return self._remembered(text)

    def _analyse(self, text: str) -> Analysed:
        runs = self._runs(text)
        chars = [run if run.isascii() else char for run in runs for char in ((run,) if run.isascii() else run)]
        plain = "".join(runs)
        return Analysed(
            plain=plain,
            grams=tuple(chars) + tuple(a + b for a, b in pairwise(chars)),
            words=tuple(self._words(runs)) + self._said(plain),
            sounds=_sounds(chars),
        )

    def _said(self, plain: str) -> tuple[str, ...]:
        """`#concept` of every concept said, and whom an age speaks of."""
        said = dict.fromkeys(_CONCEPT + concept for concept in self._concepts.found(plain))
        said |= {
            _CONCEPT + ("孩子" if age < _GROWN else "老人"): None for age in ages(plain) if not _GROWN <= age < _OLD
        }
        return tuple(said)

    def _runs(self, text: str) -> list[str]:
        """Runs of Chinese characters, of letters and of digits, without fillers (unless nothing else was said)."""
        runs = _RUN.findall(self._spelling.letters(_level(text)))
        kept = [part for run in runs for part in _RUN.findall(self._fillers.removed(run))]
        return [run if run.isascii() else self._spelling.sounds(run) for run in kept or runs]

    def _words(self, runs: Iterable[str]) -> Iterator[str]:
        for run in runs:
            if run.isascii():
                yield run
            else:
                yield from self._jieba.cut(run, HMM=False)


@cache
def of_the_field() -> Tokens:
    """The one `Tokens` of the process, loaded at the first call (0.6 s)."""
    return Tokens()


class _Phrases:
    """Finds the longest known phrases of a text from left to right."""

    def __init__(self, meanings: dict[str, str]) -> None:
        by_first: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for phrase in sorted(meanings, key=lambda phrase: (-len(phrase), phrase)):
            by_first[phrase[0]].append((phrase, meanings[phrase]))
        self._by_first = dict(by_first)

    def _at(self, text: str, place: int) -> tuple[str, str] | None:
        for item in self._by_first.get(text[place], ()):
            if text.startswith(item[0], place):
                return item
        return None

    def found(self, text: str) -> Iterator[str]:
        """Meaning of the longest phrase that begins at each place: 职工养老保险 also says 养老保险."""
        for place in range(len(text)):
            item = self._at(text, place)
            if item:
                yield item[1]

    def removed(self, text: str) -> str:
        """The text without any of the phrases."""
        kept, place = [], 0
        while place < len(text):
            item = self._at(text, place)
            if not item:
                kept.append(text[place])
            place += len(item[0]) if item else 1
        return "".join(kept)


def _level(text: str) -> str:
    """Compatibility forms made equal (full width, ligatures), lower case, overlong texts cut in the middle."""
    if len(text) > 4 * LONGEST:
        text = text[: 2 * LONGEST] + text[-2 * LONGEST :]
    level = unicodedata.normalize("NFKC", text).lower()
    return level if len(level) <= LONGEST else level[: LONGEST // 2] + " " + level[-LONGEST // 2 :]


def _segmenter(words: Iterable[str]) -> jieba.Tokenizer:
    jieba.setLogLevel(logging.WARNING)
    segmenter = jieba.Tokenizer()
    # The package's own cache is a marshal file in the shared temporary folder, which anybody on the machine may plant.
    segmenter.FREQ, segmenter.total = segmenter.gen_pfdict(segmenter.get_dict_file())
    segmenter.initialized = True
    for word in sorted(words):
        if len(word) > 1:
            segmenter.add_word(word, freq=20_000)
    return segmenter


def _common_words(segmenter: jieba.Tokenizer) -> Iterator[str]:
    """Everyday words that somebody may write in pinyin."""
    found = [(-count, word) for word, count in segmenter.FREQ.items() if count >= _COMMON and 2 <= len(word) <= 4]
    return (word for _, word in sorted(found))


def _sounds(chars: list[str]) -> tuple[str, ...]:
    syllables = [syllable(char) or char for char in chars]
    return tuple(f"{a} {b}" for a, b in pairwise(syllables))
