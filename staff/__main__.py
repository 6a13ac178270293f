"""`python -m staff`: the first administrator, and the way back in when nobody can log in any more.

    python -m staff add ACCOUNT --name 姓名 --role admin [--role editor] [--region 330100]
    python -m staff password ACCOUNT
    python -m staff list
    python -m staff revoke ACCOUNT        log out everywhere

The password is asked at the terminal, or read from the first line of standard input; never from an argument, which
every user of the machine could see. The database is `$DATABASE_URL`; without it the embedded one of a running
`script/serve` is used.
"""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core import settings
from core.clock import SystemClock
from core.errors import HuiChuangError, Misuse, NotFound
from core.message import Json
from host import postgres
from staff import roles
from staff.accounts import Accounts
from staff.passwords import Passwords
from staff.store import StaffStore
from storage.audit import Audit
from storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a command works with."""

    store: StaffStore
    accounts: Accounts


async def _add(room: Room, chosen: argparse.Namespace) -> str:
    values: Json = {
        "account": chosen.account,
        "name": chosen.name,
        "roles": chosen.role,
        "regions": chosen.region or [roles.NATION],
    }
    made, _ = await room.accounts.add(None, values, password=_password())
    names = "、".join(roles.ROLES[role].name for role in made["roles"])
    return f"已建立账号 {made['account']}（{made['name']}，{names}）"


async def _reset(room: Room, chosen: argparse.Namespace) -> str:
    row = await _found(room, chosen.account)
    await room.accounts.reset_password(None, row["id"], password=_password())
    await room.store.set_active([chosen.account], active=True, now=SystemClock().now())
    return f"{chosen.account} 的密码已修改，账号可用，原有登录全部失效"


async def _list(room: Room, chosen: argparse.Namespace) -> str:
    lines = []
    for row in await room.accounts.list():
        names = "、".join(roles.ROLES[role].name for role in row["roles"] if role in roles.ROLES)
        state = "可用" if row["active"] else "已停用"
        lines.append(f"{row['account']:<24} {state}  {row['name']}  {names}  {','.join(row['regions'])}")
    return "\n".join(lines) or "还没有账号；先用 python -m staff add 建立一个管理员"


async def _revoke(room: Room, chosen: argparse.Namespace) -> str:
    row = await _found(room, chosen.account)
    return f"{chosen.account} 的 {await room.accounts.end_sessions(None, row['id'])} 个登录已失效"


async def _found(room: Room, account: str) -> Json:
    row = await room.store.account(account)
    if row is None:
        raise NotFound("no_account", f"没有账号 {account}。")
    return row


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("密码：")
    if password != getpass.getpass("再输入一次："):
        raise Misuse("bad_password", "两次输入的密码不一样。")
    return password


async def _run(
    url: str, command: Callable[[Room, argparse.Namespace], Awaitable[str]], chosen: argparse.Namespace
) -> str:
    database = Database(url, pool=2)
    store = StaffStore(database)
    accounts = Accounts(store=store, passwords=Passwords(), audit=Audit(database), clock=SystemClock())
    try:
        return await command(Room(store=store, accounts=accounts), chosen)
    finally:
        await database.close()


def _database() -> str:
    """The address of the settings, or of the embedded database that `script/serve` runs."""
    read = settings.load()
    return read.database_url.get_secret_value() or postgres.embedded(settings.ROOT, read.state_dir / "pg").url()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m staff", description="管理工作人员账号")
    parser.add_argument("--url", default="", help="数据库地址，默认 $DATABASE_URL")
    verbs = parser.add_subparsers(dest="verb", required=True)
    add = verbs.add_parser("add", help="建立账号")
    add.add_argument("account")
    add.add_argument("--name", required=True, help="姓名")
    add.add_argument("--role", action="append", required=True, choices=sorted(roles.ROLES), help="角色，可多次")
    add.add_argument("--region", action="append", help="行政区划代码，可多次；默认 000000（全国）")
    add.set_defaults(run=_add)
    for name, run, words in (("password", _reset, "修改密码"), ("revoke", _revoke, "让一个账号的登录全部失效")):
        verb = verbs.add_parser(name, help=words)
        verb.add_argument("account")
        verb.set_defaults(run=run)
    verbs.add_parser("list", help="列出账号").set_defaults(run=_list)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it went well, 1 after a sentence."""
    chosen = _parser().parse_args(arguments)
    try:
        print(asyncio.run(_run(chosen.url or _database(), chosen.run, chosen)))
    except HuiChuangError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
