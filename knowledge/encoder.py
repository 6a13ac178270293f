"""The encoder port: text to a vector of length one, whatever makes it.

`choose` gives the one that a setting names: `builtin` (no download, no torch; knowledge/latent.py) or a local directory
or hub name of a transformers model (knowledge/transformer.py).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

BUILTIN = "builtin"


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


def choose(name: str) -> Encoder:
    """The encoder that a setting names; raises Misuse with a sentence when it is not there."""
    if name == BUILTIN:
        from knowledge.latent import LatentEncoder  # noqa: PLC0415 # only the chosen one is loaded

        return LatentEncoder()
    from knowledge.transformer import TransformerEncoder  # noqa: PLC0415 # torch takes seconds and 300 MB

    return TransformerEncoder(name)


def unit(vectors: Floats) -> Floats:
    """Rows scaled to length one; rows of zeros stay."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)
