"""The nation's rules hold everywhere, a province's in its cities, a city's in itself."""

import pytest

from knowledge import region


@pytest.mark.parametrize(
    ("rule", "citizen", "holds"),
    [
        ("000000", "", True),
        ("000000", "330100", True),
        ("330000", "330100", True),
        ("330000", "330000", True),
        ("330000", "440100", False),
        ("330100", "330100", True),
        ("330100", "330106", True),
        ("330100", "330200", False),
        ("330100", "330000", False),
        ("330100", "", False),
    ],
)
def test_where_a_rule_holds(rule: str, citizen: str, holds: bool) -> None:
    assert region.holds_for(rule, citizen) is holds


def test_the_nearer_rule_has_the_higher_level() -> None:
    assert [region.level(code) for code in ("000000", "330000", "330100", "330106")] == [0, 1, 2, 3]


def test_names() -> None:
    assert region.name("330100") == "杭州市"
    assert region.name("999999") == "999999"
