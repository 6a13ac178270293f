"""Learns the weights of knowledge/ranking.py from questions with known answers.

Three kinds of questions teach: development questions written independently of the stock (knowledge/dev_questions.jsonl,
with unanswerable ones); similar questions of the stock, each asked of an index that lacks them; and questions whose
whole entry is missing from the index asked, so that nothing that is found answers them.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped] # the package has no type information

from core.errors import Misuse
from knowledge import outside, ranking, region, shelf
from knowledge.entry import Entry
from knowledge.index import LEGS, Index, Item, Measured
from knowledge.ranking import FEATURES, Floats, Weights
from knowledge.vectors import Encoder

QUESTIONS = Path(__file__).with_name("dev_questions.jsonl")
LOCAL = 0.15
HITS = 3
_FOLDS = 4
_STOCK_WEIGHT = 0.15
"""What a question of the stock counts beside a development question: there are many, and they resemble each other."""
_MISSING_WEIGHT = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with its right entries; none when nothing answers it."""

    question: str
    """The words."""
    right: tuple[str, ...]
    """Ids of the entries that answer it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question held against an index."""

    measured: Measured
    """The legs."""
    right: NDArray[np.int64]
    """Numbers of the right entries, maybe none."""
    aims: NDArray[np.int64]
    """Numbers of the items the choice should fall on: the right ones, or fields not ours, or none when unknown."""
    entries: int
    """How many of the items are entries."""
    local: Floats
    """(items) what each one's region is worth."""
    weight: float
    """How much it counts."""
    asked: Asked
    """What was asked."""


def questions(path: Path = QUESTIONS) -> tuple[Asked, ...]:
    """Lines {"question", "entry_id": id or null, "also": [further right ids]?}; raises Misuse naming a bad line."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            data = json.loads(line)
            named = [data["entry_id"]] if data["entry_id"] else []
            found.append(Asked(question=data["question"], right=(*named, *data.get("also", ()))))
        except (ValueError, KeyError, TypeError) as error:
            raise Misuse("bad_questions", f"{path.name} 第{number}行读不懂", detail=str(error)) from None
    return tuple(found)


def dev_cases(entries: Sequence[Entry], asked: Iterable[Asked], index: Index) -> list[Case]:
    """Development questions against the whole stock."""
    return [_case(index, _local(entries), item, 1.0) for item in asked]


def stock_cases(entries: Sequence[Entry], encoder: Encoder, say: Callable[[str], None]) -> list[Case]:
    """Similar questions against indexes that lack them, and questions of entries that are missing there."""
    items = [shelf.item(entry) for entry in entries]
    strangers = [field.item() for field in outside.load()]
    cases = []
    for fold in range(_FOLDS):
        say(f"留出 {fold + 1}/{_FOLDS}")
        rest = [at for at in range(len(items)) if at % _FOLDS != fold]
        kept = [replace(items[at], questions=_without(items[at], fold)) for at in rest]
        index = Index.build(kept + strangers, encoder)
        local = _local([entries[at] for at in rest])
        for at in rest:
            for question in _only(items[at], fold):
                cases.append(_case(index, local, Asked(question=question, right=(items[at].id,)), _STOCK_WEIGHT))
        for item in items[fold::_FOLDS]:
            for question in item.questions[1:7:2]:
                cases.append(_case(index, local, Asked(question=question, right=()), _MISSING_WEIGHT))
    return cases


def fit(cases: Sequence[Case]) -> Weights:
    """Choice model, then logistic model; the thresholds are left at 1 (see `thresholds`)."""
    legs = _fit_choice([case for case in cases if len(case.aims)])
    columns, labels, weights = _table(cases, legs)
    centre, scale = columns.mean(0), columns.std(0) + 1e-6
    slopes, intercept = _fit_logistic((columns - centre) / scale, labels, weights)
    return Weights(
        legs=legs, local=LOCAL, centre=centre, scale=scale, slopes=slopes, intercept=intercept, answer=1.0, clarify=1.0
    )


def judged(cases: Iterable[Case], weights: Weights) -> list[tuple[float, bool, int]]:
    """(probability of the best hit, whether it is right, place of the right one from 1 or 0) per case."""
    out = []
    for case in cases:
        _, best, columns = _ranked(case, weights.legs, case.entries)
        chance = float(ranking.probabilities(columns[:1], weights)[0])
        places = np.flatnonzero(np.isin(best, case.right))
        out.append((chance, bool(len(places)) and int(places[0]) == 0, int(places[0]) + 1 if len(places) else 0))
    return out


def thresholds(judgements: Sequence[tuple[float, bool, int]], most_wrong: float) -> tuple[float, float]:
    """(answer, clarify): answer as often as leaves at most that share of the answers wrong; see `_clarify_at`."""
    ordered = sorted(judgements, reverse=True)
    wrong, best = 0, 0
    for number, (chance, right, _) in enumerate(ordered, 1):
        wrong += not right
        last_of_equals = number == len(ordered) or ordered[number][0] < chance
        if last_of_equals and wrong <= most_wrong * number:
            best = number
    answer = ordered[best - 1][0] if best else 1.0
    return round(answer, 3), round(_clarify_at(judgements, answer), 3)


def _clarify_at(judgements: Sequence[tuple[float, bool, int]], answer: float) -> float:
    """Below `answer`: the level at which the fewest questions with an entry are refused and without one are offered."""
    rest = [(chance, 0 < place <= HITS + 1) for chance, _, place in judgements if chance < answer]
    levels = sorted({chance for chance, _ in rest} | {0.0, answer})

    def harm(level: float) -> float:
        refused = sum(1 for chance, offered in rest if offered and chance < level)
        offered_in_vain = sum(1 for chance, offered in rest if not offered and chance >= level)
        return refused + 0.5 * offered_in_vain

    return min(levels, key=harm)


def _without(item: Item, fold: int) -> tuple[str, ...]:
    return tuple(question for at, question in enumerate(item.questions) if at == 0 or at % _FOLDS != fold)


def _only(item: Item, fold: int) -> tuple[str, ...]:
    return tuple(question for at, question in enumerate(item.questions) if at and at % _FOLDS == fold)


def _local(entries: Sequence[Entry]) -> Floats:
    return np.asarray([region.level(entry.region) * LOCAL for entry in entries])


def _case(index: Index, local: Floats, asked: Asked, weight: float) -> Case:
    numbers = {item.id: at for at, item in enumerate(index.items)}
    missing = [name for name in asked.right if name not in numbers]
    if missing:
        raise Misuse("bad_questions", f"“{asked.question}”指向的条目不存在：{missing[0]}")
    right = np.asarray([numbers[name] for name in asked.right], dtype=np.int64)
    known = len(local)
    aims = right if len(right) or weight < 1 else np.arange(known, len(index.items))
    padded = np.concatenate([local, np.zeros(len(index.items) - known)])
    return Case(
        measured=index.measure(asked.question),
        right=right,
        aims=aims,
        entries=known,
        local=padded,
        weight=weight,
        asked=asked,
    )


def _ranked(case: Case, legs: Floats, hits: int) -> tuple[Floats, NDArray[np.int64], Floats]:
    """(worth of all, best items, their features)."""
    worths = ranking.worth(case.measured, legs) + case.local
    best = np.argsort(-worths[: case.entries], kind="stable")[:hits]
    return worths, best, ranking.features(case.measured, worths, best, case.entries)


def _fit_choice(cases: Sequence[Case]) -> Floats:
    """(legs) of a softmax over all items, none negative, kept small."""
    total = sum(case.weight for case in cases)

    def loss(legs: Floats) -> tuple[float, Floats]:
        value, slope = 0.01 * float(legs @ legs) / 2, 0.01 * legs
        for case in cases:
            matrix = case.measured.legs
            worths = legs @ matrix + case.local
            shares = np.exp(worths - worths.max())
            shares /= shares.sum()
            aim = np.zeros_like(shares)
            aim[case.aims] = shares[case.aims]
            hit = max(float(aim.sum()), 1e-12)
            value -= case.weight / total * float(np.log(hit))
            slope = slope + case.weight / total * (matrix @ (shares - aim / hit))
        return value, slope

    start = np.full(len(LEGS), 2.0)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(LEGS), options={"maxiter": 60})
    return np.asarray(found.x, dtype=np.float32)


def _table(cases: Sequence[Case], legs: Floats) -> tuple[Floats, Floats, Floats]:
    """(rows, FEATURES), (rows) right or not, (rows) weight: the best hits of every case."""
    columns, labels, weights = [], [], []
    for case in cases:
        _, best, rows = _ranked(case, legs, HITS)
        columns.append(rows)
        labels.append(np.isin(best, case.right))
        weights.append(case.weight * np.asarray([1.0, *[0.3] * (len(best) - 1)]))
    return np.concatenate(columns), np.concatenate(labels).astype(float), np.concatenate(weights)


def _fit_logistic(columns: Floats, labels: Floats, weights: Floats) -> tuple[Floats, float]:
    def loss(model: Floats) -> tuple[float, Any]:
        level = columns @ model[:-1] + model[-1]
        chance = 1 / (1 + np.exp(-level))
        value = float(weights @ (np.logaddexp(0, level) - labels * level)) + float(model[:-1] @ model[:-1]) / 2
        slope = (chance - labels) * weights
        return value, np.concatenate([slope @ columns + model[:-1], [slope.sum()]])

    found = minimize(loss, np.zeros(len(FEATURES) + 1), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(found.x[:-1]), float(found.x[-1])
