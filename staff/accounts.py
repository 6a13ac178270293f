"""Accounts: made, changed, stopped and given new passwords by an administrator; everything is in the audit trail.

An administrator reaches only as far as their own regions: whoever looks after one city makes no accounts for another.
"""

import re
from collections.abc import Iterable

from core.clock import Clock
from core.errors import Misuse, Refused
from core.message import Json
from core.personal import clean
from core.staff import Staff
from staff import passwords
from staff.passwords import Passwords
from staff.roles import PERMISSIONS, ROLES
from staff.store import StaffStore
from storage.audit import Audit

ACCOUNT = re.compile(r"[a-z][a-z0-9._-]{2,31}")
REGION = re.compile(r"\d{6}")
LONGEST_NAME = 30
MOST_REGIONS = 50
CHANGEABLE = frozenset({"name", "roles", "regions", "active"})


class Accounts:
    """What `accounts.manage` allows."""

    def __init__(self, *, store: StaffStore, passwords: Passwords, audit: Audit, clock: Clock) -> None:
        self._store = store
        self._passwords = passwords
        self._audit = audit
        self._clock = clock

    async def list(self) -> list[Json]:
        """All accounts, without anything secret."""
        return [public(row) | {"sessions": row["sessions"]} for row in await self._store.accounts()]

    async def add(self, by: Staff | None, values: Json, *, password: str = "") -> tuple[Json, str]:
        """A new account and its password; without `password` a random one that must be changed at the first log-in.

        `by` None is the terminal of this machine. Raises Misuse, Refused.
        """
        account = values.get("account")
        if not isinstance(account, str) or not ACCOUNT.fullmatch(account):
            raise Misuse("bad_account", "账号应为 3 到 32 个小写字母、数字、点、下划线或连字符，以字母开头。")
        row = {"account": account, **_checked({name: values.get(name) for name in ("name", "roles", "regions")})}
        self._reach(by, row["regions"])
        if password:
            passwords.check(password, account=account, name=row["name"])
        given, now = password or passwords.initial(), self._clock.now()
        made = await self._store.add(
            {
                **row,
                "password_hash": await self._passwords.hash(given),
                "active": True,
                "must_change": not password,
                "created_at": now,
                "password_at": now,
            }
        )
        await self._note(by, "staff.account_added", account, {"roles": row["roles"], "regions": row["regions"]})
        return public(made), given

    async def change(self, by: Staff, staff_id: int, values: Json) -> Json:
        """Name, roles, regions, active; stopping ends the account's sessions. Raises Misuse, Refused, NotFound."""
        if not values or set(values) - CHANGEABLE:
            raise Misuse("bad_account", f"只能修改：{'、'.join(sorted(CHANGEABLE))}。")
        before = await self._store.read(staff_id)
        checked = _checked(values)
        self._reach(by, [*before["regions"], *checked.get("regions", [])])
        row = await self._store.change(staff_id, checked)
        if not row["active"]:
            await self._store.end_sessions(staff_id, now=self._clock.now())
        told = {name: {"from": before[name], "to": row[name]} for name in checked if before[name] != row[name]}
        await self._note(by, "staff.account_changed", row["account"], told)
        return public(row)

    async def reset_password(self, by: Staff | None, staff_id: int, *, password: str = "") -> str:
        """A new password, at random unless given; ends the account's sessions. Raises Misuse, Refused, NotFound."""
        row = await self._store.read(staff_id)
        self._reach(by, row["regions"])
        if password:
            passwords.check(password, account=row["account"], name=row["name"])
        given, now = password or passwords.initial(), self._clock.now()
        values = {"password_hash": await self._passwords.hash(given), "must_change": not password, "password_at": now}
        await self._store.change(staff_id, values)
        await self._store.end_sessions(staff_id, now=now)
        await self._note(by, "staff.password_reset", row["account"], {})
        return given

    async def end_sessions(self, by: Staff | None, staff_id: int) -> int:
        """Log an account out everywhere; gives how many sessions ended. Raises Refused, NotFound."""
        row = await self._store.read(staff_id)
        self._reach(by, row["regions"])
        ended = await self._store.end_sessions(staff_id, now=self._clock.now())
        await self._note(by, "staff.sessions_ended", row["account"], {"ended": ended})
        return ended

    def _reach(self, by: Staff | None, regions: Iterable[str]) -> None:
        if by is not None and not all(by.covers(region) for region in regions):
            raise Refused("not_your_region", "这个账号的区域不在您负责的范围内。", detail=by.account)

    async def _note(self, by: Staff | None, action: str, subject: str, detail: Json) -> None:
        actor = f"staff:{by.account}" if by else "terminal"
        await self._audit.append(self._clock.now(), actor=actor, action=action, subject=subject, detail=detail)


def public(row: Json) -> Json:
    """An account as it may be shown."""
    last = row["last_login_at"]
    return {
        "id": row["id"],
        "account": row["account"],
        "name": row["name"],
        "roles": sorted(row["roles"]),
        "regions": list(row["regions"]),
        "active": row["active"],
        "must_change": row["must_change"],
        "created_at": row["created_at"].isoformat(),
        "last_login_at": last.isoformat() if last else None,
    }


def catalogue() -> Json:
    """Roles and permissions with their names, for the page that grants them."""
    return {
        "roles": [
            {"code": role.code, "name": role.name, "permissions": sorted(role.permissions)} for role in ROLES.values()
        ],
        "permissions": [{"code": code, "name": name} for code, name in PERMISSIONS.items()],
    }


def _checked(values: Json) -> Json:
    """The values as they are stored; raises Misuse for the first wrong one."""
    checks = {"name": _name, "roles": _roles, "regions": _regions, "active": _active}
    return {name: checks[name](value) for name, value in values.items()}


def _name(value: object) -> str:
    name = clean(value) if isinstance(value, str) else ""
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Misuse("bad_name", f"姓名应为 1 到 {LONGEST_NAME} 个字。")
    return name


def _roles(value: object) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(role, str) and role in ROLES for role in value):
        raise Misuse("bad_roles", "请至少选一个角色。")
    return sorted(set(value))


def _regions(value: object) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_REGIONS:
        raise Misuse("bad_regions", "请至少填一个区域（6 位行政区划代码，000000 为全国）。")
    if not all(isinstance(code, str) and REGION.fullmatch(code) and code.isascii() for code in value):
        raise Misuse("bad_regions", "区域应为 6 位行政区划代码，000000 为全国。")
    return sorted(set(value))


def _active(value: object) -> bool:
    if not isinstance(value, bool):
        raise Misuse("bad_active", "active 应为 true 或 false。")
    return value
