"""Members of staff and contents for the tests of the life cycle."""

from typing import Any

from core.staff import Staff
from tests.knowledge.stocks import TOPICS


def staff(account: str, *, regions: tuple[str, ...] = ("000000",), number: int = 1) -> Staff:
    """Somebody with an account."""
    return Staff(
        id=number,
        account=account,
        name=f"{account}老师",
        roles=frozenset({"editor", "reviewer"}),
        regions=regions,
        permissions=frozenset(
            {"knowledge.read", "knowledge.edit", "knowledge.review", "knowledge.withdraw", "knowledge.import"}
        ),
    )


WRITER, REVIEWER, THIRD = staff("writer", number=1), staff("reviewer", number=2), staff("third", number=3)


def content(name: str = "card", **changes: Any) -> dict[str, Any]:
    """What a page sends of an entry without faults."""
    subject, asked = TOPICS[name.split("-", maxsplit=1)[0]]
    return {
        "id": name,
        "topic": "试验",
        "question": f"{subject}的事怎么办理？",
        "subject": subject,
        "similar": list(asked),
        "short": f"请到{subject}窗口办理。",
        "answer": f"请带身份证到{subject}窗口办理，当场办结。\n不收费。",
        "basis": [{"law": "社会保险法", "article": "第四条", "quote": "", "kind": "law"}],
        "region": "000000",
        "effective_from": None,
        "effective_until": None,
    } | changes
