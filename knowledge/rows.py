"""The terms of every stored row (a question, a passage), row by row: exact scores of a few chosen items at little cost.

The same BM25 weights as the postings (knowledge/bm25.py), turned round: what is stored once per term there stands
once per row here, so that a score costs the length of the rows asked for, however many others are stored.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.bm25 import BM25, Floats

Whole = NDArray[np.int64]


class Blocks:
    """Runs of rows, one run an item."""

    def __init__(self, begin: Whole, end: Whole) -> None:
        """(items) first row of each run, and the row after its last."""
        self.begin, self.end = begin, end
        counts = end - begin
        self.starts: Whole = np.concatenate(([0], np.cumsum(counts)))
        """(items + 1): where each item's rows begin when the runs are put one after the other."""
        self.rows: Whole = np.repeat(begin - self.starts[:-1], counts) + np.arange(self.starts[-1])
        """All rows, run after run."""
        self._present = np.flatnonzero(counts)

    def summed(self, values: Floats, sizes: Whole) -> Floats:
        """(rows) sum of each row's values, of which it has so many."""
        if not len(values):
            return np.zeros(len(sizes), dtype=np.float32)
        first = np.minimum(np.cumsum(sizes) - sizes, len(values) - 1)
        return np.asarray(np.where(sizes > 0, np.add.reduceat(values, first), 0.0))

    def best(self, scores: Floats) -> Floats:
        """(items) highest score of each item's rows, 0 for an item without any."""
        return self._reduced(np.maximum, scores)

    def many(self, near: Floats, sharp: float) -> Floats:
        """(items) soft maximum over each item's rows: several near ones count more than one."""
        sums = self._reduced(np.add, np.exp(sharp * near))
        return np.asarray(np.log(np.maximum(sums, 1e-9)) / sharp * (sums > 0))

    def _reduced(self, by: np.ufunc, values: Floats) -> Floats:
        out = np.zeros(len(self.begin))
        if len(self._present):
            out[self._present] = by.reduceat(values, self.starts[:-1][self._present])
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The distinct terms of one question, as the rows know them."""

    known: Whole
    """Numbers of the terms that are known."""
    mass: float
    """Idf of all terms: an unknown one counts as the rarest."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Immutable; safe to use from many threads."""

    vocabulary: Mapping[str, int]
    """Term -> its number."""
    bounds: Whole
    """(rows + 1): terms of row r are [bounds[r], bounds[r + 1])."""
    terms: NDArray[np.int32]
    weights: Floats
    """(terms of all rows): what the term adds to its row's score."""
    idf: Floats
    """(vocabulary): rarity."""
    masses: Floats
    """(rows): idf of each row's distinct terms."""
    rarest: float
    _scratch: threading.local = field(default_factory=threading.local)

    @classmethod
    def turned(cls, postings: BM25) -> "Rows":
        """The rows of these postings."""
        counts = np.bincount(postings.texts, minlength=postings.size)
        order = np.argsort(postings.texts, kind="stable")
        owner = np.repeat(np.arange(len(postings.idf), dtype=np.int32), np.diff(postings.starts))
        return cls(
            vocabulary=postings.vocabulary,
            bounds=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
            terms=owner[order],
            weights=np.asarray(postings.weights)[order],
            idf=postings.idf,
            masses=np.bincount(postings.texts, postings.rarity, postings.size).astype(np.float32),
            rarest=postings.rarest,
        )

    def look_up(self, terms: Sequence[str]) -> Terms:
        """The distinct terms of a question."""
        vocabulary = self.vocabulary
        distinct = dict.fromkeys(terms)
        known = np.asarray(
            [number for term in distinct if (number := vocabulary.get(term)) is not None], dtype=np.int64
        )
        unknown = sum(1 for term in distinct if term not in vocabulary and not term.replace(".", "").isdigit())
        return Terms(known=known, mass=max(float(self.idf[known].sum()) + self.rarest * unknown, 1e-6))

    def scores(self, asked: Terms, blocks: Blocks) -> Floats:
        """Scores of the rows of these blocks, one after the other."""
        bounds = self.bounds
        pieces = [slice(a, b) for a, b in zip(bounds[blocks.begin].tolist(), bounds[blocks.end].tolist(), strict=True)]
        if not pieces:
            return np.zeros(0, dtype=np.float32)
        said = self._said(asked.known)
        try:
            gained = said[np.concatenate([self.terms[piece] for piece in pieces])]
        finally:
            said[asked.known] = 0.0
        gained *= np.concatenate([self.weights[piece] for piece in pieces])
        sizes = bounds[blocks.rows + 1] - bounds[blocks.rows]
        return blocks.summed(gained, sizes)

    def _said(self, known: Whole) -> Floats:
        """(vocabulary) 1 where the question has the term; the caller wipes it."""
        table: Floats | None = getattr(self._scratch, "table", None)
        if table is None:
            table = self._scratch.table = np.zeros(len(self.idf), dtype=np.float32)
        table[known] = 1.0
        return table

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything but the vocabulary, to be saved."""
        return {
            "bounds": self.bounds,
            "terms": self.terms,
            "weights": self.weights,
            "idf": self.idf,
            "masses": self.masses,
        }

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]], terms: Sequence[str], rarest: float) -> "Rows":
        """The rows that gave `arrays()`; `terms` in the order of their numbers."""
        return cls(
            vocabulary={term: number for number, term in enumerate(terms)},
            bounds=arrays["bounds"],
            terms=arrays["terms"],
            weights=arrays["weights"],
            idf=arrays["idf"],
            masses=arrays["masses"],
            rarest=rarest,
        )
