"""How entries are used, counted from what was said: shown, judged helpful or not, handed over afterwards.

Reads the desk's requests beside the shared tables, and writes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from storage.database import Database

PERIOD = timedelta(days=90)
"""How far back is counted."""

_COUNT = text("""
    WITH answer AS (
        SELECT m.conversation_id, m.seq, m.at, source ->> 'entry_id' AS entry_id, (source ->> 'version')::int AS version
        FROM messages AS m CROSS JOIN LATERAL jsonb_array_elements(m.body -> 'sources') AS source
        WHERE m.at >= :since AND m.author = 'bot' AND jsonb_typeof(m.body -> 'sources') = 'array'
    ), asked AS (
        SELECT conversation_id, max(at) AS last FROM handover_requests WHERE at >= :since GROUP BY conversation_id
    )
    SELECT answer.entry_id, answer.version, count(*) AS shown,
           count(*) FILTER (WHERE feedback.helpful) AS helpful,
           count(*) FILTER (WHERE NOT feedback.helpful) AS unhelpful,
           count(*) FILTER (WHERE asked.last >= answer.at) AS handed_over
    FROM answer
    LEFT JOIN feedback ON feedback.conversation_id = answer.conversation_id AND feedback.seq = answer.seq
    LEFT JOIN asked ON asked.conversation_id = answer.conversation_id
    GROUP BY answer.entry_id, answer.version
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How often, within the period."""

    shown: int = 0
    """Answers that cited it."""
    helpful: int = 0
    """有用."""
    unhelpful: int = 0
    """没用."""
    handed_over: int = 0
    """Shown in conversations in which a person was asked for afterwards."""

    def plus(self, other: "Use") -> "Use":
        """Both together."""
        return Use(
            shown=self.shown + other.shown,
            helpful=self.helpful + other.helpful,
            unhelpful=self.unhelpful + other.unhelpful,
            handed_over=self.handed_over + other.handed_over,
        )

    def to_json(self) -> dict[str, int]:
        """On the wire."""
        return {
            "shown": self.shown,
            "helpful": self.helpful,
            "unhelpful": self.unhelpful,
            "handed_over": self.handed_over,
        }


class Usage:
    """Counts; remembers the outcome for a while, as counting walks over the messages of the period."""

    def __init__(self, database: Database, *, remembered: timedelta = timedelta(minutes=1)) -> None:
        self._database = database
        self._remembered = remembered
        self._counted: tuple[datetime, dict[tuple[str, int], Use]] | None = None

    async def by_version(self, now: datetime) -> dict[tuple[str, int], Use]:
        """(entry, version) -> use within the period up to `now`; raises Retryable."""
        if self._counted is None or not timedelta() <= now - self._counted[0] < self._remembered:
            async with self._database.connect() as connection:
                rows = (await connection.execute(_COUNT, {"since": now - PERIOD})).all()
            found = {
                (row.entry_id, row.version): Use(
                    shown=row.shown, helpful=row.helpful, unhelpful=row.unhelpful, handed_over=row.handed_over
                )
                for row in rows
            }
            self._counted = (now, found)
        return dict(self._counted[1])

    async def by_entry(self, now: datetime) -> dict[str, Use]:
        """Entry -> use of all its versions together."""
        total: dict[str, Use] = {}
        for (entry_id, _), use in (await self.by_version(now)).items():
            total[entry_id] = total.get(entry_id, Use()).plus(use)
        return total
