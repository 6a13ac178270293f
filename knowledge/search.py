"""Finds the entry that answers a question and says how sure that is: answer, ask back, or refuse."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from core.errors import Misuse, NotFound
from knowledge import outside, ranking, shelf
from knowledge import region as regions
from knowledge.editions import Gone, Row, rows
from knowledge.entry import Entry
from knowledge.index import LEGS, Index, Measured
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
    place: str = ""
    """Code of the region whose rules were asked for, where that is another than the citizen's; else empty."""


class Knowledge:
    """One loaded stock; safe to use from many threads."""

    def __init__(
        self, *, version: str, entries: Iterable[Entry], index: Index, weights: Weights, gone: Gone = frozenset()
    ) -> None:
        """`entries`: every edition (published version) of every entry; `gone`: editions taken back since the build."""
        self.version = version
        """Names entries, vocabulary and encoder together."""
        self._all = tuple(entries)
        self._rows = rows(self._all)
        self._left = tuple(row.without(gone) for row in self._rows)
        self.entries = tuple(row.newest for row in self._left if row)
        """The newest edition of every entry that has one left: what is found by; what answers depends on the day."""
        self._by_id = {row.newest.id: row for row in self._left if row}
        self._index = index
        self._weights = weights
        self._levels = np.asarray([regions.level(row.newest.region) for row in self._rows])
        strangers = {field.item().id: field.ask for field in outside.load()}
        self._elsewhere = [strangers.get(item.id, "") for item in index.items[len(self._rows) :]]
        self._usable: dict[tuple[str, date], tuple[NDArray[np.float64], tuple[Entry | None, ...]]] = {}
        self._told = bool(weights.legs[[LEGS.index("a_gram"), LEGS.index("a_dense")]].any())
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

    def without(self, gone: Gone) -> "Knowledge":
        """The same stock and index, but these editions do not answer any more."""
        return Knowledge(
            version=self.version, entries=self._all, index=self._index, weights=self._weights, gone=frozenset(gone)
        )

    def search(self, question: str, *, region: str = "", on: date, limit: int = 5) -> Found:
        """What answers it on a day for somebody in `region` (division code; "" knows only the rules of the nation)."""
        place = regions.asked_about(question, region)
        allowed, held = self._allowed(place or region, on)
        measured = self._measured(question, place, allowed)
        worths = ranking.worth(measured, self._weights.legs) + allowed[measured.numbers]
        ours = int(np.searchsorted(measured.numbers, len(self._rows)))
        exact = np.flatnonzero(np.isin(measured.numbers[:ours], self._index.exact.get(measured.analysed.plain, ())))
        worths[exact] += 100.0
        best = _best(worths[:ours], max(limit, CHOICES))
        if not len(best) or not measured.analysed.plain:
            return Found(decision=Decision.REFUSE, hits=(), place=place)
        chances = self._chances(measured, worths, best, len(exact))
        stranger = self._stranger(measured.numbers[ours:], worths[ours:], worths[best[0]])
        bare = stranger is None and len(measured.analysed.plain) <= BARE and measured.known_words > 0.99
        hits = self._hits(measured, best, chances, held)
        found = self._decide(hits, limit, clarify=0.0 if bare else self._weights.clarify)
        elsewhere = (stranger or "") if found.decision is Decision.REFUSE else ""
        return replace(found, elsewhere=elsewhere, place=place)

    def _measured(self, question: str, place: str, allowed: NDArray[np.float64]) -> Measured:
        """The question, without the place whose rules it asks for: no entry is found by that."""
        words = regions.without(question, place) if place else question
        return self._index.measure(words or question, allowed, told=self._told)

    def entry(self, entry_id: str) -> Entry:
        """The newest edition of the entry of that id; raises NotFound."""
        return self._row(entry_id).newest

    def holding(self, entry_id: str, on: date) -> Entry | None:
        """The edition that holds on that day, if any; raises NotFound."""
        return self._row(entry_id).holding(on)

    def editions(self, entry_id: str) -> tuple[Entry, ...]:
        """All editions that answer on some day, oldest first; raises NotFound."""
        return tuple(self._row(entry_id))

    def _row(self, entry_id: str) -> Row:
        try:
            return self._by_id[entry_id]
        except KeyError:
            raise NotFound("no_entry", "没有这条知识。", detail=entry_id) from None

    def shares(self, question: str, ids: Sequence[str]) -> dict[str, dict[str, float]]:
        """Entry -> leg -> its part of the entry's worth (weight times measure), rounded; unknown ids are left out."""
        numbers = {row.newest.id: at for at, row in enumerate(self._rows)}
        wanted = np.asarray([numbers[name] for name in ids if name in numbers], dtype=np.int64)
        measured = self._index.measure(question, wanted=wanted)
        parts = self._weights.legs[:, None] * measured.legs
        places = {int(number): at for at, number in enumerate(measured.numbers)}
        return {
            name: {leg: round(float(part), 3) for leg, part in zip(LEGS, parts[:, places[number]], strict=True)}
            for name in ids
            if (number := numbers.get(name)) is not None
        }

    def popular(self, count: int) -> tuple[Entry, ...]:
        """What is asked most (popular.txt), filled up with the first entry of each topic."""
        named = [self.entry(name) for name in POPULAR.read_text(encoding="utf-8").split() if name in self._by_id]
        firsts = [entries[0] for _, entries in self.topics()]
        return tuple({entry.id: entry for entry in (*named, *firsts)}.values())[:count]

    def topics(self) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
        """(topic, its entries), in the order of the files."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.topic, []).append(entry)
        return tuple((topic, tuple(entries)) for topic, entries in found.items())

    def _stranger(self, numbers: NDArray[np.int64], worths: NDArray[np.float64], best: float) -> str | None:
        """Who answers it (maybe nobody, ""), if a field that is not ours is nearer than the best entry; else None."""
        if not len(worths) or worths.max() <= best:
            return None
        return self._elsewhere[int(numbers[worths.argmax()]) - len(self._rows)]

    def _allowed(self, citizen: str, on: date) -> tuple[NDArray[np.float64], tuple[Entry | None, ...]]:
        """(items) -inf where no edition holds there and then, else what its nearness is worth; and those editions."""
        key = (citizen, on)
        known = self._usable.get(key)
        if known is None:
            held = tuple(row.holding(on) for row in self._left)
            holds = [entry is not None and regions.holds_for(entry.region, citizen) for entry in held]
            ours = np.where(holds, self._levels * self._weights.local, -np.inf)
            known = np.concatenate([ours, np.zeros(len(self._elsewhere))]), held
            if len(self._usable) >= _REMEMBERED:
                self._usable.clear()
            self._usable[key] = known
        return known

    def _chances(
        self, measured: Measured, worths: NDArray[np.float64], best: NDArray[np.int64], exact: int
    ) -> NDArray[np.float64]:
        """(hits) probabilities, never rising."""
        columns = ranking.features(measured, worths, best, len(self._rows))
        chances = np.minimum.accumulate(ranking.probabilities(columns, self._weights))
        if exact:
            chances[1:] = np.minimum(chances[1:], 1 - EXACT)
            chances[0] = EXACT
        return np.asarray(chances, dtype=np.float64)

    def _hits(
        self,
        measured: Measured,
        best: NDArray[np.int64],
        chances: NDArray[np.float64],
        held: tuple[Entry | None, ...],
    ) -> tuple[Hit, ...]:
        """The editions that hold, best first."""
        return tuple(
            Hit(entry=entry, score=round(float(chance), 4), matched=self._index.nearest_question(int(at), measured))
            for at, chance in zip(best, chances, strict=True)
            if (entry := held[measured.numbers[at]]) is not None
        )

    def _decide(self, hits: tuple[Hit, ...], limit: int, *, clarify: float) -> Found:
        if hits[0].score >= self._weights.answer:
            return Found(decision=Decision.ANSWER, hits=hits[:limit])
        if hits[0].score >= clarify and len(hits) > 1:
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
