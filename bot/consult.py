"""A consult question, answered from the knowledge base: one way for the fast lane and for Rasa's actions."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from bot import dated
from bot.answer import Form, compose
from bot.dated import Dated
from bot.ports import Article, Articles, Entry, Found, Knowledge
from bot.replies import Replies
from bot.said import Calculation, Said
from core.clock import Clock, today
from core.errors import NotFound
from core.message import Kind, Option, Reply
from knowledge import asof
from knowledge import region as region_codes
from knowledge.completion import readings

Missed = Callable[[str, Sequence[tuple[str, str, float]]], None]
"""Takes the question and (entry id, question, score) of the nearest."""
MAX_OPTIONS = 4
ABOUT_ITSELF = "关于惠窗助手"
"""Topic of the entries about the assistant."""
QUOTED = 40
"""Characters of the citizen's question repeated back when it was not understood."""

_TOPICS = re.compile(
    "养老|医保|失业|工伤|生育|产假|公积金|居住证|户口|身份证|社保卡|结婚|离婚|执照|个体户|信用|低保|残疾|高龄|人才|落户"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the conversation is about (metadata `context`)."""

    last_entry: str = ""
    """Id of the entry answered last."""
    last_options: tuple[str, ...] = ()
    """Ids of the entries offered last, in the order shown."""
    last_reply: str = ""
    """Text said last."""
    misses: int = 0
    """Questions in a row that were not answered."""
    calculation: Calculation | None = None
    """What was calculated last, while nothing else was answered since."""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        calculation = data.get("calculation")
        return cls(
            last_entry=data.get("last_entry") or "",
            last_options=tuple(data.get("last_options") or ()),
            last_reply=data.get("last_reply") or "",
            misses=int(data.get("misses") or 0),
            calculation=Calculation.from_json(calculation) if calculation else None,
        )


def _changes_topic(text: str, last: Entry) -> bool:
    """那养老的断了呢 after an answer about 医保: it names its own topic, the last one would only lead astray."""
    named = set(_TOPICS.findall(text))
    return bool(named) and not any(topic in last.subject + last.question for topic in named)


class Consult:
    """Answers, offers a choice, or admits that it does not know."""

    def __init__(
        self,
        *,
        knowledge: Knowledge,
        replies: Replies,
        clock: Clock,
        missed: Missed = lambda _, __: None,
        articles: Articles | None = None,
    ) -> None:
        """`missed`: told of every question that found no answer; returns at once, any thread may call it.

        `articles`: law texts that are quoted where no entry answers.
        """
        self._articles = articles
        self._knowledge = knowledge
        self._missed = missed
        self._replies = replies
        self._clock = clock

    def ask(self, question: str, context: Context, *, region: str = "") -> Said:
        """One question, complete in itself. Raises Retryable when the knowledge base is down."""
        return self.settle(question, self.search(question, region=region), context)

    def follow_up(self, text: str, context: Context, *, region: str = "") -> Said:
        """A question that leans on the last topic: 那断缴了呢 becomes 医保 那断缴了呢."""
        last = self.last(context)
        if last is None or _changes_topic(text, last):
            found = self.search(text, region=region)
            known = last is not None or str(found.decision) == "answer"
            return self.settle(text, found, context) if known else self._unclear()
        return self.settle(text, self._completed(text, last, region), context)

    def _completed(self, text: str, last: Entry, region: str) -> Found:
        """What the search knows best of the questions that the words may stand for."""
        complete = readings(text, subject=last.subject, question=last.question)
        found = [self.search(words, region=region) for words in complete]
        return max(found, key=lambda one: (str(one.decision) == "answer", one.hits[0].score if one.hits else 0.0))

    def search(self, question: str, *, region: str = "") -> Found:
        """Search as of today in China, or of the day that the question is about."""
        now = today(self._clock)
        asked = asof.read(question, now)
        if asked is None:
            return self._knowledge.search(question, region=region, on=now)
        return dated.search(self._knowledge, self._replies, question, asked, region=region, today=now)

    def certain(self, found: Found) -> bool:
        """Whether the search would answer, and with a rule: talk about the assistant itself is the dialogue's."""
        return str(found.decision) == "answer" and found.hits[0].entry.topic != ABOUT_ITSELF

    def settle(self, question: str, found: Found, context: Context) -> Said:
        """Say what the search decided."""
        if str(found.decision) == "answer":
            return self.tell(found)
        if str(found.decision) == "clarify":
            return self.offer("utter_clarify", [hit.entry for hit in found.hits])
        self.miss(question, found)
        article = self._articles.find(question) if self._articles else None
        if article:
            return self._quote(article)
        return self.refuse(question, [hit.entry for hit in found.hits], context, elsewhere=found.elsewhere)

    def tell(self, found: Found) -> Said:
        """The best hit; for another day than today, first the sentence that says which."""
        said = self.answer(found.hits[0].entry)
        if found.place and found.hits[0].entry.region == region_codes.NATION:
            hint = self._replies.say("utter_other_place", place=region_codes.name(found.place))
            said = replace(said, reply=replace(said.reply, text=f"{said.reply.text}\n{hint}"))
        if not isinstance(found, Dated):
            return said
        return replace(said, reply=replace(said.reply, text=f"{found.note}\n{said.reply.text}"))

    def _quote(self, article: Article) -> Said:
        """The law's own words, said to be that and no answer of ours."""
        text = self._replies.say("utter_law_text", law=article.law, number=article.number, text=article.text)
        return self._with_person(Said(reply=Reply(text=text), miss=True))

    def miss(self, question: str, found: Found) -> None:
        """Note a question that the editors should see; not those that are somebody else's."""
        if not found.elsewhere:
            self._missed(question, [(hit.entry.id, hit.entry.question, hit.score) for hit in found.hits])

    def answer(self, entry: Entry, form: str = Form.CHAT) -> Said:
        """That entry, in that form."""
        return Said(reply=compose(entry, form, replies=self._replies), entry=entry.id)

    def offer(self, name: str, entries: Sequence[Entry], *, miss: bool = False, **values: object) -> Said:
        """The sentence `name` and up to four entries to choose from."""
        shown = tuple(entries[:MAX_OPTIONS])
        options = tuple(Option(label=entry.question, value=entry.question) for entry in shown)
        kind = Kind.OPTIONS if options else Kind.TEXT
        reply = Reply(text=self._replies.say(name, **values), kind=kind, options=options)
        return Said(reply=reply, options=tuple(entry.id for entry in shown), miss=miss)

    def refuse(self, question: str, nearest: Sequence[Entry], context: Context, *, elsewhere: str = "") -> Said:
        """Not known: say so, say who would know, offer the nearest topics; twice in a row offer a person first."""
        if context.misses >= 1 and not elsewhere:
            return self._two_misses(nearest)
        name = "utter_refuse_nearest" if nearest else "utter_refuse"
        if elsewhere:
            name, nearest = "utter_refuse_elsewhere", ()
        quoted = question if len(question) <= QUOTED else question[:QUOTED] + "…"
        return self._with_person(
            self.offer(name, nearest[: MAX_OPTIONS - 1], miss=True, question=quoted, elsewhere=elsewhere)
        )

    def last(self, context: Context) -> Entry | None:
        """The entry answered last, if it still exists."""
        try:
            return self._knowledge.entry(context.last_entry) if context.last_entry else None
        except NotFound:
            return None

    def offered(self, context: Context) -> list[Entry]:
        """The entries offered last that still exist, in the order shown."""
        found = []
        for entry_id in context.last_options:
            try:
                found.append(self._knowledge.entry(entry_id))
            except NotFound:
                continue
        return found

    def _two_misses(self, nearest: Sequence[Entry]) -> Said:
        entries = nearest[: MAX_OPTIONS - 1] or self._knowledge.popular(MAX_OPTIONS - 1)
        said = self.offer("utter_two_misses", entries, miss=True)
        return self._with_person(said, Option(label="留言等回电", value="我要留言"))

    def _unclear(self) -> Said:
        return Said(reply=self._replies.reply("utter_follow_up_unclear"), miss=True)

    @staticmethod
    def _with_person(said: Said, *more: Option) -> Said:
        options = (*said.reply.options, Option(label="转人工", value="转人工"), *more)
        reply = replace(said.reply, kind=Kind.OPTIONS, options=options)
        return Said(reply=reply, options=said.options, miss=said.miss)
