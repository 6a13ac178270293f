"""Renews the exact versions in requirements/ from the *.in files, in throw-away environments."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from host.console import Console
from host.environments import APP, DEV, RASA, app_pip
from host.pythons import find_dialogue

HEADER = "# Exact versions for {source}; made by `script/constraints {which}`, not by hand.\n"
LEFT_OUT = {"pip"}


def renew(root: Path, console: Console, *, which: str) -> None:
    """Write app.txt and dev.txt (`app`), rasa.txt (`rasa`) or all. Raises Trouble."""
    with tempfile.TemporaryDirectory(prefix="huichuang-constraints-") as folder:
        if which in {"app", "all"}:
            _app(root, console, Path(folder) / "app")
        if which in {"rasa", "all"}:
            _rasa(root, console, Path(folder) / "rasa")


def _app(root: Path, console: Console, place: Path) -> None:
    with console.step("解析 requirements/app.in"):
        python = _environment(root, console, Path(sys.executable), place)
        _install(root, console, python, "requirements/app.in")
        app = _frozen(python)
        _write(root / APP, "app.in", "app", app)
    with console.step("解析 requirements/dev.in"):
        # The tools must fit the program, never the other way round.
        _install(root, console, python, "requirements/dev.in", "--constraint", APP)
        _write(root / DEV, "dev.in beside app.txt", "app", [line for line in _frozen(python) if line not in app])


def _rasa(root: Path, console: Console, place: Path) -> None:
    with console.step("解析 requirements/rasa.in"):
        base = find_dialogue(root, console, pip=app_pip(root))
        python = _environment(root, console, base, place)
        _install(root, console, python, "requirements/rasa.in")
        _write(root / RASA, "rasa.in", "rasa", _frozen(python))


def _environment(root: Path, console: Console, base: Path, place: Path) -> Path:
    console.run([str(base), "-m", "venv", str(place)], cwd=root)
    return place / "bin" / "python"


def _install(root: Path, console: Console, python: Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--progress-bar", "off", "--requirement", *arguments]
    console.run(command, cwd=root)


def _frozen(python: Path) -> list[str]:
    listed = subprocess.run(  # noqa: S603 - our own interpreter
        [str(python), "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check"],
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    return clean(listed.stdout.splitlines())


def clean(lines: list[str]) -> list[str]:
    """`name==version` without the local part (`+cpu` names one index's build) and without pip itself."""
    kept = [line.split("+", 1)[0] for line in lines if "==" in line]
    return sorted((line for line in kept if line.split("==")[0].lower() not in LEFT_OUT), key=str.lower)


def _write(path: Path, source: str, which: str, lines: list[str]) -> None:
    path.write_text(HEADER.format(source=source, which=which) + "\n".join(lines) + "\n", encoding="utf-8")
