"""Danger and the wish for a person, heard in any wording; a mention is not a wish, a question is not an alarm."""

from pathlib import Path

import pytest
import yaml

from bot.guard import danger, wants_person, withdraws

ROOT = Path(__file__).resolve().parents[2]
HELDOUT = ROOT / "nlu_data" / "heldout"


def lines(name: str) -> list[tuple[str, str]]:
    found = []
    for line in (HELDOUT / name).read_text("utf-8").splitlines():
        label, _, sentence = line.strip().partition(" ")
        if sentence and not label.startswith("#"):
            found.append((label, sentence))
    return found


@pytest.mark.parametrize(("label", "sentence"), lines("handover.txt"))
def test_a_person_is_asked_for_or_not(label: str, sentence: str) -> None:
    assert wants_person(sentence) == (label == "+")


@pytest.mark.parametrize(("label", "sentence"), lines("danger.txt"))
def test_danger_is_heard_or_not(label: str, sentence: str) -> None:
    found = danger(sentence)
    assert (found.trigger if found else "-") == label


def test_no_question_of_the_knowledge_base_is_taken_for_an_alarm_and_few_for_a_hand_over() -> None:
    questions = [
        (entry["id"], question)
        for path in sorted((ROOT / "knowledge" / "entries").glob("*.yml"))
        for entry in yaml.safe_load(path.read_text("utf-8"))["entries"]
        for question in (entry["question"], *entry["similar"])
    ]
    assert len(questions) > 1000
    assert [pair for pair in questions if danger(pair[1])] == []
    assert [pair for pair in questions if wants_person(pair[1]) and pair[0] != "assistant-human"] == []


@pytest.mark.parametrize("text", ["算了", "算了吧", "不等了", "取消", "不用了！"])
def test_withdrawing(text: str) -> None:
    assert withdraws(text)


@pytest.mark.parametrize("text", ["算了一下养老金", "取消低保要什么手续", "不用了解"])
def test_not_withdrawing(text: str) -> None:
    assert not withdraws(text)
