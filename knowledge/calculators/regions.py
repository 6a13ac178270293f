"""Regional parameters (regions.yml): each value with its source and the days between which it holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import yaml

from core.errors import Misuse
from core.message import Basis
from knowledge import region as regions

FILE = Path(__file__).with_name("regions.yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One regional value."""

    name: str
    """Which parameter."""
    region: str
    """Where it holds (administrative division code)."""
    value: Decimal
    """Its value, in the unit that the file names."""
    basis: Basis
    """Where it was published."""
    effective_from: date
    """First day."""
    effective_until: date | None = None
    """Last day, None while no end is known."""

    def holds(self, region: str, on: date) -> bool:
        """True when it holds there on that day."""
        in_time = self.effective_from <= on and (self.effective_until is None or on <= self.effective_until)
        return in_time and regions.holds_for(self.region, region)

    @classmethod
    def from_yaml(cls, data: dict[str, Any]) -> Self:
        """Raises KeyError or TypeError when a part is missing."""
        source = data["source"]
        return cls(
            name=data["name"],
            region=data["region"],
            value=Decimal(str(data["value"])),
            basis=Basis(law=source["law"], article=source["article"]),
            effective_from=data["effective_from"],
            effective_until=data.get("effective_until"),
        )


class Regions:
    """All regional parameters."""

    def __init__(self, parameters: Iterable[Parameter] = ()) -> None:
        self._parameters = tuple(parameters)

    @classmethod
    def load(cls, path: Path = FILE) -> Self:
        """Read the file; raises Misuse naming what is wrong."""
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
            return cls(Parameter.from_yaml(item) for item in data["parameters"])
        except (OSError, yaml.YAMLError, KeyError, TypeError, ArithmeticError) as error:
            raise Misuse("bad_regions", f"地区参数文件读不出来：{path.name}", detail=repr(error)) from error

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self._parameters

    def find(self, name: str, *, region: str, on: date) -> Parameter | None:
        """The nearest rule that holds there on that day: a city's before its province's."""
        found = [one for one in self._parameters if one.name == name and one.holds(region, on)]
        return max(found, key=lambda one: (regions.level(one.region), one.effective_from), default=None)
