"""What an action is given, and what it gives back: no Rasa types, so that actions are plain functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from bot.consult import Context
from bot.said import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One turn as an action sees it."""

    text: str
    """What was said, masked."""
    intent: str = ""
    """What Rasa takes it for."""
    context: Context = field(default_factory=Context)
    """What the conversation is about."""
    region: str = ""
    """Administrative division code."""
    turn_id: str = ""
    """Names the turn."""
    slots: Mapping[str, Any] = field(default_factory=dict)
    """Rasa's slots."""

    @classmethod
    def from_tracker(cls, tracker: Mapping[str, Any]) -> Self:
        """Read the tracker that Rasa sends (JSON)."""
        message = tracker.get("latest_message") or {}
        metadata = message.get("metadata") or {}
        return cls(
            text=message.get("text") or "",
            intent=(message.get("intent") or {}).get("name") or "",
            context=Context.from_json(metadata.get("context") or {}),
            region=metadata.get("region") or "",
            turn_id=metadata.get("turn_id") or "",
            slots=dict(tracker.get("slots") or {}),
        )

    @property
    def requested(self) -> str:
        """The slot that the active form asks for."""
        return self.slots.get("requested_slot") or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an action says and remembers."""

    said: tuple[Said, ...] = ()
    """What the citizen reads, in order."""
    slots: Mapping[str, Any] = field(default_factory=dict)
    """Slots to set; None clears one."""
    followup: str = ""
    """The action or form that Rasa is to run next, empty when its rules decide."""
