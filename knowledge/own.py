"""Our own encoder (knowledge/model): a small BERT over characters, run by onnxruntime on one thread."""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from core.errors import Misuse, Retryable
from knowledge import graph, tokens
from knowledge.characters import Characters
from knowledge.vectors import Floats

MODEL = Path(__file__).with_name("model")
_REVISION = 1
_BATCH = 32
_GRAPH, _VOCABULARY = "encoder.onnx", "encoder-vocab.txt"


class OwnEncoder:
    """Safe to use from several threads. Nothing is loaded before the first text is encoded."""

    def __init__(
        self, folder: Path = MODEL, *, made: bytes | None = None, characters: Characters | None = None
    ) -> None:
        self._folder = folder
        self._made = made
        """The graph, where an index brought it along; else it is built from the folder."""
        self._known = characters

    @cached_property
    def identity(self) -> str:
        digest = hashlib.sha256()
        try:
            for name in (graph.CONFIG, "vocab.txt", graph.WEIGHTS):
                digest.update((self._folder / name).read_bytes())
        except OSError as error:
            raise Misuse("bad_encoder", f"编码器的模型文件缺失：{self._folder}", detail=str(error)) from None
        return f"own-{_REVISION}-{digest.hexdigest()[:16]}"

    def fitted(self, texts: Sequence[str], owners: Sequence[int]) -> Self:
        return self

    def encode(self, texts: Sequence[str]) -> Floats:
        if not texts:
            return np.zeros((0, 1), dtype=np.float32)
        plain = [tokens.of_the_field().analyse(text).plain or text for text in texts]
        order = sorted(range(len(plain)), key=lambda at: len(plain[at]))
        rows: Floats | None = None
        for begin in range(0, len(order), _BATCH):
            places = order[begin : begin + _BATCH]
            numbers, mask = self._characters.padded(plain[at] for at in places)
            part = self._session.run(None, {"numbers": numbers, "mask": mask})[0]
            if rows is None:
                rows = np.zeros((len(texts), part.shape[1]), dtype=np.float32)
            rows[places] = part
        assert rows is not None  # noqa: S101 # there was a text
        return rows

    def save(self, folder: Path) -> None:
        (folder / _GRAPH).write_bytes(self._graph)
        (folder / _VOCABULARY).write_text("\n".join(self._characters.vocabulary), encoding="utf-8")

    def restored(self, folder: Path) -> Self:
        try:
            made = (folder / _GRAPH).read_bytes()
            characters = Characters.load(folder / _VOCABULARY)
        except (OSError, Misuse) as error:
            says = "知识库索引不完整，请运行 python -m knowledge build"
            raise Retryable("no_index", says, detail=str(error)) from None
        return type(self)(self._folder, made=made, characters=characters)

    @cached_property
    def _graph(self) -> bytes:
        return self._made if self._made is not None else graph.smaller(graph.built(self._folder))

    @cached_property
    def _characters(self) -> Characters:
        return self._known or Characters.load(self._folder / "vocab.txt")

    @cached_property
    def _session(self) -> Any:
        return session(self._graph)


def session(made: bytes) -> Any:
    """A graph made ready to run; raises Misuse when onnxruntime is missing or the graph is damaged."""
    try:
        import onnxruntime  # type: ignore[import-untyped] # noqa: PLC0415 # only who encodes pays for it
    except ImportError as error:
        says = "没有安装 onnxruntime，编码器用不了：请重新运行 script/setup"
        raise Misuse("no_onnxruntime", says, detail=str(error)) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False  # it would keep the memory of the largest batch for good
    try:
        return onnxruntime.InferenceSession(made, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has no root of its errors
        raise Misuse(
            "bad_encoder", "编码器的计算图已损坏，请重新运行 python -m knowledge build", detail=str(error)
        ) from None
