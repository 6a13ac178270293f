"""What is made from the repository's own files: the dialogue model, the knowledge index, the web pages."""

import os
from pathlib import Path

from host import node
from host.console import Console
from host.environments import APP, RASA, app
from host.stamp import Stamp, digest

STAMPS = "var/stamps"
MODEL_INPUTS = ("nlu_data", "bot/domain", "bot/dialogue", "bot/lane.py", "config.yml", "script/train", RASA)
INDEX_INPUTS = ("knowledge", APP)


def _stamp(root: Path, name: str) -> Stamp:
    return Stamp(path=root / STAMPS / name)


def train(root: Path, console: Console) -> None:
    """The dialogue model, when its training data or settings changed. Raises Trouble."""
    stamp, wanted = _stamp(root, "model"), digest(root, MODEL_INPUTS)
    if stamp.matches(wanted) and any((root / "var" / "models").glob("*.tar.gz")):
        return
    with console.step("训练对话模型（Rasa）"):
        console.run([str(root / "script" / "train")], cwd=root)
    stamp.write(wanted)


def index(root: Path, console: Console) -> None:
    """The knowledge index, when entries, code or encoder changed. Raises Trouble."""
    stamp = _stamp(root, "index")
    wanted = digest(root, INDEX_INPUTS, os.environ.get("HUICHUANG_ENCODER", ""))
    if stamp.matches(wanted) and any((root / "var" / "index").glob("*")):
        return
    with console.step("建立知识库索引"):
        console.run([str(app(root).python), "-m", "knowledge", "build"], cwd=root)
    stamp.write(wanted)


def node_modules(root: Path, console: Console) -> node.Node:
    """The front ends' packages as package-lock.json names them. Raises Trouble."""
    found = node.ensure(root, console)
    web = root / "web"
    stamp = Stamp(path=web / "node_modules" / ".installed")
    wanted = digest(root, ["web/package.json", "web/package-lock.json"])
    if not stamp.matches(wanted):
        with console.step("安装网页构建工具（npm ci）"):
            stamp.clear()
            quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
            console.run([*found.npm, "ci", *quiet], cwd=web, environment=found.environment, tries=2)
            stamp.write(wanted)
    return found


def pages(root: Path, console: Console) -> None:
    """The web pages, when their sources changed. Raises Trouble."""
    stamp, wanted = _stamp(root, "pages"), digest(root, ["web"])
    if stamp.matches(wanted) and (root / "web" / "dist").is_dir():
        return
    found = node_modules(root, console)
    with console.step("构建网页"):
        stamp.clear()
        console.run([*found.npm, "run", "build"], cwd=root / "web", environment=found.environment)
    stamp.write(wanted)
