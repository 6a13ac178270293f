"""Members of staff for tests: accounts made directly, sessions begun without a password."""

from dataclasses import dataclass
from typing import Any

import httpx

from staff.room import StaffRoom
from tests.stand import Stand

PASSWORD = "Correct-Horse-42"
COOKIE = "hc_staff"


@dataclass(slots=True, kw_only=True)
class Member:
    """One person with an open session."""

    http: httpx.AsyncClient
    id: int
    account: str
    token: str
    csrf: str

    async def call(self, method: str, path: str, body: Any = None, *, csrf: str | None = None) -> httpx.Response:
        """A request of this person; `csrf` replaces the right token, empty leaves it away."""
        headers = {"Cookie": f"{COOKIE}={self.token}"}
        if csrf != "":
            headers["X-CSRF-Token"] = self.csrf if csrf is None else csrf
        return await self.http.request(method, f"/api/v1/staff{path}", json=body, headers=headers)


async def account(
    room: StaffRoom,
    name: str,
    *roles: str,
    regions: tuple[str, ...] = ("000000",),
    password: str = PASSWORD,
    called: str = "",
) -> int:
    """A new account with a password of its own; gives its number."""
    values = {"account": name, "name": called or f"{name}的人", "roles": list(roles), "regions": list(regions)}
    made, _ = await room.accounts.add(None, values, password=password)
    return int(made["id"])


async def member(stand: Stand, name: str, *roles: str, regions: tuple[str, ...] = ("000000",)) -> Member:
    """A new account with an open session."""
    number = await account(stand.staff, name, *roles, regions=regions)
    return await enter(stand, number)


async def enter(stand: Stand, number: int) -> Member:
    """A session of an account."""
    row = await stand.staff.store.read(number)
    begun = await stand.staff.sessions.begin(row, address="127.0.0.1", browser="test")
    return Member(http=stand.http, id=number, account=row["account"], token=begun.token, csrf=begun.csrf)
