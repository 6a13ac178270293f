"""`python -m knowledge compare`: what an encoder finds among the stock by itself, beside BM25 and mixed with it.

An item counts as near as its nearest stored question (or, weaker, its nearest passage).
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge import fit, shelf, stock
from knowledge.bm25 import BM25
from knowledge.index import Item
from knowledge.tokens import of_the_field
from knowledge.vectors import Encoder, Floats

DEPTH = 10
_PASSAGE = 0.9
"""What nearness to a passage counts beside nearness to a question."""
_WEIGHTS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
Places = NDArray[np.int64]


def run(entries_dir: Path, questions: Path, encoders: dict[str, Encoder]) -> str:
    """A table for people."""
    entries = stock.load(entries_dir)
    items = [shelf.item(entry) for entry in entries]
    numbers = {item.id: at for at, item in enumerate(items)}
    asked = [item for item in fit.questions(questions) if item.right]
    right = [[numbers[name] for name in item.right if name in numbers] for item in asked]
    texts = [item.question for item in asked]
    scored = {f"BM25 {name}": _bm25(items, texts, cut) for name, cut in _cuts().items()}
    dense = {name: _dense(items, texts, encoder) for name, encoder in encoders.items()}
    scored |= dense
    names = list(dense)
    for at, one in enumerate(names):
        for other in names[at + 1 :]:
            mixes = {weight: weight * dense[one] + (1 - weight) * dense[other] for weight in _WEIGHTS}
            scored |= {f"{weight} {one} + {other}": mixed for weight, mixed in mixes.items()}
    best = max((name for name in scored if name.startswith("BM25")), key=lambda name: _figures(scored[name], right)[1])
    for one in names:
        mixes = {weight: weight * dense[one] + (1 - weight) * scored[best] for weight in _WEIGHTS}
        scored |= {f"{weight} {one} + {best}": mixed for weight, mixed in mixes.items()}
    lines = [f"{len(items)} 条知识，{len(texts)} 个有答案的问题", f"{'':<36}{'R@1':>8}{'MRR@10':>8}{'R@10':>8}"]
    for name, scores in scored.items():
        lines.append(f"{name:<36}" + "".join(f"{value:>8.3f}" for value in _figures(scores, right)))
    return "\n".join(lines)


def _figures(scores: Floats, right: Sequence[Sequence[int]]) -> tuple[float, float, float]:
    """(R@1, MRR@10, R@10)."""
    places = []
    for row, wanted in zip(scores, right, strict=True):
        order = np.argsort(-row, kind="stable")[:DEPTH]
        found = np.flatnonzero(np.isin(order, wanted))
        places.append(int(found[0]) + 1 if len(found) else 1_000)
    ranks = np.asarray(places)
    return (
        float(np.mean(ranks == 1)),
        float(np.mean(np.where(ranks <= DEPTH, 1 / ranks, 0))),
        float(np.mean(ranks <= DEPTH)),
    )


def _dense(items: Sequence[Item], texts: Sequence[str], encoder: Encoder) -> Floats:
    """(texts, items) nearness."""
    questions = [text for item in items for text in item.questions]
    passages = [text for item in items for text in item.passages]
    of_question = [at for at, item in enumerate(items) for _ in item.questions]
    of_passage = [at for at, item in enumerate(items) for _ in item.passages]
    encoder = encoder.fitted([*questions, *passages], [*of_question, *of_passage])
    asked = encoder.encode(texts)
    best = _best(asked @ encoder.encode(questions).T, of_question, len(items))
    if passages:
        best = np.maximum(best, _PASSAGE * _best(asked @ encoder.encode(passages).T, of_passage, len(items)))
    return best


def _best(scores: Floats, owners: Sequence[int], items: int) -> Floats:
    best = np.zeros((len(scores), items), dtype=np.float32)
    for row, values in enumerate(scores):
        np.maximum.at(best[row], owners, values)
    return best


def _bm25(items: Sequence[Item], texts: Sequence[str], cut: Callable[[str], Sequence[str]]) -> Floats:
    """(texts, items) score of the best stored question, as a share of what the question could reach at all."""
    questions = [text for item in items for text in item.questions]
    owners = [at for at, item in enumerate(items) for _ in item.questions]
    postings = BM25.build([cut(text) for text in questions])
    best = np.zeros((len(texts), len(items)), dtype=np.float32)
    for row, text in enumerate(texts):
        found = postings.look_up(cut(text))
        np.maximum.at(best[row], owners, postings.scores(found) / max(found.mass, 1e-6))
    return best


def _cuts() -> dict[str, Callable[[str], Sequence[str]]]:
    analyse = of_the_field().analyse
    return {
        "字与二字": lambda text: analyse(text).grams,
        "词与概念": lambda text: analyse(text).words,
        "单字": lambda text: [gram for gram in analyse(text).grams if len(gram) == 1 or gram.isascii()],
        "二字": lambda text: [gram for gram in analyse(text).grams if len(gram) > 1],
    }
