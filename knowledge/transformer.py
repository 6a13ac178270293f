"""An encoder from a transformers model: a local directory or a hub name, mean pooling over the last layer.

torch and transformers are imported when the first text is encoded, so that nobody pays for them who does not use them.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from core.errors import Misuse
from knowledge.vectors import Floats, unit

BATCH = 32
LONGEST = 256
"""Word pieces of a text that are read."""


class TransformerEncoder:
    """Any BERT-like model with its tokenizer; safe to use from several threads (one text batch at a time)."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any, Any] | None = None

    @property
    def identity(self) -> str:
        return f"transformer-{self._name}"

    def fitted(self, texts: Sequence[str], owners: Sequence[int]) -> Self:
        return self

    def save(self, folder: Path) -> None:
        """Nothing: the model stays where it is."""

    def restored(self, folder: Path) -> Self:
        return self

    def encode(self, texts: Sequence[str]) -> Floats:
        with self._lock:
            torch, tokenizer, model = self._loaded = self._loaded or _load(self._name)
            with torch.inference_mode():
                parts = [_pooled(tokenizer, model, texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        return unit(np.concatenate(parts)) if parts else np.zeros((0, model.config.hidden_size), dtype=np.float32)


def _pooled(tokenizer: Any, model: Any, texts: Sequence[str]) -> Floats:
    """(texts, hidden) mean of the last layer over the pieces that are no padding."""
    pieces = tokenizer(list(texts), padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
    states = model(**pieces).last_hidden_state
    mask = pieces["attention_mask"].unsqueeze(-1).to(states.dtype)
    pooled: Floats = ((states * mask).sum(1) / mask.sum(1).clamp(min=1)).float().numpy()
    return pooled


def _load(name: str) -> tuple[Any, Any, Any]:
    """(torch, tokenizer, model); raises Misuse when the model cannot be had."""
    try:
        import torch  # noqa: PLC0415 # takes seconds and 300 MB
        from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415

        tokenizer = AutoTokenizer.from_pretrained(name)
        model = AutoModel.from_pretrained(name).eval()
    except (ImportError, OSError, ValueError) as error:
        raise Misuse(
            "no_encoder", f"编码器“{name}”用不了：请给出本地模型文件夹，或能下载到的模型名", detail=str(error)
        ) from None
    return torch, tokenizer, model
