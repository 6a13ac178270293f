"""A dialogue engine that says what it was told to: stands in for the Rasa process, which is outside of ours."""

from collections.abc import Callable

from bot.engine import Asked, EngineReply
from bot.said import Said
from core.errors import Retryable
from core.message import Reply

Script = Callable[[Asked], EngineReply]


def says(text: str) -> Script:
    """An engine that always answers `text`."""
    return lambda asked: EngineReply(said=(Said(reply=Reply(text=text)),), intent="scripted", confidence=1.0)


class ScriptedEngine:
    """Remembers what it was asked; down while it has no script."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script
        self.asked: list[Asked] = []

    async def converse(self, asked: Asked) -> EngineReply:
        """Answer by the script; Retryable without one."""
        self.asked.append(asked)
        if self.script is None:
            raise Retryable("dialogue_down")
        return self.script(asked)

    async def healthy(self) -> bool:
        """True when there is a script."""
        return self.script is not None

    async def close(self) -> None:
        """Nothing to close."""
