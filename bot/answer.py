"""From a knowledge entry to what is said: the whole answer, a shorter or longer form, or one aspect of it."""

from enum import StrEnum

from bot.ports import Entry
from bot.replies import Replies
from core.message import Basis, Json, Kind, Reply

CHANNEL_NAMES = {"online": "网上办理", "window": "窗口办理", "phone": "咨询电话", "self_service": "自助机"}
TIME_LIMIT = "办理时限"
FEE = "收费"


class Form(StrEnum):
    """How much of an entry is said."""

    CHAT = "chat"
    """The answer, with a card of steps, materials and places."""
    SHORT = "short"
    """The short answer alone: for speech, and for 说简单点."""
    FULL = "full"
    """Everything as text: for 说详细点, and for channels without cards."""
    STEPS = "steps"
    MATERIALS = "materials"
    WHERE = "where"
    FEE = "fee"
    TIME = "time"
    BASIS = "basis"


def compose(entry: Entry, form: str = Form.CHAT, *, replies: Replies) -> Reply:
    """Say `entry` in that form; an aspect that the entry does not know is admitted. Raises ValueError: no such form."""
    match Form(form):
        case Form.CHAT:
            card = card_of(entry)
            kind = Kind.CARD if card else Kind.TEXT
            return Reply(text=_opening(entry), kind=kind, card=card, sources=(entry.source(),))
        case Form.SHORT:
            return Reply(text=entry.short.strip(), sources=(entry.source(),))
        case Form.FULL:
            return Reply(text=_full(entry), sources=(entry.source(),))
        case aspect:
            return Reply(text=_aspect(entry, aspect, replies), sources=(entry.source(),))


def card_of(entry: Entry) -> Json | None:
    """The structured part: `{"title", "rows", "steps", "materials"}`, or None when there is nothing to show."""
    rows = [[name, text] for name, text in ((TIME_LIMIT, entry.time_limit), (FEE, entry.fee)) if text]
    rows += _places(entry)
    if not (rows or entry.steps or entry.materials):
        return None
    return {"title": entry.question, "rows": rows, "steps": list(entry.steps), "materials": list(entry.materials)}


def _opening(entry: Entry) -> str:
    """Short answer first; left out where the full answer opens with the same thing, which most do."""
    short, answer = entry.short.strip(), entry.answer.strip()
    return answer if _opens_with(answer, short) else f"{short}\n{answer}"


def _opens_with(answer: str, short: str) -> bool:
    """True when half of the short answer's character pairs stand in the opening of the answer."""
    pairs = {short[i : i + 2] for i in range(len(short) - 1)}
    opening = answer[: max(60, 2 * len(short))]
    return sum(pair in opening for pair in pairs) * 2 >= len(pairs)


def _full(entry: Entry) -> str:
    parts = [entry.answer.strip()]
    if entry.steps:
        parts.append("怎么办：\n" + _numbered(entry.steps))
    if entry.materials:
        parts.append("要带：" + "、".join(entry.materials) + "。")
    parts += [f"{name}：{text}" for name, text in _places(entry)]
    parts += [f"{name}：{text}" for name, text in ((TIME_LIMIT, entry.time_limit), (FEE, entry.fee)) if text]
    parts.append("依据：" + "；".join(map(cite, entry.basis)) + "。")
    return "\n".join(parts)


def _aspect(entry: Entry, aspect: Form, replies: Replies) -> str:
    known = {
        Form.STEPS: _numbered(entry.steps),
        Form.MATERIALS: "、".join(entry.materials),
        Form.WHERE: "\n".join(f"{name}：{text}" for name, text in _places(entry)),
        Form.FEE: entry.fee.strip(),
        Form.TIME: entry.time_limit.strip(),
        Form.BASIS: "；".join(map(cite, entry.basis)),
    }[aspect]
    if known:
        return replies.say(f"utter_aspect_{aspect}", subject=entry.subject, text=known.rstrip("。"))
    phone = entry.channels.get("phone", "") or "12345"
    return replies.say(f"utter_aspect_{aspect}_unknown", subject=entry.subject, phone=phone)


def cite(basis: Basis) -> str:
    """《社会保险法》第十六条."""
    return f"《{basis.law}》{basis.article}"


def _places(entry: Entry) -> list[list[str]]:
    return [[CHANNEL_NAMES.get(kind, kind), text] for kind, text in entry.channels.items() if text]


def _numbered(steps: tuple[str, ...]) -> str:
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))
