"""Runs inside Rasa's environment (test_remote.py): what Rasa itself and we say of the same action answers, as JSON."""

import json

from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction

from bot.dialogue import remote

ANSWERS = [
    {},
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "timestamp": None, "name": "phone", "value": "x"}], "responses": [{"text": "好"}]},
    {"events": [{"event": "slot", "name": 5}], "responses": []},
    {"events": [{"event": "no such event"}], "responses": []},
    {"events": [{"no": "event"}], "responses": []},
    {"events": "none", "responses": []},
    {"events": [], "responses": ["text"]},
    [],
    None,
]


def verdicts() -> "list[str]":
    action = RemoteAction("action_consult", None)
    found = []
    for answer in ANSWERS:
        try:
            found.append(str(action._validate_action_result(answer)))
        except ValidationError as error:
            found.append(f"refused at {list(error.absolute_path)}")
    return found


if __name__ == "__main__":
    before = verdicts()
    remote.install()
    print(json.dumps({"rasa": before, "ours": verdicts()}))
