"""Vectors and their nearest neighbours: exact below `MANY` rows, compressed cells (IVF-PQ) from there on.

The cells only propose; what a proposed row is worth is computed from its whole vector, which lies in a file that is
mapped, not read.
"""

import math
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from knowledge.vectors import Floats

MANY = 50_000
"""Vectors from which on the exact search is too slow."""
NEAREST = 64
"""Rows proposed for a question when all are compared."""
NEAREST_MANY = 256
"""Rows proposed out of compressed cells, whose order is rough."""
PROBES = 24
"""Cells looked into."""
_TRAINING = 40_000
_PIECES = 32
_VECTORS, _CELLS = "vectors.npy", "cells.faiss"


class Nearest:
    """Immutable; safe to use from many threads."""

    def __init__(self, matrix: Floats, cells: Any) -> None:
        self.matrix = matrix
        """(rows, dimension), rows of length one."""
        self._cells = cells

    @classmethod
    def build(cls, matrix: Floats) -> "Nearest":
        return cls(matrix, _cells(matrix) if len(matrix) >= MANY else _flat(matrix))

    def rows(self, vector: Floats) -> NDArray[np.int64]:
        """Numbers of the nearest rows, nearest first."""
        count = min(NEAREST_MANY if len(self.matrix) >= MANY else NEAREST, len(self.matrix))
        if not count:
            return np.zeros(0, dtype=np.int64)
        found: NDArray[np.int64] = self._cells.search(vector.reshape(1, -1), count)[1][0]
        return found[found >= 0]

    def nearness(self, vector: Floats, rows: NDArray[np.int64]) -> Floats:
        """Inner products of these rows."""
        return np.asarray(self.matrix[rows] @ vector, dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Write the vectors, and the cells where there are any."""
        np.save(folder / _VECTORS, np.asarray(self.matrix, dtype=np.float32), allow_pickle=False)
        if len(self.matrix) >= MANY:
            faiss.write_index(self._cells, str(folder / _CELLS))

    @classmethod
    def load(cls, folder: Path) -> "Nearest":
        """What `save` wrote; many vectors stay in their file."""
        path = folder / _VECTORS
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
        if len(matrix) < MANY:
            matrix = np.load(path, allow_pickle=False)
            return cls(matrix, _flat(matrix))
        cells = faiss.read_index(str(folder / _CELLS), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
        faiss.extract_index_ivf(cells).nprobe = PROBES
        return cls(matrix, cells)


def _flat(matrix: Floats) -> Any:
    """Holds its own copy of the vectors only when it is asked."""
    return _Exact(matrix)


class _Exact:
    """All inner products at once."""

    def __init__(self, matrix: Floats) -> None:
        self._matrix = matrix

    def search(self, vectors: Floats, count: int) -> tuple[Floats, NDArray[np.int64]]:
        near = self._matrix @ vectors[0]
        best = np.argpartition(-near, count - 1)[:count] if count < len(near) else np.arange(len(near))
        best = best[np.argsort(-near[best], kind="stable")]
        return near[best][None], best[None]


def _cells(matrix: Floats) -> Any:
    """Inverted file of product-quantised vectors, trained on a fixed sample."""
    count, dimension = matrix.shape
    cells = 2 ** max(6, round(math.log2(math.sqrt(count) * 2)))
    pieces = next(size for size in (_PIECES, 16, 8, 4, 2, 1) if dimension % size == 0)
    index = faiss.index_factory(dimension, f"IVF{cells},PQ{pieces}x8", faiss.METRIC_INNER_PRODUCT)
    sample = np.random.default_rng(0).choice(count, min(count, max(_TRAINING, 40 * cells)), replace=False)
    index.train(np.ascontiguousarray(matrix[np.sort(sample)]))
    for at in range(0, count, 100_000):
        index.add(np.ascontiguousarray(matrix[at : at + 100_000]))
    faiss.extract_index_ivf(index).nprobe = PROBES
    return index
