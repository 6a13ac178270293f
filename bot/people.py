"""The way from the bot to people: typed requests with what a person needs to know, and messages left."""

from typing import Protocol

from bot.memory import Memory
from bot.said import Callback
from core.message import Json
from desk.queue import Answered, Desk, Left, Request
from storage.inbox import Work
from storage.vault import Vault, replace_tokens

SUMMARY = 200


class Helpers(Protocol):
    """What the turn asks of people."""

    @property
    def hours_spoken(self) -> str:
        """The opening hours as one says them."""
        ...

    async def ask(self, work: Work, memory: Memory, *, reason: str, trigger: str, priority: int = 0) -> Answered:
        """Request a person. Raises Retryable when the request cannot be recorded."""
        ...

    async def leave(self, work: Work, callback: Callback, memory: Memory) -> int:
        """Record a message with a number to call back."""
        ...

    async def withdraw(self, conversation_id: str) -> bool:
        """The citizen does not want to wait any more."""
        ...


class People:
    """Wraps the desk for the turn."""

    def __init__(self, *, desk: Desk, vault: Vault) -> None:
        self._desk = desk
        self._vault = vault

    @property
    def hours_spoken(self) -> str:
        """The opening hours as one says them."""
        return self._desk.hours.spoken()

    async def ask(self, work: Work, memory: Memory, *, reason: str, trigger: str, priority: int = 0) -> Answered:
        """Request a person. Raises Retryable when the request cannot be recorded."""
        return await self._desk.ask(
            Request(
                conversation_id=work.conversation_id,
                inbox_id=work.inbox_id,
                epoch=work.epoch,
                reason=reason,
                trigger=trigger,
                priority=priority,
                summary=self._summary(work),
                detail=_detail(memory),
            )
        )

    async def leave(self, work: Work, callback: Callback, memory: Memory) -> int:
        """Record a message with a number to call back."""
        shown = dict(memory.tokens)
        message = replace_tokens(callback.message, lambda token: shown.get(token, "****"))
        return await self._desk.leave(
            Left(
                conversation_id=work.conversation_id,
                turn_id=callback.turn_id or str(work.inbox_id),
                phone_token=callback.phone_token,
                phone_shown=shown.get(callback.phone_token, ""),
                message=self._vault.mask(message).display,
            )
        )

    async def withdraw(self, conversation_id: str) -> bool:
        """The citizen does not want to wait any more."""
        return await self._desk.withdraw(conversation_id)

    def _summary(self, work: Work) -> str:
        return self._vault.mask(work.text).display[:SUMMARY]


def _detail(memory: Memory) -> Json:
    return {
        "auth_level": 0,
        "last_entry": memory.last_entry,
        "last_options": list(memory.last_options),
        "misses": memory.misses,
        "form": memory.active_loop,
        "slots": sorted(memory.slots or {}),
    }
