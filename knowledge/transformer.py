"""An encoder from a published transformers model: a local directory or a hub name.

The rows are pooled as the model's own `1_Pooling/config.json` says (the first piece, the last, or the mean of all); a
model without that file gets the mean. torch and transformers are imported when the first text is encoded, so that
nobody pays for them who does not use them.
"""

import json
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
_POOLING = "1_Pooling/config.json"
_KINDS = {"pooling_mode_cls_token": "first", "pooling_mode_lasttoken": "last"}


class TransformerEncoder:
    """Any BERT-like model with its tokenizer; safe to use from several threads (one text batch at a time)."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None

    @property
    def identity(self) -> str:
        return f"transformer-2-{self._name}"

    def fitted(self, texts: Sequence[str], owners: Sequence[int]) -> Self:
        return self

    def save(self, folder: Path) -> None:
        """Nothing: the model stays where it is."""

    def restored(self, folder: Path) -> Self:
        return self

    def encode(self, texts: Sequence[str]) -> Floats:
        with self._lock:
            self._loaded = self._loaded or _Loaded(self._name)
            return self._loaded.rows(texts)


class _Loaded:
    """The model in memory; raises Misuse when it cannot be had."""

    def __init__(self, name: str) -> None:
        try:
            import torch  # noqa: PLC0415 # takes seconds and 300 MB
            from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415

            # What was fetched before is used without asking the network, which would take a minute to say no.
            try:
                self._tokenizer: Any = AutoTokenizer.from_pretrained(name, local_files_only=True)
                self._model: Any = AutoModel.from_pretrained(name, local_files_only=True).float().eval()
            except (OSError, ValueError):
                if Path(name).exists():
                    raise
                self._tokenizer = AutoTokenizer.from_pretrained(name)
                self._model = AutoModel.from_pretrained(name).float().eval()
            self._pooling = _pooling(name)
        except (ImportError, OSError, ValueError, KeyError) as error:
            raise Misuse(
                "no_encoder",
                f"编码器“{name}”用不了：请给出本地模型文件夹，或能下载到的模型名（需要能连上模型站）",
                detail=str(error),
            ) from None
        self._torch = torch
        if self._tokenizer.padding_side != "right":
            self._tokenizer.padding_side = "right"
        self._longest = min(LONGEST, getattr(self._model.config, "max_position_embeddings", LONGEST))

    def rows(self, texts: Sequence[str]) -> Floats:
        """(texts, hidden) rows of length one."""
        with self._torch.inference_mode():
            parts = [self._pooled(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        return unit(np.concatenate(parts)) if parts else np.zeros((0, self._model.config.hidden_size), dtype=np.float32)

    def _pooled(self, texts: Sequence[str]) -> Floats:
        pieces = self._tokenizer(
            list(texts), padding=True, truncation=True, max_length=self._longest, return_tensors="pt"
        )
        states = self._model(**pieces).last_hidden_state
        mask = pieces["attention_mask"]
        if self._pooling == "first":
            pooled = states[:, 0]
        elif self._pooling == "last":
            pooled = states[self._torch.arange(len(states)), mask.sum(1) - 1]
        else:
            weights = mask.unsqueeze(-1).to(states.dtype)
            pooled = (states * weights).sum(1) / weights.sum(1).clamp(min=1)
        rows: Floats = pooled.float().numpy()
        return rows


def _pooling(name: str) -> str:
    """How the model wants its rows made: first, last or mean."""
    path = Path(name) / _POOLING
    if not Path(name).is_dir():
        from transformers.utils.hub import cached_file  # noqa: PLC0415

        found = cached_file(name, _POOLING, _raise_exceptions_for_missing_entries=False)
        path = Path(found) if found else path
    if not path.is_file():
        return "mean"
    wanted = json.loads(path.read_text(encoding="utf-8"))
    return next((kind for key, kind in _KINDS.items() if wanted.get(key)), "mean")
