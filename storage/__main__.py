"""`python -m storage migrate [--url URL]` and `python -m storage audit verify [--url URL]`."""

import argparse
import asyncio
import os
import sys

from core.errors import HuiChuangError
from storage.audit import Audit
from storage.database import Database
from storage.migrate import upgrade


async def _verify(url: str) -> int:
    database = Database(url, pool=1)
    try:
        broken = await Audit(database).verify()
    finally:
        await database.close()
    if broken is None:
        print("audit chain: whole")
        return 0
    print(f"audit chain: broken at record {broken.id} ({broken.reason})")
    return 1


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m storage", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, help_text in (("migrate", "bring the schema to the newest revision"), ("audit", "check the audit chain")):
        verb = verbs.add_parser(name, help=help_text)
        verb.add_argument("--url", default=os.environ.get("DATABASE_URL", ""), help="database, default $DATABASE_URL")
        if name == "audit":
            verb.add_argument("what", choices=["verify"])
    chosen = parser.parse_args(arguments)
    if not chosen.url:
        parser.error("no database: give --url or set DATABASE_URL")
    try:
        if chosen.verb == "audit":
            return asyncio.run(_verify(chosen.url))
        print(f"schema: {upgrade(chosen.url)}")
    except HuiChuangError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
