"""Whom a question is about, as far as its words say so, and whether a rule concerns them."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

EVERYBODY = "所有人"
OF_CONCEPT = {
    "#灵活就业": "灵活就业人员",
    "#职工养老": "职工",
    "#职工医保": "职工",
    "#居民养老": "城乡居民",
    "#居民医保": "城乡居民",
    "#农民": "城乡居民",
    "#失业": "失业人员",
    "#老人": "老年人",
    "#残疾": "残疾人",
    "#孩子": "学生儿童",
    "#毕业生": "学生儿童",
    "#个体户": "个体工商户",
}
_NAMES = sorted(set(OF_CONCEPT.values()))
CONCERNED, UNSAID, NOT_CONCERNED = 1.0, 0.5, 0.0


def table(persons: Iterable[Sequence[str]]) -> NDArray[np.float32]:
    """(names, items): what each item is worth for each kind of person."""
    rows = [
        [
            UNSAID if not named or EVERYBODY in named else CONCERNED if name in named else NOT_CONCERNED
            for name in _NAMES
        ]
        for named in persons
    ]
    return np.asarray(rows, dtype=np.float32).reshape(-1, len(_NAMES)).T


def said(words: Iterable[str]) -> list[int]:
    """Rows of `table` that the words of a question (with their concepts) speak of."""
    return sorted({_NAMES.index(OF_CONCEPT[word]) for word in words if word in OF_CONCEPT})
