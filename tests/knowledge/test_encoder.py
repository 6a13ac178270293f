"""Both encoders keep the port: rows of length one, the same after saving, a clear sentence when they cannot."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.errors import Misuse, Retryable
from knowledge import encoder
from knowledge.latent import LatentEncoder

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
    assert not fitted.encode(["zzz"]).any()


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
def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misuse) as caught:
        encoder.choose(str(tmp_path / "nowhere")).encode(["社保"])
    assert "nowhere" in caught.value.message
