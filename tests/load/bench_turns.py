"""Does a turn get slower as its conversation grows: `script/bench turns`. MEASURES 2: turn 500 <= 1.2x turn 5.

One citizen talks for 500 turns: questions of rules, follow-ups that lean on the last answer, small talk. The sentences
of the first twenty turns of one conversation are those of the last twenty of its twin, so that what is compared differs
in its place alone. Plain Rasa is measured beside ours, after it, with the same sentences.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from knowledge import stock
from tests.load import bench_chat, stack, verdict
from tests.load.bench_chat import ENTRIES, HELDOUT, OURS, PEER
from tests.load.chat_client import TurnSeen
from tests.load.verdict import Question

MARK = 1.2
ENDS = 20
"""How many turns at either end are compared."""
CYCLE = ("consult", "follow_up", "consult", "chat")
FOLLOW_UPS = ("要带什么材料", "在哪里办", "要多久能办好", "要收费吗", "那断缴了呢")
CHAT = ("你好", "谢谢", "你是机器人吗", "好的", "早上好")


def main() -> int:
    """Exit status 1 when the mark is missed, 2 when it could not be measured."""
    options = _parser().parse_args()
    entries = stock.load(ENTRIES)
    talks = script(verdict.questions(HELDOUT, entries), options.turns, options.pairs)
    try:
        with tempfile.TemporaryDirectory(prefix="huichuang-bench-") as folder:
            trained = bench_chat.prepare(Path(folder) / PEER, entries, options.epochs)
            servers = {name: _measure(name, Path(folder), trained.model, talks) for name in (OURS, PEER)}
    except (stack.NotRunning, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 2
    _show(servers)
    met = not servers[OURS]["failed"] and all(row["ratio"] <= MARK for row in servers[OURS]["kinds"].values())
    report = {"bench": "turns", "turns": options.turns, "conversations": len(talks), "servers": servers}
    print(json.dumps({**report, "mark": MARK, "met": met}, ensure_ascii=False))
    return 0 if met else 1


def script(pool: Sequence[Question], turns: int, pairs: int) -> list[list[str]]:
    """`pairs` twins of conversations of `turns` sentences, a multiple of the cycle's length."""
    questions = [question.text for question in verdict.sample(pool, turns * pairs, seed=2)]
    talks = []
    for pair in range(pairs):
        one = _conversation(questions[pair * turns : (pair + 1) * turns], turns)
        talks += [one, [*one[-ENDS:], *one[ENDS:-ENDS], *one[:ENDS]]]
    return talks


def _conversation(questions: Sequence[str], turns: int) -> list[str]:
    """The n-th sentence is of the kind `_kind(n)`."""
    texts = {"follow_up": FOLLOW_UPS, "chat": CHAT, "consult": questions}
    used = dict.fromkeys(texts, 0)
    talk = []
    for place in range(turns):
        kind = _kind(place)
        talk.append(texts[kind][used[kind] % len(texts[kind])])
        used[kind] += 1
    return talk


def _kind(place: int) -> str:
    return CYCLE[place % len(CYCLE)]


def _measure(name: str, folder: Path, model: Path, talks: list[list[str]]) -> dict[str, Any]:
    print(name, file=sys.stderr, flush=True)
    with bench_chat.server(name, folder, model) as running:
        seen = running.talk(1, [talks[0][: 2 * ENDS]], talks).turns
    length = len(talks[0])
    first = [turn for turn in seen if turn.turn < ENDS]
    last = [turn for turn in seen if turn.turn >= length - ENDS]
    kinds = {kind: _compare(first, last, kind) for kind in dict.fromkeys(CYCLE)}
    growth = [_p50(turn for turn in seen if at <= turn.turn < at + 100) for at in range(0, length, 100)]
    return {"kinds": kinds, "p50_by_hundred": growth, "failed": sum(bool(turn.fault) for turn in seen)}


def _compare(first: Iterable[TurnSeen], last: Iterable[TurnSeen], kind: str) -> dict[str, float]:
    head = _p50(turn for turn in first if _kind(turn.turn) == kind)
    tail = _p50(turn for turn in last if _kind(turn.turn) == kind)
    return {"first": head, "last": tail, "ratio": round(tail / head, 2)}


def _p50(turns: Iterable[TurnSeen]) -> float:
    return round(statistics.median(turn.ms for turn in turns), 2)


def _show(servers: dict[str, Any]) -> None:
    print(f"\n{'server':<8}{'kind':<12}{f'first {ENDS}':>12}{f'last {ENDS}':>12}{'ratio':>8}   (p50 ms)")
    for name, one in servers.items():
        for kind, row in one["kinds"].items():
            print(f"{name:<8}{kind:<12}{row['first']:>12.1f}{row['last']:>12.1f}{row['ratio']:>8.2f}")
        print(f"{name:<8}by hundred  {'  '.join(f'{value:.1f}' for value in one['p50_by_hundred'])}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="script/bench turns", description=__doc__)
    parser.add_argument("--turns", type=int, default=500, help="turns of a conversation")
    parser.add_argument("--pairs", type=int, default=2, help="twins of conversations")
    bench_chat.add_epochs(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
