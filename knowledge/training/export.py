"""From a trained state to the files that are shipped: half precision, nothing but the encoder."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from knowledge.training.learner import Shape

MODEL_FILES = ("config.json", "tokenizer_config.json", "vocab.txt", "model.safetensors")


def export(state: dict[str, Any], folder: Path) -> int:
    """Write the model; the size of the weights in bytes. Every file is replaced as a whole."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = state["vocabulary"]
    config = Shape(**state["shape"]).config(len(vocabulary))
    config |= {"model_type": "bert", "architectures": ["BertModel"], "hidden_act": "gelu", "layer_norm_eps": 1e-12}
    config |= {"dtype": "float16"}
    tokenizer = {
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": True,
        "model_max_length": config["max_position_embeddings"],
    }
    _replace(folder / "config.json", (json.dumps(config, indent=1) + "\n").encode())
    _replace(folder / "tokenizer_config.json", (json.dumps(tokenizer, indent=1) + "\n").encode())
    _replace(folder / "vocab.txt", ("\n".join(vocabulary) + "\n").encode())
    weights = {
        name: value.detach().to("cpu", torch.float16).contiguous()
        for name, value in state["model"].items()
        if value.is_floating_point()
    }
    path = folder / "model.safetensors"
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        save_file(weights, Path(scratch) / path.name, metadata={"format": "pt"})
        (Path(scratch) / path.name).replace(path)
    return path.stat().st_size


def save_state(state: dict[str, Any], path: Path) -> None:
    """Write a checkpoint; a run that dies here leaves the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".writing-", delete=False) as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
    for left in path.parent.glob(".writing-*"):
        left.unlink(missing_ok=True)


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    fresh.replace(path)
