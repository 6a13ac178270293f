"""Lists of words -> what to do with a message. An Aho-Corasick automaton: the cost does not grow with the lists."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from zlib import crc32

import ahocorasick  # type: ignore[import-not-found] # a C module without type information
import jieba  # type: ignore[import-untyped] # the package has no type information

from knowledge.sensitive.level import level, places

_STOPS = re.compile(r"[。！？；，、：!?;,:\n]")
_WORD = re.compile(r"[0-9A-Za-z]")
MASK = "*"
SHARDS = 2
"""Each costs every message some microseconds, and halves how long a reload of the lists stops the process."""


class Action(StrEnum):
    """What a list does with a message that one of its words is in; the strictest list decides."""

    BLOCK = "block"
    HAND_OVER = "hand_over"
    MASK = "mask"
    ALLOW = "allow"


STRICTEST = (Action.BLOCK, Action.HAND_OVER, Action.MASK)
_SHOWN_MASKED = (Action.BLOCK, Action.MASK)
"""A person who is asked for must read what was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordList:
    """One list as it is matched."""

    name: str
    """Its short name."""
    action: Action
    """What it does; the words of an `allow` list take away the hits that lie within them."""
    whole_words: bool
    """Hits count only where they begin and end with a word, and run over no punctuation of sentences."""
    words: Sequence[str]
    """The words, as written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the lists say of a message."""

    action: str
    """block, hand_over or mask."""
    shown: str
    """The message as it may be kept and shown: hits of blocking and masking lists as stars."""
    lists: tuple[str, ...]
    """Names of the lists that spoke, the strictest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    start: int
    """First place in the message."""
    end: int
    """Last place (inclusive)."""
    lists: int
    """Bit i set: list i has the word."""


class _Shard:
    """Some of the words."""

    def __init__(self, words: dict[str, int]) -> None:
        self.words = words
        self.automaton = ahocorasick.Automaton()
        for word, bits in words.items():
            self.automaton.add_word(word, (len(word), bits))
        if words:
            self.automaton.make_automaton()


class Words:
    """All active lists, ready to be asked; not changed any more, safe from any thread.

    The words are spread over several automata. Making one stops every thread of the process for as long as it takes;
    a change of a few words makes only the automata anew that have them, and takes the others from `before`.
    """

    def __init__(self, lists: Iterable[WordList] = (), before: "Words | None" = None) -> None:
        self._lists = tuple(lists)
        shards: list[dict[str, int]] = [{} for _ in range(SHARDS)]
        for number, one in enumerate(self._lists):
            for word in one.words:
                if levelled := level(word):
                    shard = shards[crc32(levelled.encode("utf-8", "replace")) % SHARDS]
                    shard[levelled] = shard.get(levelled, 0) | 1 << number
        self.count = sum(map(len, shards))
        known: list[_Shard] = before._shards if before is not None else [_Shard({})] * SHARDS
        self._shards: list[_Shard] = [
            old if old.words == new else _Shard(new) for old, new in zip(known, shards, strict=True)
        ]
        self._used = [shard.automaton for shard in self._shards if shard.words]
        self._allowed = sum(1 << n for n, one in enumerate(self._lists) if one.action is Action.ALLOW)
        self._whole = sum(1 << n for n, one in enumerate(self._lists) if one.whole_words)
        if self._whole:
            _segmenter().initialize()

    def judge(self, text: str) -> Judgement | None:
        """What the lists say; None when none of them does, which is nearly always."""
        if not self.count:
            return None
        levelled = level(text)
        raw = [found for automaton in self._used for found in automaton.iter(levelled)]
        if not raw or not (hits := self._counting(text, levelled, raw)):
            return None
        bits = 0
        for hit in hits:
            bits |= hit.lists
        spoke = [one for number, one in enumerate(self._lists) if bits >> number & 1]
        spoke.sort(key=lambda one: STRICTEST.index(one.action))
        names = tuple(one.name for one in spoke)
        return Judgement(action=spoke[0].action.value, shown=self._shown(text, hits), lists=names)

    def _counting(self, text: str, levelled: str, raw: list[tuple[int, tuple[int, int]]]) -> list[_Hit]:
        """The hits that count: not allowed by a list, and at the edges of words where a list wants that."""
        spans = [(end - length + 1, end, bits) for end, (length, bits) in raw]
        free = [(start, end) for start, end, bits in spans if bits & self._allowed]
        origin = places(text)
        edges: set[int] | None = None
        hits = []
        for start, end, named in spans:
            bits = named & ~self._allowed
            if not bits or any(first <= start and end <= last for first, last in free):
                continue
            if bits & self._whole:
                edges = _edges(levelled) if edges is None else edges
                if not _is_whole(text, origin[start], origin[end], {start, end + 1} <= edges):
                    bits = bits & ~self._whole
            if bits:
                hits.append(_Hit(start=origin[start], end=origin[end], lists=bits))
        return hits

    def _shown(self, text: str, hits: list[_Hit]) -> str:
        letters = list(text)
        for hit in hits:
            if any(hit.lists >> n & 1 and one.action in _SHOWN_MASKED for n, one in enumerate(self._lists)):
                for place in range(hit.start, hit.end + 1):
                    if not letters[place].isspace():
                        letters[place] = MASK
        return "".join(letters)


def _edges(levelled: str) -> set[int]:
    """Where words begin or end in the levelled text."""
    place, found = 0, {0}
    for word in _segmenter().cut(levelled, HMM=False):
        place += len(word)
        found.add(place)
    return found


def _is_whole(text: str, first: int, last: int, at_edges: bool) -> bool:
    """Whether a hit stands by itself in the message."""
    if not at_edges or _STOPS.search(text, first, last):
        return False
    before, after = text[first - 1 : first], text[last + 1 : last + 2]
    return not (_WORD.match(before) and _WORD.match(text[first])) and not (
        _WORD.match(after) and _WORD.match(text[last])
    )


@cache
def _segmenter() -> jieba.Tokenizer:
    return jieba.Tokenizer()
