"""How long one search takes: `python -m tests.load.bench_search`. Prints JSON last."""

import json
import sys
import time
from datetime import date

import numpy as np

from core.settings import ROOT
from knowledge import encoder, shelf
from knowledge.search import Knowledge

ENTRIES, INDEX = ROOT / "knowledge" / "entries", ROOT / "var" / "index"
ON = date(2026, 11, 22)
TARGET_MS = 1.5


def main() -> int:
    """Every stored question once, slightly changed so that none is an exact match; 0 when the p50 target is met."""
    builtin = encoder.choose("builtin")
    shelf.build(ENTRIES, INDEX, builtin)
    began = time.perf_counter()
    knowledge = Knowledge.open(entries_dir=ENTRIES, index_dir=INDEX, encoder=builtin)
    opened = time.perf_counter() - began
    asked = [f"想了解{question[1:]}" for entry in knowledge.entries for question in entry.questions]
    for question in asked[:100]:
        knowledge.search(question, region="330100", on=ON)
    spent = []
    for question in asked:
        began = time.perf_counter()
        knowledge.search(question, region="330100", on=ON)
        spent.append((time.perf_counter() - began) * 1000)
    p50, p95, p99 = (round(float(value), 3) for value in np.percentile(spent, [50, 95, 99]))
    print(f"{len(knowledge.entries)} entries, {len(asked)} questions: p50 {p50} ms, p95 {p95} ms, p99 {p99} ms")
    report = {"entries": len(knowledge.entries), "questions": len(asked), "open_seconds": round(opened, 2)}
    print(json.dumps(report | {"p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "target_ms": TARGET_MS}))
    return 0 if p50 <= TARGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
