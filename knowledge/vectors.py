"""The encoder port: text to a vector of length one, whatever makes it (knowledge/encoder.py chooses)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


class Encoder(Protocol):
    """Makes vectors whose inner product says how alike two texts are."""

    @property
    def identity(self) -> str:
        """Which encoder this is, in which version: an index of another one is not used."""
        ...

    def fitted(self, texts: Sequence[str], owners: Sequence[int]) -> Self:
        """An encoder fitted to the stock: `owners[i]` is the entry that `texts[i]` belongs to. May be itself."""
        ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """(texts, dimension), rows of length one (or zero where nothing is known). Raises Retryable if it cannot."""
        ...

    def save(self, folder: Path) -> None:
        """Write into the folder what `restored` needs."""
        ...

    def restored(self, folder: Path) -> Self:
        """The encoder that was saved there. May be itself."""
        ...


def unit(vectors: Floats) -> Floats:
    """Rows scaled to length one; rows of zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)
