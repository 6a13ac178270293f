"""A BERT's weights (config.json, model.safetensors) as an ONNX graph: numbers of characters in, rows of length one out.

Built by hand from the weights, so that neither torch nor transformers is needed where questions are answered.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import Misuse

Weights = dict[str, NDArray[np.float32]]
WEIGHTS, CONFIG = "model.safetensors", "config.json"
_OPSET, _IR = 20, 10
_EPSILON = 1e-12


def built(folder: Path) -> bytes:
    """The graph of the model in a folder; raises Misuse when a file is missing, damaged or of another kind."""
    config, weights = read(folder)
    try:
        return _Graph(weights, config).model()
    except KeyError as error:
        raise Misuse("bad_encoder", f"编码器的权重不完整：{folder.name}", detail=str(error)) from None


def smaller(made: bytes) -> bytes:
    """The same graph with its matrices in 8 bits per number, multiplied in whole numbers: half the time."""
    import onnx  # noqa: PLC0415 # only where a graph is built
    from onnxruntime.quantization import QuantType, quantize_dynamic  # type: ignore[import-untyped] # noqa: PLC0415

    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "smaller.onnx"
        quantize_dynamic(
            onnx.load_from_string(made),
            path,
            per_channel=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul"],
        )
        return path.read_bytes()


def read(folder: Path) -> tuple[dict[str, Any], Weights]:
    """(config, weights in single precision); raises Misuse."""
    try:
        from safetensors import SafetensorError  # noqa: PLC0415 # only where a graph is built
        from safetensors.numpy import load_file  # noqa: PLC0415

        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        weights = {name: value.astype(np.float32) for name, value in load_file(folder / WEIGHTS).items()}
        layers, hidden = int(config["num_hidden_layers"]), int(config["hidden_size"])
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise Misuse("bad_encoder", f"编码器的模型文件缺失或已损坏：{folder}", detail=str(error)) from None
    if config.get("model_type") != "bert" or hidden % int(config["num_attention_heads"]) or not layers:
        raise Misuse("bad_encoder", f"编码器的模型不是 BERT 结构：{folder}")
    return config, weights


class _Graph:
    """Collects nodes; every method returns the name of what it makes."""

    def __init__(self, weights: Weights, config: dict[str, Any]) -> None:
        import onnx  # noqa: PLC0415 # only where a graph is built

        self._onnx = onnx
        self._weights = {name.removeprefix("bert."): value for name, value in weights.items()}
        self._config = config
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def model(self) -> bytes:
        onnx = self._onnx
        config = self._config
        kinds, make = onnx.TensorProto, onnx.helper.make_tensor_value_info
        state = self._embedded()
        hidden_ones = self._node("Sub", [self._constant(np.float32(1)), "mask"])
        bias = self._node("Mul", [hidden_ones, self._constant(np.float32(-1e4))])
        bias = self._node("Unsqueeze", [bias, self._constant(np.array([1, 2]))])
        for layer in range(int(config["num_hidden_layers"])):
            state = self._layer(state, bias, f"encoder.layer.{layer}.")
        self._nodes.append(onnx.helper.make_node("Identity", [self._pooled(state)], ["rows"]))
        graph = onnx.helper.make_graph(
            self._nodes,
            "encoder",
            [make("numbers", kinds.INT64, ["texts", "places"]), make("mask", kinds.FLOAT, ["texts", "places"])],
            [make("rows", kinds.FLOAT, ["texts", int(config["hidden_size"])])],
            self._constants,
        )
        opset = [onnx.helper.make_opsetid("", _OPSET)]
        model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=_IR)
        return bytes(model.SerializeToString())

    def _embedded(self) -> str:
        words = self._weights["embeddings.word_embeddings.weight"]
        places = self._weights["embeddings.position_embeddings.weight"]
        kinds = self._weights.get("embeddings.token_type_embeddings.weight")
        if kinds is not None:
            places = places + kinds[0]
        looked_up = self._node("Gather", [self._constant(words), "numbers"])
        length = self._node("Shape", ["numbers"], start=1, end=2)
        table = self._node(
            "Slice", [self._constant(places), self._constant(np.array([0])), length, self._constant(np.array([0]))]
        )
        return self._normal(self._node("Add", [looked_up, table]), "embeddings.LayerNorm")

    def _layer(self, state: str, bias: str, name: str) -> str:
        heads = int(self._config["num_attention_heads"])
        size = int(self._config["hidden_size"]) // heads
        parts = [f"{name}attention.self.{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([self._weights[f"{part}.weight"] for part in parts])
        shift = np.concatenate([self._weights[f"{part}.bias"] for part in parts])
        weight[: heads * size] /= np.sqrt(size)
        shift[: heads * size] /= np.sqrt(size)
        together = self._line(state, weight, shift)
        together = self._node("Reshape", [together, self._constant(np.array([0, 0, 3, heads, size]))])
        together = self._node("Transpose", [together], perm=[2, 0, 3, 1, 4])
        query, key, value = (self._node("Gather", [together, self._constant(np.array(at))], axis=0) for at in range(3))
        level = self._node("MatMul", [query, self._node("Transpose", [key], perm=[0, 1, 3, 2])])
        share = self._node("Softmax", [self._node("Add", [level, bias])], axis=-1)
        mixed = self._node("Transpose", [self._node("MatMul", [share, value])], perm=[0, 2, 1, 3])
        mixed = self._node("Reshape", [mixed, self._constant(np.array([0, 0, heads * size]))])
        mixed = self._dense(mixed, f"{name}attention.output.dense")
        state = self._normal(self._node("Add", [mixed, state]), f"{name}attention.output.LayerNorm")
        inner = self._node("Gelu", [self._dense(state, f"{name}intermediate.dense")])
        outer = self._dense(inner, f"{name}output.dense")
        return self._normal(self._node("Add", [outer, state]), f"{name}output.LayerNorm")

    def _pooled(self, state: str) -> str:
        weights = self._node("Unsqueeze", ["mask", self._constant(np.array([2]))])
        axis = self._constant(np.array([1]))
        total = self._node("ReduceSum", [self._node("Mul", [state, weights]), axis], keepdims=0)
        # The mean's divisor falls out when the row is scaled to length one.
        length = self._node("ReduceL2", [total, axis], keepdims=1)
        return self._node("Div", [total, self._node("Max", [length, self._constant(np.float32(1e-9))])])

    def _dense(self, state: str, name: str) -> str:
        return self._line(state, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _line(self, state: str, weight: NDArray[np.float32], shift: NDArray[np.float32]) -> str:
        return self._node("Add", [self._node("MatMul", [state, self._constant(weight.T)]), self._constant(shift)])

    def _normal(self, state: str, name: str) -> str:
        scale, shift = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        epsilon = float(self._config.get("layer_norm_eps", _EPSILON))
        inputs = [state, self._constant(scale), self._constant(shift)]
        return self._node("LayerNormalization", inputs, axis=-1, epsilon=epsilon)

    def _node(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        name = f"n{len(self._nodes)}"
        self._nodes.append(self._onnx.helper.make_node(kind, inputs, [name], **attributes))
        return name

    def _constant(self, value: Any) -> str:
        name = f"c{len(self._constants)}"
        array = np.ascontiguousarray(value)
        self._constants.append(self._onnx.numpy_helper.from_array(array.reshape(np.shape(value)), name))
        return name
