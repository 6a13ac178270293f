"""The staff routes over real HTTP: cookie, CSRF token, origin, who may what."""

from collections.abc import AsyncIterator

import pytest

from tests import stand as stands
from tests.staff.people import PASSWORD, account, enter, member
from tests.stand import Stand

LOGIN = "/api/v1/staff/login"


@pytest.fixture
async def stand(database_url: str) -> AsyncIterator[Stand]:
    async with stands.served(database_url, origins=("https://portal.example",)) as made:
        yield made


async def test_log_in_look_and_log_out(stand: Stand) -> None:
    await account(stand.staff, "zhang", "editor", regions=("330100",))
    answer = await stand.http.post(LOGIN, json={"account": "zhang", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["staff"] | {"id": 0} == {
        "id": 0,
        "account": "zhang",
        "name": "zhang的人",
        "roles": ["editor"],
        "regions": ["330100"],
    }
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("hc_staff=")
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"))
    assert "Secure" not in cookie, "this stand is not behind https"
    assert answer.headers["cache-control"] == "no-store"
    me = await stand.http.get("/api/v1/staff/me")
    assert me.json() == told
    refused = await stand.http.post("/api/v1/staff/logout")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "bad_csrf")
    left = await stand.http.post("/api/v1/staff/logout", headers={"X-CSRF-Token": told["csrf"]})
    assert left.status_code == 204
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert (await stand.http.get("/api/v1/staff/me")).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"account": "zhang", "password": "wrong"}, 401, "bad_login"),
        ({"account": "nobody", "password": "wrong"}, 401, "bad_login"),
        ({"account": "zhang"}, 400, "bad_password"),
        ({"account": ["zhang"], "password": "x"}, 400, "bad_account"),
        ({"account": "zhang", "password": "x" * 201}, 400, "bad_password"),
        ([], 400, "bad_json"),
    ],
)
async def test_what_is_wrong_is_said_in_the_same_words(stand: Stand, body: object, status: int, code: str) -> None:
    await account(stand.staff, "zhang", "editor")
    answer = await stand.http.post(LOGIN, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "set-cookie" not in answer.headers


async def test_the_lock_tells_when_to_come_back(stand: Stand) -> None:
    for _ in range(5):
        await stand.http.post(LOGIN, json={"account": "nobody", "password": "wrong"})
    answer = await stand.http.post(LOGIN, json={"account": "nobody", "password": "wrong"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "locked")
    assert answer.headers["retry-after"] == "60"


async def test_forms_and_pages_of_other_sites_are_refused(stand: Stand) -> None:
    zhang = await member(stand, "zhang", "admin")
    form = await stand.http.post(LOGIN, data={"account": "zhang", "password": PASSWORD})
    assert (form.status_code, form.json()["error"]["code"]) == (400, "bad_content_type")
    # A site that may embed the citizen window is still a stranger here.
    for origin in ("https://evil.example", "https://portal.example", "null"):
        headers = {"Origin": origin, "Cookie": f"hc_staff={zhang.token}", "X-CSRF-Token": zhang.csrf}
        answer = await stand.http.get("/api/v1/staff/me", headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "bad_origin"), origin
        answer = await stand.http.post(LOGIN, json={}, headers={"Origin": origin})
        assert answer.json()["error"]["code"] == "bad_origin"
    own = {"Origin": stand.base_url, "Cookie": f"hc_staff={zhang.token}"}
    assert (await stand.http.get("/api/v1/staff/me", headers=own)).status_code == 200
    asked = await stand.http.options("/api/v1/staff/me", headers={"Origin": "https://portal.example"})
    assert "access-control-allow-methods" not in asked.headers


async def test_a_password_is_changed_and_the_cookie_with_it(stand: Stand) -> None:
    zhang = await member(stand, "zhang", "editor")
    weak = await zhang.call("POST", "/password", {"old": PASSWORD, "new": "password2026"})
    assert (weak.status_code, weak.json()["error"]["code"]) == (400, "weak_password")
    wrong = await zhang.call("POST", "/password", {"old": "guess", "new": "blue kettle noon"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (401, "bad_password")
    changed = await zhang.call("POST", "/password", {"old": PASSWORD, "new": "blue kettle noon"})
    assert changed.status_code == 200
    assert zhang.token not in changed.headers["set-cookie"]
    assert (await zhang.call("GET", "/me")).status_code == 401


async def test_sessions_are_listed_and_ended(stand: Stand) -> None:
    zhang = await member(stand, "zhang", "editor")
    other = await enter(stand, zhang.id)
    listed = (await zhang.call("GET", "/sessions")).json()["items"]
    assert sorted(item["current"] for item in listed) == [False, True]
    number = next(item["id"] for item in listed if not item["current"])
    assert (await zhang.call("DELETE", f"/sessions/{number}")).status_code == 204
    assert (await other.call("GET", "/me")).status_code == 401
    assert (await zhang.call("DELETE", f"/sessions/{number}")).status_code == 404
    await enter(stand, zhang.id)
    assert (await zhang.call("DELETE", "/sessions")).json() == {"ended": 1}


async def test_an_administrator_makes_changes_and_stops_accounts(stand: Stand) -> None:
    boss = await member(stand, "boss", "admin")
    new = {"account": "li.si", "name": "李四", "roles": ["editor"], "regions": ["330100"]}
    made = await boss.call("POST", "/accounts", new)
    assert made.status_code == 201, made.text
    number, initial = made.json()["account"]["id"], made.json()["initial_password"]
    entered = await stand.http.post(LOGIN, json={"account": "li.si", "password": initial})
    assert entered.json()["must_change"] is True
    assert entered.json()["permissions"] == ["account.own"]
    stand.http.cookies.clear()
    changed = await boss.call("PATCH", f"/accounts/{number}", {"roles": ["reviewer"]})
    assert changed.json()["account"]["roles"] == ["reviewer"]
    assert (await boss.call("DELETE", f"/accounts/{number}/sessions")).json() == {"ended": 1}
    reset = await boss.call("POST", f"/accounts/{number}/password")
    assert reset.json()["initial_password"] != initial
    stopped = await boss.call("PATCH", f"/accounts/{number}", {"active": False})
    assert stopped.json()["account"]["active"] is False
    listed = (await boss.call("GET", "/accounts")).json()
    assert [item["account"] for item in listed["items"]] == ["boss", "li.si"]
    assert {role["name"] for role in listed["roles"]} >= {"知识编辑", "审核员"}
    last = await boss.call("PATCH", f"/accounts/{boss.id}", {"active": False})
    assert (last.status_code, last.json()["error"]["code"]) == (400, "last_admin")
