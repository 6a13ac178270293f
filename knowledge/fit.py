"""Learns the weights of knowledge/ranking.py from questions with known answers.

Development questions teach (knowledge/dev_questions.jsonl), written independently of the stock, half of them
unanswerable: other fields, and near misses of ours. Questions of the stock itself would teach the wrong thing: they are
in the index, and the encoder was trained on them.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped] # the package has no type information

from core.errors import Misuse
from knowledge import ranking, region
from knowledge.entry import Entry
from knowledge.index import LEGS, Index, Measured
from knowledge.ranking import FEATURES, Floats, Weights

QUESTIONS = Path(__file__).with_name("dev_questions.jsonl")
LOCAL = 0.15
HITS = 3
MOST_REFUSED = 0.005
"""Share of the questions with a right option that may be refused."""
UNANSWERED_WEIGHT = 0.4
"""What a development question without an entry counts: half of them are such, but a quarter of what citizens ask."""


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
    """Places of the right entries among the proposed items, maybe none."""
    aims: NDArray[np.int64]
    """Places of the items the choice should fall on: the right ones, or fields not ours, or none when unknown."""
    entries: int
    """How many items of the index are entries."""
    local: Floats
    """(proposed) what each one's region is worth."""
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
    local = _local(entries)
    return [_case(index, local, item) for item in asked]


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
        _, best, columns = _ranked(case, weights.legs, len(case.measured.numbers))
        chance = float(ranking.probabilities(columns[:1], weights)[0])
        places = np.flatnonzero(np.isin(best, case.right))
        out.append((chance, bool(len(places)) and int(places[0]) == 0, int(places[0]) + 1 if len(places) else 0))
    return out


def first_right(case: Case, legs: Floats) -> bool:
    """Whether these worths put a right entry first."""
    _, best, _ = _ranked(case, legs, 1)
    return bool(len(best)) and int(best[0]) in case.right


def thresholds(
    judgements: Sequence[tuple[float, bool, int]], most_wrong: float, weights: Sequence[float] = ()
) -> tuple[float, float]:
    """(answer, clarify): answer as often as leaves at most that share of the answers wrong; see `_clarify_at`."""
    pairs = sorted(zip(judgements, weights or [1.0] * len(judgements), strict=True), reverse=True)
    ordered = [judgement for judgement, _ in pairs]
    wrong, given, best = 0.0, 0.0, 0
    for number, ((chance, right, _), weight) in enumerate(pairs, 1):
        wrong += weight * (not right)
        given += weight
        last_of_equals = number == len(ordered) or ordered[number][0] < chance
        if last_of_equals and wrong <= most_wrong * given:
            best = number
    answer = ordered[best - 1][0] if best else 1.0
    return round(answer, 3), round(_clarify_at(judgements, answer), 3)


def _clarify_at(judgements: Sequence[tuple[float, bool, int]], answer: float) -> float:
    """Below `answer`: the highest level at which hardly any question is refused that the options would have answered.

    Citizens' stories are less sure than development questions: a choice offered in vain costs them a glance, a refusal
    the answer.
    """
    offered = sorted(chance for chance, _, place in judgements if 0 < place <= HITS + 1)
    level = offered[int(MOST_REFUSED * len(offered))] if offered else 0.0
    return min(level, answer)


def _local(entries: Sequence[Entry]) -> Floats:
    return np.asarray([region.level(entry.region) * LOCAL for entry in entries])


def _case(index: Index, local: Floats, asked: Asked) -> Case:
    numbers = {item.id: at for at, item in enumerate(index.items)}
    missing = [name for name in asked.right if name not in numbers]
    if missing:
        raise Misuse("bad_questions", f"“{asked.question}”指向的条目不存在：{missing[0]}")
    measured = index.measure(asked.question)
    right = np.flatnonzero(np.isin(measured.numbers, [numbers[name] for name in asked.right]))
    strangers = np.flatnonzero(measured.numbers >= len(local))
    aims = right if asked.right else strangers
    padded = np.concatenate([local, np.zeros(len(index.items) - len(local))])
    return Case(
        measured=measured,
        right=right,
        aims=aims,
        entries=len(local),
        local=padded[measured.numbers],
        weight=1.0 if asked.right else UNANSWERED_WEIGHT,
        asked=asked,
    )


def _ranked(case: Case, legs: Floats, hits: int) -> tuple[Floats, NDArray[np.int64], Floats]:
    """(worth of all proposed, the best of them, their features)."""
    worths = ranking.worth(case.measured, legs) + case.local
    ours = int(np.searchsorted(case.measured.numbers, case.entries))
    best = np.argsort(-worths[:ours], kind="stable")[:hits]
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
