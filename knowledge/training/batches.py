"""Which texts a training step sees. All follows the seed and the step's number, so that a run may go on anywhere.

A batch is made of clusters: a group and some of those nearest to it (by BM25, or of the same law or department). What
is in the batch are the negatives, so these are the hard ones.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge import tokens
from knowledge.bm25 import BM25
from knowledge.training.material import Group, Material, views
from knowledge.training.noise import Noise

SEED = 20261122
CLUSTER = 4
VIEWS = 3
"""Texts of one group in a batch about the stock; running text has two."""
NEAREST = 10
GENERAL_FIRST = 0.2
"""Share of the time that general text comes first in, if there is any."""
GENERAL_LATER = 0.12
"""Share of the steps that it keeps afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Texts with the groups that they belong to."""

    texts: tuple[str, ...]
    """The texts, noise and all."""
    groups: tuple[int, ...]
    """For each text the number of its group (within the stock, or within the general groups)."""
    own: bool
    """Whether the groups are of the stock."""


class Batches:
    """Draws batches; holds no state that a step changes."""

    def __init__(self, material: Material, noise: Noise, size: int) -> None:
        self._own, self._general = material.own, material.general
        self._noise = noise
        self._size = size
        self._near = neighbours(material.own)
        families: defaultdict[str, list[int]] = defaultdict(list)
        for at, group in enumerate(material.general):
            families[group.family].append(at)
        self._families = dict(families)
        self._place = {at: place for places in families.values() for place, at in enumerate(places)}

    def draw(self, step: int, progress: float) -> Batch:
        """The batch of a step; `progress` (0..1) says how far the training is."""
        chance = random.Random(SEED * 1_000_003 + step)  # noqa: S311 # repeatable on purpose
        share = 0.0 if not self._general else 0.9 if progress < GENERAL_FIRST else GENERAL_LATER
        own = chance.random() >= share
        source: Sequence[Group] = self._own if own else self._general
        count = VIEWS if own else 2
        chosen = self._clusters(own, min(max(self._size // count, 2), len(source)), chance)
        texts, owners = [], []
        for at in chosen:
            for text in views(source[at], count, chance):
                texts.append(self._changed(text, chance, own=own))
                owners.append(at)
        return Batch(texts=tuple(texts), groups=tuple(owners), own=own)

    def _clusters(self, own: bool, count: int, chance: random.Random) -> list[int]:
        """`count` different groups: seeds, each with some that are near it."""
        total = len(self._own) if own else len(self._general)
        chosen: dict[int, None] = {}
        while len(chosen) < count:
            seed = chance.randrange(total)
            near = self._near[seed] if own else self._family(seed)
            picked = chance.sample(near, min(CLUSTER - 1, len(near)))
            chosen |= dict.fromkeys([seed, *picked])
        return list(chosen)[:count]

    def _family(self, at: int) -> list[int]:
        """Groups that stand close by in the same law or department."""
        family, place = self._families[self._general[at].family], self._place[at]
        return [other for other in family[max(place - 6, 0) : place + 7] if other != at]

    def _changed(self, text: str, chance: random.Random, *, own: bool) -> str:
        """With noise (questions more than running text), and half of the time levelled as the search levels it."""
        if own or chance.random() < 0.3:
            text = self._noise(text, chance)
        if chance.random() < 0.5:
            text = tokens.of_the_field().analyse(text).plain or text
        return text


def neighbours(groups: Sequence[Group]) -> list[list[int]]:
    """For every group the others whose questions BM25 takes for its own, nearest first."""
    analyse = tokens.of_the_field().analyse
    asked = [(at, analyse(question)) for at, group in enumerate(groups) for question in group.asked[:12]]
    owners = np.asarray([at for at, _ in asked])
    postings = BM25.build([text.grams for _, text in asked])
    total = np.zeros((len(groups), len(groups)), dtype=np.float32)
    for at, text in asked:
        found = postings.look_up(text.grams)
        best = np.zeros(len(groups), dtype=np.float32)
        np.maximum.at(best, owners, postings.scores(found))
        total[at] += best / max(found.mass, 1e-6)
    np.fill_diagonal(total, -1)
    return [[int(other) for other in row] for row in np.argsort(-total, axis=1, kind="stable")[:, :NEAREST]]
