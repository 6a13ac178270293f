"""An action's answer is checked as strictly as by Rasa itself."""

import json
import subprocess
from pathlib import Path

import pytest

from bot.dialogue import launch

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.xdist_group("dialogue")]


def test_the_same_answers_are_refused_at_the_same_place() -> None:
    command = [str(launch.python()), str(Path(__file__).with_name("remote_answers.py"))]
    environment = launch.environment("none")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["ours"] == said["rasa"]
    assert "True" in said["ours"]
    assert sum(verdict.startswith("refused") for verdict in said["ours"]) >= 5
