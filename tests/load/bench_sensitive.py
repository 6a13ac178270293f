"""What 100,000 sensitive words cost one message: `python -m tests.load.bench_sensitive [--words N]`. JSON last."""

import argparse
import json
import random
import resource
import time
from pathlib import Path

from knowledge.sensitive.level import table
from knowledge.sensitive.matching import Action, WordList, Words

QUESTIONS = Path(__file__).resolve().parents[2] / "knowledge" / "dev_questions.jsonl"
ROUNDS = 20


def words(count: int) -> list[str]:
    """Made-up words of two to eight characters."""
    dice = random.Random(5)
    common = [chr(code) for code in range(0x4E00, 0x4E00 + 3500)]
    made: set[str] = set()
    while len(made) < count:
        made.add("".join(dice.choices(common, k=dice.randint(2, 8))))
    return sorted(made)


def megabytes() -> float:
    """Largest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(count: int) -> dict[str, float]:
    """Build and ask; microseconds per message over real questions, and for the longest message there may be."""
    made = words(count)
    begun = time.perf_counter()
    table()
    table_ms = (time.perf_counter() - begun) * 1000
    before, begun = megabytes(), time.perf_counter()
    lists = Words([WordList(name="bench", action=Action.BLOCK, whole_words=False, words=made)])
    build_ms = (time.perf_counter() - begun) * 1000
    asked = [json.loads(line)["question"] for line in QUESTIONS.read_text("utf-8").splitlines() if line.strip()]
    times = []
    for _ in range(ROUNDS):
        for question in asked:
            begun = time.perf_counter()
            lists.judge(question)
            times.append((time.perf_counter() - begun) * 1e6)
    times.sort()
    longest = ("".join(asked) * 10)[:1000]
    begun = time.perf_counter()
    for _ in range(100):
        lists.judge(longest)
    return {
        "words": lists.count,
        "messages": len(asked),
        "mean_characters": round(sum(map(len, asked)) / len(asked), 1),
        "mean_us": round(sum(times) / len(times), 2),
        "p50_us": round(times[len(times) // 2], 2),
        "p99_us": round(times[int(len(times) * 0.99)], 2),
        "thousand_characters_us": round((time.perf_counter() - begun) * 1e4, 1),
        "table_ms": round(table_ms),
        "build_ms": round(build_ms),
        "memory_mb": round(megabytes() - before, 1),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=100_000)
    print(json.dumps(run(parser.parse_args().words)))
