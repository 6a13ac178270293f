"""What the ways of asking one entry have in common, learned over the encoder's vectors: a softmax regression.

The nearest stored question says "somebody asked just this"; a prototype says "these are the directions in which this
entry differs from its neighbours". Together they find about five questions in a hundred more than either alone.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped] # the package has no type information

from knowledge.vectors import Floats

SHARPNESS = 4.0
"""Vectors of length one are too short for a softmax to commit itself."""
PENALTY = 1e-5
ROUNDS = 24
FLOOR = 1e-4
"""Probabilities below this are not told apart."""


def learn(vectors: Floats, owners: Sequence[int], weights: Sequence[float], items: int) -> Floats:
    """(dimension + 1, items): one direction and one constant per item."""
    samples = np.hstack([vectors * SHARPNESS, np.ones((len(vectors), 1))]).astype(np.float32)
    owner = np.asarray(owners)
    rows = np.arange(len(owner))
    share = (np.asarray(weights) / np.sum(weights)).astype(np.float32)

    def loss(flat: Floats) -> tuple[float, Floats]:
        table = flat.reshape(samples.shape[1], items).astype(np.float32)
        level = samples @ table
        level -= level.max(1, keepdims=True)
        right = level[rows, owner]
        np.exp(level, out=level)
        total = level.sum(1)
        value = float(share @ (np.log(total) - right)) + PENALTY / 2 * float(np.sum(table[:-1] ** 2))
        level /= total[:, None]
        level[rows, owner] -= 1
        level *= share[:, None]
        slope = samples.T @ level
        slope[:-1] += PENALTY * table[:-1]
        return value, slope.ravel().astype(np.float64)

    start = np.zeros(samples.shape[1] * items)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS})
    return np.asarray(found.x.reshape(samples.shape[1], items), dtype=np.float32)


def nearness(vector: Floats, table: Floats) -> Floats:
    """(items) 0..1: logarithm of the softmax, from `FLOOR` to certainty."""
    level = (vector * SHARPNESS) @ table[:-1] + table[-1]
    shares = np.exp(level - level.max())
    shares /= shares.sum()
    return np.asarray(1 - np.log(shares + FLOOR) / np.log(FLOOR), dtype=np.float32)
