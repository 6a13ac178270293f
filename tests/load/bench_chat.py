"""A consult question, ours beside plain Rasa: `script/bench chat`. MEASURES 1: throughput >= 3x, p95 <= 1/2.

Both servers know the same entries and are asked the same questions, which neither was trained on, by the same client
on the same machine, one server after the other, in turns (`--rounds`): what is printed are medians over the rounds.
Ours is the whole of script/serve (database, dialogue, web, worker); the peer is `rasa run` with its REST channel.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge import stock
from knowledge.entry import Entry
from tests.load import plain_rasa, stack, verdict
from tests.load.chat_client import Result
from tests.load.verdict import Judge, Question

ENTRIES = stack.ROOT / "knowledge" / "entries"
HELDOUT = stack.ROOT / "knowledge" / "heldout" / "questions.jsonl"
THROUGHPUT_MARK, P95_MARK = 3.0, 0.5
CITIZENS = (1, 20)
PEER, OURS = "rasa", "ours"
FAST = "knowledge_first"


@dataclass(slots=True, kw_only=True)
class Figures:
    """What was measured of one server."""

    speed: dict[int, list[dict[str, float]]] = field(default_factory=dict)
    """Number of citizens -> one row per round."""
    pss_mib: list[dict[str, float]] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    """Which step of our turn answered how often, warm-up included, in the last round."""
    ready_seconds: list[float] = field(default_factory=list)


def main() -> int:
    """Exit status 1 when the mark is missed, 2 when it could not be measured."""
    options = _parser().parse_args()
    entries = stock.load(ENTRIES)
    pool = verdict.questions(HELDOUT, entries, itself=options.itself)
    judge = Judge(entries, pool)
    found = {PEER: Figures(), OURS: Figures()}
    try:
        with tempfile.TemporaryDirectory(prefix="huichuang-bench-") as folder:
            trained = prepare(Path(folder) / PEER, entries, options.epochs)
            for number in range(options.rounds):
                for name, figures in found.items():
                    _say(f"round {number + 1}: {name}")
                    _measure(name, Path(folder), trained, figures, options, pool, judge)
    except (stack.NotRunning, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 2
    report = _report(found, trained, options, len(pool))
    _show(report)
    print(json.dumps(report, ensure_ascii=False))
    return 0 if report["met"] else 1


def prepare(folder: Path, entries: Sequence[Entry], epochs: int) -> plain_rasa.Trained:
    """The peer's project in `folder`, and its model. Raises RuntimeError."""
    cache = stack.ROOT / "var" / "bench"
    _say(f"plain Rasa: training, unless these entries were trained before (an hour or so; see {cache}/*.log)")
    files = plain_rasa.project(entries, epochs=epochs)
    plain_rasa.write(folder, files)
    trained = plain_rasa.train(stack.ROOT, cache, files)
    _say(f"plain Rasa: {'cached, was ' if trained.cached else ''}trained in {trained.seconds:.0f} s")
    return trained


@contextmanager
def server(name: str, folder: Path, model: Path) -> Iterator[stack.Server]:
    """Plain Rasa (its project lies in `folder`/rasa) or ours. Raises NotRunning."""
    if name == OURS:
        with tempfile.TemporaryDirectory(prefix="ours-", dir=folder) as own, stack.ours(Path(own)) as running:
            yield running
        return
    port = stack.free_ports(1)[0]
    part = plain_rasa.role(stack.ROOT, folder / PEER, model, port)
    with stack.running(PEER, f"http://127.0.0.1:{port}", folder / PEER, [part], "/") as running:
        yield running


def _measure(
    name: str,
    folder: Path,
    trained: plain_rasa.Trained,
    figures: Figures,
    options: argparse.Namespace,
    pool: Sequence[Question],
    judge: Judge,
) -> None:
    with server(name, folder, trained.model) as running:
        figures.ready_seconds.append(round(running.ready_seconds, 1))
        for citizens, turns in zip(CITIZENS, (options.turns, options.turns_many), strict=True):
            drawn = verdict.sample(pool, options.warm_up + turns, seed=citizens)
            texts = [question.text for question in drawn]
            warm_up = verdict.conversations(texts[: options.warm_up], max(1, options.warm_up // citizens))
            before = running.load()
            result = running.talk(citizens, warm_up, verdict.conversations(texts[options.warm_up :], options.length))
            row = _row(result, before, running.load(), options.warm_up)
            figures.speed.setdefault(citizens, []).append(row)
            _say(f"  {citizens} citizens: {row}")
            figures.answers = judge.count(result.turns)
        figures.steps = running.steps() if name == OURS else {}
        figures.pss_mib.append(running.load().pss_mib)


def _row(result: Result, before: stack.Load, after: stack.Load, warm_up: int) -> dict[str, float]:
    """One run's figures; processor time is per turn, warm-up included."""
    count = len(result.turns)
    row = {"per_second": round(count / result.seconds, 2), **verdict.times(result.turns)}
    row["client_cpu_ms"] = round(1000 * result.cpu_seconds / count, 2)
    for role, seconds in after.cpu_seconds.items():
        row[f"cpu_ms_{role}"] = round(1000 * (seconds - before.cpu_seconds[role]) / (count + warm_up), 2)
    return row


def _report(
    found: dict[str, Figures], trained: plain_rasa.Trained, options: argparse.Namespace, questions: int
) -> dict[str, Any]:
    servers: dict[str, Any] = {}
    for name, figures in found.items():
        memory = verdict.middle(figures.pss_mib)
        total = sum(figures.answers.values())
        servers[name] = {
            "speed": {citizens: verdict.middle(rows) for citizens, rows in figures.speed.items()},
            "pss_mib": memory | {"all": round(sum(memory.values()), 1)},
            "answers": figures.answers,
            "steps": figures.steps,
            "right_share": round(figures.answers["right"] / total, 3),
            "wrong_share": round(figures.answers["wrong"] / total, 3),
            "ready_seconds": figures.ready_seconds,
        }
    ratios = {citizens: _ratio(servers[OURS], servers[PEER], citizens) for citizens in CITIZENS}
    good = all(one["throughput"] >= THROUGHPUT_MARK and one["p95"] <= P95_MARK for one in ratios.values())
    failed = sum(one["answers"]["failed"] for one in servers.values())
    return {
        "bench": "chat",
        "rounds": options.rounds,
        "questions": questions,
        "peer_epochs": options.epochs,
        "peer_training_seconds": round(trained.seconds, 1),
        "servers": servers,
        "ratios": ratios,
        "fast_lane_share": _share(found[OURS].steps),
        "marks": {"throughput": THROUGHPUT_MARK, "p95": P95_MARK},
        "met": good and not failed,
    }


def _ratio(own: dict[str, Any], peer: dict[str, Any], citizens: int) -> dict[str, float]:
    mine, theirs = own["speed"][citizens], peer["speed"][citizens]
    ratio = {name: round(mine[name] / theirs[name], 3) for name in ("p50", "p95", "p99")}
    return {"throughput": round(mine["per_second"] / theirs["per_second"], 2), **ratio}


def _share(steps: dict[str, int]) -> float:
    """Of the turns that the knowledge base answered without the dialogue engine."""
    return round(steps.get(FAST, 0) / max(1, sum(steps.values())), 3)


def _show(report: dict[str, Any]) -> None:
    names = ("per_second", "p50", "p95", "p99")
    print(f"\n{'citizens':>8} {'server':<6}{'turns/s':>10}{'p50 ms':>10}{'p95 ms':>10}{'p99 ms':>10}")
    for citizens, ratio in report["ratios"].items():
        for name, one in report["servers"].items():
            speed = one["speed"][citizens]
            print(f"{citizens:>8} {name:<6}" + "".join(f"{speed[figure]:>10.1f}" for figure in names))
        values = [ratio["throughput"], ratio["p50"], ratio["p95"], ratio["p99"]]
        print(f"{'':>8} {'ratio':<6}" + "".join(f"{value:>10.2f}" for value in values))
    print(f"\n{'server':<8}{'PSS MiB':>9}" + "".join(f"{name:>9}" for name in report["servers"][OURS]["answers"]))
    for name, one in report["servers"].items():
        print(f"{name:<8}{one['pss_mib']['all']:>9.0f}" + "".join(f"{count:>9}" for count in one["answers"].values()))
    print(f"\nfast lane: {report['fast_lane_share']:.1%} of our turns; marks met: {report['met']}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="script/bench chat", description=__doc__)
    parser.add_argument("--turns", type=int, default=200, help="measured turns with one citizen")
    parser.add_argument("--turns-many", type=int, default=600, help="measured turns with twenty citizens")
    parser.add_argument("--warm-up", type=int, default=30, help="turns before each measurement")
    parser.add_argument("--length", type=int, default=10, help="turns of a conversation")
    parser.add_argument("--itself", action="store_true", help="ask about the assistant itself, too")
    parser.add_argument("--rounds", type=int, default=3, help="how often each server is started and measured")
    add_epochs(parser)
    return parser


def add_epochs(parser: argparse.ArgumentParser) -> None:
    """For a quick look at speed alone: the peer's answers need all of them."""
    parser.add_argument("--epochs", type=int, default=plain_rasa.EPOCHS, help="of the peer's training")


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
