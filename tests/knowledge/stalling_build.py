"""Run as a program: builds an index, says so in the middle of writing it, and waits there to be killed."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from knowledge import shelf
from knowledge.latent import LatentEncoder
from knowledge.vectors import Floats


class StallingEncoder:
    """The built-in encoder, but its `save` writes half and never returns."""

    identity = "stalling"

    def __init__(self, inner: LatentEncoder) -> None:
        self._inner = inner

    def fitted(self, texts: Sequence[str], owners: Sequence[int]) -> Self:
        return type(self)(self._inner.fitted(texts, owners))

    def encode(self, texts: Sequence[str]) -> Floats:
        return self._inner.encode(texts)

    def save(self, folder: Path) -> None:
        (folder / "latent.npz").write_bytes(b"half")
        print("stalled", flush=True)
        sys.stdin.read()

    def restored(self, folder: Path) -> Self:
        return type(self)(self._inner.restored(folder))


if __name__ == "__main__":
    shelf.build(Path(sys.argv[1]), Path(sys.argv[2]), StallingEncoder(LatentEncoder(dimension=8)))
