"""Memory of everything that runs: `script/bench memory` while `script/serve` runs and is idle.

PSS shares each page among the processes that map it, so its sum is what the machine really gives; RSS counts shared
pages once per process. MEASURES: <= 3 GB.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from core.settings import load

MARK_MIB = 3072.0
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """One role with all of its processes."""

    role: str
    processes: int
    pss_mib: float
    rss_mib: float


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it; empty when it has ended."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def usage(role: str, processes: Iterable[psutil.Process]) -> Usage:
    """Sum over the processes; one that ends meanwhile counts nothing."""
    pss = rss = count = 0
    for process in processes:
        try:
            memory = process.memory_full_info()
        except psutil.NoSuchProcess:
            continue
        pss, rss, count = pss + memory.pss, rss + memory.rss, count + 1
    return Usage(role=role, processes=count, pss_mib=round(pss / MIB, 1), rss_mib=round(rss / MIB, 1))


def measure(status: Mapping[str, object]) -> list[Usage]:
    """Every role of var/run/status.json, and the supervisor itself."""
    supervisor, roles = status["supervisor"], status["roles"]
    if not isinstance(supervisor, int) or not isinstance(roles, dict):
        raise TypeError("status.json has another shape")
    rows = [usage("supervisor", tree(supervisor)[:1])]
    return rows + [usage(name, tree(role["pid"]) if role["pid"] else []) for name, role in roles.items()]


def main() -> int:
    """Exit status 1 when nothing runs or the mark is missed."""
    argparse.ArgumentParser(prog="script/bench memory", description=__doc__).parse_args()
    path: Path = load().state_dir / "run" / "status.json"
    rows = measure(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else []
    if not any(row.processes for row in rows):
        print("nothing runs: start script/serve first", file=sys.stderr)
        return 1
    total = sum(row.pss_mib for row in rows)
    print(f"{'role':<12}{'processes':>10}{'PSS MiB':>10}{'RSS MiB':>10}")
    for row in rows:
        print(f"{row.role:<12}{row.processes:>10}{row.pss_mib:>10.1f}{row.rss_mib:>10.1f}")
    print(f"{'all':<12}{sum(row.processes for row in rows):>10}{total:>10.1f}{sum(row.rss_mib for row in rows):>10.1f}")
    result = {
        "bench": "memory",
        "roles": [asdict(row) for row in rows],
        "pss_mib": round(total, 1),
        "mark_mib": MARK_MIB,
    }
    print(json.dumps({**result, "met": total <= MARK_MIB}))
    return 0 if total <= MARK_MIB else 1


if __name__ == "__main__":
    sys.exit(main())
