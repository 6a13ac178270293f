"""The room alone, from the command line."""

import json
from pathlib import Path

import pytest

from knowledge.__main__ import main
from tests.knowledge.stocks import entry, write


def test_build_then_search(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--entries", str(write(tmp_path / "entries")), "--index", str(tmp_path / "index")]
    assert main(["build", *where]) == 0
    assert main(["build", *where]) == 0
    assert "没有变化" in capsys.readouterr().out
    assert main(["search", "取公积金", "--json", *where]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["decision"] == "answer"
    assert found["hits"][0]["entry_id"] == "fund"
    assert found["hits"][0]["source"]["basis"] == [{"law": "社会保险法", "article": "第四条"}]
    assert main(["search", "取公积金", *where]) == 0
    assert "社会保险法 第四条" in capsys.readouterr().out


def test_validate_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--entries", str(write(tmp_path / "good"))]) == 0
    assert main(["validate", "--entries", str(write(tmp_path / "bad", entry("card", basis=[])))]) == 1
    assert "some.yml：条目 card 的 basis" in capsys.readouterr().out


def test_validate_against_laws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    laws = tmp_path / "laws"
    laws.mkdir()
    (laws / "社会保险法(2018-12-29).md").write_text("第五条 别的。", encoding="utf-8")
    assert main(["validate", "--entries", str(write(tmp_path / "entries")), "--laws", str(laws)]) == 1
    assert "《社会保险法》没有第四条" in capsys.readouterr().out


def test_a_missing_folder_is_a_sentence_and_not_a_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--entries", str(tmp_path), "--index", str(tmp_path / "index")]) == 2
    assert "没有知识条目" in capsys.readouterr().err


def test_eval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "f").write_text('{"id": "a", "question": "", "answer": "社保卡挂失"}\n' * 1, encoding="utf-8")
    (tmp_path / "q").write_text('{"qid": "1", "query": "挂失", "faq_id": ["a"]}\n', encoding="utf-8")
    files = ["--faq", str(tmp_path / "f"), "--queries", str(tmp_path / "q")]
    assert main(["eval", "--json", *files]) == 0
    assert json.loads(capsys.readouterr().out)["ours"]["recall@1"] == 1
    assert main(["eval", *files]) == 0
    assert "MRR@10" in capsys.readouterr().out
