"""What an action says, and what the turn has to do about it: the wire between our actions, Rasa and `bot.turn`."""

from dataclasses import dataclass
from typing import Self

from core.message import Json, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """The citizen asked for a person, or needs one."""

    reason: str
    """Why, in a word: asked, complaint, misses."""
    trigger: str
    """What set it off: the intent."""

    def to_json(self) -> Json:
        return {"reason": self.reason, "trigger": self.trigger}

    @classmethod
    def from_json(cls, data: Json) -> Self:
        return cls(reason=data["reason"], trigger=data["trigger"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A message left for the staff, confirmed by the citizen."""

    phone_token: str
    """The number as it was given, masked: `⟦手机号·id⟧`, or plain digits that the masking does not know."""
    message: str
    """What it is about, masked."""
    turn_id: str
    """The turn that confirmed it: record one call-back per turn, however often it is delivered."""

    def to_json(self) -> Json:
        return {"phone_token": self.phone_token, "message": self.message, "turn_id": self.turn_id}

    @classmethod
    def from_json(cls, data: Json) -> Self:
        return cls(phone_token=data["phone_token"], message=data["message"], turn_id=data.get("turn_id", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """A calculation that was made, so that 如果干了5年呢 can change it."""

    name: str
    """The calculator."""
    given: dict[str, str]
    """Its values."""

    def to_json(self) -> Json:
        return {"name": self.name, "given": dict(self.given)}

    @classmethod
    def from_json(cls, data: Json) -> Self:
        return cls(name=data["name"], given=dict(data["given"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One reply together with what it means for the conversation."""

    reply: Reply
    """What the citizen reads."""
    entry: str = ""
    """Id of the knowledge entry that it answers from."""
    options: tuple[str, ...] = ()
    """Ids of the entries offered, in the order shown."""
    miss: bool = False
    """True when the question was not answered."""
    handover: Handover | None = None
    """Set when a person is to take over."""
    callback: Callback | None = None
    """Set when a call-back is to be recorded."""
    calculation: Calculation | None = None
    """Set when something was calculated."""

    def to_json(self) -> Json:
        data: Json = {"reply": self.reply.to_json()}
        if self.entry:
            data["entry"] = self.entry
        if self.options:
            data["options"] = list(self.options)
        if self.miss:
            data["miss"] = True
        if self.handover:
            data["handover"] = self.handover.to_json()
        if self.callback:
            data["callback"] = self.callback.to_json()
        if self.calculation:
            data["calculation"] = self.calculation.to_json()
        return data

    @classmethod
    def from_json(cls, data: Json) -> Self:
        handover, callback = data.get("handover"), data.get("callback")
        calculation = data.get("calculation")
        return cls(
            reply=Reply.from_json(data["reply"]),
            entry=data.get("entry", ""),
            options=tuple(data.get("options", ())),
            miss=bool(data.get("miss", False)),
            handover=Handover.from_json(handover) if handover else None,
            callback=Callback.from_json(callback) if callback else None,
            calculation=Calculation.from_json(calculation) if calculation else None,
        )
