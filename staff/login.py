"""Logging in: a right password gives a session; five wrong ones lock, longer each time, account and address alike.

An account that does not exist answers, takes as long and locks exactly like one that does. Names as typed are kept
only as hashes: people type their password into the wrong field.
"""

import hashlib
from datetime import datetime

from core.clock import Clock
from core.errors import TooMany, Unauthenticated
from core.message import Json
from core.staff import Staff
from staff import passwords
from staff.accounts import ACCOUNT
from staff.passwords import Passwords
from staff.sessions import Session, Sessions
from staff.store import StaffStore
from storage.audit import Audit

TRIES = 5
"""Wrong passwords before an account locks."""
ADDRESS_TRIES = 20
"""The same for a network address: a whole office may stand behind one, so its members' slips must not lock all."""
WRONG = "账号或密码不正确。"


class Login:
    """Checks passwords; knows the lock-out."""

    def __init__(
        self, *, store: StaffStore, sessions: Sessions, passwords: Passwords, audit: Audit, clock: Clock
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._passwords = passwords
        self._audit = audit
        self._clock = clock

    async def login(self, account: str, password: str, *, address: str, browser: str) -> Session:
        """A new session; raises Unauthenticated("bad_login"), TooMany("locked")."""
        account = account.strip().lower()
        keys = (f"address:{address[:64]}", account_key(account))
        for key, tries in zip(keys, (ADDRESS_TRIES, TRIES), strict=True):
            await self._attempt(key, tries, address)
        row = await self._store.account(account) if ACCOUNT.fullmatch(account) else None
        right = await self._passwords.verify(row["password_hash"] if row else None, password)
        if row is None or not right or not row["active"]:
            subject = row["account"] if row else "unknown"
            await self._note("staff.login_failed", "unknown", subject, {"address": address})
            raise Unauthenticated("bad_login", WRONG)
        now = self._clock.now()
        await self._store.forgive(keys[0], one=True, now=now)
        await self._store.forgive(keys[1], one=False, now=now)
        await self._freshen(row, password, now)
        session = await self._sessions.begin(row, address=address, browser=browser)
        await self._note("staff.login", row["account"], row["account"], {"address": address})
        return session

    async def change_password(self, staff: Staff, old: str, new: str, *, address: str, browser: str) -> Session:
        """One's own password: ends every session and begins a new one. Raises Unauthenticated, Misuse, TooMany."""
        await self._attempt(account_key(staff.account), TRIES, address)
        row = await self._store.read(staff.id)
        if not await self._passwords.verify(row["password_hash"], old):
            await self._note("staff.password_failed", staff.account, staff.account, {"address": address})
            raise Unauthenticated("bad_password", "原密码不正确。")
        await self._store.forgive(account_key(staff.account), one=False, now=self._clock.now())
        passwords.check(new, account=staff.account, name=staff.name, old=old)
        values = {
            "password_hash": await self._passwords.hash(new),
            "must_change": False,
            "password_at": self._clock.now(),
        }
        row = await self._store.change(staff.id, values)
        await self._sessions.end_all(staff.id)
        await self._note("staff.password_changed", staff.account, staff.account, {"address": address})
        return await self._sessions.begin(row, address=address, browser=browser)

    async def _attempt(self, key: str, tries: int, address: str) -> None:
        now = self._clock.now()
        until = await self._store.attempt(key, allowed=tries, now=now)
        if until is None:
            return
        wait = max(1.0, (until - now).total_seconds())
        minutes = max(1, round(wait / 60))
        raise TooMany(
            "locked", f"尝试次数太多，已暂时锁定。请约 {minutes} 分钟后再试，或请管理员重置密码。", retry_after=wait
        )

    async def _freshen(self, row: Json, password: str, now: datetime) -> None:
        """Note the log-in; hash anew what was hashed with weaker parameters."""
        values: Json = {"last_login_at": now}
        if self._passwords.outdated(row["password_hash"]):
            values["password_hash"] = await self._passwords.hash(password)
        await self._store.change(row["id"], values)

    async def _note(self, action: str, actor: str, subject: str, detail: Json) -> None:
        await self._audit.append(
            self._clock.now(), actor=f"staff:{actor}", action=action, subject=subject, detail=detail
        )


def account_key(account: str) -> str:
    """What failures of an account are counted under."""
    return "account:" + hashlib.sha256(account.encode("utf-8", "replace")).hexdigest()
