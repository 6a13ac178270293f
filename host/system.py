"""Packages of the operating system (Debian, Ubuntu)."""

import os
import shutil
import subprocess
from pathlib import Path

from host.console import Console
from host.trouble import Trouble

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FONTS = ("/usr/share/fonts", "/usr/local/share/fonts")


def missing_to_test() -> list[str]:
    """A real browser and a Chinese font. (Serving needs nothing beyond Python: the wheels bring their libraries.)"""
    missing = []
    if not any(shutil.which(name) for name in CHROMIUM):
        missing.append("chromium")
    if not any(path for place in FONTS for path in Path(place).rglob("*CJK*")):
        missing.append("fonts-noto-cjk")
    return missing


def ensure(root: Path, console: Console, packages: list[str]) -> None:
    """Install what is missing when we may; raises Trouble with the command to type when not."""
    if not packages:
        return
    by_hand = f"sudo apt-get install -y {' '.join(packages)}"
    prefix = _root_prefix()
    if prefix is None or shutil.which("apt-get") is None:
        raise Trouble(f"缺少系统软件包：{'、'.join(packages)}。请运行：{by_hand}")
    with console.step(f"安装系统软件包（{' '.join(packages)}）"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = [*prefix, "apt-get", "-q", "install", "-y", "--no-install-recommends", *packages]
        try:
            console.run([*prefix, "apt-get", "-q", "update"], cwd=root, environment=environment)
            console.run(install, cwd=root, environment=environment)
        except Trouble as trouble:
            raise Trouble(f"{trouble}；也可以手动运行：{by_hand}") from None


def _root_prefix() -> list[str] | None:
    """How to run something as root without a question: directly, by sudo, or not at all."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    allowed = subprocess.run(  # noqa: S603 - only asks whether a password would be needed
        [sudo, "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    return [sudo, "-n"] if allowed.returncode == 0 else None
