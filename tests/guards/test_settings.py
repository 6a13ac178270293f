"""docs/settings.md names every setting, its default and its meaning, and nothing else."""

import re
from pathlib import Path

from core.settings import PREFIX, Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
ROW = re.compile(r"^\| `(?P<key>[A-Z_]+)` \| (?P<default>[^|]*) \| (?P<meaning>[^|]*) \|$", re.MULTILINE)


def key(name: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else PREFIX + name.upper()


def default(name: str) -> str:
    """As the page writes it: nothing for empty and secret values, `var` for the state directory."""
    value = Settings.model_fields[name].default
    if name == "state_dir":
        return "`var`"
    shown = value.get_secret_value() if hasattr(value, "get_secret_value") else value
    shown = str(shown).lower() if isinstance(shown, bool) else str(shown)
    return f"`{shown}`" if shown else ""


def test_every_setting_is_documented_with_its_default_and_meaning() -> None:
    rows = {row["key"]: (row["default"].strip(), row["meaning"].strip()) for row in ROW.finditer(PAGE.read_text())}
    wanted = {key(name): (default(name), field.description) for name, field in Settings.model_fields.items()}
    assert rows == wanted
