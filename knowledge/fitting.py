"""`python -m knowledge fit`: learns the weights, says how they do on questions they did not see, and writes them."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.errors import Misuse
from knowledge import fit, shelf
from knowledge.fit import Case
from knowledge.index import LEGS
from knowledge.ranking import FEATURES, Floats, Weights
from knowledge.vectors import Encoder

MOST_WRONG = 0.015
"""Share of the answers given that may be wrong: the promise is 0.02, less room for questions unlike these."""
_PARTS = 5


def run(entries_dir: Path, questions: Path, output: Path, encoder: Encoder, index_dir: Path) -> None:
    """Fit to all development questions; the figures printed are of questions left out, a fifth at a time."""
    shelf.build(entries_dir, index_dir, encoder)
    _, entries, index = shelf.load(index_dir, encoder)
    dev = fit.dev_cases(entries, fit.questions(questions), index)
    judged = cross_judged(dev)
    answer, clarify = fit.thresholds(judged, MOST_WRONG, [case.weight for case in dev])
    weights = replace(fit.fit(dev), answer=answer, clarify=clarify)
    print(report(dev, judged, weights))
    alone = parts(dev)
    best = max(alone, key=lambda name: alone[name])
    mixed = float(np.mean([right for (_, right, _), case in zip(judged, dev, strict=True) if case.asked.right]))
    print("各部分单独：" + "，".join(f"{name} {share:.1%}" for name, share in alone.items()))
    print(f"合起来 {mixed:.1%}，最好的一部分 {best} {alone[best]:.1%}")
    if mixed < alone[best]:
        raise Misuse("worse_than_part", f"合起来不如单独的 {best}，权重没有写入")
    output.write_text(json.dumps(weights.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def cross_judged(dev: Sequence[Case]) -> list[tuple[float, bool, int]]:
    """What models fitted without a question say of it, in the order of `dev`."""
    part = np.random.default_rng(0).integers(0, _PARTS, len(dev))
    judged: dict[int, tuple[float, bool, int]] = {}
    for held in range(_PARTS):
        _say(f"交叉检验 {held + 1}/{_PARTS}")
        weights = fit.fit([case for case, at in zip(dev, part, strict=True) if at != held])
        mine = np.flatnonzero(part == held).tolist()
        judged |= dict(zip(mine, fit.judged([dev[at] for at in mine], weights), strict=True))
    return [judged[at] for at in range(len(dev))]


def report(dev: Sequence[Case], judged: Sequence[tuple[float, bool, int]], weights: Weights) -> str:
    """Figures for people."""
    chance = np.asarray([item[0] for item in judged])
    right = np.asarray([item[1] for item in judged])
    place = np.asarray([item[2] for item in judged])
    known = np.asarray([bool(len(case.right)) for case in dev])
    given, offered = chance >= weights.answer, (chance < weights.answer) & (chance >= weights.clarify)
    lines = [
        f"开发问题 {len(dev)} 个，其中答不了的 {int((~known).sum())} 个（以下都在没学过的五分之一上量得）",
        f"第一位就对 {np.mean(right[known]):.1%}，前三位有 {np.mean((place > 0)[known] & (place <= 3)[known]):.1%}",
        f"直接回答 {np.mean(given[known]):.1%}，其中答错 {np.mean(~right[given]):.1%}（连同不该答的）",
        f"答得了的：答对 {np.mean((given & right)[known]):.1%}，让人选且选项里有 "
        f"{np.mean((offered & (place > 0))[known]):.1%}，拒答 {np.mean((~given & ~offered)[known]):.1%}",
        f"答不了的：拒答 {np.mean((~given & ~offered)[~known]):.1%}，让人选 {np.mean(offered[~known]):.1%}，"
        f"误答 {np.mean(given[~known]):.1%}",
        f"概率偏差（ECE，十档）{calibration_error(chance, right):.3f}",
        f"阈值：回答 {weights.answer}，让人选 {weights.clarify}",
        "特征：" + "，".join(f"{name} {slope:+.2f}" for name, slope in zip(FEATURES, weights.slopes, strict=True)),
    ]
    return "\n".join(lines)


def parts(dev: Sequence[Case]) -> dict[str, float]:
    """Share of the answerable questions whose right entry comes first, by each leg alone."""
    known = [case for case in dev if case.asked.right]
    found = {}
    for leg, name in enumerate(LEGS):
        alone = np.zeros(len(LEGS))
        alone[leg] = 1.0
        found[name] = float(np.mean([fit.first_right(case, alone) for case in known])) if known else 0.0
    return found


def calibration_error(chance: Floats, right: Floats, bins: int = 10) -> float:
    """Mean distance between what was promised and what came true, weighted by how often it was promised."""
    level = np.minimum((chance * bins).astype(int), bins - 1)
    gaps = [abs(chance[level == at].mean() - right[level == at].mean()) * np.mean(level == at) for at in set(level)]
    return float(sum(gaps))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
