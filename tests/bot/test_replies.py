"""The one place of fixed sentences."""

import re
from pathlib import Path

import pytest

from bot.replies import RESPONSES, Replies
from core.errors import Misuse
from core.message import Kind

ROOT = Path(__file__).resolve().parents[2]
REPLIES = Replies.load()
USED = re.compile(r"[\"'\s](utter_[a-z0-9_]+)")
MADE = re.compile(r"^utter_(aspect|emergency)_")
"""Names put together from parts: tests/bot/test_answer.py and test_guard.py say each of them."""


def _used() -> dict[str, Path]:
    sources = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "nlu_data").glob("*.yml"), ROOT / "app.py"]
    return {name: path for path in sources for name in USED.findall(path.read_text(encoding="utf-8"))}


def test_every_sentence_used_exists():
    asked = {"utter_ask_callback_phone", "utter_ask_callback_message"}  # Rasa finds these by the slot's name
    missing = {
        name: str(path) for name, path in _used().items() if name not in REPLIES.names and not name.endswith("_")
    }
    assert missing == {}
    assert asked <= REPLIES.names


@pytest.mark.parametrize("name", sorted(REPLIES.names))
def test_every_sentence_can_be_said(name):
    text = REPLIES.say(name, **dict.fromkeys(REPLIES.fields(name), "值"))
    assert text
    assert "{" not in text
    assert not re.search(r"[a-zA-Z]{4,}", text), "plain Chinese, no foreign words"


def test_buttons_become_options():
    reply = REPLIES.reply("utter_bot_identity")
    assert reply.kind is Kind.OPTIONS
    assert reply.options[0].value == "转人工"


def test_unknown_names_and_missing_values_are_refused():
    with pytest.raises(Misuse):
        REPLIES.say("utter_poem")
    with pytest.raises(Misuse):
        REPLIES.say("utter_too_long")


@pytest.mark.parametrize(
    "text",
    ["", "responses:", "responses: [1]", "responses: {utter_a: [{text: a}, {text: b}]}", "responses: {utter_a: x}"],
)
def test_a_malformed_file_is_named(tmp_path, text):
    path = tmp_path / "responses.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Misuse):
        Replies.load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(Misuse):
        Replies.load(tmp_path / "none.yml")


def test_the_sentences_that_rasa_says_itself_need_no_values():
    rules = (ROOT / "nlu_data" / "rules.yml").read_text(encoding="utf-8")
    for name in re.findall(r"action: (utter_\w+)", rules):
        assert not REPLIES.fields(name), name
    assert RESPONSES.parent == ROOT / "bot" / "domain"
