"""What is served: all published versions, read in one moment."""

from dataclasses import dataclass

from knowledge.editing import store
from knowledge.editing.version import State
from knowledge.editions import Gone
from knowledge.entry import Entry
from storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The state of the tables at one moment."""

    revision: int
    """Rises whenever what is served changes."""
    editions: tuple[Entry, ...]
    """Every published version, as it answers."""
    gone: Gone
    """(entry, version) of every version that was withdrawn."""


async def read(database: Database) -> Published:
    """Everything at once; raises Retryable."""
    async with database.begin() as connection:
        # The revision first: what commits after it is read again with the next one.
        revision = await store.revision(connection)
        editions = tuple(one.served for one in await store.in_state(connection, [State.PUBLISHED]))
        gone = await store.withdrawn(connection)
    return Published(revision=revision, editions=editions, gone=gone)


async def revision(database: Database) -> int:
    """Whether anything changed: cheap enough to ask every few seconds. Raises Retryable."""
    async with database.connect() as connection:
        return await store.revision(connection)
