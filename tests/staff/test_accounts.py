"""What an administrator may do with accounts, and what nobody may."""

import asyncio
import json
import stat
import sys
from pathlib import Path

import pytest

from core.clock import ManualClock
from core.errors import HuiChuangError, Misuse, Refused
from core.settings import ROOT
from core.staff import Staff
from staff import demo
from staff.roles import OWN, PERMISSIONS, ROLES, permissions
from staff.room import StaffRoom
from staff.sessions import person
from tests.staff.people import PASSWORD, account

NEW = {"account": "li.si", "name": "李四", "roles": ["editor"], "regions": ["330100"]}


async def admin(room: StaffRoom, name: str = "boss", *regions: str) -> Staff:
    number = await account(room, name, "admin", regions=regions or ("000000",))
    return person(await room.store.read(number))


def test_the_table_of_roles_is_whole() -> None:
    assert {role.name for role in ROLES.values()} == {"坐席", "班长", "知识编辑", "审核员", "运营", "管理员", "领导"}
    granted = frozenset().union(*(role.permissions for role in ROLES.values()))
    assert granted == set(PERMISSIONS) - {OWN}
    assert permissions(["no such role"]) == {OWN}
    both = [role.code for role in ROLES.values() if {"knowledge.edit", "knowledge.review"} <= role.permissions]
    assert both == [], "who writes does not approve"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"account": "Li Si"}, "bad_account"),
        ({"account": "1li"}, "bad_account"),
        ({"account": None}, "bad_account"),
        ({"name": " "}, "bad_name"),
        ({"name": "长" * 31}, "bad_name"),
        ({"roles": []}, "bad_roles"),
        ({"roles": ["king"]}, "bad_roles"),
        ({"roles": "admin"}, "bad_roles"),
        ({"regions": []}, "bad_regions"),
        ({"regions": ["33"]}, "bad_regions"),
        ({"regions": ["３３０１００"]}, "bad_regions"),
        ({"regions": [330100]}, "bad_regions"),
    ],
)
async def test_wrong_values_are_refused(room: StaffRoom, change: dict[str, object], code: str) -> None:
    with pytest.raises(Misuse) as refused:
        await room.accounts.add(await admin(room), {**NEW, **change})
    assert refused.value.code == code


async def test_an_account_is_made_once_changed_and_listed_without_its_hash(room: StaffRoom) -> None:
    boss = await admin(room)
    made, initial = await room.accounts.add(boss, NEW)
    assert len(initial) == 19
    with pytest.raises(Misuse) as again:
        await room.accounts.add(boss, NEW)
    assert again.value.code == "account_exists"
    changed = await room.accounts.change(boss, made["id"], {"roles": ["reviewer", "editor"], "name": "李四（审）"})
    assert changed["roles"] == ["editor", "reviewer"]
    listed = await room.accounts.list()
    assert [item["account"] for item in listed] == ["boss", "li.si"]
    assert "argon2" not in repr(listed)
    with pytest.raises(Misuse):
        await room.accounts.change(boss, made["id"], {"password_hash": "x"})
    with pytest.raises(Misuse):
        await room.accounts.change(boss, 999, {"name": "谁"})


async def test_the_last_administrator_stays(room: StaffRoom) -> None:
    one, other = await admin(room, "one"), await admin(room, "other")
    await room.accounts.change(one, other.id, {"active": False})
    for values in ({"active": False}, {"roles": ["editor"]}):
        with pytest.raises(Misuse) as refused:
            await room.accounts.change(one, one.id, values)
        assert refused.value.code == "last_admin"
    assert person(await room.store.read(one.id)).may("accounts.manage")


async def test_two_administrators_cannot_remove_each_other_at_once(room: StaffRoom) -> None:
    one, other = await admin(room, "one"), await admin(room, "other")
    outcomes = await asyncio.gather(
        room.accounts.change(one, other.id, {"active": False}),
        room.accounts.change(other, one.id, {"active": False}),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, HuiChuangError) for outcome in outcomes) == 1


async def test_an_administrator_reaches_only_the_own_regions(room: StaffRoom) -> None:
    local = await admin(room, "local", "330100")
    far = await account(room, "far", "editor", regions=("330200",))
    near = await account(room, "near", "editor", regions=("330102",))
    for attempt in (
        room.accounts.add(local, {**NEW, "regions": ["330000"]}),
        room.accounts.change(local, far, {"name": "改名"}),
        room.accounts.change(local, near, {"regions": ["330102", "000000"]}),
        room.accounts.reset_password(local, far),
        room.accounts.end_sessions(local, far),
    ):
        with pytest.raises(Refused) as refused:
            await attempt
        assert refused.value.code == "not_your_region"
    await room.accounts.change(local, near, {"name": "改名"})


async def test_demo_accounts_keep_their_passwords_and_go_without_demo_mode(
    room: StaffRoom, clock: ManualClock, tmp_path: Path
) -> None:
    folder = tmp_path / "secrets"
    first = await demo.ensure(folder, store=room.store, accounts=room.accounts, now=clock.now())
    again = await demo.ensure(folder, store=room.store, accounts=room.accounts, now=clock.now())
    assert first == again == json.loads((folder / demo.FILE).read_text("utf-8"))
    assert stat.S_IMODE((folder / demo.FILE).stat().st_mode) == 0o600
    assert len(set(first.values())) == len(demo.DEMO) == len(ROLES)
    begun = await room.login.login("demo-admin", first["demo-admin"], address="a", browser="b")
    await demo.stop(room.store, now=clock.now())
    with pytest.raises(HuiChuangError):
        await room.sessions.check(begun.token, None)
    with pytest.raises(HuiChuangError):
        await room.login.login("demo-admin", first["demo-admin"], address="a", browser="b")
    (folder / demo.FILE).unlink()
    renewed = await demo.ensure(folder, store=room.store, accounts=room.accounts, now=clock.now())
    assert renewed != first
    await room.login.login("demo-editor", renewed["demo-editor"], address="a", browser="b")


async def staff(database_url: str, *words: str, given: str = "") -> tuple[int | None, str]:
    """`python -m staff …`; its exit status and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "staff", "--url", database_url, *words),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate(given.encode())
    return process.returncode, said.decode().strip()


async def test_the_first_administrator_comes_from_the_terminal(room: StaffRoom, database_url: str) -> None:
    assert (await staff(database_url, "list"))[1].startswith("还没有账号")
    add = ("add", "first.admin", "--name", "王管理", "--role", "admin")
    assert await staff(database_url, *add, given="short\n") != 0
    status, said = await staff(database_url, *add, given=f"{PASSWORD}\n")
    assert (status, "first.admin" in said, PASSWORD in said) == (0, True, False)
    begun = await room.login.login("first.admin", PASSWORD, address="a", browser="b")
    assert not begun.staff.must_change
    assert "王管理" in (await staff(database_url, "list"))[1]
    assert await staff(database_url, "revoke", "first.admin") == (0, "first.admin 的 1 个登录已失效")
    with pytest.raises(HuiChuangError):
        await room.sessions.check(begun.token, None)
    assert (await staff(database_url, "password", "first.admin", given="blue kettle noon\n"))[0] == 0
    assert (await staff(database_url, "password", "nobody", given="blue kettle noon\n"))[0] == 1
