"""Reading what clients send: strict, with an error that says what is wrong."""

import re
from typing import Any

import orjson
from sanic import Request

from core.errors import Misuse, TooLarge
from core.personal import clean

MAX_TEXT = 1000
"""Characters of one message."""
MAX_COMMENT = 500
_DECIMAL = re.compile(r"-?[0-9]{1,12}")
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CONVERSATION_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


def body(request: Request) -> dict[str, Any]:
    """The JSON object of a request, `{}` for an empty body; raises Misuse."""
    return parse(request.body)


def parse(data: bytes | str) -> dict[str, Any]:
    """A JSON object; raises Misuse("bad_json") for anything else."""
    if not data:
        return {}
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise Misuse("bad_json", "请求的内容不是正确的 JSON。") from None
    if not isinstance(parsed, dict):
        raise Misuse("bad_json", "请求的内容应当是一个 JSON 对象。")
    return parsed


def text(data: dict[str, Any]) -> str:
    """What was said, cleaned; raises Misuse for nothing, TooLarge for too much."""
    said = data.get("text")
    if not isinstance(said, str):
        raise Misuse("bad_text", "缺少文字内容（text）。")
    said = clean(said)
    if not said:
        raise Misuse("empty_text", "没有收到文字内容。请打字告诉我您想问什么。")
    if len(said) > MAX_TEXT:
        raise TooLarge("text_too_long", f"这段话太长了，请缩短到 {MAX_TEXT} 个字以内，先说最要紧的一件事。")
    return said


def client_message_id(data: dict[str, Any]) -> str:
    """The client's id of a message; raises Misuse."""
    value = data.get("client_message_id")
    if not isinstance(value, str) or not _CLIENT_ID.fullmatch(value):
        raise Misuse("bad_client_message_id", "client_message_id 应为 1 到 64 个字母、数字、下划线或连字符。")
    return value


def conversation_id(value: str) -> str:
    """A conversation id that could be one; raises Misuse, so that nothing odd reaches the database."""
    if not _CONVERSATION_ID.fullmatch(value):
        raise Misuse("bad_conversation_id", "会话编号不正确。")
    return value


def integer(value: object, name: str, low: int, high: int) -> int:
    """A whole number of a JSON body, within limits; raises Misuse."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Misuse("bad_number", f"{name} 应为 {low} 到 {high} 之间的整数。")
    return value


def argument(request: Request, name: str, default: int, low: int, high: int) -> int:
    """A whole number of the query string, within limits; raises Misuse."""
    value = request.args.get(name)
    if value is None:
        return default
    return integer(int(value) if _DECIMAL.fullmatch(value) else value, name, low, high)


def flag(data: dict[str, Any], name: str) -> bool:
    """A boolean; raises Misuse."""
    value = data.get(name)
    if not isinstance(value, bool):
        raise Misuse("bad_flag", f"{name} 应为 true 或 false。")
    return value


def comment(data: dict[str, Any]) -> str:
    """An optional remark; raises Misuse, TooLarge."""
    value = data.get("comment", "")
    if not isinstance(value, str):
        raise Misuse("bad_comment", "comment 应为文字。")
    value = clean(value)
    if len(value) > MAX_COMMENT:
        raise TooLarge("comment_too_long", f"评价内容请缩短到 {MAX_COMMENT} 个字以内。")
    return value
