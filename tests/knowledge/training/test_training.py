"""Training helps, survives a kill, and ends the same with and without one."""

import os
import signal
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from core.errors import Misuse
from knowledge.own import OwnEncoder
from tests.knowledge import stocks

pytestmark = pytest.mark.slow
# torch and transformers are imported in the tests: collecting them must not cost seconds
STEPS = 30


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stocks.write(tmp_path_factory.mktemp("stock") / "entries")


def plan(stock: Path, folder: Path, **changes: Any) -> Any:
    from knowledge.training.learner import Shape  # noqa: PLC0415
    from knowledge.training.loop import Plan  # noqa: PLC0415

    values: dict[str, Any] = {
        "entries": stock,
        "paraphrases": None,
        "output": folder / "model",
        "state": folder / "state",
        "steps": STEPS,
        "batch": 12,
        "rate": 3e-3,
        "device": "cpu",
        "every": 10,
        "shape": Shape(layers=1, hidden=32, heads=2, inner=64),
    }
    return Plan(**(values | changes))


def quiet(text: str) -> None:
    assert text


@pytest.fixture(scope="module")
def trained(stock: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of `STEPS` steps."""
    from knowledge.training.loop import train  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("trained")
    said: list[str] = []
    assert train(plan(stock, folder), said.append) > 1000
    assert any("第 30 步" in line for line in said)
    return folder


def test_training_brings_the_right_ones_together(stock: Path, trained: Path, tmp_path: Path) -> None:
    from knowledge.training.loop import train  # noqa: PLC0415

    train(plan(stock, tmp_path, steps=1), quiet)

    def right(folder: Path) -> float:
        encoder = OwnEncoder(folder / "model")
        texts = [text for _, asked in stocks.TOPICS.values() for text in asked]
        owners = np.repeat(np.arange(len(stocks.TOPICS)), 6)
        rows = encoder.encode(texts)
        near = rows @ rows.T - 2 * np.eye(len(rows))
        return float(np.mean(owners[near.argmax(1)] == owners))

    assert right(trained) >= max(0.9, right(tmp_path))


def test_stopping_and_going_on_ends_the_same(stock: Path, trained: Path, tmp_path: Path) -> None:
    """The state of step 20 of a killed run (kill -9 in the midst of the work) leads to the very same weights."""
    code = f"""
import os, signal
from pathlib import Path
from tests.knowledge.training.test_training import plan
from knowledge.training.loop import train
def say(text):
    if "第 20 步" in text:
        os.kill(os.getpid(), signal.SIGKILL)
train(plan(Path({str(stock)!r}), Path({str(tmp_path)!r})), say)
"""
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": "."}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "model").exists()
    from knowledge.training.loop import train  # noqa: PLC0415

    said: list[str] = []
    train(plan(stock, tmp_path), said.append)
    assert any("从第 20 步接着训练" in line for line in said)
    one, other = (load_file(folder / "model" / "model.safetensors") for folder in (trained, tmp_path))
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name], err_msg=name)


def test_new_entries_join_a_training_that_began_without_them(stock: Path, trained: Path, tmp_path: Path) -> None:
    from knowledge.training.learner import Learner, Shape  # noqa: PLC0415
    from knowledge.training.loop import Characters, restored  # noqa: PLC0415

    state = restored(trained / "state")
    assert state
    learner = Learner(Characters(state["vocabulary"]), ["new", *state["names"]], Shape(**state["shape"]), 1e-3, "cpu")
    learner.restore(state)
    np.testing.assert_array_equal(learner.prototypes.detach()[1:], state["prototypes"])
    moments = learner.optimiser.state[learner.prototypes]["exp_avg"]
    assert moments.shape == learner.prototypes.shape


def test_a_damaged_checkpoint_is_named(stock: Path, tmp_path: Path) -> None:
    from knowledge.training.loop import CHECKPOINT, train  # noqa: PLC0415

    (tmp_path / "state").mkdir()
    (tmp_path / "state" / CHECKPOINT).write_bytes(b"half of it")
    with pytest.raises(Misuse, match="bad_checkpoint"):
        train(plan(stock, tmp_path), quiet)


def test_the_run_time_gives_what_torch_gives(trained: Path) -> None:
    import torch  # noqa: PLC0415
    from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415

    from knowledge import graph  # noqa: PLC0415
    from knowledge.characters import Characters  # noqa: PLC0415
    from knowledge.own import session  # noqa: PLC0415

    folder = trained / "model"
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False).float().eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    run, characters = session(graph.built(folder)), Characters.load(folder / "vocab.txt")
    for texts in (["社保卡丢了，怎么办？", "公积金"], ["居住证要2寸照片吗abc"], ["办" * 200]):
        numbers, mask = characters.padded(texts)
        if len(texts[0]) < 60:
            level = [unicodedata.normalize("NFKC", text) for text in texts]
            assert tokenizer(level, padding=True)["input_ids"] == numbers.tolist()
        with torch.inference_mode():
            states = model(input_ids=torch.tensor(numbers), attention_mask=torch.tensor(mask).long()).last_hidden_state
        weights = torch.tensor(mask).unsqueeze(-1)
        rows = torch.nn.functional.normalize((states * weights).sum(1), dim=1).numpy()
        np.testing.assert_allclose(run.run(None, {"numbers": numbers, "mask": mask})[0], rows, atol=1e-3)


def test_the_command_explains_itself_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from knowledge.training.__main__ import main  # noqa: PLC0415

    assert main(["--export", "--state", str(tmp_path)]) == 2
    assert main(["--laws", str(tmp_path / "nowhere"), "--state", str(tmp_path)]) == 2
    assert "nowhere" in capsys.readouterr().err
