"""Domain, data and code name the same things."""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from bot.actions.executor import _DIGRESSIONS, _SENTENCES, ActionServer
from bot.replies import Replies
from core.clock import ManualClock
from tests.fakes.knowledge import FakeKnowledge

ROOT = Path(__file__).resolve().parents[2]
TRAIN = sorted((ROOT / "nlu_data" / "train").glob("*.yml"))


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


DOMAIN = {}
for part in sorted((ROOT / "bot" / "domain").glob("*.yml")):
    DOMAIN |= {key: value for key, value in load(part).items() if key != "version"}
EXAMPLES = {
    block["intent"]: [line.strip().removeprefix("- ") for line in block["examples"].splitlines() if line.strip()]
    for path in TRAIN
    for block in load(path)["nlu"]
    if "intent" in block
}


def test_every_action_of_the_domain_exists_and_the_other_way_round():
    clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))
    server = ActionServer(knowledge=FakeKnowledge(), replies=Replies.load(), clock=clock)
    assert server.names == set(DOMAIN["actions"])


def test_every_action_of_the_rules_is_in_the_domain():
    known = set(DOMAIN["actions"]) | set(DOMAIN["responses"]) | set(DOMAIN["forms"]) | {"action_deactivate_loop"}
    for name in ("rules.yml", "stories.yml"):
        text = (ROOT / "nlu_data" / name).read_text(encoding="utf-8")
        assert set(re.findall(r"- action: (\w+)", text)) <= known


def test_every_intent_has_enough_examples_and_every_example_an_intent():
    assert set(EXAMPLES) == set(DOMAIN["intents"])
    assert {intent: len(lines) for intent, lines in EXAMPLES.items() if len(lines) < 15} == {}


def test_no_sentence_means_two_things():
    counts = Counter(line for lines in EXAMPLES.values() for line in lines)
    assert [line for line, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("form", ["", "callback_form", "calculator_form"])
def test_every_intent_leads_somewhere(form):
    rules = load(ROOT / "nlu_data" / "rules.yml")["rules"]
    covered = set()
    for rule in rules:
        loops = [condition.get("active_loop", "any") for condition in rule.get("condition", ())]
        if (form not in loops) if form else bool({"callback_form", "calculator_form"} & set(loops)):
            continue
        for step in rule["steps"]:
            steps = step.get("or", [step])
            covered |= {one["intent"] for one in steps if "intent" in one}
    assert covered == set(DOMAIN["intents"]) | {"nlu_fallback"}


def test_every_digression_is_dealt_with():
    silent = {"affirm", "deny", "leave_message", "give_phone", "correct"}
    ended = {"withdraw", "goodbye", "ask_human"}
    assert set(_DIGRESSIONS) | set(_SENTENCES) | silent | ended == set(DOMAIN["intents"]) | {"nlu_fallback"}
