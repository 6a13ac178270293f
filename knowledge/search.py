"""Finds the entry that answers a question and says how sure that is: answer, ask back, or refuse."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from core.errors import Misuse, NotFound
from knowledge import outside, ranking, region, shelf
from knowledge.entry import Entry
from knowledge.index import Index, Measured
from knowledge.ranking import WEIGHTS, Weights
from knowledge.vectors import Encoder

CHOICES = 4
"""Most options offered when asking back; at least two."""
EXACT = 0.995
"""Probability of an entry that holds the very question."""
BARE = 6
"""Characters up to which a question of known words is a topic rather than a question: asked back, not refused."""
_REMEMBERED = 64
POPULAR = Path(__file__).with_name("popular.txt")


class Decision(StrEnum):
    """What to do with what was found."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One entry that was found."""

    entry: Entry
    """The entry."""
    score: float
    """Calibrated probability, 0..1, that it answers the question."""
    matched: str
    """Its stored question that was nearest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The outcome of one search."""

    decision: Decision
    """Answer with the first hit, offer the hits as choices, or say that it was not understood."""
    hits: tuple[Hit, ...]
    """Best first. For `CLARIFY` they are the two to four readings to choose from."""
    elsewhere: str = ""
    """For `REFUSE`: who answers such questions, where that is known."""


class Knowledge:
    """One loaded stock; safe to use from many threads."""

    def __init__(self, *, version: str, entries: Iterable[Entry], index: Index, weights: Weights) -> None:
        self.version = version
        """Names entries, vocabulary and encoder together."""
        self.entries = tuple(entries)
        self._by_id = {entry.id: entry for entry in self.entries}
        self._index = index
        self._weights = weights
        self._levels = np.asarray([region.level(entry.region) for entry in self.entries])
        strangers = {field.item().id: field.ask for field in outside.load()}
        self._elsewhere = [strangers.get(item.id, "") for item in index.items[len(self.entries) :]]
        self._usable: dict[tuple[str, date], NDArray[np.float64]] = {}
        faiss.omp_set_num_threads(1)  # one question is too small to share out, and turns run beside each other

    @classmethod
    def open(
        cls, *, entries_dir: Path, index_dir: Path, encoder: Encoder, weights: Path = WEIGHTS, strict: bool = True
    ) -> Self:
        """Load the built index.

        Raises Retryable when there is none, and (with `strict`) Misuse when the entries, the vocabulary or the encoder
        have changed since it was built.
        """
        version, entries, index = shelf.load(index_dir, encoder)
        if strict and version != shelf.version_of(entries_dir, encoder):
            raise Misuse("stale_index", "知识条目或编码器变了，请重新运行 python -m knowledge build")
        return cls(version=version, entries=entries, index=index, weights=Weights.load(weights))

    def search(self, question: str, *, region: str = "", on: date, limit: int = 5) -> Found:
        """What answers it on a day for somebody in `region` (division code; "" knows only the rules of the nation)."""
        measured = self._index.measure(question)
        worths = ranking.worth(measured, self._weights.legs) + self._allowed(region, on)
        exact = [
            at
            for at in self._index.exact.get(measured.analysed.plain, ())
            if at < len(self.entries) and np.isfinite(worths[at])
        ]
        if exact:
            worths[exact] += 100.0
        best = _best(worths[: len(self.entries)], max(limit, CHOICES))
        if not len(best) or not measured.analysed.plain:
            return Found(decision=Decision.REFUSE, hits=())
        chances = self._chances(measured, worths, best, len(exact))
        stranger = self._stranger(worths, best[0])
        bare = stranger is None and len(measured.analysed.plain) <= BARE and measured.known_words > 0.99
        found = self._decide(measured, best, chances, limit, clarify=0.0 if bare else self._weights.clarify)
        return found if found.decision is not Decision.REFUSE else replace(found, elsewhere=stranger or "")

    def entry(self, entry_id: str) -> Entry:
        """The entry of that id; raises NotFound."""
        try:
            return self._by_id[entry_id]
        except KeyError:
            raise NotFound("no_entry", "没有这条知识。", detail=entry_id) from None

    def popular(self, count: int) -> tuple[Entry, ...]:
        """What is asked most (popular.txt), filled up with the first entry of each topic."""
        named = [self._by_id[name] for name in POPULAR.read_text(encoding="utf-8").split() if name in self._by_id]
        firsts = [entries[0] for _, entries in self.topics()]
        return tuple({entry.id: entry for entry in (*named, *firsts)}.values())[:count]

    def topics(self) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
        """(topic, its entries), in the order of the files."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.topic, []).append(entry)
        return tuple((topic, tuple(entries)) for topic, entries in found.items())

    def _stranger(self, worths: NDArray[np.float64], best: np.int64) -> str | None:
        """Who answers it (maybe nobody, ""), if a field that is not ours is nearer than the best entry; else None."""
        strangers = worths[len(self.entries) :]
        if not len(strangers) or strangers.max() <= worths[best]:
            return None
        return self._elsewhere[int(strangers.argmax())]

    def _allowed(self, citizen: str, on: date) -> NDArray[np.float64]:
        """(items) -inf where an entry does not hold there or then, else what its nearness is worth."""
        key = (citizen, on)
        known = self._usable.get(key)
        if known is None:
            holds = [region.holds_for(entry.region, citizen) and entry.in_force(on) for entry in self.entries]
            ours = np.where(holds, self._levels * self._weights.local, -np.inf)
            known = np.concatenate([ours, np.zeros(len(self._elsewhere))])
            if len(self._usable) >= _REMEMBERED:
                self._usable.clear()
            self._usable[key] = known
        return known

    def _chances(
        self, measured: Measured, worths: NDArray[np.float64], best: NDArray[np.int64], exact: int
    ) -> NDArray[np.float64]:
        """(hits) probabilities, never rising."""
        columns = ranking.features(measured, worths, best, len(self.entries))
        chances = np.minimum.accumulate(ranking.probabilities(columns, self._weights))
        if exact:
            chances[1:] = np.minimum(chances[1:], 1 - EXACT)
            chances[0] = EXACT
        return np.asarray(chances, dtype=np.float64)

    def _decide(
        self,
        measured: Measured,
        best: NDArray[np.int64],
        chances: NDArray[np.float64],
        limit: int,
        *,
        clarify: float,
    ) -> Found:
        hits = tuple(
            Hit(
                entry=self.entries[at],
                score=round(float(chance), 4),
                matched=self._index.nearest_question(int(at), measured),
            )
            for at, chance in zip(best, chances, strict=True)
        )
        if chances[0] >= self._weights.answer:
            return Found(decision=Decision.ANSWER, hits=hits[:limit])
        if chances[0] >= clarify and len(hits) > 1:
            return Found(decision=Decision.CLARIFY, hits=_readings(hits))
        return Found(decision=Decision.REFUSE, hits=hits[:limit])


def _best(worths: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Numbers of the highest finite values, highest first; of equals the earlier entry."""
    order = np.argsort(-worths, kind="stable")[:count]
    return np.asarray(order[np.isfinite(worths[order])])


def _readings(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """Two to four hits: those whose chance is not far below the best one's."""
    near = [hit for hit in hits[:CHOICES] if hit.score >= hits[0].score / 4]
    return tuple(near) if len(near) > 1 else hits[:2]
