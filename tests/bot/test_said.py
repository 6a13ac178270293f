"""The wire between actions, Rasa and the turn."""

import pytest

from bot.said import Callback, Handover, Said
from core.message import Reply

EXAMPLES = [
    Handover(reason="asked", trigger="ask_human"),
    Callback(phone_token="⟦手机号·a1b2c3⟧", message="查缴费记录", turn_id="7"),
    Said(reply=Reply(text="好")),
    Said(
        reply=Reply(text="好"),
        entry="a",
        options=("a", "b"),
        miss=True,
        handover=Handover(reason="asked", trigger="words"),
        callback=Callback(phone_token="x", message="y", turn_id="z"),
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_round_trip(example):
    assert type(example).from_json(example.to_json()) == example


def test_what_is_empty_is_left_out():
    assert Said(reply=Reply(text="好")).to_json() == {"reply": Reply(text="好").to_json()}
