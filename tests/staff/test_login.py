"""Log-in, lock-out and sessions, with the clock in hand."""

import asyncio

import pytest

from core.clock import ManualClock
from core.errors import Misuse, Refused, TooMany, Unauthenticated
from staff.login import ADDRESS_TRIES, TRIES
from staff.passwords import Passwords
from staff.room import StaffRoom
from staff.sessions import Session
from storage.storage import Storage
from tests.staff.people import PASSWORD, account


async def enter(room: StaffRoom, name: str = "zhang", password: str = PASSWORD, address: str = "10.0.0.1") -> Session:
    return await room.login.login(name, password, address=address, browser="b")


async def wrong(room: StaffRoom, name: str = "zhang", address: str = "10.0.0.1") -> str:
    """Try a wrong password; gives the error's code."""
    with pytest.raises((Unauthenticated, TooMany)) as refused:
        await enter(room, name, "wrong password", address)
    return refused.value.code


async def test_a_session_has_the_permissions_of_the_roles(room: StaffRoom) -> None:
    await account(room, "zhang", "editor", regions=("330100",))
    begun = await enter(room, " ZHANG ")
    staff = await room.sessions.check(begun.token, begun.csrf)
    assert staff == begun.staff
    assert staff.may("knowledge.edit")
    assert not staff.may("knowledge.review")
    assert staff.covers("330102")
    assert not staff.covers("330200")
    assert not staff.covers("000000")


async def test_the_token_is_stored_only_as_its_hash(room: StaffRoom, storage: Storage) -> None:
    number = await account(room, "zhang", "editor")
    begun = await enter(room)
    assert len(begun.token) >= 43
    rows = await room.store.sessions(number, now=room.sessions._clock.now(), idle=room.sessions._idle)
    assert begun.token not in repr(rows)
    assert begun.csrf not in repr(rows)
    assert begun.token not in repr(begun)


@pytest.mark.parametrize("name", ["zhang", "nobody", "' OR 1=1 --", "a\x00b"])
async def test_five_wrong_passwords_lock_also_what_does_not_exist(
    room: StaffRoom, clock: ManualClock, name: str
) -> None:
    await account(room, "zhang", "editor")
    codes = [await wrong(room, name, f"10.0.0.{n}") for n in range(7)]
    assert codes == ["bad_login"] * TRIES + ["locked"] * 2
    clock.advance(61)
    assert [await wrong(room, name), await wrong(room, name)] == ["bad_login", "locked"]
    clock.advance(61)
    assert await wrong(room, name) == "locked", "the second lock is longer"
    clock.advance(60)
    assert await wrong(room, name) == "bad_login"


async def test_the_right_password_does_not_open_a_locked_account(room: StaffRoom, clock: ManualClock) -> None:
    await account(room, "zhang", "editor")
    for _ in range(TRIES):
        await wrong(room)
    with pytest.raises(TooMany) as locked:
        await enter(room)
    assert 0 < locked.value.retry_after <= 60
    clock.advance(61)
    await enter(room)
    assert [await wrong(room) for _ in range(TRIES)] == ["bad_login"] * TRIES, "success forgets"


async def test_many_attempts_at_once_are_not_one(room: StaffRoom) -> None:
    await account(room, "zhang", "editor")
    codes = await asyncio.gather(*(wrong(room, "zhang", f"10.0.1.{n}") for n in range(30)))
    assert codes.count("bad_login") == TRIES


async def test_an_address_that_tries_many_accounts_is_locked(room: StaffRoom) -> None:
    await account(room, "zhang", "editor")
    codes = [await wrong(room, f"guess{n}") for n in range(ADDRESS_TRIES + 2)]
    assert codes == ["bad_login"] * ADDRESS_TRIES + ["locked"] * 2
    await enter(room, address="10.9.9.9")


async def test_an_office_that_logs_in_behind_one_address_is_not_locked(room: StaffRoom) -> None:
    await account(room, "zhang", "editor")
    for _ in range(ADDRESS_TRIES * 2):
        await enter(room)


async def test_a_stopped_account_cannot_log_in_and_loses_its_sessions(room: StaffRoom, clock: ManualClock) -> None:
    number = await account(room, "zhang", "editor")
    boss = (await enter_as_admin(room)).staff
    begun = await enter(room)
    await room.accounts.change(boss, number, {"active": False})
    with pytest.raises(Unauthenticated):
        await room.sessions.check(begun.token, None)
    assert await wrong(room) == "bad_login"
    with pytest.raises(Unauthenticated):
        await enter(room)


async def enter_as_admin(room: StaffRoom) -> Session:
    await account(room, "boss", "admin")
    return await enter(room, "boss")


async def test_sessions_end_by_idleness_by_age_and_by_hand(room: StaffRoom, clock: ManualClock) -> None:
    await account(room, "zhang", "editor")
    idle = await enter(room)
    clock.advance(29 * 60)
    await room.sessions.check(idle.token, None)
    clock.advance(29 * 60)
    await room.sessions.check(idle.token, None)
    clock.advance(31 * 60)
    with pytest.raises(Unauthenticated):
        await room.sessions.check(idle.token, None)
    busy = await enter(room)
    for _ in range(12 * 3 - 1):
        clock.advance(20 * 60)
        await room.sessions.check(busy.token, None)
    clock.advance(20 * 60)
    with pytest.raises(Unauthenticated):
        await room.sessions.check(busy.token, None)


async def test_one_and_all_sessions_can_be_ended(room: StaffRoom) -> None:
    await account(room, "zhang", "editor")
    first, second, third = [await enter(room) for _ in range(3)]
    listed = await room.sessions.of(first.staff, first.token)
    assert [item["current"] for item in listed] == [False, False, True]
    await room.sessions.end(first.staff, listed[0]["id"])
    with pytest.raises(Unauthenticated):
        await room.sessions.check(third.token, None)
    assert await room.sessions.end_others(first.staff, first.token) == 1
    with pytest.raises(Unauthenticated):
        await room.sessions.check(second.token, None)
    await room.sessions.leave(first.staff, first.token)
    with pytest.raises(Unauthenticated):
        await room.sessions.check(first.token, None)


async def test_somebody_elses_session_cannot_be_ended(room: StaffRoom) -> None:
    await account(room, "zhang", "editor")
    await account(room, "lisi", "editor")
    mine, theirs = await enter(room, "zhang"), await enter(room, "lisi")
    number = (await room.sessions.of(theirs.staff, theirs.token))[0]["id"]
    with pytest.raises(Misuse) as refused:
        await room.sessions.end(mine.staff, number)
    assert refused.value.status == 404
    await room.sessions.check(theirs.token, None)


async def test_the_csrf_token_belongs_to_one_session(room: StaffRoom) -> None:
    await account(room, "zhang", "editor")
    one, other = await enter(room), await enter(room)
    await room.sessions.check(one.token, one.csrf)
    for csrf in ("", "x", other.csrf, one.csrf + "x", one.token):
        with pytest.raises(Refused) as refused:
            await room.sessions.check(one.token, csrf)
        assert refused.value.code == "bad_csrf"


async def test_changing_the_password_ends_all_sessions_and_gives_a_new_token(room: StaffRoom) -> None:
    await account(room, "zhang", "editor")
    one, other = await enter(room), await enter(room)
    begun = await room.login.change_password(one.staff, PASSWORD, "blue kettle noon", address="10.0.0.1", browser="b")
    for old in (one, other):
        with pytest.raises(Unauthenticated):
            await room.sessions.check(old.token, None)
    assert begun.token != one.token
    await room.sessions.check(begun.token, begun.csrf)
    assert await wrong(room) == "bad_login"
    await enter(room, password="blue kettle noon")


async def test_the_old_password_is_asked_for_and_guessing_it_locks(room: StaffRoom) -> None:
    await account(room, "zhang", "editor")
    begun = await enter(room)
    for _ in range(TRIES):
        with pytest.raises(Unauthenticated):
            await room.login.change_password(begun.staff, "guess", "blue kettle noon", address="a", browser="b")
    with pytest.raises(TooMany):
        await room.login.change_password(begun.staff, PASSWORD, "blue kettle noon", address="a", browser="b")


async def test_an_initial_password_must_be_changed_first(room: StaffRoom) -> None:
    boss = (await enter_as_admin(room)).staff
    made, initial = await room.accounts.add(
        boss, {"account": "new.one", "name": "新人", "roles": ["editor"], "regions": ["330100"]}
    )
    begun = await enter(room, "new.one", initial)
    assert begun.staff.must_change
    assert begun.staff.permissions == {"account.own"}
    after = await room.login.change_password(begun.staff, initial, "blue kettle noon", address="a", browser="b")
    assert after.staff.may("knowledge.edit")
    assert made["must_change"]


async def test_a_hash_of_weaker_parameters_is_renewed_at_log_in(room: StaffRoom) -> None:
    number = await account(room, "zhang", "editor")
    before = (await room.store.read(number))["password_hash"]
    room.login._passwords = Passwords()
    await enter(room)
    after = (await room.store.read(number))["password_hash"]
    assert before != after
    assert "m=65536" in after


async def test_everything_is_in_the_audit_trail_and_nothing_secret(room: StaffRoom, storage: Storage) -> None:
    await account(room, "zhang", "editor")
    await wrong(room)
    await wrong(room, "my-password-typed-here")
    begun = await enter(room)
    await room.login.change_password(begun.staff, PASSWORD, "blue kettle noon", address="a", browser="b")
    records = await storage.audit.records()
    assert [(record.action, record.subject) for record in records] == [
        ("staff.account_added", "zhang"),
        ("staff.login_failed", "zhang"),
        ("staff.login_failed", "unknown"),
        ("staff.login", "zhang"),
        ("staff.password_changed", "zhang"),
    ]
    told = repr(records)
    assert not any(secret in told for secret in (PASSWORD, "my-password", "blue kettle", begun.token))
    assert await storage.audit.verify() is None
