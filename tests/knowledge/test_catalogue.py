"""What the public pages show."""

import pytest

from core.errors import NotFound
from knowledge.calculators.catalogue import CALCULATORS
from knowledge.catalogue import CALCULATED, Catalogue
from tests.stand import knowledge


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue(knowledge(), region_code="330100", texts={"city": "杭州市"})


@pytest.mark.parametrize("name", CALCULATORS)
async def test_the_source_of_a_calculation_is_the_entry_that_explains_its_rule(catalogue: Catalogue, name: str) -> None:
    shown = await catalogue.entry(CALCULATED + name, 1)
    assert shown["id"] == CALCULATORS[name].entry
    assert shown["basis"]


@pytest.mark.parametrize("entry_id", ["calculator-", "calculator-nothing", "calculator", "no-such-entry"])
async def test_nothing_else_is_made_up(catalogue: Catalogue, entry_id: str) -> None:
    with pytest.raises(NotFound):
        await catalogue.entry(entry_id)
