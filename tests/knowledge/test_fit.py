"""Weights are data that fit the program; the development questions are sound and not copied from the stock."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import Misuse
from knowledge import fit, fitting, shelf, stock
from knowledge.entry import Entry
from knowledge.index import Index
from knowledge.latent import LatentEncoder
from knowledge.laws import plain
from knowledge.ranking import Weights
from tests.knowledge.stocks import entry, write


def test_shipped_weights_round_trip() -> None:
    weights = Weights.load()
    again = Weights.from_json(weights.to_json())
    np.testing.assert_allclose(weights.slopes, again.slopes)
    assert 0 < weights.clarify < weights.answer < 1
    assert (weights.legs >= 0).all()


def test_weights_that_do_not_fit_are_said(tmp_path: Path) -> None:
    (tmp_path / "w").write_text("{}", encoding="utf-8")
    with pytest.raises(Misuse, match="bad_weights"):
        Weights.load(tmp_path / "w")


def test_development_questions_are_sound(entries: tuple[Entry, ...]) -> None:
    asked = fit.questions()
    ids = {entry.id for entry in entries}
    assert {name for item in asked for name in item.right} <= ids
    assert sum(not item.right for item in asked) >= 120
    assert len({item.question for item in asked}) == len(asked)


def test_development_questions_are_not_copied_from_the_stock(entries: tuple[Entry, ...]) -> None:
    stored = {plain(question).rstrip("？?") for entry in entries for question in entry.questions}
    assert [item.question for item in fit.questions() if plain(item.question).rstrip("？?") in stored] == []


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "q").write_text('{"question": "x", "entry_id": null}\n{"question": "y"}\n', encoding="utf-8")
    with pytest.raises(Misuse) as caught:
        fit.questions(tmp_path / "q")
    assert "第2行" in caught.value.message


def test_thresholds_keep_wrong_answers_rare() -> None:
    judged = [(0.9 - at / 1000, at % 20 != 19, 1) for at in range(200)] + [(0.3, False, 0)] * 100
    answer, clarify = fit.thresholds(judged, 0.06)
    given = [right for chance, right, _ in judged if chance >= answer]
    assert len(given) > 100 and given.count(False) <= 0.06 * len(given)
    assert clarify <= answer


def test_calibration_error() -> None:
    assert fitting.calibration_error(np.asarray([0.95, 0.95]), np.asarray([1.0, 1.0])) == pytest.approx(0.05)
    assert fitting.calibration_error(np.asarray([0.0, 1.0]), np.asarray([1.0, 0.0])) == 1


def test_a_small_stock_can_be_learned_from(tmp_path: Path) -> None:
    entries = stock.load(write(tmp_path, *(entry(name) for name in ("card", "permit", "fund"))))
    encoder = LatentEncoder(dimension=8)
    asked = [
        fit.Asked(question="社保卡掉了", right=("card",)),
        fit.Asked(question="怎么拿居住证", right=("permit",)),
        fit.Asked(question="公积金想取", right=("fund",)),
        fit.Asked(question="明天下雪吗", right=()),
        fit.Asked(question="护照怎么办理", right=()),
    ]
    cases = fit.dev_cases(entries, asked, Index.build(shelf.items(entries), encoder))
    weights = replace(fit.fit(cases), answer=0.5, clarify=0.2)
    judged = fit.judged(cases, weights)
    assert [right for _, right, _ in judged[:3]] == [True] * 3
    assert min(chance for chance, _, _ in judged[:3]) > max(chance for chance, _, _ in judged[3:])
    assert "直接回答" in fitting.report(cases, judged, weights)
