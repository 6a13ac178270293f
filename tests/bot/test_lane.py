"""The fast lane's gatekeeper lets questions through and dialogue not."""

import json

import pytest

from bot import lane
from bot.lane import Lane, grams
from core.errors import Misuse


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("index")


@pytest.fixture(scope="module")
def trained(folder):
    return Lane.load(folder)  # trains it, as it is missing


def test_it_takes_most_questions_and_hardly_any_dialogue(folder, capsys):
    assert lane.main(["build", "--out", str(folder / lane.FILE)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["examples"] > 5000
    assert report["taken"] >= 0.80
    assert report["passing"] <= 0.01


@pytest.mark.parametrize(
    "text", ["医保断缴了会怎么样", "灵活就业人员怎么交养老保险", "延迟退休后我什么时候退休", "居住证怎么办"]
)
def test_complete_questions_take_the_lane(trained, text):
    assert trained.is_consult(text)


@pytest.mark.parametrize(
    "text",
    [
        "那断缴了呢", "第二个", "要带什么", "那退休的人呢", "多少钱", "哪里办", "你好", "谢谢", "算了", "转人工",
        "我要留言", "⟦手机号·a1b2c3⟧", "不对，是⟦手机号·a1b2c3⟧", "再说一遍", "说简单点", "依据是什么", "是的",
        "你是机器人吗", "急死我了", "我要投诉", "", "？？？", "2",
    ],
)  # fmt: skip
def test_dialogue_does_not(trained, text):
    assert not trained.is_consult(text)


def test_any_text_gives_a_probability(trained):
    for text in ("", "a" * 5000, "\x00\u202e😀", "医保" * 3000):
        assert 0.0 <= trained.probability(text) <= 1.0


def test_masked_numbers_look_alike():
    assert grams("⟦手机号·a1b2c3⟧") == grams("⟦手机号·ffffff⟧")


def test_a_broken_model_is_named(tmp_path):
    (tmp_path / lane.FILE).write_bytes(b"PK\x03\x04 no")
    with pytest.raises(Misuse):
        Lane.load(tmp_path)


def test_broken_training_data_is_named(tmp_path):
    (tmp_path / "a.yml").write_text("nlu: [", encoding="utf-8")
    with pytest.raises(Misuse) as caught:
        list(lane.read(tmp_path, tmp_path))
    assert "a.yml" in caught.value.message
