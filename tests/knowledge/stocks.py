"""Small made-up stocks for tests of the knowledge room."""

from pathlib import Path
from typing import Any

import yaml

TOPICS = {
    "card": (
        "社保卡",
        ["社保卡丢了怎么办", "卡不见了怎么补", "社会保障卡遗失", "怎么挂失社保卡", "补办社保卡", "卡被偷了"],
    ),
    "permit": ("居住证", ["居住证怎么办", "办暂住证", "外地人居住证", "去哪办居住证", "居住证办理", "居住证要什么"]),
    "fund": (
        "公积金",
        ["公积金怎么提取", "取公积金", "租房提公积金", "公积金能取吗", "提取住房公积金", "公积金取出来"],
    ),
}


def entry(name: str, **changes: Any) -> dict[str, Any]:
    """One valid raw entry about a topic of `TOPICS`, with some fields changed."""
    subject, asked = TOPICS[name.split("-", maxsplit=1)[0]]
    raw: dict[str, Any] = {
        "id": name,
        "question": f"{subject}的事怎么办理？",
        "subject": subject,
        "similar": asked,
        "short": f"请到{subject}窗口办理。",
        "answer": f"请带身份证到{subject}窗口办理，当场办结。\n不收费。",
        "basis": [{"law": "社会保险法", "article": "第四条"}],
        "region": "000000",
    }
    return raw | changes


def write(folder: Path, *entries: dict[str, Any], name: str = "some.yml") -> Path:
    """A folder with one file of these entries (all topics when none are given)."""
    folder.mkdir(parents=True, exist_ok=True)
    stock = {"topic": "试验", "entries": list(entries) or [entry(topic) for topic in TOPICS]}
    (folder / name).write_text(yaml.safe_dump(stock, allow_unicode=True), encoding="utf-8")
    return folder
