"""One real dialogue process for all tests here."""

import subprocess
from collections.abc import Iterator

import pytest

from bot.actions.executor import ActionServer
from bot.dialogue import launch
from bot.replies import Replies
from core.clock import SystemClock
from tests.bot.dialogue_process import Dialogue, dialogue
from tests.fakes.knowledge import FakeKnowledge


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dialogue]:
    """Trained if it is not yet, started as script/serve starts it."""
    subprocess.run([str(launch.ROOT / "script" / "train"), "rasa"], check=True, stdout=subprocess.DEVNULL)
    actions = ActionServer(knowledge=FakeKnowledge(), replies=Replies.load(), clock=SystemClock())
    with dialogue(tmp_path_factory.mktemp("dialogue") / "state", launch.ROOT / "var" / "models", actions) as process:
        yield process
