"""The searchable form of a stock: postings over whole items, rows of terms over questions and passages, and vectors.

`Index.measure` works in two steps. Every item is looked at roughly, and the likeliest are proposed; these are held
against the question in every *leg* (one way of comparing). What the legs are worth is not decided here
(knowledge/ranking.py).
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from knowledge import persons, tokens
from knowledge import prototypes as learned
from knowledge.bm25 import BM25, Terms
from knowledge.nearest import Nearest
from knowledge.rows import Blocks, Rows
from knowledge.tokens import Analysed
from knowledge.vectors import Encoder, Floats

FORMAT = 4
"""Rises when what is saved changes its meaning."""
LEGS = (
    "q_gram", "q_even", "q_word", "q_sound", "a_gram", "i_gram", "i_word", "i_cover", "q_dense", "q_many", "a_dense",
    "i_dense", "person",
)  # fmt: skip
"""q: best stored question (q_many: several near ones), a: best passage of the answer, i: the item as a whole, person:
whether it concerns whom the question speaks of; each about 0..1."""
PASSAGE = 60
PROPOSED = 40
"""Items looked at closely."""
SMALL = 5_000
"""Items up to which the first look is complete; above, only the rarer terms propose."""
_FEWEST, _MOST = 3, 4_000
"""Questions every item needs, and items there may be at most, for prototypes to be learned."""
_LONG_K1, _LONG_B = 1.5, 0.75
"""BM25 for whole items: they differ more in length than questions do."""
_PASSAGE_WEIGHT = 0.5
"""What a passage teaches beside a question."""
_ROUGHLY = {"i_gram": 1.5, "i_word": 1.0, "i_cover": 1.0, "i_dense": 4.0}
"""What the first look goes by."""
_SHARP = 16.0
"""How much more the nearest of several questions counts in `q_many`."""
_POSTINGS = ("i_gram", "i_word")
_ROWS = {"q_gram": "grams", "q_word": "words", "q_sound": "sounds", "a_gram": "grams"}
_SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something that may be found."""

    id: str
    """Its name."""
    questions: tuple[str, ...]
    """Ways of asking it; may be empty."""
    passages: tuple[str, ...]
    """Its answer in pieces; may be empty."""
    extra: str = ""
    """Words that belong to it."""
    persons: tuple[str, ...] = ()
    """Whom it concerns; empty for everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One question held against the likeliest items."""

    analysed: Analysed
    """The question, cut up."""
    numbers: NDArray[np.int64]
    """(proposed) numbers of the items, rising."""
    legs: Floats
    """(legs, proposed), in the order of `LEGS`."""
    question_scores: Floats
    """(questions of the proposed items, item after item): how near each is, for naming the nearest."""
    starts: NDArray[np.int64]
    """(proposed + 1): where each item's questions begin in `question_scores`."""
    known_grams: float
    """Share of the question's characters and pairs that the stock knows, weighted by rarity, 0..1."""
    known_words: float
    """The same for words."""


class _Owners:
    """Whose rows are whose: an item's rows stand together, in the order of the items."""

    def __init__(self, counts: Iterable[int]) -> None:
        self.bounds = np.concatenate(([0], np.cumsum(list(counts), dtype=np.int64))).astype(np.int64)

    def blocks(self, numbers: NDArray[np.int64]) -> Blocks:
        """The rows of these items."""
        return Blocks(self.bounds[numbers], self.bounds[numbers + 1])

    def item(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Whose rows these are."""
        return np.searchsorted(self.bounds, rows, side="right") - 1


class Index:
    """Immutable; safe to use from many threads."""

    def __init__(
        self,
        *,
        items: Sequence[Item],
        postings: dict[str, BM25],
        rows: dict[str, Rows],
        vectors: Nearest,
        prototypes: Floats | None,
        encoder: Encoder,
    ) -> None:
        self.items = tuple(items)
        self.encoder = encoder
        self._postings = postings
        self._rows = rows
        self._vectors = vectors
        self._prototypes = prototypes
        self._questions = _Owners(len(item.questions) for item in items)
        self._passages = _Owners(len(item.passages) for item in items)
        self._asked = int(self._questions.bounds[-1])
        self._even = 1 / np.sqrt(np.maximum(rows["q_gram"].masses, 1e-6))
        self._persons = persons.table(item.persons for item in items)

    @classmethod
    def build(cls, items: Sequence[Item], encoder: Encoder) -> "Index":
        """Cut up, count and encode everything; the encoder is fitted to it first."""
        questions = [question for item in items for question in item.questions]
        passages = [passage for item in items for passage in item.passages]
        asked = [_analyse(text) for text in questions]
        told = [_analyse(text) for text in passages]
        whole = list(_whole(items, asked, told))
        postings = {
            "i_gram": BM25.build([grams for grams, _ in whole], k1=_LONG_K1, b=_LONG_B),
            "i_word": BM25.build([words for _, words in whole], k1=_LONG_K1, b=_LONG_B),
        }
        cut = {"q": asked, "a": told}
        rows = {
            name: Rows.turned(BM25.build([getattr(text, unit) for text in cut[name[0]]]))
            for name, unit in _ROWS.items()
        }
        owners = [at for at, item in enumerate(items) for _ in item.questions]
        owners += [at for at, item in enumerate(items) for _ in item.passages]
        encoder = encoder.fitted([*questions, *passages], owners)
        matrix = encoder.encode([*questions, *passages])
        table = None
        if len(items) <= _MOST and min((len(item.questions) for item in items), default=0) >= _FEWEST:
            weights = [1.0] * len(questions) + [_PASSAGE_WEIGHT] * len(passages)
            table = learned.learn(matrix, owners, weights, len(items))
        return cls(
            items=items,
            postings=postings,
            rows=rows,
            vectors=Nearest.build(matrix),
            prototypes=table,
            encoder=encoder,
        )

    @cached_property
    def exact(self) -> dict[str, tuple[int, ...]]:
        """Levelled question -> the items that hold it."""
        found: dict[str, list[int]] = {}
        for at, item in enumerate(self.items):
            for plain in {_analyse(question).plain for question in item.questions}:
                found.setdefault(plain, []).append(at)
        return {plain: tuple(owners) for plain, owners in found.items()}

    def measure(
        self,
        question: str,
        allowed: Floats | None = None,
        *,
        wanted: NDArray[np.int64] | None = None,
        told: bool = True,
    ) -> Measured:
        """Hold one question against the likeliest items among those that `allowed` (items) does not put at -inf.

        `wanted`: items to be held against it in any case. Without `told` the legs over passages stay 0: they cost a
        third of the time.
        """
        asked = _analyse(question)
        vector = self.encoder.encode([question])[0]
        terms = {
            name: self._postings[name].look_up(cut)
            for name, cut in zip(_POSTINGS, (asked.grams, asked.words), strict=True)
        }
        mass = {name: max(found.mass, 1e-6) for name, found in terms.items()}
        numbers, legs = self._propose(asked, terms, mass, vector, allowed, wanted)
        scores, starts = self._of_questions(asked, vector, numbers, legs)
        if told:
            self._of_passages(asked, vector, numbers, legs)
        zeros = np.zeros(len(numbers))
        speaks_of = persons.said(asked.words)
        legs["person"] = self._persons[speaks_of][:, numbers].max(0) if speaks_of else zeros + persons.UNSAID
        return Measured(
            analysed=asked,
            numbers=numbers,
            legs=np.stack([legs.get(name, zeros) for name in LEGS]).astype(np.float32),
            question_scores=scores,
            starts=starts,
            known_grams=terms["i_gram"].known / mass["i_gram"],
            known_words=terms["i_word"].known / mass["i_word"],
        )

    def nearest_question(self, at: int, measured: Measured) -> str:
        """The stored question of the proposed item `at` that is nearest to what was asked; empty when it has none."""
        begin, end = measured.starts[at], measured.starts[at + 1]
        if begin == end:
            return ""
        item = self.items[int(measured.numbers[at])]
        return item.questions[int(np.argmax(measured.question_scores[begin:end]))]

    def _propose(
        self,
        asked: Analysed,
        terms: dict[str, Terms],
        mass: dict[str, float],
        vector: Floats,
        allowed: Floats | None,
        wanted: NDArray[np.int64] | None,
    ) -> tuple[NDArray[np.int64], dict[str, Floats]]:
        """(numbers of the likeliest items, rising; their legs as wholes)."""
        word = self._postings["i_word"]
        few = len(self.items) <= SMALL
        look = BM25.scores if few else BM25.rough
        legs = {name: look(self._postings[name], terms[name]) / mass[name] for name in _POSTINGS}
        if few:
            legs["i_cover"] = word.presence(terms["i_word"]) / mass["i_word"]
        if self._prototypes is not None:
            legs["i_dense"] = learned.nearness(vector, self._prototypes)
        roughly = np.zeros(len(self.items)) if allowed is None else np.where(np.isfinite(allowed), 0.0, -np.inf)
        for name, values in legs.items():
            roughly = roughly + _ROUGHLY[name] * values
        named = [*self.exact.get(asked.plain, ()), *(() if wanted is None else wanted.tolist())]
        if self._prototypes is None:
            rows = self._vectors.rows(vector)
            named += self._questions.item(rows[rows < self._asked]).tolist()
            named += self._passages.item(rows[rows >= self._asked] - self._asked).tolist()
        numbers = _likeliest(roughly, PROPOSED, named)
        if few:
            return numbers, {name: values[numbers] for name, values in legs.items()}
        exactly = {name: self._postings[name].at(terms[name], numbers) for name in _POSTINGS}
        close = {name: scores / mass[name] for name, (scores, _) in exactly.items()}
        close["i_cover"] = exactly["i_word"][1] / mass["i_word"]
        if "i_dense" in legs:
            close["i_dense"] = legs["i_dense"][numbers]
        return numbers, close

    def _of_questions(
        self, asked: Analysed, vector: Floats, numbers: NDArray[np.int64], legs: dict[str, Floats]
    ) -> tuple[Floats, NDArray[np.int64]]:
        """Fill in the legs over stored questions; (levelled score of each question, where each item's begin)."""
        blocks = self._questions.blocks(numbers)
        scores = even = self._even[blocks.rows]
        for name in ("q_gram", "q_word", "q_sound"):
            rows = self._rows[name]
            terms = rows.look_up(getattr(asked, _ROWS[name]))
            found = rows.scores(terms, blocks)
            legs[name] = blocks.best(found) / terms.mass
            if name == "q_gram":
                scores = found * even
                legs["q_even"] = blocks.best(scores) / np.sqrt(terms.mass)
        near = self._vectors.nearness(vector, blocks.rows)
        legs["q_dense"], legs["q_many"] = blocks.best(near), blocks.many(near, _SHARP)
        return scores, blocks.starts

    def _of_passages(
        self, asked: Analysed, vector: Floats, numbers: NDArray[np.int64], legs: dict[str, Floats]
    ) -> None:
        blocks = self._passages.blocks(numbers)
        rows = self._rows["a_gram"]
        terms = rows.look_up(asked.grams)
        legs["a_gram"] = blocks.best(rows.scores(terms, blocks)) / terms.mass
        legs["a_dense"] = blocks.best(self._vectors.nearness(vector, blocks.rows + self._asked))

    def save(self, folder: Path) -> None:
        """Write everything into an empty folder: arrays as files that can be mapped."""
        parts: dict[str, BM25 | Rows] = {**self._postings, **self._rows}
        for name, part in parts.items():
            for key, values in part.arrays().items():
                np.save(folder / f"{name}.{key}.npy", values, allow_pickle=False)
        if self._prototypes is not None:
            np.save(folder / "prototypes.npy", self._prototypes, allow_pickle=False)
        sizes: dict[str, float] = {name: part.size for name, part in self._postings.items()}
        sizes |= {name: part.rarest for name, part in self._rows.items()}
        _write(folder / "terms.json", {name: [sizes[name], list(part.vocabulary)] for name, part in parts.items()})
        fields = [[item.id, item.questions, item.passages, item.extra, item.persons] for item in self.items]
        _write(folder / "items.json", fields)
        _write(folder / "exact.json", self.exact)
        self._vectors.save(folder)
        self.encoder.save(folder)

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> "Index":
        """What `save` wrote; raises OSError, ValueError, KeyError or RuntimeError when it is damaged."""
        terms = _read(folder / "terms.json")
        items = [
            Item(id=name, questions=tuple(asked), passages=tuple(told), extra=extra, persons=tuple(concerned))
            for name, asked, told, extra, concerned in _read(folder / "items.json")
        ]
        mapped = len(items) > SMALL
        arrays = {name: _arrays(folder, name, mapped=mapped) for name in (*_POSTINGS, *_ROWS)}
        prototypes = folder / "prototypes.npy"
        index = cls(
            items=items,
            postings={name: BM25.restored(arrays[name], terms[name][1], terms[name][0]) for name in _POSTINGS},
            rows={name: Rows.restored(arrays[name], terms[name][1], terms[name][0]) for name in _ROWS},
            vectors=Nearest.load(folder),
            prototypes=np.load(prototypes, allow_pickle=False) if prototypes.exists() else None,
            encoder=encoder.restored(folder),
        )
        index.exact = {plain: tuple(owners) for plain, owners in _read(folder / "exact.json").items()}
        return index


def passages(text: str, size: int = PASSAGE) -> tuple[str, ...]:
    """Whole sentences put together to pieces of about `size` characters."""
    pieces: list[str] = []
    for sentence in _SENTENCE.findall(text):
        if not sentence.strip():
            continue
        if pieces and len(pieces[-1]) + len(sentence) <= size:
            pieces[-1] += sentence.strip()
        else:
            pieces.append(sentence.strip())
    return tuple(pieces)


def _analyse(text: str) -> Analysed:
    return tokens.of_the_field().analyse(text)


def _whole(
    items: Sequence[Item], asked: Sequence[Analysed], told: Sequence[Analysed]
) -> Iterator[tuple[list[str], list[str]]]:
    """(characters and pairs, words) of everything that belongs to each item."""
    question, passage = iter(asked), iter(told)
    for item in items:
        parts = [next(question) for _ in item.questions] + [next(passage) for _ in item.passages]
        parts.append(_analyse(item.extra))
        yield [gram for part in parts for gram in part.grams], [word for part in parts for word in part.words]


def _likeliest(roughly: Floats, count: int, named: Sequence[int]) -> NDArray[np.int64]:
    """The highest, and those named, without what is at -inf; rising."""
    most = len(roughly)
    best = np.argpartition(-roughly, count - 1)[:count] if most > count else np.arange(most)
    numbers = np.unique(np.concatenate([best, np.asarray(named, dtype=np.int64)]))
    return np.asarray(numbers[np.isfinite(roughly[numbers])], dtype=np.int64)


def _arrays(folder: Path, name: str, *, mapped: bool) -> dict[str, NDArray[Any]]:
    """The arrays of one part; those of a large stock stay in their files."""
    mode: Literal["r"] | None = "r" if mapped else None
    return {
        path.name.split(".")[1]: np.load(path, mmap_mode=mode, allow_pickle=False)
        for path in folder.glob(f"{name}.*.npy")
    }


def _write(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
