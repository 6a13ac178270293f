"""`python -m knowledge calculate NAME key=value...`: one calculation on the command line."""

import argparse
import json
from typing import Any

from core import settings
from core.clock import SystemClock, today
from core.errors import Misuse
from knowledge.calculators.catalogue import CALCULATORS, calculate, find
from knowledge.calculators.hearing import read
from knowledge.calculators.model import ESTIMATE, Result


def add(commands: Any) -> None:
    """Add the command to `python -m knowledge` (argparse's subparsers)."""
    says = "计算一项待遇或者期限；不写名称就列出全部计算器"
    parser = commands.add_parser("calculate", help=says, description=says)
    parser.add_argument("name", nargs="?", help="计算器，如 severance")
    parser.add_argument("values", nargs="*", metavar="key=value", help="如 worked=3年半 wage=8000")
    parser.add_argument("--region", default=settings.Settings.model_fields["region"].default, help="地区代码")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 with a result; raises Misuse with a sentence."""
    if not options.name:
        print(listing())
        return 0
    calculator = find(options.name)
    given = {}
    for item in options.values:
        key, equals, value = item.partition("=")
        if not equals:
            raise Misuse("bad_call", f"请写成 key=value：{item}")
        given[key] = read(calculator, key, value)
    result = calculate(options.name, given, on=today(SystemClock()), region=options.region)
    print(json.dumps(as_json(result), ensure_ascii=False, indent=1) if options.json else shown(result))
    return 0


def listing() -> str:
    """Every calculator and its fields."""
    lines = []
    for one in CALCULATORS.values():
        lines.append(f"{one.name}  {one.title}")
        lines += [f"    {field.name}  {field.label}（{field.when}）" for field in one.fields]
    return "\n".join(lines)


def shown(result: Result) -> str:
    """A result as plain text."""
    lines = [result.title, result.spoken, ""]
    lines += [f"{name}：{value}" for name, value in result.rows]
    lines += ["", *result.steps, "", *(f"- {note}" for note in result.notes)]
    lines.append("依据：" + "；".join(f"《{item.law}》{item.article}" for item in result.basis))
    return "\n".join([*lines, ESTIMATE])


def as_json(result: Result) -> dict[str, object]:
    """The same for programs."""
    return {
        "title": result.title,
        "spoken": result.spoken,
        "rows": [list(row) for row in result.rows],
        "steps": list(result.steps),
        "notes": list(result.notes),
        "basis": [item.to_json() for item in result.basis],
    }
