"""Training is skipped when nothing changed, and names what is missing."""

import shutil

import pytest

from bot import train


@pytest.fixture
def copy(tmp_path):
    for name in train.INPUTS:
        source, target = train.ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
    return tmp_path


def test_the_same_inputs_have_the_same_name(copy):
    assert train.fingerprint(copy) == train.fingerprint()


@pytest.mark.parametrize(
    "name", ["config.yml", "bot/domain/responses.yml", "nlu_data/train/manners.yml", "nlu_data/rules.yml"]
)
def test_any_changed_input_makes_another_name(copy, name):
    before = train.fingerprint(copy)
    with (copy / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert train.fingerprint(copy) != before


def test_an_existing_model_is_not_trained_again(tmp_path, capsys):
    (tmp_path / f"{train.fingerprint()}.tar.gz").write_bytes(b"")
    train.train_rasa(tmp_path, force=False)
    assert "跳过训练" in capsys.readouterr().out


def test_the_name_can_be_asked_for(capsys):
    assert train.main(["hash"]) == 0
    assert capsys.readouterr().out.strip() == train.fingerprint()
