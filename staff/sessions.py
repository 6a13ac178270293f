"""Sessions: a random token in a cookie, its hash in the database, ended by time, by hand, or with the account.

The CSRF token is an HMAC of the session's own token: bound to it, nothing more to store, gone with it.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta

from core.clock import Clock
from core.errors import NotFound, Refused, Unauthenticated
from core.message import Json
from core.staff import Staff
from staff import roles
from staff.store import StaffStore
from storage.audit import Audit

TOKEN_BYTES = 32
LONGEST_BROWSER = 200
LONGEST_TOKEN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session that has just begun."""

    staff: Staff
    """Whose it is."""
    token: str = field(repr=False)
    """For the cookie; nobody can read it again."""
    csrf: str = field(repr=False)
    """To be sent with everything that changes something."""


class Sessions:
    """Begin, check, list and end them."""

    def __init__(self, *, store: StaffStore, audit: Audit, clock: Clock, idle: timedelta, lifetime: timedelta) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._idle = idle
        self._lifetime = lifetime

    async def begin(self, row: Json, *, address: str, browser: str) -> Session:
        """A fresh session for an account's row: always a new token, so that none can be planted beforehand."""
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock.now()
        await self._store.begin_session(
            {
                "staff_id": row["id"],
                "token_hash": _hash(token),
                "created_at": now,
                "seen_at": now,
                "expires_at": now + self._lifetime,
                "address": address[:64],
                "browser": "".join(filter(str.isprintable, browser))[:LONGEST_BROWSER],
            }
        )
        return Session(staff=person(row), token=token, csrf=csrf_of(token))

    async def check(self, cookie: str, csrf: str | None) -> Staff:
        """Whose session this is, as they are now; `csrf` None: not asked for. Raises Unauthenticated, Refused."""
        row = await self._read(cookie)
        if csrf is not None and not hmac.compare_digest(csrf.encode("utf-8", "replace"), csrf_of(cookie).encode()):
            raise Refused("bad_csrf", "页面已过期，请刷新后再试。", detail=str(row["account"]))
        return person(row)

    def csrf(self, cookie: str) -> str:
        """The CSRF token of a session that was checked."""
        return csrf_of(cookie)

    async def of(self, staff: Staff, cookie: str) -> list[Json]:
        """A person's own sessions for their page; the one that asks is marked."""
        current = (await self._read(cookie))["session_id"]
        rows = await self._store.sessions(staff.id, now=self._clock.now(), idle=self._idle)
        return [
            {
                "id": row["id"],
                "created_at": row["created_at"].isoformat(),
                "seen_at": row["seen_at"].isoformat(),
                "address": row["address"],
                "browser": row["browser"],
                "current": row["id"] == current,
            }
            for row in rows
        ]

    async def leave(self, staff: Staff, cookie: str) -> None:
        """Log out: end the session that asks."""
        session_id = (await self._read(cookie))["session_id"]
        await self._store.end_sessions(staff.id, now=self._clock.now(), only=session_id)
        await self._note(staff, "staff.logout", staff.account, {"session": session_id})

    async def end(self, staff: Staff, session_id: int) -> None:
        """End one of one's own sessions; raises NotFound, also for somebody else's."""
        if not await self._store.end_sessions(staff.id, now=self._clock.now(), only=session_id):
            raise NotFound("no_session_of_that_id", "没有这个登录，或者它已经结束。")
        await self._note(staff, "staff.session_ended", staff.account, {"session": session_id})

    async def end_others(self, staff: Staff, cookie: str) -> int:
        """End all of one's own sessions but the one that asks; gives how many."""
        current = (await self._read(cookie))["session_id"]
        ended = await self._store.end_sessions(staff.id, now=self._clock.now(), but=current)
        await self._note(staff, "staff.sessions_ended", staff.account, {"ended": ended})
        return ended

    async def end_all(self, staff_id: int) -> int:
        """End every session of an account: it was stopped, or its password changed."""
        return await self._store.end_sessions(staff_id, now=self._clock.now())

    async def _read(self, cookie: str) -> Json:
        if not cookie or len(cookie) > LONGEST_TOKEN:
            raise Unauthenticated("no_session", "请先登录。")
        row = await self._store.session(_hash(cookie), now=self._clock.now(), idle=self._idle)
        if row is None:
            raise Unauthenticated("no_session", "登录已失效，请重新登录。")
        return row

    async def _note(self, staff: Staff, action: str, subject: str, detail: Json) -> None:
        await self._audit.append(
            self._clock.now(), actor=f"staff:{staff.account}", action=action, subject=subject, detail=detail
        )


def person(row: Json) -> Staff:
    """An account's row as the other rooms know it."""
    permissions = frozenset({roles.OWN}) if row["must_change"] else roles.permissions(row["roles"])
    return Staff(
        id=row["id"],
        account=row["account"],
        name=row["name"],
        roles=frozenset(row["roles"]),
        regions=tuple(row["regions"]),
        permissions=permissions,
        must_change=row["must_change"],
    )


def csrf_of(token: str) -> str:
    """The CSRF token that belongs to a session's token."""
    made = hmac.new(token.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).digest()
    return urlsafe_b64encode(made).decode().rstrip("=")


def _hash(token: str) -> bytes:
    """The token is random, so a plain SHA-256 is enough: no dictionary could hold it."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
