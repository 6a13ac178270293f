"""Accounts to try the staff site with: only in demo mode, with random passwords of this installation's own."""

import json
import os
from datetime import datetime
from pathlib import Path

from core.message import Json
from staff import passwords
from staff.accounts import Accounts
from staff.store import StaffStore

DEMO: tuple[tuple[str, str, str], ...] = (
    ("demo-editor", "钱编辑", "editor"),
    ("demo-reviewer", "孙审核", "reviewer"),
    ("demo-operator", "周运营", "operator"),
    ("demo-admin", "赵管理", "admin"),
    ("demo-agent", "李坐席", "agent"),
    ("demo-supervisor", "吴班长", "supervisor"),
    ("demo-leader", "郑领导", "leader"),
)
"""Log-in name, name, role."""
FILE = "demo_accounts.json"


async def ensure(folder: Path, *, store: StaffStore, accounts: Accounts, now: datetime) -> dict[str, str]:
    """Log-in name -> password of every demo account; makes those that are missing.

    The passwords lie in `folder` readable for their owner only, so that the next start can show the same. A password
    that was changed by hand stays changed: then the file's is no longer right.
    """
    known = _read(folder / FILE)
    for account, name, role in DEMO:
        row = await store.account(account)
        if row is None:
            known[account] = known.get(account) or passwords.initial()
            values: Json = {"account": account, "name": name, "roles": [role], "regions": ["000000"]}
            await accounts.add(None, values, password=known[account])
        elif account not in known:
            known[account] = await accounts.reset_password(None, row["id"], password=passwords.initial())
    await store.set_active([account for account, _, _ in DEMO], active=True, now=now)
    _write(folder / FILE, known)
    return {account: known[account] for account, _, _ in DEMO}


async def stop(store: StaffStore, *, now: datetime) -> None:
    """Without demo mode no demo account may log in, even if the database was used for a demonstration before."""
    await store.set_active([account for account, _, _ in DEMO], active=False, now=now)


def _read(path: Path) -> dict[str, str]:
    try:
        return {str(key): str(value) for key, value in json.loads(path.read_text("utf-8")).items()}
    except FileNotFoundError:
        return {}


def _write(path: Path, known: dict[str, str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(known, file, ensure_ascii=False, indent=1)
    made.replace(path)
