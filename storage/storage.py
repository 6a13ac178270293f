"""Everything the other rooms may ask of the shared tables, opened once per process."""

from typing import Self

from storage.audit import Audit
from storage.conversations import Conversations
from storage.database import Database
from storage.events import Events, new_instance
from storage.inbox import Inbox
from storage.outbox import Outbox
from storage.vault import Vault


class Storage:
    """The composition of the storage room."""

    def __init__(self, url: str, *, data_key: bytes, per_minute: int = 15, pool: int = 10) -> None:
        self.database = Database(url, pool=pool)
        self.events = Events(self.database.url, instance=new_instance())
        self.inbox = Inbox(self.database, self.events, per_minute=per_minute)
        self.conversations = Conversations(self.database, self.events)
        self.outbox = Outbox(self.database, self.events)
        self.audit = Audit(self.database)
        self.vault = Vault(self.database, key=data_key)

    async def start(self) -> Self:
        """Connect, listen, and show this instance's sign of life."""
        await self.events.start()
        return self

    async def stop(self) -> None:
        await self.events.stop()
        await self.database.close()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
