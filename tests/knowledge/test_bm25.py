"""Our BM25 is the one that bm25s computes."""

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.bm25 import BM25

TERMS = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=12)


@pytest.mark.parametrize(("k1", "b"), [(1.2, 0.6), (1.5, 0.75)])
def test_agrees_with_bm25s(k1: float, b: float) -> None:
    draw = np.random.default_rng(3)
    texts = [[f"t{draw.integers(30)}" for _ in range(draw.integers(1, 20))] for _ in range(60)]
    peer = bm25s.BM25(k1=k1, b=b, method="lucene")
    peer.index(texts, show_progress=False)
    ours = BM25.build(texts, k1=k1, b=b)
    for query in (["t1", "t2"], ["t3"], ["t4", "t5", "t29", "t7"]):
        # bm25s leaves out the constant factor (k1 + 1), which does not change any order
        np.testing.assert_allclose(ours.scores(ours.look_up(query)), peer.get_scores(query) * (k1 + 1), rtol=1e-4)


@given(st.lists(TERMS, min_size=1, max_size=8), TERMS)
def test_scores_are_never_negative_and_unknown_terms_add_nothing(texts: list[list[str]], query: list[str]) -> None:
    index = BM25.build(texts)
    scores = index.scores(index.look_up(query))
    assert scores.shape == (len(texts),)
    assert (scores >= 0).all()
    np.testing.assert_array_equal(scores, index.scores(index.look_up([*query, "unknown"])))


@given(st.lists(TERMS, min_size=1, max_size=8), TERMS)
def test_coverage_is_a_share(texts: list[list[str]], query: list[str]) -> None:
    index = BM25.build(texts)
    terms = index.look_up([*query, "unknown"])
    assert 0 <= terms.known < terms.mass
    assert (index.presence(terms) <= terms.known * 1.001 + 1e-6).all()


def test_saved_and_restored() -> None:
    index = BM25.build([["a", "b"], ["b"], []])
    again = BM25.restored(index.arrays(), list(index.vocabulary), index.size)
    np.testing.assert_array_equal(index.scores(index.look_up("ba")), again.scores(again.look_up("ba")))


def test_no_texts() -> None:
    assert BM25.build([]).scores(BM25.build([]).look_up("a")).shape == (0,)
