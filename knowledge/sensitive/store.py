"""SQL of sensitive words. Every method works within a transaction of the caller's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.message import Json
from knowledge.sensitive.matching import Action, WordList
from knowledge.sensitive.schema import lists, state, words

CHANNEL = "sensitive"
_ADD = text(
    "INSERT INTO sensitive_words (list_id, word) SELECT :list_id, unnest(CAST(:words AS text[])) ON CONFLICT DO NOTHING"
)
_REMOVE = text("DELETE FROM sensitive_words WHERE list_id = :list_id AND word = ANY(CAST(:words AS text[]))")
_ALL = text(
    "SELECT name, action, whole_words, (SELECT string_agg(word, E'\\n') FROM sensitive_words WHERE list_id = id)"
    " FROM sensitive_lists WHERE active ORDER BY id"
)


async def revision(connection: AsyncConnection) -> int:
    """Rises with every change; 0 before the first start."""
    return int(await connection.scalar(select(state.c.revision)) or 0)


async def lock(connection: AsyncConnection) -> int:
    """The revision, held until the transaction ends: changes happen one after the other."""
    return int((await connection.execute(select(state.c.revision).with_for_update())).scalar_one())


async def announce(connection: AsyncConnection) -> int:
    """Something changed: every process hears of it when this transaction commits."""
    risen = update(state).values(revision=state.c.revision + 1).returning(state.c.revision)
    number = int((await connection.execute(risen)).scalar_one())
    await connection.execute(select(func.pg_notify(CHANNEL, str(number))))
    return number


async def active(connection: AsyncConnection) -> tuple[WordList, ...]:
    """All active lists with their words; one row a list, so that 100,000 words cost one answer."""
    return tuple(
        WordList(name=name, action=Action(action), whole_words=whole, words=(joined or "").split("\n"))
        for name, action, whole, joined in await connection.execute(_ALL)
    )


async def all_lists(connection: AsyncConnection) -> list[Any]:
    """Every list with its number of words."""
    count = select(func.count()).where(words.c.list_id == lists.c.id).scalar_subquery()
    return list(await connection.execute(select(lists, count.label("count")).order_by(lists.c.id)))


async def find(connection: AsyncConnection, name: str) -> Any:
    """A list by its name."""
    return (await connection.execute(select(lists).where(lists.c.name == name))).one_or_none()


async def add_list(connection: AsyncConnection, values: Json, now: datetime) -> int:
    """A new list; gives its number."""
    fresh = insert(lists).values(**values, created_at=now, updated_at=now).returning(lists.c.id)
    return int((await connection.execute(fresh)).scalar_one())


async def change_list(connection: AsyncConnection, list_id: int, values: Json, now: datetime) -> None:
    """Change its title, action, edges or whether it is active."""
    await connection.execute(update(lists).where(lists.c.id == list_id).values(**values, updated_at=now))


async def remove_list(connection: AsyncConnection, list_id: int) -> None:
    """Delete a list with its words."""
    await connection.execute(delete(lists).where(lists.c.id == list_id))


async def add_words(connection: AsyncConnection, list_id: int, new: Sequence[str]) -> int:
    """Put words into a list; gives how many were not there yet."""
    return (await connection.execute(_ADD, {"list_id": list_id, "words": list(new)})).rowcount


async def remove_words(connection: AsyncConnection, list_id: int, old: Sequence[str]) -> int:
    """Take words out of a list; gives how many were there."""
    return (await connection.execute(_REMOVE, {"list_id": list_id, "words": list(old)})).rowcount


async def count_words(connection: AsyncConnection) -> int:
    """How many words all lists have."""
    return int(await connection.scalar(select(func.count()).select_from(words)) or 0)


async def search(
    connection: AsyncConnection, query: str, name: str, *, limit: int, offset: int
) -> tuple[int, list[Any]]:
    """(how many words contain `query`, one page of them with their list)."""
    base = select(words.c.word, lists.c.name).join(lists, lists.c.id == words.c.list_id)
    if query:
        base = base.where(words.c.word.contains(query, autoescape=True))
    if name:
        base = base.where(lists.c.name == name)
    total = int(await connection.scalar(select(func.count()).select_from(base.subquery())) or 0)
    page = base.order_by(lists.c.id, words.c.word).limit(limit).offset(offset)
    return total, list(await connection.execute(page))
