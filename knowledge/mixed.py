"""Several encoders as one: their rows side by side, so that nearness is the weighted sum of theirs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from knowledge.vectors import Encoder, Floats, unit


class MixedEncoder:
    """As safe to share between threads as its parts, which must be of different kinds: they save into one folder."""

    def __init__(self, parts: Sequence[tuple[float, Encoder]]) -> None:
        self._parts = tuple(parts)

    @property
    def identity(self) -> str:
        return "+".join(f"{weight:g}*{part.identity}" for weight, part in self._parts)

    def fitted(self, texts: Sequence[str], owners: Sequence[int]) -> Self:
        return type(self)([(weight, part.fitted(texts, owners)) for weight, part in self._parts])

    def encode(self, texts: Sequence[str]) -> Floats:
        return unit(np.concatenate([part.encode(texts) * np.sqrt(weight) for weight, part in self._parts], axis=1))

    def save(self, folder: Path) -> None:
        for _, part in self._parts:
            part.save(folder)

    def restored(self, folder: Path) -> Self:
        return type(self)([(weight, part.restored(folder)) for weight, part in self._parts])
