"""Train what the dialogue needs: the Rasa model (in its own environment) and the fast lane's model.

    script/train            trains what is out of date
    script/train --force    trains everything
    python -m bot.train hash    prints the name of the model that fits the data

The Rasa model is named for the hash of its inputs, so an unchanged checkout never trains twice.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bot import lane
from bot.dialogue import launch
from core.errors import HuiChuangError

ROOT = launch.ROOT
DATA = ("nlu_data/train", "nlu_data/rules.yml", "nlu_data/stories.yml")
INPUTS = ("config.yml", "bot/domain", "bot/dialogue/phrases.py", *DATA)
QUIET_SECONDS = 20.0
"""A sign of life at least this often while Rasa trains."""


def fingerprint(root: Path = ROOT) -> str:
    """First 16 hex digits of the hash over every input's path and content."""
    digest = hashlib.sha256()
    for name in INPUTS:
        base = root / name
        for path in sorted(base.rglob("*.yml")) if base.is_dir() else [base]:
            digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def train_rasa(models: Path, *, force: bool) -> None:
    """Train the Rasa model unless it exists; raises RuntimeError with one sentence."""
    name = fingerprint()
    wanted = models / f"{name}.tar.gz"
    if wanted.is_file() and not force:
        print(f"对话模型没有变化（{name}），跳过训练")
        return
    if not launch.python().is_file():
        raise RuntimeError("没有找到对话服务的环境 .venv-rasa，请先运行 script/setup")
    models.mkdir(parents=True, exist_ok=True)
    print(f"训练对话模型 {name} ……", flush=True)
    began = time.monotonic()
    _run_rasa(models, name)
    if not wanted.is_file():
        raise RuntimeError(f"对话模型训练结束了，却没有生成 {wanted.name}；详情见 {models / 'train.log'}")
    for old in models.glob("*.tar.gz"):
        if old != wanted:
            old.unlink()
    print(f"对话模型训练完成，用时 {time.monotonic() - began:.0f} 秒")


def _run_rasa(models: Path, name: str) -> None:
    command = [str(launch.python()), "-m", "rasa", "train", "--config", "config.yml", "--domain", "bot/domain"]
    command += ["--data", *DATA, "--out", str(models), "--fixed-model-name", name]
    environment = launch.environment("") | {"RASA_MAX_CACHE_SIZE": "0", "OMP_NUM_THREADS": "2"}
    record = models / "train.log"
    with record.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            began = time.monotonic()
            while _waits(process):
                print(f"  仍在训练，已 {time.monotonic() - began:.0f} 秒", flush=True)
        except BaseException:
            process.kill()
            process.wait()
            raise
    if process.returncode != 0:
        tail = [line for line in record.read_text("utf-8", "replace").splitlines() if line.strip()][-1:]
        raise RuntimeError(f"对话模型训练失败：{''.join(tail)[:300]}（全部输出在 {record}）")


def _waits(process: "subprocess.Popen[bytes]") -> bool:
    try:
        process.wait(timeout=QUIET_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


def train_lane(path: Path, *, force: bool) -> None:
    """Train the fast lane unless nothing it reads is newer than it."""
    sources = [*lane.NLU.glob("*.yml"), *lane.ENTRIES.glob("*.yml"), Path(lane.__file__)]
    if path.is_file() and not force and path.stat().st_mtime > max(source.stat().st_mtime for source in sources):
        print("快速通道模型没有变化，跳过训练")
        return
    report = lane.build(path)
    print(f"快速通道模型训练完成：{report.examples} 句，咨询句走通道 {report.taken:.1%}，误入 {report.passing:.2%}")


def main(arguments: Sequence[str] | None = None) -> int:
    """0: everything is up to date; 1: something failed, in one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="script/train", description="训练对话模型与快速通道模型")
    parser.add_argument("what", nargs="?", choices=["all", "rasa", "lane", "hash"], default="all")
    parser.add_argument("--force", action="store_true", help="即使输入没有变化也重新训练")
    chosen = parser.parse_args(arguments)
    if chosen.what == "hash":
        print(fingerprint())
        return 0
    state = Path(os.environ.get("HUICHUANG_STATE_DIR") or ROOT / "var")
    try:
        if chosen.what in ("all", "lane"):
            train_lane(state / "index" / lane.FILE, force=chosen.force)
        if chosen.what in ("all", "rasa"):
            train_rasa(state / "models", force=chosen.force)
    except (RuntimeError, OSError, HuiChuangError) as error:
        print(f"训练没有完成：{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
