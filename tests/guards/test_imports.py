"""The import laws of the rooms: who may know whom."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "host": set(),
    "storage": {"core"},
    "services": {"core", "storage"},
    "desk": {"core", "storage"},
    "staff": {"core", "storage"},
    "insight": {"core", "storage"},
    "outbound": {"core", "storage"},
    "knowledge": {"core", "storage"},
    "channels": {"core", "storage"},
    "voice": {"core"},
    "video": {"core", "voice"},
    "bot": {
        "core",
        "storage",
        "knowledge.search",
        "knowledge.entry",
        "knowledge.asof",
        "knowledge.completion",
        "knowledge.calculators",
        "knowledge.region",
        "services.gateway",
        "desk.queue",
    },
}
"""A room's neighbours; a dotted name opens that module only. Only app.py knows everyone."""

ENTRY_POINTS: dict[str, set[str]] = {
    "bot/__main__.py": {"knowledge.encoder", "desk.hours"},
    "staff/__main__.py": {"host.postgres"},
}
"""A room's command line puts together what it needs to run alone, as app.py does for all."""

SHARED = re.compile(r"\b(FROM|INTO|UPDATE|JOIN)\s+(inbox|outbox|conversations|messages|audit)\b")
"""SQL about the tables that several rooms lean on."""

APART = Path("bot/dialogue")
"""Runs inside Rasa's own environment: it may import nothing of ours but itself."""


def modules(room: str) -> Iterator[Path]:
    for path in sorted((ROOT / room).rglob("*.py")):
        if not path.relative_to(ROOT).is_relative_to(APART) and "node_modules" not in path.parts:
            yield path


def imported(path: Path) -> set[str]:
    """Absolute names of the modules a file imports, at any depth of the file."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(path.relative_to(ROOT).parts[: -node.level]) if node.level else ""
            base = ".".join(part for part in (package, node.module or "") if part)
            names |= {f"{base}.{alias.name}" for alias in node.names} | {base}
    return names


def rooms() -> set[str]:
    outside = {"tests", "script", "docs", "deploy", "web", "requirements", "nlu_data", "var"}
    return {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."} - outside


def breaches(room: str) -> list[str]:
    found = []
    for path in modules(room):
        allowed = MAY_IMPORT[room] | {room} | ENTRY_POINTS.get(path.relative_to(ROOT).as_posix(), set())
        for name in sorted(imported(path)):
            top = name.split(".")[0]
            if top not in MAY_IMPORT and top != "app":
                continue
            if not any(name == door or name.startswith(f"{door}.") or door.startswith(f"{name}.") for door in allowed):
                found.append(f"{path.relative_to(ROOT)} imports {name}")
    return found


def test_every_room_has_a_law() -> None:
    assert {room for room in rooms() if any(modules(room))} <= set(MAY_IMPORT)


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_its_neighbours(room: str) -> None:
    assert breaches(room) == []


def test_set_up_needs_nothing_but_the_standard_library() -> None:
    allowed = set(sys.stdlib_module_names) | {"host"}
    found = {name.split(".")[0] for path in modules("host") for name in imported(path)}
    assert found <= allowed


def test_the_dialogue_room_knows_only_its_own_environment() -> None:
    paths = sorted((ROOT / APART).rglob("*.py"))
    ours = {(str(path), name) for path in paths for name in imported(path) if name.split(".")[0] in MAY_IMPORT}
    assert {(path, name) for path, name in ours if name != "bot" and not name.startswith("bot.dialogue")} == set()


def test_no_import_cycles() -> None:
    """Imports inside functions count: they only hide from the interpreter that two modules need each other."""
    paths = {module_name(path): path for room in MAY_IMPORT for path in modules(room)}
    graph = {name: imported_modules(path, set(paths)) - {name} for name, path in paths.items()}
    while outer := {name for name, needs in graph.items() if not needs or name not in set().union(*graph.values())}:
        graph = {name: needs - outer for name, needs in graph.items() if name not in outer}
    assert graph == {}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(path: Path, known: set[str]) -> set[str]:
    """Our own modules that a file needs at import time; a package counts only where its own file is meant."""
    needs = imported(path) & known
    packages = {name for name in needs if any(other.startswith(f"{name}.") for other in needs)}
    return needs - packages


def test_only_storage_speaks_sql_about_shared_tables() -> None:
    """Law 5: a second place that writes these rows would have to know every rule about them."""
    found = []
    for path in (path for room in set(MAY_IMPORT) - {"storage", "host"} for path in modules(room)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SHARED.search(node.value):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []
