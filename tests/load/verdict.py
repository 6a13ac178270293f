"""What the measured turns amount to: times, and whether each answer was the right one."""

import json
import random
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.replies import Replies
from core.settings import Settings
from knowledge.entry import Entry
from tests.load import plain_rasa
from tests.load.chat_client import TurnSeen

HOTLINE: str = Settings.model_fields["hotline"].default
ITSELF = "关于惠窗助手"
"""The topic of the entries about the assistant itself."""
PERSON = "转人工"
"""Among the options of a refusal, never among those of a question back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A held-out question that the knowledge base can answer."""

    text: str
    right: frozenset[str]
    """Ids of the entries that answer it."""


def questions(path: Path, entries: Sequence[Entry], *, itself: bool = False) -> list[Question]:
    """The answerable questions of a held-out file; never part of anybody's training.

    Questions about the assistant `itself` (a person, larger type) are talk rather than consultation. They are left out
    unless asked for: some open a form, and then the next question is an answer to the form and not a question.
    """
    lines: Iterable[dict[str, Any]] = map(json.loads, path.read_text("utf-8").splitlines())
    talk = {entry.id for entry in entries if entry.topic == ITSELF}
    return [
        Question(text=line["question"], right=frozenset([line["entry_id"], *line["also"]]))
        for line in lines
        if line["entry_id"] and (itself or line["entry_id"] not in talk)
    ]


def conversations(texts: Sequence[str], length: int) -> list[list[str]]:
    """Cut into conversations of `length` turns."""
    return [list(texts[at : at + length]) for at in range(0, len(texts), length)]


def sample(pool: Sequence[Question], count: int, *, seed: int) -> list[Question]:
    """`count` questions in a fixed random order, each used once before any is used again."""
    source, chosen = random.Random(seed), list[Question]()
    while len(chosen) < count:
        chosen += source.sample(list(pool), len(pool))
    return chosen[:count]


class Judge:
    """Knows the right answers."""

    def __init__(self, entries: Sequence[Entry], pool: Sequence[Question]) -> None:
        replies = Replies.load()
        self._no_answer = {plain_rasa.FALLBACK: "refused"}
        for name in ("utter_failed", "utter_knowledge_down"):
            self._no_answer[replies.say(name, hotline=HOTLINE)] = "failed"
        self._right = {question.text: question.right for question in pool}
        self._by_answer: dict[str, set[str]] = {}
        self._by_question = {entry.question: entry.id for entry in entries}
        for entry in entries:
            self._by_answer.setdefault(_plain(entry.answer), set()).add(entry.id)

    def count(self, turns: Iterable[TurnSeen]) -> dict[str, int]:
        """right, wrong, offered (asked back with the right entry among the options), missed (asked back without it),
        refused, failed (an error instead of an answer)."""
        seen = Counter(self.of(turn) for turn in turns)
        return {name: seen[name] for name in ("right", "offered", "missed", "refused", "wrong", "failed")}

    def of(self, turn: TurnSeen) -> str:
        """One of the words of `count`."""
        right = self._right[turn.text]
        if turn.fault:
            return "failed"
        if said := {self._no_answer[text] for text in turn.said if text in self._no_answer}:
            return said.pop()
        if turn.sources:
            return "right" if right & set(turn.sources) else "wrong"
        if PERSON in turn.options:
            return "refused"
        if turn.options:
            return "offered" if right & {self._by_question.get(label, "") for label in turn.options} else "missed"
        answered = set().union(*(self._by_answer.get(_plain(text), set()) for text in turn.said))
        # A sentence that answers no entry's question (small talk, "ask us later") tells the citizen nothing.
        return "refused" if not answered else "right" if right & answered else "wrong"


def _plain(text: str) -> str:
    return "".join(text.split())


def times(turns: Sequence[TurnSeen]) -> dict[str, float]:
    """Percentiles in milliseconds."""
    values = sorted(turn.ms for turn in turns)
    return {f"p{share}": round(_percentile(values, share), 2) for share in (50, 95, 99)}


def _percentile(values: Sequence[float], share: int) -> float:
    """Nearest rank."""
    return values[max(0, -(-len(values) * share // 100) - 1)]


def middle(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of several runs, figure by figure."""
    return {name: round(statistics.median(row[name] for row in rows), 2) for name in rows[0]}
