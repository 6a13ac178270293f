"""Structured logs: one JSON object a line, a fixed event name plus fields; personal numbers never get through.

Masking by type is the rule (core.personal prints masked); this is the net below it: every text in every field is
searched once more before it is written.
"""

import logging
import sys
from typing import Any

import structlog

from core.personal import masked


def scrub(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Mask every personal number in every field of a log record."""
    return {key: _scrubbed(value) for key, value in event.items()}


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: _scrubbed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(item) for item in value]
    return value if isinstance(value, int | float | bool | type(None)) else masked(str(value))


def configure(level: str, *, role: str) -> None:
    """Log to standard output as JSON lines, from `level` up, each with the role's name."""
    logging.basicConfig(stream=sys.stdout, level=getattr(logging, level.upper()), format="%(message)s", force=True)
    for noisy in ("httpx", "httpcore", "rasa_sdk", "sanic.access", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            scrub,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(role=role)
