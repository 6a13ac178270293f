"""Which role may do what: the one table that every route's permission is looked up in."""

from collections.abc import Iterable
from dataclasses import dataclass

NATION = "000000"
OWN = "account.own"
"""See and change one's own account: everybody, and all that is left before an initial password was changed."""

PERMISSIONS: dict[str, str] = {
    OWN: "管理自己的账号",
    "knowledge.read": "查看知识",
    "knowledge.edit": "编写知识",
    "knowledge.review": "审核知识",
    "knowledge.withdraw": "下线知识",
    "knowledge.import": "导入资料",
    "sensitive.read": "查看敏感词",
    "sensitive.edit": "维护敏感词",
    "accounts.manage": "管理账号",
    "audit.read": "查看审计记录",
    "insight.read": "查看统计",
    "desk.serve": "接待市民",
    "desk.supervise": "管理坐席",
}
"""Every permission with its name for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One kind of work."""

    code: str
    """Stored with the account."""
    name: str
    """As shown to people."""
    permissions: frozenset[str]
    """What it may do, besides `OWN`."""


def _role(code: str, name: str, *permissions: str) -> Role:
    return Role(code=code, name=name, permissions=frozenset(permissions))


ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        _role("agent", "坐席", "knowledge.read", "desk.serve"),
        _role("supervisor", "班长", "knowledge.read", "desk.serve", "desk.supervise", "insight.read"),
        _role("editor", "知识编辑", "knowledge.read", "knowledge.edit", "knowledge.import", "sensitive.read"),
        _role("reviewer", "审核员", "knowledge.read", "knowledge.review", "knowledge.withdraw", "sensitive.read"),
        _role(
            "operator",
            "运营",
            "knowledge.read",
            "knowledge.edit",
            "knowledge.import",
            "knowledge.withdraw",
            "sensitive.read",
            "sensitive.edit",
            "insight.read",
        ),
        # Runs the system and reads the trail; writing and approving what citizens are told is not an administrator's.
        _role("admin", "管理员", "knowledge.read", "accounts.manage", "audit.read", "sensitive.read"),
        _role("leader", "领导", "knowledge.read", "insight.read", "audit.read"),
    )
}


def permissions(roles: Iterable[str]) -> frozenset[str]:
    """What these roles may do together, with `OWN`; a code that is not known gives nothing."""
    granted = (ROLES[code].permissions for code in roles if code in ROLES)
    return frozenset({OWN}).union(*granted)
