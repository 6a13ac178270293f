"""Run as a program: a worker that builds the published index, says so in the middle of it, and waits to be killed."""

import asyncio
import sys
from pathlib import Path

from knowledge.editing import served
from knowledge.live import Builder
from storage.database import Database
from tests.knowledge.editing.conftest import SMALL
from tests.knowledge.stalling_build import StallingEncoder


async def main(url: str, index_dir: Path) -> None:
    """Build once."""
    database = Database(url)
    # The same name as the real encoder's: what is left behind half-built must not be taken for the index.
    encoder = StallingEncoder(SMALL)
    encoder.identity = SMALL.identity
    await Builder(database=database, index_dir=index_dir, encoder=encoder).build(await served.read(database))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
