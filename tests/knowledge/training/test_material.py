"""What trains is what may: nothing that measures is ever opened."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import Misuse
from core.settings import ROOT
from knowledge.training.batches import Batches, neighbours
from knowledge.training.material import Group, gather, permit, views
from knowledge.training.noise import Noise
from tests.knowledge import stocks

LAW = """# 试验法

第一条 劳动者应当按月缴纳费用。用人单位代扣代缴，并且告知本人。未代扣的，由单位承担。

第二条 领取待遇应当提出申请；窗口当场受理。材料齐全的，十个工作日内办结。
"""
MATTER = {
    "TASK_NAME": "居住证办理（省级）",
    "DEPT_NAME": "公安厅",
    "accept_standard": "居住半年以上的，可以申请。",
    "material_intro": ["居民身份证原件"],
}


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Path]:
    """Entries, paraphrases, laws and matters of a made-up city."""
    stocks.write(tmp_path / "entries")
    said, laws = tmp_path / "paraphrases", tmp_path / "laws"
    said.mkdir()
    laws.mkdir()
    (said / "some.tsv").write_text("# why\n\ncard\t卡让人偷了咋整\ncard\t社保卡补一张\n", encoding="utf-8")
    (laws / "试验法(2020-01-01).md").write_text(LAW, encoding="utf-8")
    (tmp_path / "matters.jsonl").write_text(json.dumps(MATTER, ensure_ascii=False), encoding="utf-8")
    return {"entries": tmp_path / "entries", "said": said, "laws": laws, "matters": tmp_path / "matters.jsonl"}


def test_everything_given_is_read(sources: dict[str, Path]) -> None:
    material = gather(sources["entries"], sources["said"], sources["laws"], sources["matters"])
    groups = {group.id: group for group in (*material.own, *material.general)}
    assert "卡让人偷了咋整" in groups["card"].asked
    assert any("居住证办理" in text and "省级" not in text for text in groups["matter:居住证办理（省级）"].asked)
    assert {"law:试验法:第一条", "law:试验法:第二条"} <= set(groups)
    assert not gather(sources["entries"], None, None, None).general


def test_a_bad_line_is_named(sources: dict[str, Path]) -> None:
    (sources["said"] / "some.tsv").write_text("card\t好\n没有制表符\n", encoding="utf-8")
    with pytest.raises(Misuse, match="第2行"):
        gather(sources["entries"], sources["said"], None, None)
    sources["matters"].write_text("{}", encoding="utf-8")
    with pytest.raises(Misuse, match="bad_matters"):
        gather(sources["entries"], None, None, sources["matters"])


@pytest.mark.parametrize(
    "name", ["heldout/questions.jsonl", "dev_questions.jsonl", "faq/leco_answer", "faq/leco_answer/queries.jsonl"]
)
def test_questions_that_measure_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    with pytest.raises(Misuse, match="measuring_only"):
        permit(path)
    with pytest.raises(Misuse, match="measuring_only"):
        gather(tmp_path, None, None, path)


def test_no_measuring_file_is_opened() -> None:
    """Every file that the shipped material opens, as the interpreter itself reports it."""
    code = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from core.settings import ROOT
from knowledge.training.material import gather
gather(ROOT / "knowledge/entries", ROOT / "knowledge/training/paraphrases", None, None)
print("\\n".join(opened))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    opened = [name for name in done.stdout.splitlines() if name.endswith((".jsonl", ".tsv", ".yml", ".txt"))]
    assert any(name.endswith(".tsv") for name in opened)
    assert [name for name in opened if "heldout" in name or "dev_questions" in name or "faq" in name] == []


def test_paraphrases_are_none_of_the_questions_that_measure() -> None:
    """Sentences are written independently: none stands in both, save short phrases that anybody would type."""
    said = {
        line.split("\t")[1].strip()
        for path in (ROOT / "knowledge/training/paraphrases").glob("*.tsv")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "\t" in line
    }
    measured = {
        json.loads(line)["question"]
        for path in (ROOT / "knowledge/heldout/questions.jsonl", ROOT / "knowledge/dev_questions.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    assert [text for text in said & measured if len(text) > 14] == []


def test_views_differ_and_follow_the_chance() -> None:
    group = Group(id="a", asked=("一", "二", "三", "四"), told=("答案是这样的",), family="f")
    drawn = views(group, 3, random.Random(3))
    assert len(set(drawn)) == 3
    assert drawn == views(group, 3, random.Random(3))
    text = Group(id="b", asked=(), told=("劳动者应当按月缴纳费用。", "用人单位代扣代缴。"), family="试验法")
    assert all(views(text, 2, random.Random(seed)) for seed in range(20))


def test_noise_keeps_most_of_a_text() -> None:
    noise = Noise(["医保卡丢了怎么补办", "一宝"], {"医保": ["医保", "医疗保险"]})
    made = {noise("医保卡丢了怎么补办", random.Random(seed)) for seed in range(200)}
    assert "医保卡丢了怎么补办" in made
    assert any("医疗保险" in text for text in made)
    assert any(any(char.isascii() and char.isalpha() for char in text) for text in made)
    assert all(len(text) > 3 for text in made)


def test_batches_are_the_same_for_the_same_step(sources: dict[str, Path]) -> None:
    material = gather(sources["entries"], sources["said"], sources["laws"], sources["matters"])
    batches = Batches(material, Noise(["社保卡"], {}), 9)
    for step in range(12):
        drawn = batches.draw(step, 0.1 * (step % 5))
        assert drawn == batches.draw(step, 0.1 * (step % 5))
        assert len(drawn.texts) == len(drawn.groups) >= 4
    assert {batches.draw(step, 0.0).own for step in range(30)} == {True, False}


def test_neighbours_are_the_like() -> None:
    groups = [
        Group(id=str(at), asked=asked, told=(), family="")
        for at, asked in enumerate([("医保卡丢了",), ("取公积金",), ("医保卡怎么办",), ("公积金贷款",)])
    ]
    near = neighbours(groups)
    assert [near[0][0], near[1][0], near[2][0], near[3][0]] == [2, 3, 0, 1]
