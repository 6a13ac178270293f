"""The whole training: material, steps, checkpoints, the finished model."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import yaml

from core.errors import Misuse
from knowledge.characters import Characters, vocabulary
from knowledge.tokens import VOCABULARY
from knowledge.training.batches import Batches
from knowledge.training.export import export, save_state
from knowledge.training.learner import Learner, Shape
from knowledge.training.material import Material, gather
from knowledge.training.noise import Noise

CHECKPOINT = "checkpoint.pt"
_RARE = 3
"""A character of general text must occur so often to get a row of its own."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to train, from what, for how long."""

    entries: Path
    """Folder of the stock."""
    paraphrases: Path | None
    """Folder of `*.tsv`."""
    laws: Path | None = None
    """Folder of law texts."""
    matters: Path | None = None
    """File of service matters, JSON lines."""
    output: Path
    """Folder of the finished model."""
    state: Path
    """Folder of the checkpoint."""
    seconds: float = 0.0
    """Time to train for; 0 when `steps` counts."""
    steps: int = 0
    """Steps to train for; makes a run repeatable to the last bit."""
    batch: int = 120
    """Texts of one step."""
    rate: float = 6e-4
    """Highest learning rate."""
    device: str = "auto"
    """auto, cpu or cuda."""
    threads: int = 1
    """Threads of torch on a CPU."""
    every: int = 100
    """Steps between two checkpoints."""
    shape: Shape = field(default_factory=Shape)
    """Size of the model."""


def train(plan: Plan, say: Say, clock: Callable[[], float] = time.perf_counter) -> int:
    """Train (on from the checkpoint, if there is one) and write the model; its size in bytes."""
    torch.set_num_threads(plan.threads)
    material = gather(plan.entries, plan.paraphrases, plan.laws, plan.matters)
    say(_described(material))
    saved = restored(plan.state)
    learner = Learner(
        Characters(saved["vocabulary"]) if saved else _characters(material),
        [group.id for group in material.own],
        Shape(**saved["shape"]) if saved else plan.shape,
        plan.rate,
        device(plan.device),
    )
    step, spent = 0, 0.0
    if saved:
        learner.restore(saved)
        step, spent = saved["step"], saved["spent"]
        say(f"从第 {step} 步接着训练（已用 {spent / 60:.1f} 分钟）")
    batches = Batches(material, _noise(material), plan.batch)
    losses: list[float] = []
    began = clock()
    start, before = step, spent
    while (progress := done(plan, step, spent)) < 1:
        losses.append(learner.learn(batches.draw(step, progress), step, progress))
        step += 1
        spent = before + clock() - began
        if step % plan.every == 0:
            save_state(learner.state() | {"step": step, "spent": spent}, plan.state / CHECKPOINT)
            mean = sum(losses[-plan.every :]) / len(losses[-plan.every :])
            pace = (clock() - began) / (step - start)
            share = done(plan, step, spent)
            say(f"第 {step} 步，{share:.0%}，损失 {mean:.3f}，每步 {pace:.2f} 秒，已用 {spent / 60:.1f} 分钟")
    save_state(learner.state() | {"step": step, "spent": spent}, plan.state / CHECKPOINT)
    return export(learner.state(), plan.output)


def done(plan: Plan, step: int, spent: float) -> float:
    """How far the training is, 0..1."""
    return step / plan.steps if plan.steps else spent / max(plan.seconds, 1e-9)


def restored(folder: Path) -> dict[str, Any] | None:
    """The checkpoint of a folder, if there is one; raises Misuse when it is damaged."""
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, EOFError, ValueError, RuntimeError, KeyError) as error:
        raise Misuse("bad_checkpoint", f"训练的中间结果坏了，请删掉再训练：{path}", detail=str(error)) from None
    return state


def device(name: str) -> str:
    """The device to use: a GPU when there is one and nothing else was asked for."""
    if name != "auto":
        return name
    return "cuda" if torch.cuda.is_available() else "cpu"


def _described(material: Material) -> str:
    asked = sum(len(group.asked) for group in material.own)
    return f"知识与题外话 {len(material.own)} 组、问法 {asked} 句；法规条文与事项 {len(material.general)} 组"


def _characters(material: Material) -> Characters:
    own = {char for group in material.own for text in (*group.asked, *group.told) for char in text}
    general = vocabulary(material.texts(), _RARE)
    return Characters(dict.fromkeys([*general, *vocabulary(sorted(own))]))


def _noise(material: Material) -> Noise:
    synonyms = yaml.load(VOCABULARY.read_bytes(), Loader=yaml.CSafeLoader)["synonyms"]
    texts = (text for group in material.own for text in (*group.asked, *group.told))
    return Noise(texts, {str(name): [str(kind) for kind in kinds] for name, kinds in synonyms.items()})
