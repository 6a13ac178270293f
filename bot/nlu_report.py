"""Measure the intents: held-out sentences (Rasa NLU format) against the trained model.

    script/nlu-report [--file F.yml ...] [--out FOLDER] [--least 0.92] [--json]

Writes confusion.csv (rows: what was meant, columns: what was understood) and errors.md; exit code 1 below `--least`.
Short sentences (谢谢) that happen to stand in the training data too are counted apart: the mark is for unseen ones.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.dialogue import launch

HELD_OUT = launch.ROOT / "nlu_data" / "heldout"
TRAINED = launch.ROOT / "nlu_data" / "train"
STATE = Path(os.environ.get("HUICHUANG_STATE_DIR") or launch.ROOT / "var")
LEAST = 0.92


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One sentence, what was meant and what was understood."""

    text: str
    meant: str
    understood: str
    confidence: float
    fallback: bool
    seen: bool
    """The very sentence stands in the training data."""

    @property
    def right(self) -> bool:
        return self.meant == self.understood


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All sentences judged."""

    judged: tuple[Judged, ...]
    milliseconds: float
    """Per sentence, the model alone."""

    @property
    def accuracy(self) -> float:
        """Share understood rightly."""
        return sum(one.right for one in self.judged) / len(self.judged)

    @property
    def unseen(self) -> tuple[Judged, ...]:
        """Sentences that were not trained on."""
        return tuple(one for one in self.judged if not one.seen)

    @property
    def unseen_accuracy(self) -> float:
        """The figure that counts; 0 when there is nothing unseen to judge."""
        return sum(one.right for one in self.unseen) / max(1, len(self.unseen))

    def recall(self) -> dict[str, tuple[int, int]]:
        """Intent -> (right, all)."""
        total = Counter(one.meant for one in self.judged)
        right = Counter(one.meant for one in self.judged if one.right)
        return {intent: (right[intent], total[intent]) for intent in sorted(total)}

    def to_json(self) -> dict[str, Any]:
        return {
            "sentences": len(self.judged),
            "accuracy": round(self.accuracy, 4),
            "unseen": len(self.unseen),
            "unseen_accuracy": round(self.unseen_accuracy, 4),
            "fallback": round(sum(one.fallback for one in self.judged) / len(self.judged), 4),
            "milliseconds": round(self.milliseconds, 3),
            "recall": {intent: round(right / total, 3) for intent, (right, total) in self.recall().items()},
        }


def read(paths: Sequence[Path]) -> list[tuple[str, str]]:
    """(text, intent) of Rasa NLU files."""
    pairs = []
    for path in paths:
        for block in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", ()):
            for line in block.get("examples", "").splitlines():
                if "intent" in block and (text := line.strip().removeprefix("-").strip()):
                    pairs.append((text, str(block["intent"])))
    return pairs


def judge(pairs: Sequence[tuple[str, str]], model: Path) -> Report:
    """Have the dialogue environment understand them all; raises CalledProcessError when it cannot."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [str(launch.python()), "-m", "bot.dialogue.parse", str(model)],
        input=json.dumps([text for text, _ in pairs]).encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=launch.ROOT,
        env=launch.environment(""),
        check=True,
    )
    trained = {text for text, _ in read(sorted(TRAINED.glob("*.yml")))}
    answer = json.loads(done.stdout.splitlines()[-1])
    judged = tuple(
        Judged(
            text=text,
            meant=meant,
            understood=result["intent"],
            confidence=result["confidence"],
            fallback=result["fallback"],
            seen=text in trained,
        )
        for (text, meant), result in zip(pairs, answer["results"], strict=True)
    )
    return Report(judged=judged, milliseconds=answer["milliseconds"])


def write(report: Report, folder: Path) -> None:
    """confusion.csv, errors.md, report.json."""
    folder.mkdir(parents=True, exist_ok=True)
    intents = sorted({one.meant for one in report.judged} | {one.understood for one in report.judged})
    counts = Counter((one.meant, one.understood) for one in report.judged)
    with (folder / "confusion.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["meant \\ understood", *intents])
        table.writerows([meant, *(counts[meant, understood] for understood in intents)] for meant in intents)
    wrong = sorted((one for one in report.judged if not one.right), key=lambda one: (one.meant, one.understood))
    lines = [f"- {one.text}: {one.meant} -> {one.understood} ({one.confidence:.2f})" for one in wrong]
    (folder / "errors.md").write_text("\n".join([f"# {len(wrong)} of {len(report.judged)} wrong", *lines, ""]), "utf-8")
    (folder / "report.json").write_text(json.dumps(report.to_json(), ensure_ascii=False, indent=1) + "\n", "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """0: good enough; 1: below the mark; 2: nothing to measure with."""
    parser = argparse.ArgumentParser(prog="script/nlu-report", description="用留出句子检验意图识别")
    parser.add_argument(
        "--file", type=Path, action="append", help="Rasa NLU 文件，可多次；不填为 nlu_data/heldout/*.yml"
    )
    parser.add_argument("--out", type=Path, default=STATE / "reports" / "nlu")
    parser.add_argument("--least", type=float, default=LEAST)
    parser.add_argument("--json", action="store_true", help="只输出 JSON")
    chosen = parser.parse_args(arguments)
    pairs = read(chosen.file or sorted(HELD_OUT.glob("*.yml")))
    try:
        model = launch.model(STATE / "models")
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    if not pairs:
        print(f"没有可检验的句子（{HELD_OUT}）", file=sys.stderr)
        return 2
    report = judge(pairs, model)
    write(report, chosen.out)
    if not chosen.json:
        for intent, (right, total) in report.recall().items():
            print(f"{intent:16} {right:4}/{total:<4} {right / total:6.1%}")
    print(json.dumps({**report.to_json(), "least": chosen.least, "report": str(chosen.out)}, ensure_ascii=False))
    return 0 if report.unseen_accuracy >= chosen.least else 1


if __name__ == "__main__":
    sys.exit(main())
