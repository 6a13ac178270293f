"""Personal values are kept no longer than they are needed (个人信息保护法 第十九条): purged, and the purge audited."""

from datetime import timedelta

from sqlalchemy import text

from core.clock import Clock
from storage.storage import Storage

KEEP = timedelta(days=30)
"""After its conversation's token has ended: long enough for a call-back on any working day after a long holiday."""

_PURGE = text("""
    DELETE FROM personal_values USING conversations
    WHERE conversations.id = personal_values.conversation_id AND conversations.expires_at < :before
""")


class Retention:
    """Deletes what has had its time."""

    def __init__(self, storage: Storage, *, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    async def purge(self) -> int:
        """Delete personal values of conversations long over; gives how many."""
        now = self._clock.now()
        async with self._storage.database.connect() as connection:
            deleted = int((await connection.execute(_PURGE, {"before": now - KEEP})).rowcount)
        if deleted:
            await self._storage.audit.append(
                now, actor="system", action="personal_values.purged", subject="vault", detail={"count": deleted}
            )
        return deleted
