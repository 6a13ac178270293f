"""What is made from the repository's own files: the dialogue model, the knowledge index, the web pages."""

from collections.abc import Mapping
from pathlib import Path

from host import node
from host.console import Console
from host.environments import APP, RASA, app
from host.settings import Settings
from host.stamp import Stamp, digest

MODEL_INPUTS = ("nlu_data", "bot/domain", "bot/dialogue", "bot/train.py", "config.yml", RASA)
LANE_INPUTS = ("nlu_data/train", "knowledge/entries", "bot/lane.py", "bot/train.py", APP)
INDEX_INPUTS = ("knowledge", APP)


def _stamp(state_dir: Path, name: str) -> Stamp:
    return Stamp(path=state_dir / "stamps" / name)


def train(root: Path, console: Console, environment: Mapping[str, str], state_dir: Path) -> None:
    """The dialogue model, when its training data or settings changed. Raises Trouble."""
    stamp, wanted = _stamp(state_dir, "model"), digest(root, MODEL_INPUTS)
    if stamp.matches(wanted) and any((state_dir / "models").glob("*.tar.gz")):
        return
    with console.step("训练对话模型（Rasa）"):
        console.run([str(root / "script" / "train"), "rasa"], cwd=root, environment=environment)
    stamp.write(wanted)


def lane(root: Path, console: Console, environment: Mapping[str, str], state_dir: Path) -> None:
    """The fast lane's small model; the program needs it with and without the dialogue server. Raises Trouble."""
    stamp, wanted = _stamp(state_dir, "lane"), digest(root, LANE_INPUTS)
    if stamp.matches(wanted) and (state_dir / "index" / "lane.npz").exists():
        return
    with console.step("训练快速通道模型"):
        console.run([str(root / "script" / "train"), "lane"], cwd=root, environment=environment)
    stamp.write(wanted)


def index(root: Path, console: Console, environment: Mapping[str, str], settings: Settings) -> None:
    """The knowledge index, when entries, code or encoder changed. Raises Trouble."""
    stamp, wanted = _stamp(settings.state_dir, "index"), digest(root, INDEX_INPUTS, settings.encoder)
    if stamp.matches(wanted) and any((settings.state_dir / "index").glob("*")):
        return
    with console.step("建立知识库索引"):
        command = [str(app(root).python), "-m", "knowledge", "build", "--encoder", settings.encoder]
        console.run(command, cwd=root, environment=environment)
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
    stamp, wanted = _stamp(root / "var", "pages"), digest(root, ["web"])
    if stamp.matches(wanted) and (root / "web" / "dist").is_dir():
        return
    found = node_modules(root, console)
    with console.step("构建网页"):
        stamp.clear()
        console.run([*found.npm, "run", "build"], cwd=root / "web", environment=found.environment)
    stamp.write(wanted)
