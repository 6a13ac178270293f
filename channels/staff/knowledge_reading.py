"""Reading what the knowledge pages send: ids, numbers, notes, filters; strict, saying what is wrong."""

import re
from datetime import date
from typing import Any

from sanic import Request

from channels.web import reading
from core.errors import Misuse, TooLarge
from core.message import Json
from core.personal import clean

MAX_NUMBER = 2**31 - 1
MAX_NOTE = 500
MAX_WORD = 100
_ENTRY = re.compile(r"(?=.{1,100}$)[a-z0-9]+(-[a-z0-9]+)*")
_REGION = re.compile(r"\d{6}")


def entry_id(value: object) -> str:
    """An entry's id; raises Misuse."""
    if not isinstance(value, str) or not _ENTRY.fullmatch(value):
        raise Misuse("bad_entry_id", "条目编号不正确。")
    return value


def number(value: object, name: str = "number") -> int:
    """A version's number or another count from 1; raises Misuse."""
    return reading.integer(value, name, 1, MAX_NUMBER)


def number_argument(request: Request, name: str) -> int:
    """A version's number in the query string; raises Misuse."""
    return reading.integer(reading.argument(request, name, 0, 0, MAX_NUMBER), name, 1, MAX_NUMBER)


def revision(data: Json) -> int:
    """The revision that was read; raises Misuse."""
    return reading.integer(data.get("revision"), "revision", 0, MAX_NUMBER)


def note(data: Json, name: str = "note") -> str:
    """A remark, empty when there is none; raises Misuse, TooLarge."""
    value = data.get(name, "")
    if not isinstance(value, str):
        raise Misuse("bad_note", f"{name} 应为文字。")
    value = clean(value)
    if len(value) > MAX_NOTE:
        raise TooLarge("note_too_long", f"说明请缩短到 {MAX_NOTE} 个字以内。")
    return value


def word(request: Request, name: str, default: str = "") -> str:
    """A filter from the query string; raises TooLarge."""
    value = clean(request.args.get(name, default))
    if len(value) > MAX_WORD:
        raise TooLarge("filter_too_long", f"{name} 太长了。")
    return value


def page(request: Request, size: int = 20) -> tuple[int, int]:
    """(page from 1, size); raises Misuse."""
    return (
        reading.argument(request, "page", 1, 1, 100_000),
        reading.argument(request, "size", size, 1, 200),
    )


def region(data: Json) -> str:
    """A division code, or empty; raises Misuse."""
    value = data.get("region") or ""
    if not isinstance(value, str) or (value and not _REGION.fullmatch(value)):
        raise Misuse("bad_region", "地区代码应为六位数字。")
    return value


def day(data: Json, name: str) -> date | None:
    """A day, or None; raises Misuse."""
    value: Any = data.get(name)
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Misuse("bad_day", f"{name} 应为日期，如 2025-01-01。") from None


def words(data: Json, name: str, most: int) -> list[str]:
    """A list of texts; raises Misuse."""
    value = data.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value) or len(value) > most:
        raise Misuse("bad_list", f"{name} 应为文字的列表，最多 {most} 个。")
    return value


def mapping(data: Json, name: str) -> Json:
    """An object, `{}` when it is not there; raises Misuse."""
    value = data.get(name) or {}
    if not isinstance(value, dict):
        raise Misuse("bad_values", f"{name} 应为一个对象。")
    return value
