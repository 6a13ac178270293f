"""`eval` measures any question-and-answer set beside BM25, and says what is wrong with a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import Misuse
from knowledge import evaluate
from knowledge.index import LEGS, Item, passages
from knowledge.latent import LatentEncoder

FAQ = [
    {"id": "a", "question": "", "answer": "社保卡丢了，先打12333挂失，再到窗口补办。"},
    {"id": "b", "question": "", "answer": "居住证到派出所办理，要住满半年。"},
    {"id": "c", "question": "", "answer": "公积金可以用来付房租。提取要在网上申请。"},
]
QUERIES = [
    {"qid": "1", "query": "社保卡挂失", "faq_id": ["a"]},
    {"qid": "2", "query": "居住证在哪办", "faq_id": ["b"]},
    {"qid": "3", "query": "公积金提取付房租", "faq_id": ["c", "a"]},
]


def lines(path: Path, data: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(item) + "\n" for item in data), encoding="utf-8")
    return path


def test_reports_ours_each_part_and_the_peer(tmp_path: Path) -> None:
    report = evaluate.run(lines(tmp_path / "f", FAQ), lines(tmp_path / "q", QUERIES), LatentEncoder(dimension=2))
    assert report["ours"]["recall@1"] == report["ours"]["mrr@10"] == 1
    assert set(report["parts"]) == set(LEGS)
    assert len(report["bm25"]) == 6 and report["bm25_best"] in report["bm25"]
    assert report["ours"]["ms_p50"] > 0
    assert "BM25" in evaluate.table(report)


@pytest.mark.parametrize(
    ("faq", "queries"),
    [
        (FAQ, [{"qid": "1", "query": "x", "faq_id": ["nobody"]}]),
        (FAQ, [{"qid": "1"}]),
        ([{"id": "a"}], QUERIES),
        ([], QUERIES),
        (FAQ, []),
    ],
)
def test_a_wrong_file_is_said(tmp_path: Path, faq: list[dict[str, Any]], queries: list[dict[str, Any]]) -> None:
    with pytest.raises(Misuse, match="bad_set"):
        evaluate.run(lines(tmp_path / "f", faq), lines(tmp_path / "q", queries), LatentEncoder(dimension=2))


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="bad_set"):
        evaluate.run(tmp_path / "f", tmp_path / "q", LatentEncoder())


def test_passages_are_whole_sentences() -> None:
    text = "第一句话。第二句话！" + "很长的一句话" * 20 + "。尾巴"
    assert "".join(passages(text)) == text
    assert passages("") == ()
    assert passages("第一句。第二句。", size=4) == ("第一句。", "第二句。")


def test_questions_count_where_they_are_questions() -> None:
    def weight(leg: str, question: str) -> float:
        item = Item(id="a", questions=(question,), passages=("答",))
        return float(evaluate.fixed_weights([item])[LEGS.index(leg)])

    assert weight("q_gram", "社保卡丢了怎么办？") > 0
    assert weight("q_gram", "社会保险法第四条") == 0
