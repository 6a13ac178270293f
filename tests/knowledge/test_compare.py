"""The comparison prints every encoder alone, BM25, and their mixes."""

import json
from pathlib import Path

from knowledge import compare
from knowledge.latent import LatentEncoder
from tests.knowledge import stocks


def test_every_way_of_finding_has_its_line(tmp_path: Path) -> None:
    asked = tmp_path / "asked.jsonl"
    lines = [{"question": "社保卡让人偷了", "entry_id": "card"}, {"question": "今天下雨吗", "entry_id": None}]
    asked.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    encoders = {"one": LatentEncoder(dimension=4), "other": LatentEncoder(dimension=2)}
    table = compare.run(stocks.write(tmp_path / "entries"), asked, encoders)
    assert "3 条知识，1 个有答案的问题" in table
    for name in ("BM25 单字", "one", "other", "0.5 one + other", "0.5 one + BM25"):
        assert any(line.startswith(name) for line in table.splitlines())
