"""BM25 over short texts as sparse postings: one query is one concatenation and one bincount.

Weights are computed when the index is built (Lucene's idf, so no score is negative); a query adds up the
postings of its terms. `bm25s` gives the same numbers (a test compares them) and is slower on single queries.
"""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

K1 = 1.2
B = 0.6
BUDGET = 150_000
"""Postings that a proposal may add up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The distinct terms of one question, as an index knows them."""

    spans: list[slice]
    """Where the postings of each known term are."""
    known: float
    """Idf of the known terms."""
    mass: float
    """Idf of all terms: an unknown one counts as the rarest, but an unknown number (an age, a sum) not at all."""


@dataclass(frozen=True, kw_only=True)
class BM25:
    """An immutable index over `size` texts."""

    vocabulary: Mapping[str, int]
    """Term -> its number."""
    starts: NDArray[np.int64]
    """(terms + 1): postings of term t are [starts[t], starts[t+1])."""
    texts: NDArray[np.int32]
    """(postings): number of the text."""
    weights: Floats
    """(postings): what the term adds to the text's score."""
    idf: Floats
    """(terms): rarity of the term."""
    size: int
    """How many texts are indexed."""

    @classmethod
    def build(cls, texts: Sequence[Iterable[str]], *, k1: float = K1, b: float = B) -> "BM25":
        """Index texts that are already cut into terms; `b` says how much long texts are held back."""
        vocabulary: dict[str, int] = {}
        terms, owners, counts = array("q"), array("i"), array("f")
        lengths = np.zeros(max(len(texts), 1), dtype=np.float32)
        for number, text in enumerate(texts):
            counted = Counter(text)
            lengths[number] = counted.total()
            terms.extend([vocabulary.setdefault(term, len(vocabulary)) for term in counted])
            owners.extend([number] * len(counted))
            counts.extend(counted.values())
        held = np.frombuffer(terms, dtype=np.int64) if terms else np.zeros(0, dtype=np.int64)
        order = np.argsort(held, kind="stable")
        frequency = np.bincount(held, minlength=len(vocabulary))
        idf = np.log1p((len(texts) - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
        owner_of = np.asarray(owners, dtype=np.int32)[order]
        counted_of = np.asarray(counts, dtype=np.float32)[order]
        average = float(lengths.mean()) or 1.0
        saturation = counted_of * (k1 + 1) / (counted_of + k1 * (1 - b + b * lengths[owner_of] / average))
        return cls(
            vocabulary=vocabulary,
            starts=np.concatenate(([0], np.cumsum(frequency))).astype(np.int64),
            texts=owner_of,
            weights=(np.repeat(idf, frequency) * saturation).astype(np.float32),
            idf=idf,
            size=len(texts),
        )

    def look_up(self, terms: Iterable[str]) -> "Terms":
        """The distinct terms of a question, found once for everything that is asked about them."""
        vocabulary, bounds = self.vocabulary, self.bounds
        distinct = dict.fromkeys(terms)
        known = [number for term in distinct if (number := vocabulary.get(term)) is not None]
        known_mass = float(self.idf[known].sum()) if known else 0.0
        numbers = sum(1 for term in distinct if term not in vocabulary and term.replace(".", "").isdigit())
        return Terms(
            spans=[bounds[number] for number in known],
            known=known_mass,
            mass=known_mass + self.rarest * (len(distinct) - len(known) - numbers),
        )

    def scores(self, terms: "Terms") -> Floats:
        """(size) score of every text; a term said twice counts once."""
        return self._sum(terms, self.weights)

    def presence(self, terms: "Terms") -> Floats:
        """(size) idf of the terms that a text has, whatever their number and its length."""
        return self._sum(terms, self.rarity)

    def rough(self, terms: "Terms") -> Floats:
        """(size) scores out of the rarest terms alone, as many as `BUDGET` postings allow: proposes, does not judge."""
        spans = sorted(terms.spans, key=lambda span: span.stop - span.start)
        kept: list[slice] = []
        spent = 0
        for span in spans:
            spent += span.stop - span.start
            if kept and spent > BUDGET:
                break
            kept.append(span)
        return self._sum(Terms(spans=kept, known=0.0, mass=0.0), self.weights)

    def at(self, terms: "Terms", numbers: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """(scores, presence) of these texts, exactly."""
        scores, presence = np.zeros(len(numbers)), np.zeros(len(numbers))
        for span in terms.spans:
            texts = self.texts[span]
            place = np.minimum(np.searchsorted(texts, numbers), len(texts) - 1)
            has = texts[place] == numbers
            scores += np.where(has, self.weights[span][place], 0.0)
            presence += np.where(has, self.idf[int(self.owner(span))], 0.0)
        return scores, presence

    def owner(self, span: slice) -> int:
        """Number of the term whose postings these are."""
        return int(np.searchsorted(self.starts, span.start, side="right")) - 1

    def _sum(self, terms: "Terms", values: Floats) -> Floats:
        if not terms.spans:
            return np.zeros(self.size, dtype=np.float32)
        texts = np.concatenate([self.texts[span] for span in terms.spans])
        weights = np.concatenate([values[span] for span in terms.spans])
        return np.asarray(np.bincount(texts, weights, self.size), dtype=np.float64)

    @cached_property
    def bounds(self) -> list[slice]:
        """Postings of each term."""
        return [slice(a, b) for a, b in zip(self.starts.tolist(), self.starts[1:].tolist(), strict=False)]

    @cached_property
    def rarity(self) -> Floats:
        """(postings): idf of the posting's term."""
        return np.repeat(self.idf, np.diff(self.starts))

    @cached_property
    def rarest(self) -> float:
        """Idf of a term that no text has."""
        return math.log1p((self.size + 0.5) / 0.5)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything but the vocabulary, to be saved."""
        return {"starts": self.starts, "texts": self.texts, "weights": self.weights, "idf": self.idf}

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]], terms: Sequence[str], size: int) -> "BM25":
        """The index that gave `arrays()`; `terms` in the order of their numbers."""
        return cls(
            vocabulary={term: number for number, term in enumerate(terms)},
            starts=arrays["starts"],
            texts=arrays["texts"],
            weights=arrays["weights"],
            idf=arrays["idf"],
            size=size,
        )
