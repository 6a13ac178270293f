"""The searchable form of a stock: postings over questions, passages and whole items, and a FAISS index over vectors.

`Index.measure` gives, for one question, how well every item does in every *leg* (one way of comparing). What the legs
are worth is not decided here (knowledge/ranking.py).
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from knowledge import prototypes as learned
from knowledge import tokens
from knowledge.bm25 import BM25
from knowledge.tokens import Analysed
from knowledge.vectors import Encoder, Floats

FORMAT = 3
"""Rises when what is saved changes its meaning."""
LEGS = (
    "q_gram",
    "q_even",
    "q_word",
    "q_sound",
    "a_gram",
    "i_gram",
    "i_word",
    "i_cover",
    "q_dense",
    "a_dense",
    "i_dense",
)
"""q: best stored question, a: best passage of the answer, i: the item as a whole; each about 0..1."""
PASSAGE = 60
NEAREST = 64
"""Vectors that FAISS is asked for; items without one among them get the last one's nearness as their bound."""
_FEWEST = 3
"""Questions every item needs before prototypes are learned."""
_LONG_K1, _LONG_B = 1.5, 0.75
"""BM25 for whole items: they differ more in length than questions do."""
_PASSAGE_WEIGHT = 0.5
"""What a passage teaches beside a question."""
_PARTS = ("q_gram", "q_word", "q_sound", "a_gram", "i_gram", "i_word")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One question held against all items."""

    analysed: Analysed
    """The question, cut up."""
    legs: Floats
    """(legs, items), in the order of `LEGS`."""
    question_scores: Floats
    """(questions): how near each stored question is, for naming the nearest."""
    known_grams: float
    """Share of the question's characters and pairs that the stock knows, weighted by rarity, 0..1."""
    known_words: float
    """The same for words."""


class _Owners:
    """Which rows belong to which item; rows of one item stand together."""

    def __init__(self, owners: Sequence[int], items: int) -> None:
        self.rows = np.asarray(owners, dtype=np.int64)
        self._items = items
        self._present, self._starts = np.unique(self.rows, return_index=True)
        self.span = {int(item): slice(int(a), int(b)) for item, a, b in self._bounds()}

    def _bounds(self) -> Iterator[tuple[int, int, int]]:
        return zip(self._present, self._starts, [*self._starts, len(self.rows)][1:], strict=True)

    def best(self, scores: Floats) -> Floats:
        """(items) highest score of each item's rows, 0 for an item without any."""
        out = np.zeros(self._items, dtype=np.float32)
        if len(scores):
            out[self._present] = np.maximum.reduceat(scores, self._starts)
        return out


class Index:
    """Immutable; safe to use from many threads."""

    def __init__(
        self,
        *,
        items: Sequence[Item],
        postings: dict[str, BM25],
        vectors: Any,
        prototypes: Floats | None,
        encoder: Encoder,
    ) -> None:
        self.items = tuple(items)
        self.encoder = encoder
        self._postings = postings
        self._vectors = vectors
        self._prototypes = prototypes
        self._questions = _Owners([at for at, item in enumerate(items) for _ in item.questions], len(items))
        self._passages = _Owners([at for at, item in enumerate(items) for _ in item.passages], len(items))
        self._even = 1 / np.sqrt(np.maximum(_masses(postings["q_gram"]), 1e-6))

    @classmethod
    def build(cls, items: Sequence[Item], encoder: Encoder) -> "Index":
        """Cut up, count and encode everything; the encoder is fitted to it first."""
        questions = [question for item in items for question in item.questions]
        passages = [passage for item in items for passage in item.passages]
        asked = [_analyse(text) for text in questions]
        told = [_analyse(text) for text in passages]
        whole = [_analysed_item(item) for item in items]
        postings = {
            "q_gram": BM25.build([text.grams for text in asked]),
            "q_word": BM25.build([text.words for text in asked]),
            "q_sound": BM25.build([text.sounds for text in asked]),
            "a_gram": BM25.build([text.grams for text in told]),
            "i_gram": BM25.build([grams for grams, _ in whole], k1=_LONG_K1, b=_LONG_B),
            "i_word": BM25.build([words for _, words in whole], k1=_LONG_K1, b=_LONG_B),
        }
        owners = [at for at, item in enumerate(items) for _ in item.questions]
        owners += [at for at, item in enumerate(items) for _ in item.passages]
        encoder = encoder.fitted([*questions, *passages], owners)
        matrix = encoder.encode([*questions, *passages])
        vectors = faiss.IndexFlatIP(matrix.shape[1])
        vectors.add(matrix)
        table = None
        if min((len(item.questions) for item in items), default=0) >= _FEWEST:
            weights = [1.0] * len(questions) + [_PASSAGE_WEIGHT] * len(passages)
            table = learned.learn(matrix, owners, weights, len(items))
        return cls(items=items, postings=postings, vectors=vectors, prototypes=table, encoder=encoder)

    @cached_property
    def exact(self) -> dict[str, tuple[int, ...]]:
        """Levelled question -> the items that hold it."""
        found: dict[str, list[int]] = {}
        for at, item in enumerate(self.items):
            for plain in {_analyse(question).plain for question in item.questions}:
                found.setdefault(plain, []).append(at)
        return {plain: tuple(owners) for plain, owners in found.items()}

    def measure(self, question: str) -> Measured:
        """Hold one question against every item."""
        asked = _analyse(question)
        post = self._postings
        cut = {"gram": asked.grams, "word": asked.words, "sound": asked.sounds}
        terms = {name: part.look_up(cut[name[2:]]) for name, part in post.items()}
        scores = {name: part.scores(terms[name]) for name, part in post.items()}
        mass = {name: max(found.mass, 1e-6) for name, found in terms.items()}
        q_even = scores["q_gram"] * self._even
        vector = self.encoder.encode([question])
        q_dense, a_dense = self._dense(vector)
        best_question, best_passage = self._questions.best, self._passages.best
        legs = np.stack(
            [
                best_question(scores["q_gram"]) / mass["q_gram"],
                best_question(q_even) / np.sqrt(mass["q_gram"]),
                best_question(scores["q_word"]) / mass["q_word"],
                best_question(scores["q_sound"]) / mass["q_sound"],
                best_passage(scores["a_gram"]) / mass["a_gram"],
                scores["i_gram"] / mass["i_gram"],
                scores["i_word"] / mass["i_word"],
                post["i_word"].presence(terms["i_word"]) / mass["i_word"],
                q_dense,
                a_dense,
                self._common(vector[0]),
            ]
        ).astype(np.float32)
        return Measured(
            analysed=asked,
            legs=legs,
            question_scores=q_even,
            known_grams=terms["i_gram"].known / mass["i_gram"],
            known_words=terms["i_word"].known / mass["i_word"],
        )

    def nearest_question(self, item: int, measured: Measured) -> str:
        """The stored question of an item that is nearest to what was asked; empty when it has none."""
        span = self._questions.span.get(item)
        if span is None:
            return ""
        return self.items[item].questions[int(np.argmax(measured.question_scores[span]))]

    def _common(self, vector: Floats) -> Floats:
        """(items) nearness of the prototype; 0 where none were learned."""
        if self._prototypes is None:
            return np.zeros(len(self.items), dtype=np.float32)
        return learned.nearness(vector, self._prototypes)

    def _dense(self, vector: Floats) -> tuple[Floats, Floats]:
        """(items) nearness of the best question and of the best passage."""
        count = min(NEAREST, self._vectors.ntotal)
        if not count:
            return np.zeros(len(self.items), dtype=np.float32), np.zeros(len(self.items), dtype=np.float32)
        nearness, rows = self._vectors.search(vector, count)
        asked = len(self._questions.rows)
        bound = max(float(nearness[0, -1]), 0.0)
        is_question = rows[0] < asked
        found = []
        for owners, near, row in (
            (self._questions.rows, nearness[0][is_question], rows[0][is_question]),
            (self._passages.rows, nearness[0][~is_question], rows[0][~is_question] - asked),
        ):
            out = np.full(len(self.items), bound, dtype=np.float32)
            np.maximum.at(out, owners[row], near)
            found.append(out)
        return found[0], found[1]

    def save(self, folder: Path) -> None:
        """Write everything into an empty folder."""
        arrays = {
            f"{name}.{key}": value for name, part in self._postings.items() for key, value in part.arrays().items()
        }
        if self._prototypes is not None:
            arrays["prototypes"] = self._prototypes
        np.savez(folder / "postings.npz", allow_pickle=False, **arrays)
        terms = {name: {"size": part.size, "terms": list(part.vocabulary)} for name, part in self._postings.items()}
        _write(folder / "terms.json", terms)
        _write(folder / "items.json", [[item.id, item.questions, item.passages, item.extra] for item in self.items])
        _write(folder / "exact.json", self.exact)
        faiss.write_index(self._vectors, str(folder / "vectors.faiss"))
        self.encoder.save(folder)

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> "Index":
        """What `save` wrote; raises OSError, ValueError, KeyError or RuntimeError when it is damaged."""
        terms = _read(folder / "terms.json")
        with np.load(folder / "postings.npz", allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files}
        postings = {
            name: BM25.restored(
                {key.split(".")[1]: value for key, value in arrays.items() if key.startswith(name + ".")},
                terms[name]["terms"],
                terms[name]["size"],
            )
            for name in _PARTS
        }
        items = [
            Item(id=name, questions=tuple(questions), passages=tuple(passages), extra=extra)
            for name, questions, passages, extra in _read(folder / "items.json")
        ]
        vectors = faiss.read_index(str(folder / "vectors.faiss"))
        index = cls(
            items=items,
            postings=postings,
            vectors=vectors,
            prototypes=arrays.get("prototypes"),
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


def _analysed_item(item: Item) -> tuple[list[str], list[str]]:
    """(characters and pairs, words) of everything that belongs to an item."""
    parts = [_analyse(text) for text in (*item.questions, *item.passages, item.extra)]
    return [gram for part in parts for gram in part.grams], [word for part in parts for word in part.words]


def _masses(part: BM25) -> Floats:
    """(texts) idf of each text's distinct terms."""
    return np.bincount(part.texts, part.rarity, part.size).astype(np.float32)


def _write(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
