"""`python -m knowledge eval`: how well any question-and-answer set is found, beside BM25 in the same run.

Formats: FAQ lines {"id", "question", "answer"}, query lines {"qid", "query", "faq_id": [ids]}. The peer is BM25 over
the whole text in six tokenisations; the best of them counts. Nothing is learned from the set.
"""

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import Misuse
from knowledge import tokens
from knowledge.bm25 import BM25
from knowledge.index import LEGS, Index, Item, Measured, passages
from knowledge.vectors import Encoder, Floats

DEPTH = 10
_TOLD = {"i_gram": 1.0, "a_gram": 0.2, "i_word": 0.2, "a_dense": 0.1}
_ASKED = {"i_gram": 1.0, "a_gram": 0.2, "i_word": 0.5, "a_dense": 0.1, "q_gram": 0.3, "q_word": 0.5, "q_dense": 0.5}
_ASKING = re.compile(r"[？?吗]|什么|怎么|怎样|如何|多少|多久|几|哪|谁|能否|是否|可以|能不能|何时")
Report = dict[str, Any]
Cut = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question with the answers that count as right."""

    text: str
    """The words."""
    right: frozenset[int]
    """Numbers of the right items."""


def run(faq: Path, queries: Path, encoder: Encoder) -> Report:
    """Build a throw-away index and measure; raises Misuse when a file is not as documented."""
    items = [_item(data) for data in _lines(faq)]
    numbers = {item.id: at for at, item in enumerate(items)}
    asked = [_query(data, numbers) for data in _lines(queries)]
    if not items or not asked:
        raise Misuse("bad_set", "问答集或问题是空的")
    started = time.perf_counter()
    index = Index.build(items, encoder)
    built = time.perf_counter() - started
    spent: list[float] = []
    legs: list[Measured] = []
    mixed: list[Floats] = []
    weights = fixed_weights(items)
    for query in asked:
        began = time.perf_counter()
        measured = index.measure(query.text)
        combined = weights @ measured.legs
        spent.append((time.perf_counter() - began) * 1000)
        legs.append(measured)
        mixed.append(spread(measured, combined, len(items)))
    peers = {name: peer(items, asked, cut) for name, cut in cuts().items()}
    best = max(peers, key=lambda name: float(peers[name]["mrr@10"]))
    return {
        "faq": len(items),
        "queries": len(asked),
        "build_seconds": round(built, 2),
        "ours": figures(asked, mixed) | _milliseconds(spent),
        "parts": {
            name: figures(asked, [spread(one, one.legs[at], len(items)) for one in legs])
            for at, name in enumerate(LEGS)
        },
        "bm25": peers,
        "bm25_best": best,
    }


def spread(measured: Measured, worths: Floats, items: int) -> Floats:
    """(items) the worth of each; of those that were not proposed, the lowest."""
    out = np.full(items, -np.inf)
    out[measured.numbers] = worths
    return out


def fixed_weights(items: Sequence[Item]) -> Floats:
    """(legs) for a stock that nothing was learned from.

    The question legs count where most items hold a question; a mere title (of an article, of a matter) does not help.
    """
    asking = sum(any(_ASKING.search(question) for question in item.questions) for item in items)
    weights = _ASKED if asking > len(items) / 2 else _TOLD
    return np.asarray([weights.get(name, 0.0) for name in LEGS])


def table(report: Report) -> str:
    """The report for people."""
    head = f"{report['faq']} 条问答，{report['queries']} 个问题，建索引 {report['build_seconds']} 秒"
    rows = [("本系统", report["ours"])]
    rows += [(f"  部分 {name}", scores) for name, scores in report["parts"].items()]
    rows += [(f"BM25 {name}{' *' if name == report['bm25_best'] else ''}", s) for name, s in report["bm25"].items()]
    lines = [f"{'':<18}{'R@1':>8}{'R@5':>8}{'R@10':>8}{'MRR@10':>8}{'毫秒':>8}"]
    for name, scores in rows:
        figures = "".join(f"{scores[key]:>9.3f}" for key in ("recall@1", "recall@5", "recall@10", "mrr@10"))
        lines.append(f"{name:<18}{figures}{scores.get('ms_p50', ''):>9}")
    return "\n".join([head, *lines])


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise Misuse("bad_set", f"读不懂文件：{path}", detail=str(error)) from None


def _item(data: dict[str, Any]) -> Item:
    try:
        question, answer = data.get("question", ""), data["answer"]
        return Item(id=data["id"], questions=(question,) if question else (), passages=passages(answer))
    except (KeyError, TypeError, AttributeError):
        raise Misuse("bad_set", '问答集每行应有 "id"、"question"、"answer"') from None


def _query(data: dict[str, Any], numbers: dict[str, int]) -> Query:
    try:
        return Query(text=data["query"], right=frozenset(numbers[name] for name in data["faq_id"]))
    except (KeyError, TypeError):
        raise Misuse("bad_set", '问题每行应有 "query" 和 "faq_id"（问答集里有的 id）') from None


def cuts() -> dict[str, Cut]:
    analyse = tokens.of_the_field().analyse

    def words(text: str) -> list[str]:
        return [word for part in passages(text, tokens.LONGEST) for word in analyse(part).words if word[0] != "#"]

    def grams(*widths: int) -> Cut:
        def cut(text: str) -> list[str]:
            plain = "".join(char for char in text.lower() if char.isalnum())
            return [plain[at : at + width] for width in widths for at in range(len(plain) - width + 1)]

        return cut

    return {
        "jieba": words,
        "1": grams(1),
        "2": grams(2),
        "1+2": grams(1, 2),
        "1+2+3": grams(1, 2, 3),
        "jieba+2": lambda text: [*words(text), *grams(2)(text)],
    }


def peer(items: Sequence[Item], asked: Sequence[Query], cut: Cut) -> Report:
    index = BM25.build([cut("\n".join((*item.questions, *item.passages))) for item in items], k1=1.5, b=0.75)
    spent, scores = [], []
    for query in asked:
        began = time.perf_counter()
        scores.append(index.scores(index.look_up(cut(query.text))))
        spent.append((time.perf_counter() - began) * 1000)
    return figures(asked, scores) | _milliseconds(spent)


def figures(asked: Sequence[Query], scores: Sequence[Floats]) -> Report:
    places = np.asarray([_place(query, row) for query, row in zip(asked, scores, strict=True)])
    report = {f"recall@{depth}": float(np.mean(places <= depth)) for depth in (1, 5, 10)}
    report["mrr@10"] = float(np.mean(np.where(places <= DEPTH, 1 / places, 0)))
    return {name: round(value, 4) for name, value in report.items()}


def _place(query: Query, scores: Floats) -> int:
    """Place of the first right item, from 1; of equals the earlier item comes first."""
    order: NDArray[np.int64] = np.argsort(-scores, kind="stable")[:DEPTH]
    places = [at for at, item in enumerate(order, 1) if int(item) in query.right]
    return places[0] if places else DEPTH + 1_000


def _milliseconds(spent: Sequence[float]) -> Report:
    return {"ms_p50": round(float(np.median(spent)), 3), "ms_p95": round(float(np.percentile(spent, 95)), 3)}
