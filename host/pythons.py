"""Finding interpreters that really work."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from host.console import Console
from host.trouble import Trouble

DIALOGUE = (3, 10)
"""Rasa 3.6, the last open-source line, needs Python 3.8 to 3.10."""
UV = "uv==0.13.9"
PROBE = """
import ctypes, json, sqlite3, ssl, sys, venv, zlib
print(json.dumps([list(sys.version_info[:2]), sys.executable]))
"""
"""Parts that some self-built interpreters lack and that would only fail much later."""


def probe(command: str) -> tuple[tuple[int, int], Path] | None:
    """The version and real path of an interpreter, found by running it: a pyenv shim exists without its version."""
    try:
        done = subprocess.run(  # noqa: S603 - an interpreter's name out of our own list
            [command, "-I", "-c", PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        version, path = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return (version[0], version[1]), Path(path)


def find_dialogue(root: Path, console: Console, *, pip: list[str]) -> Path:
    """A working Python 3.10, downloaded with uv when the machine has none. Raises Trouble with a sentence."""
    for candidate in _candidates(root):
        found = probe(candidate)
        if found and found[0] == DIALOGUE:
            return found[1]
    try:
        _download(root, console, pip=pip)
    except Trouble as trouble:
        raise Trouble(
            "本机没有可用的 Python 3.10，下载也没有成功；"
            f"请安装它（例如 pyenv install 3.10）后再次运行。经过：{trouble}"
        ) from None
    for path in _downloaded(root):
        found = probe(path)
        if found and found[0] == DIALOGUE:
            return found[1]
    raise Trouble("下载的 Python 3.10 无法运行。")


def _candidates(root: Path) -> Iterator[str]:
    yield "python3.10"
    places = [Path(os.environ.get("PYENV_ROOT", "")) / "versions"] if os.environ.get("PYENV_ROOT") else []
    places.append(Path.home() / ".pyenv" / "versions")
    for place in places:
        for version in sorted(place.glob("3.10.*"), key=_number, reverse=True):
            yield str(version / "bin" / "python3.10")
    yield from _downloaded(root)


def _number(version: Path) -> int:
    """3.10.13 after 3.10.9."""
    last = version.name.rsplit(".", 1)[-1]
    return int(last) if last.isdigit() else -1


def _downloaded(root: Path) -> list[str]:
    return [str(path) for path in sorted((root / "var" / "python").glob("cpython-3.10*/bin/python3.10"))]


def _download(root: Path, console: Console, *, pip: list[str]) -> None:
    tools = root / "var" / "tools" / "uv"
    if not (tools / "bin" / "uv").exists():
        console.run([*pip, "install", "--quiet", "--upgrade", "--target", str(tools), UV], cwd=root, tries=2)
    environment = {**os.environ, "UV_PYTHON_INSTALL_DIR": str(root / "var" / "python")}
    # --no-bin: nothing is put into the person's own ~/.local/bin.
    command = [str(tools / "bin" / "uv"), "python", "install", "--no-bin", "3.10"]
    console.run(command, cwd=root, environment=environment)
