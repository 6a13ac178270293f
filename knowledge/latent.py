"""The built-in encoder: TF-IDF of characters, words and concepts, reduced by a singular value decomposition (LSA).

It is fitted to the stock when the index is built, then turned so that the ways of asking one entry lie close together.
Needs no download and no torch; one question takes about 0.15 ms.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped] # the package has no type information

from core.errors import Misuse, Retryable
from knowledge import tokens
from knowledge.vectors import Floats, unit

DIMENSION = 128
CLOSENESS = 0.5
"""How far the spread within one entry is evened out: 0 leaves plain LSA, 1 is full whitening, which overfits."""
_REVISION = 3
_MANY = 50
"""Texts from which on a term that occurs in only one of them says nothing worth its place."""
_TABLE = "latent.npz"
_TERMS = "latent.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentEncoder:
    """Unfitted as constructed; `fitted` or `restored` gives one that can encode."""

    dimension: int = DIMENSION
    closeness: float = CLOSENESS
    vocabulary: dict[str, int] = field(default_factory=dict)
    """Term -> its row in the table."""
    idf: Floats = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    """(terms): rarity."""
    table: Floats = field(default_factory=lambda: np.zeros((0, DIMENSION), dtype=np.float32))
    """(terms, dimension): where each term points."""

    @property
    def identity(self) -> str:
        return f"latent-{_REVISION}-{self.dimension}-{self.closeness}"

    def fitted(self, texts: Sequence[str], owners: Sequence[int]) -> Self:
        counted = [_terms(text) for text in texts]
        spread = Counter(term for terms in counted for term in terms)
        fewest = 2 if len(texts) >= _MANY else 1
        kept = sorted(term for term, count in spread.items() if count >= fewest)
        vocabulary = {term: row for row, term in enumerate(kept)}
        idf = np.asarray([np.log(len(texts) / spread[term]) + 1 for term in vocabulary], dtype=np.float32)
        matrix = _matrix(counted, vocabulary, idf)
        table = _directions(matrix, min(self.dimension, *matrix.shape))
        vectors = unit(matrix @ table)
        table = table @ _turn(vectors, np.asarray(owners), self.closeness)
        return type(self)(
            dimension=self.dimension,
            closeness=self.closeness,
            vocabulary=vocabulary,
            idf=idf,
            table=np.ascontiguousarray(table, dtype=np.float32),
        )

    def encode(self, texts: Sequence[str]) -> Floats:
        if not self.vocabulary:
            raise Misuse("unfitted_encoder", "编码器还没有训练，请先运行 python -m knowledge build")
        return np.stack([self._encode(text) for text in texts]) if texts else self.table[:0]

    def _encode(self, text: str) -> Floats:
        known = [(row, count) for term, count in _terms(text).items() if (row := self.vocabulary.get(term)) is not None]
        if not known:
            return np.zeros(self.table.shape[1], dtype=np.float32)
        rows = np.asarray([row for row, _ in known])
        weights = self.idf[rows] * (1 + np.log(np.asarray([count for _, count in known], dtype=np.float32)))
        vector = weights @ self.table[rows]
        return np.asarray(vector / max(float(np.sqrt(vector @ vector)), 1e-9), dtype=np.float32)

    def save(self, folder: Path) -> None:
        np.savez(folder / _TABLE, idf=self.idf, table=self.table)
        (folder / _TERMS).write_text(json.dumps(list(self.vocabulary), ensure_ascii=False), encoding="utf-8")

    def restored(self, folder: Path) -> Self:
        try:
            terms = json.loads((folder / _TERMS).read_text(encoding="utf-8"))
            with np.load(folder / _TABLE, allow_pickle=False) as saved:
                idf, table = saved["idf"], saved["table"]
        except (OSError, EOFError, ValueError, KeyError) as error:
            raise Retryable(
                "no_index", "知识库索引不完整，请运行 python -m knowledge build", detail=str(error)
            ) from None
        return type(self)(
            dimension=self.dimension,
            closeness=self.closeness,
            vocabulary={term: row for row, term in enumerate(terms)},
            idf=idf,
            table=table,
        )


def _terms(text: str) -> Counter[str]:
    analysed = tokens.of_the_field().analyse(text)
    return Counter((*analysed.grams, *(f"_{word}" for word in analysed.words)))


def _matrix(counted: list[Counter[str]], vocabulary: dict[str, int], idf: Floats) -> sparse.csr_matrix:
    """(texts, terms) TF-IDF with rows of length one."""
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for row, terms in enumerate(counted):
        known = [(vocabulary[term], count) for term, count in terms.items() if term in vocabulary]
        weights = np.asarray([idf[column] * (1 + np.log(count)) for column, count in known])
        rows.extend([row] * len(known))
        columns.extend(column for column, _ in known)
        values.extend(weights / max(float(np.linalg.norm(weights)), 1e-9))
    return sparse.csr_matrix((values, (rows, columns)), shape=(len(counted), len(vocabulary)), dtype=np.float32)


def _directions(matrix: sparse.csr_matrix, rank: int) -> Floats:
    """(terms, rank) leading right singular vectors, by random projection with power iterations (fixed seed)."""
    start = np.random.default_rng(0).normal(size=(matrix.shape[0], min(rank + 32, matrix.shape[0]))).astype(np.float32)
    basis = np.linalg.qr(matrix.T @ start)[0]
    for _ in range(2):
        basis = np.linalg.qr(matrix.T @ np.linalg.qr(matrix @ basis)[0])[0]
    left, sizes, right = np.linalg.svd(matrix @ basis, full_matrices=False)
    del left, sizes
    return np.asarray((basis @ right.T)[:, :rank], dtype=np.float32)


def _turn(vectors: Floats, owners: NDArray[np.int64], closeness: float) -> Floats:
    """(rank, rank) scaling down the directions in which texts of one owner differ (relevant component analysis)."""
    groups = np.unique(owners, return_inverse=True)[1]
    centres = np.zeros((int(groups.max()) + 1, vectors.shape[1]))
    np.add.at(centres, groups, vectors)
    centres /= np.bincount(groups)[:, None]
    within = vectors - centres[groups]
    values, axes = np.linalg.eigh(within.T @ within / len(vectors))
    values = np.maximum(values, max(float(values.mean()) * 0.05, 1e-6))
    return np.asarray((axes * values ** (-closeness / 2)) @ axes.T, dtype=np.float32)
