"""`python -m knowledge judge`: how the shipped stock does on questions that nothing was fitted to.

Held-out lines are {"question", "entry_id": id or null, "also": [ids], "kind"}. A question is *covered* when the right
entry is given at once or stands among the two to four readings offered. The *wrong share* is of all answers given:
a wrong entry, or any entry for a question that the stock does not answer.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import Misuse
from knowledge.search import Decision, Found

HELDOUT = Path(__file__).with_name("heldout")
MOST_WRONG, LEAST_COVERED = 0.02, 0.85
BINS = 10
COVERAGES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
Report = dict[str, Any]
Ask = Callable[[str], Found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One held-out question."""

    question: str
    right: frozenset[str]
    """Ids that answer it; empty when nothing does."""
    kind: str
    """In which manner it is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of it."""

    asked: Asked
    decision: Decision
    chance: float
    """Probability that was promised for the first hit; 0 without one."""
    first: bool
    """Whether the first hit is right."""
    offered: bool
    """Whether a right entry is among the hits shown."""


def questions(paths: Iterable[Path]) -> tuple[Asked, ...]:
    """Every line of every file, each question once; raises Misuse naming a bad line."""
    found: dict[str, Asked] = {}
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                data = json.loads(line)
                right = frozenset([*([data["entry_id"]] if data["entry_id"] else []), *data.get("also", ())])
                found[data["question"]] = Asked(question=data["question"], right=right, kind=data.get("kind", ""))
            except (ValueError, KeyError, TypeError) as error:
                raise Misuse("bad_questions", f"{path.name} 第{number}行读不懂", detail=str(error)) from None
    return tuple(found.values())


def judge(asked: Iterable[Asked], ask: Ask) -> list[Verdict]:
    """Ask everything."""
    return [_verdict(item, ask(item.question)) for item in asked]


def _verdict(asked: Asked, found: Found) -> Verdict:
    ids = [hit.entry.id for hit in found.hits]
    return Verdict(
        asked=asked,
        decision=found.decision,
        chance=found.hits[0].score if found.hits else 0.0,
        first=bool(ids) and ids[0] in asked.right,
        offered=bool(asked.right & set(ids)),
    )


def report(verdicts: Sequence[Verdict]) -> Report:
    """Every figure; `met` says whether the mark is kept."""
    known = [one for one in verdicts if one.asked.right]
    unknown = [one for one in verdicts if not one.asked.right]
    given = [one for one in verdicts if one.decision is Decision.ANSWER]
    wrong = _share(given, lambda one: not one.first)
    at_once = _share(known, _right_at_once)
    covered = _share(known, lambda one: _right_at_once(one) or _rightly_offered(one))
    return {
        "questions": len(verdicts),
        "answerable": len(known),
        "unanswerable": len(unknown),
        "first_right": _share(known, lambda one: one.first),
        "answers_given": len(given),
        "wrong_share": wrong,
        "wrong_of_answerable": _share([one for one in given if one.asked.right], lambda one: not one.first),
        "right_at_once": at_once,
        "given_at_once": _share(known, lambda one: one.decision is Decision.ANSWER),
        "covered": covered,
        "decisions": {"answerable": _fates(known), "unanswerable": _fates(unknown)},
        "kinds": {kind: _kind(rows) for kind, rows in _by_kind(verdicts).items()},
        "reliability": reliability(verdicts),
        "calibration_error": calibration_error(verdicts),
        "risk_coverage": risk_coverage(verdicts),
        "marks": {"wrong_share": MOST_WRONG, "covered": LEAST_COVERED},
        "met": wrong <= MOST_WRONG and covered >= LEAST_COVERED,
        "met_at_once": wrong <= MOST_WRONG and at_once >= LEAST_COVERED,
    }


def reliability(verdicts: Sequence[Verdict]) -> list[Report]:
    """Per tenth of promised probability: how many first hits, what was promised on average, what came true."""
    rows = []
    for at in range(BINS):
        here = [one for one in verdicts if min(int(one.chance * BINS), BINS - 1) == at]
        if here:
            promised = float(np.mean([one.chance for one in here]))
            rows.append(
                {
                    "from": at / BINS,
                    "count": len(here),
                    "promised": round(promised, 3),
                    "true": _share(here, lambda one: one.first),
                }
            )
    return rows


def calibration_error(verdicts: Sequence[Verdict]) -> float:
    """Mean distance between promise and truth over the tenths, weighted by their size."""
    rows = reliability(verdicts)
    gaps = sum(float(row["count"]) * abs(row["promised"] - row["true"]) for row in rows)
    return round(float(gaps) / max(1, len(verdicts)), 4)


def risk_coverage(verdicts: Sequence[Verdict]) -> list[Report]:
    """If the surest share of *all* questions were answered at once: how many of those answers would be wrong."""
    ordered = sorted(verdicts, key=lambda one: -one.chance)
    points = []
    for coverage in COVERAGES:
        kept = ordered[: max(1, round(coverage * len(ordered)))]
        points.append(
            {
                "coverage": coverage,
                "threshold": kept[-1].chance if kept else 1.0,
                "wrong": _share(kept, lambda one: not one.first),
                "right_of_answerable": round(
                    sum(one.first for one in kept) / max(1, sum(bool(one.asked.right) for one in verdicts)), 4
                ),
            }
        )
    return points


def table(found: Report) -> str:
    """The report for people."""
    lines = [
        f"留出问题 {found['questions']} 个：答得了的 {found['answerable']} 个，答不了的 {found['unanswerable']} 个",
        f"第一位就对 {found['first_right']:.1%}；直接给出 {found['answers_given']} 个答案，"
        f"其中错的 {found['wrong_share']:.2%}（含不该答的；只看答得了的 {found['wrong_of_answerable']:.2%}）",
        f"覆盖率（直接答对，或选项里有对的）{found['covered']:.1%}；只算直接答对 {found['right_at_once']:.1%}，"
        f"直接给答案（不论对错）{found['given_at_once']:.1%}",
        f"目标：错的 ≤ {MOST_WRONG:.0%} 且覆盖率 ≥ {LEAST_COVERED:.0%}：{_yes(found['met'])}"
        f"（若只算直接答对：{_yes(found['met_at_once'])}）",
        "",
        _row("", ["答对", "答错", "选项有", "选项无", "拒答"]),
    ]
    names = {"answerable": "答得了的", "unanswerable": "答不了的"}
    for name, fates in found["decisions"].items():
        lines.append(_row(names[name], [f"{fates[key]:.1%}" for key in FATES]))
    lines += ["", _row("问法", ["个数", "首位对", "覆盖", "答错"])]
    for kind, row in found["kinds"].items():
        shares = [f"{row[name]:.1%}" for name in ("first_right", "covered", "wrong")]
        lines.append(_row(kind, [str(row["count"]), *shares]))
    lines += ["", f"可靠性（概率偏差 ECE {found['calibration_error']:.3f}）", _row("概率档", ["个数", "承诺", "实际"])]
    for row in found["reliability"]:
        lines.append(
            _row(f"{row['from']:.1f} 起", [str(row["count"]), f"{row['promised']:.1%}", f"{row['true']:.1%}"])
            + "  "
            + "█" * round(20 * row["true"])
        )
    lines += ["", "风险与覆盖（按把握从大到小，直接回答全部问题的这么多）", _row("回答", ["门槛", "其中错", "答对"])]
    for row in found["risk_coverage"]:
        figures = [f"{row['threshold']:.3f}", f"{row['wrong']:.1%}", f"{row['right_of_answerable']:.1%}"]
        lines.append(_row(f"{row['coverage']:.0%}", figures))
    return "\n".join(lines)


FATES = ("right", "wrong", "offered", "missed", "refused")


def _fates(rows: Sequence[Verdict]) -> dict[str, float]:
    return {fate: _share(rows, lambda one, fate=fate: _fate(one) == fate) for fate in FATES}


def _fate(one: Verdict) -> str:
    if one.decision is Decision.ANSWER:
        return "right" if one.first else "wrong"
    if one.decision is Decision.CLARIFY:
        return "offered" if one.offered else "missed"
    return "refused"


def _right_at_once(one: Verdict) -> bool:
    return one.decision is Decision.ANSWER and one.first


def _rightly_offered(one: Verdict) -> bool:
    return one.decision is Decision.CLARIFY and one.offered


def _by_kind(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    found: dict[str, list[Verdict]] = {}
    for one in verdicts:
        name = one.asked.kind or "其他"
        found.setdefault(name if one.asked.right else f"{name}（答不了）", []).append(one)
    return dict(sorted(found.items()))


def _kind(rows: Sequence[Verdict]) -> Report:
    return {
        "count": len(rows),
        "first_right": _share(rows, lambda one: one.first),
        "covered": _share(rows, lambda one: _right_at_once(one) or _rightly_offered(one)),
        "wrong": _share(rows, lambda one: _fate(one) == "wrong"),
    }


def _share(rows: Sequence[Verdict], holds: Callable[..., bool]) -> float:
    return round(sum(map(holds, rows)) / len(rows), 4) if rows else 0.0


def _row(head: str, cells: Sequence[str]) -> str:
    width = sum(2 if ord(char) > 255 else 1 for char in head)
    return head + " " * max(1, 20 - width) + "".join(cell.rjust(9 - sum(ord(c) > 255 for c in cell)) for cell in cells)


def _yes(met: bool) -> str:
    return "达到" if met else "没有达到"


def files(folder: Path = HELDOUT) -> list[Path]:
    """The project's own held-out questions."""
    return sorted(folder.glob("*.jsonl"))
