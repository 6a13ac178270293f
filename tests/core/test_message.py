"""Every message class goes to the wire and back unchanged (reflection: a new one cannot be forgotten)."""

import dataclasses
import inspect
import types
import typing
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

import pytest

from core import message
from core.errors import Misuse
from core.owner import Owner

CLASSES = [
    item
    for _, item in inspect.getmembers(message, inspect.isclass)
    if dataclasses.is_dataclass(item) and item.__module__ == message.__name__
]


def sample(kind: Any) -> Any:
    """Some value of a field's type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return (sample(arguments[0]), sample(arguments[0]))
    if origin in (types.UnionType, typing.Union):
        return sample(arguments[0])
    if dataclasses.is_dataclass(kind):
        assert isinstance(kind, type)
        return make(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return list(kind)[-1]
    samples: dict[Any, Any] = {
        str: "字 <b>&",
        int: 7,
        bool: True,
        date: date(2026, 11, 22),
        datetime: datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
    }
    return samples.get(kind, {"rows": [["办理时限", "15日"]]})


def make(kind: type) -> Any:
    hints = typing.get_type_hints(kind)
    return kind(**{field.name: sample(hints[field.name]) for field in dataclasses.fields(kind)})


def test_the_family_is_found() -> None:
    assert {"Answer", "Basis", "Message", "Option", "Reply", "Source"} <= {item.__name__ for item in CLASSES}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_to_the_wire_and_back(kind: Any) -> None:
    original = make(kind)
    assert kind.from_json(original.to_json()) == original


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_field_is_explained_frozen_and_named(kind: Any) -> None:
    source = inspect.getsource(kind)
    fields = dataclasses.fields(kind)
    assert source.count('"""') == 2 * (len(fields) + 1), "a line under each field, one for the class"
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(make(kind), fields[0].name, None)


@pytest.mark.parametrize("text", ["bot", "closed", "queue:general", "agent:17"])
def test_owners_round_trip(text: str) -> None:
    assert str(Owner.parse(text)) == text


@pytest.mark.parametrize("text", ["", "bot:", "bot:x", "queue", "queue:", "agent: ", "someone", "closed:now"])
def test_what_is_no_owner_is_refused(text: str) -> None:
    with pytest.raises(Misuse):
        Owner.parse(text)
