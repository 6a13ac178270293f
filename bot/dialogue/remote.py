"""What Rasa asks of an action's answer, checked with a validator that is made once.

Rasa 3.6 hands schema and answer to `jsonschema.validate`, which first validates the *schema*, at each action, on the
event loop: about 40 ms of a turn's 55 (py-spy), while every other citizen waits. The schema is Rasa's own and never
changes; the answer is checked against it exactly as before.
"""

from typing import Any, Dict, Text

from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction

_SCHEMA = RemoteAction.action_response_format_spec()
_VALIDATOR = validator_for(_SCHEMA)(_SCHEMA)


def _validate_action_result(self: RemoteAction, result: Dict[Text, Any]) -> bool:
    """True, or jsonschema.ValidationError as Rasa's own."""
    _VALIDATOR.validate(result)
    return True


def install() -> None:
    """From now on, in this process."""
    RemoteAction._validate_action_result = _validate_action_result  # noqa: SLF001 - Rasa has no other way in
