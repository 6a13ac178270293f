"""All encoders keep the port: rows of length one, the same after saving, a clear sentence when they cannot."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.errors import Misuse, Retryable
from core.settings import ROOT
from knowledge import encoder
from knowledge.characters import vocabulary
from knowledge.latent import LatentEncoder
from knowledge.mixed import MixedEncoder
from knowledge.own import OwnEncoder, session

TEXTS = ["社保卡丢了怎么办", "怎么挂失社保卡", "居住证怎么办", "去哪办居住证", "公积金怎么提取", "取公积金"]
OWNERS = [0, 0, 1, 1, 2, 2]


@pytest.fixture(scope="module")
def fitted() -> LatentEncoder:
    return LatentEncoder(dimension=4).fitted(TEXTS, OWNERS)


def test_rows_have_length_one(fitted: LatentEncoder) -> None:
    rows = fitted.encode(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    assert fitted.encode([]).shape[0] == 0


def test_alike_texts_are_near(fitted: LatentEncoder) -> None:
    asked, same, other = fitted.encode(["社保卡怎么挂失", "社保卡丢了怎么办", "取公积金"])
    assert asked @ same > asked @ other


def test_unknown_text_has_no_direction(fitted: LatentEncoder) -> None:
    assert not fitted.encode(["@@@"]).any()


def test_saved_and_restored(fitted: LatentEncoder, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    again = LatentEncoder(dimension=4).restored(tmp_path)
    np.testing.assert_array_equal(fitted.encode(TEXTS), again.encode(TEXTS))


def test_fitting_is_repeatable(fitted: LatentEncoder) -> None:
    np.testing.assert_allclose(LatentEncoder(dimension=4).fitted(TEXTS, OWNERS).encode(TEXTS), fitted.encode(TEXTS))


def test_unfitted_says_so() -> None:
    with pytest.raises(Misuse, match="unfitted_encoder"):
        LatentEncoder().encode(["社保"])


def test_nothing_saved_says_so(tmp_path: Path) -> None:
    with pytest.raises(Retryable, match="no_index"):
        LatentEncoder().restored(tmp_path)


def test_the_builtin_one_needs_no_torch() -> None:
    code = "import sys; from knowledge import encoder, search; encoder.choose('builtin'); print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def tiny_own(folder: Path) -> Path:
    """Files as knowledge/model has them, of a model that never learned anything."""
    from safetensors.numpy import save_file  # noqa: PLC0415 # only these tests need it

    units = vocabulary(TEXTS)
    chance = np.random.default_rng(0)
    shapes = {"embeddings.word_embeddings": (len(units), 16), "embeddings.position_embeddings": (64, 16)}
    for part in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
        shapes[f"encoder.layer.0.{part}"] = (16, 16)
    shapes |= {"encoder.layer.0.intermediate.dense": (32, 16), "encoder.layer.0.output.dense": (16, 32)}
    weights = {f"{name}.weight": chance.normal(size=shape) * 0.3 for name, shape in shapes.items()}
    weights |= {f"{name}.bias": np.zeros(shape[0]) for name, shape in shapes.items() if "layer" in name}
    for name in ("embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"):
        weights |= {f"{name}.LayerNorm.weight": np.ones(16), f"{name}.LayerNorm.bias": np.zeros(16)}
    save_file({name: value.astype(np.float16) for name, value in weights.items()}, folder / "model.safetensors")
    config = {"model_type": "bert", "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "vocab.txt").write_text("\n".join(units), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> OwnEncoder:
    return OwnEncoder(tiny_own(tmp_path_factory.mktemp("own")))


def test_our_own_keeps_the_port(own: OwnEncoder, tmp_path: Path) -> None:
    rows = own.fitted(TEXTS, OWNERS).encode(TEXTS)
    assert rows.shape == (6, 16)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-4)
    # alone and beside longer ones a text has the same row
    np.testing.assert_allclose(own.encode(TEXTS[-1:])[0], rows[-1], atol=0.05)
    own.save(tmp_path)
    np.testing.assert_array_equal(own.restored(tmp_path).encode(TEXTS), rows)
    assert own.encode([]).shape[0] == 0
    assert own.encode(["", "？", "x" * 500]).shape == (3, 16)


def test_our_own_from_many_threads(own: OwnEncoder) -> None:
    alone = [own.encode([text]) for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: own.encode([text]), TEXTS * 10))
    for at, row in enumerate(together):
        np.testing.assert_array_equal(row, alone[at % len(TEXTS)])


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "vocab.txt"])
@pytest.mark.parametrize("content", [None, b"", b"{\xff"])
def test_a_missing_or_damaged_file_of_ours_is_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    path = tiny_own(tmp_path) / name
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(Misuse, match="bad_encoder"):
        OwnEncoder(tmp_path).encode(TEXTS)


def test_weights_that_lack_a_part_are_named(tmp_path: Path) -> None:
    config = json.loads((tiny_own(tmp_path) / "config.json").read_text(encoding="utf-8")) | {"num_hidden_layers": 2}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(Misuse, match="bad_encoder"):
        OwnEncoder(tmp_path).encode(TEXTS)


def test_a_damaged_graph_in_the_index_is_named(own: OwnEncoder, tmp_path: Path) -> None:
    own.save(tmp_path)
    (tmp_path / "encoder.onnx").write_bytes(b"half of it")
    with pytest.raises(Misuse, match="bad_encoder"):
        own.restored(tmp_path).encode(TEXTS)
    (tmp_path / "encoder.onnx").unlink()
    with pytest.raises(Retryable, match="no_index"):
        own.restored(tmp_path)


def test_without_onnxruntime_it_says_so(own: OwnEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    made = own._graph
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(Misuse, match="no_onnxruntime"):
        session(made)


def test_mixed_nearness_is_the_weighted_sum(own: OwnEncoder, fitted: LatentEncoder, tmp_path: Path) -> None:
    mixed = MixedEncoder([(0.7, own), (0.3, fitted)])
    rows, ours, latent = (each.encode(TEXTS) for each in (mixed, own, fitted))
    np.testing.assert_allclose(rows @ rows.T, 0.7 * ours @ ours.T + 0.3 * latent @ latent.T, atol=1e-4)
    mixed.save(tmp_path)
    np.testing.assert_array_equal(mixed.restored(tmp_path).encode(TEXTS), rows)
    assert own.identity in mixed.identity and fitted.identity in mixed.identity


def test_the_identity_follows_the_weights(own: OwnEncoder, tmp_path: Path) -> None:
    folder = tiny_own(tmp_path)
    assert OwnEncoder(folder).identity == own.identity
    (folder / "vocab.txt").write_text("x", encoding="utf-8")
    assert OwnEncoder(folder).identity != own.identity
    (folder / "vocab.txt").unlink()
    with pytest.raises(Misuse, match="bad_encoder"):
        assert OwnEncoder(folder).identity


def test_the_shipped_model_is_small_and_described() -> None:
    folder = ROOT / "knowledge" / "model"
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 12_000_000
    card = (folder / "README.md").read_text(encoding="utf-8")
    for words in ("Licence", "Apache-2.0", "MIT", "script/train-encoder", "Limits", "paraphrases", "MRR@10"):
        assert words in card
    rows = encoder.choose("own").encode(["社保卡丢了怎么办", "我的社保卡找不到了", "怎么注册一家公司"])
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of a few numbers with the characters of `TEXTS` as its vocabulary."""
    import torch  # noqa: PLC0415 # takes seconds; only these tests need it
    from transformers import BertConfig, BertModel, BertTokenizerFast  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("bert")
    characters = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(set("".join(TEXTS)))]
    (folder / "vocab.txt").write_text("\n".join(characters), encoding="utf-8")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(characters),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=300,
    )
    BertModel(config).save_pretrained(folder)
    assert json.loads((folder / "config.json").read_text())["hidden_size"] == 16
    return folder


@pytest.mark.slow
def test_a_transformers_model_encodes(tiny_model: Path) -> None:
    chosen = encoder.choose(str(tiny_model))
    assert chosen.fitted(TEXTS, OWNERS) is chosen and chosen.restored(tiny_model) is chosen
    rows = chosen.encode(TEXTS)
    assert rows.shape == (6, 16)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    # padding must not change a row: alone and in a batch are the same
    np.testing.assert_allclose(chosen.encode(TEXTS[-1:])[0], rows[-1], atol=1e-5)
    assert chosen.encode([]).shape == (0, 16)


@pytest.mark.slow
def test_rows_are_pooled_as_the_model_says(tiny_model: Path, tmp_path: Path) -> None:
    rows = {}
    for kind in ("mean_tokens", "cls_token", "lasttoken"):
        folder = tmp_path / kind
        shutil.copytree(tiny_model, folder)
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps({f"pooling_mode_{kind}": True}), encoding="utf-8")
        rows[kind] = encoder.choose(str(folder)).encode(TEXTS)
        np.testing.assert_allclose(encoder.choose(str(folder)).encode(TEXTS[-1:])[0], rows[kind][-1], atol=1e-5)
    np.testing.assert_array_equal(rows["mean_tokens"], encoder.choose(str(tiny_model)).encode(TEXTS))
    assert abs(rows["cls_token"] - rows["lasttoken"]).max() > 0.01
    assert abs(rows["cls_token"] - rows["mean_tokens"]).max() > 0.01


@pytest.mark.slow
def test_a_hub_name_without_a_network_is_named(tmp_path: Path) -> None:
    code = "from knowledge import encoder; encoder.choose('some/published-model').encode(['社保'])"
    offline = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=offline, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "no_encoder" in done.stderr


@pytest.mark.slow
def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misuse) as caught:
        encoder.choose(str(tmp_path / "nowhere")).encode(["社保"])
    assert "nowhere" in caught.value.message
