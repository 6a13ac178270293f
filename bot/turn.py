"""One citizen turn, from what was said to what is answered. Read `Turn.steps` from top to bottom.

Masking comes first: from there on nobody - no model, no log, no trace - sees a personal number. Danger and the wish
for a person are heard in every state. A clear question of rules is answered from the knowledge base directly (the fast
lane); everything that leans on the conversation goes to the dialogue engine; when that is down or slow, the knowledge
base still answers, and the citizen is told.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from bot.calculating import Calculating
from bot.consult import Consult
from bot.dated import Dated
from bot.engine import Asked, Engine, EngineReply
from bot.guard import danger, wants_person, withdraws
from bot.lane import Lane
from bot.memory import Memory
from bot.people import Helpers
from bot.ports import Judged, Words
from bot.replies import Replies
from bot.rewording import AsWritten, Rewording
from bot.said import Said
from core.clock import Clock
from core.errors import HuiChuangError, Retryable
from core.message import Author, Kind, Option, Reply
from core.owner import BOT, Owner
from core.personal import PersonalKind
from storage.inbox import Sealed, Work
from storage.vault import Masked, Vault, replace_tokens

log = structlog.get_logger(__name__)

CONSULT_ENOUGH = 0.5
"""Probability of being a question of rules from which the fast lane is taken."""
CONSULT_POSSIBLE = 0.2
"""From this probability on it is taken when the knowledge base, too, is sure that it knows the answer: of the questions
below `CONSULT_ENOUGH` that is two in five, of what is said to the assistant itself next to nothing."""
SUMMARY = 200
_NOT_NEEDED = (PersonalKind.ID_NUMBER, PersonalKind.BANK_CARD)


@dataclass(slots=True, kw_only=True)
class Thought:
    """A turn under way."""

    work: Work
    """The claimed message."""
    masked: Masked
    """What was said, without personal numbers."""
    memory: Memory
    """What the bot remembers; steps replace it."""
    owner: Owner
    """Who speaks after this turn; steps replace it."""
    heard: str
    """What was said, without personal numbers but with every word: for danger only."""
    judged: Judged | None = None
    """What the word lists say of it."""
    step: str = "failed"
    """Which step answered."""

    @property
    def text(self) -> str:
        """What may be understood, searched and logged."""
        return self.masked.opaque


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the turn wants written, all of it in one transaction."""

    said: Reply
    """The citizen's words as they are kept."""
    replies: tuple[Reply, ...]
    """What is answered."""
    owner: str
    """Who owns the conversation from now on."""
    memory: Memory
    """What the bot remembers from now on."""
    personal: tuple[Sealed, ...]
    """Values for the vault."""
    step: str
    """Which step answered, for the figures: danger, knowledge_first, dialogue, …"""


Step = Callable[[Thought], Awaitable[tuple[Said, ...] | None]]


class Turn:
    """The spine. `run` never raises for what a part does wrong: the citizen always gets a sentence."""

    def __init__(
        self,
        *,
        vault: Vault,
        consult: Consult,
        engine: Engine,
        lane: Lane,
        people: Helpers,
        replies: Replies,
        clock: Clock,
        region: str,
        idle: timedelta,
        hotline: str,
        rewording: Rewording | None = None,
        words: Words | None = None,
    ) -> None:
        self._vault = vault
        self._consult = consult
        self._calculating = Calculating(replies=replies, clock=clock)
        self._engine = engine
        self._lane = lane
        self._people = people
        self._replies = replies
        self._clock = clock
        self._region = region
        self._idle = idle
        self._hotline = hotline
        self._rewording = rewording or AsWritten()
        self._words = words

    @property
    def steps(self) -> tuple[Step, ...]:
        """Each step may answer; the first that does ends the turn."""
        return (
            self._danger,
            self._sensitive,
            self._person_speaks,
            self._wants_person,
            self._calculated,
            self._knowledge_first,
            self._dialogue,
            self._knowledge_alone,
        )

    async def run(self, work: Work) -> Outcome:
        """Work on one message; the outcome is not written yet."""
        thought = self._begin(work)
        try:
            said = await self._think(thought)
        except HuiChuangError as error:
            log.warning("turn.failed", inbox_id=work.inbox_id, code=error.code)
            said = self._failed(thought)
        return self._finish(thought, said)

    def give_up(self, work: Work) -> Outcome:
        """For a message whose turn ended its process again and again: an honest sentence, nothing else is tried."""
        thought = self._begin(work)
        return self._finish(thought, self._failed(thought))

    def _failed(self, thought: Thought) -> tuple[Said, ...]:
        """The honest sentence; none over the head of a person who leads the talk."""
        return () if thought.owner.kind == "agent" else (self._sentence("utter_failed", hotline=self._hotline),)

    async def _think(self, thought: Thought) -> tuple[Said, ...]:
        for step in self.steps:
            said = await step(thought)
            if said is not None:
                thought.step = step.__name__.lstrip("_")
                return said
        return (self._sentence("utter_fallback"),)

    # --- the steps

    async def _danger(self, thought: Thought) -> tuple[Said, ...] | None:
        """110, 119, 120 first, whatever else is going on."""
        found = danger(thought.heard)
        if found is None:
            return None
        if thought.owner.is_closed:
            thought.owner = Owner(BOT)
        if thought.owner.kind != "agent":  # an agent reads it anyway
            await self._note_danger(thought, found.trigger)
        return (self._sentence(found.sentence),)

    async def _note_danger(self, thought: Thought, trigger: str) -> None:
        """A request of highest priority, so that a person sees it; the citizen is not made to wait for one."""
        try:
            await self._people.ask(thought.work, thought.memory, reason="danger", trigger=trigger, priority=2)
        except Exception as error:  # the number to call must be read whatever else fails
            log.error("turn.danger_not_noted", inbox_id=thought.work.inbox_id, error=type(error).__name__)

    async def _sensitive(self, thought: Thought) -> tuple[Said, ...] | None:
        """Words of the city's lists: a blocked message goes no further, some are a person's business at once.

        While an agent speaks they only mask: nobody answers over an agent's head.
        """
        judged = thought.judged
        if judged is None or judged.action == "mask" or thought.owner.kind == "agent":
            return None
        log.info("turn.sensitive", inbox_id=thought.work.inbox_id, action=judged.action, lists=judged.lists)
        if judged.action == "block":
            if thought.owner.is_closed:
                thought.owner = Owner(BOT)
            return (self._sentence("utter_sensitive_blocked", hotline=self._hotline),)
        if thought.owner.kind == "queue":
            return None
        return (await self._hand_over(thought, reason="sensitive", trigger=judged.lists[0]),)

    async def _person_speaks(self, thought: Thought) -> tuple[Said, ...] | None:
        """Another owner: the words are kept for the person; a citizen in the queue may leave it."""
        if thought.owner.is_bot or thought.owner.is_closed:
            thought.owner = Owner(BOT)  # a message to a closed conversation opens it again
            return None
        if thought.owner.kind == "queue" and withdraws(thought.text):
            await self._people.withdraw(thought.work.conversation_id)
            thought.owner = Owner(BOT)
            return (self._sentence("utter_handover_withdrawn"),)
        if thought.owner.kind == "queue" and wants_person(thought.text):
            return (self._sentence("utter_handover_waiting"),)
        return ()

    async def _wants_person(self, thought: Thought) -> tuple[Said, ...] | None:
        if not wants_person(thought.text):
            return None
        return (await self._hand_over(thought, reason="asked", trigger="words"),)

    async def _calculated(self, thought: Thought) -> tuple[Said, ...] | None:
        """A calculation with all it needs, or the last one changed (那男的呢); what must be asked, the engine asks."""
        if thought.memory.active_loop:
            return None
        said = self._calculating.at_once(thought.text, thought.memory.context, region=self._region)
        if said is None:
            return None
        self._remember(thought, said)
        return (said,)

    async def _knowledge_first(self, thought: Thought) -> tuple[Said, ...] | None:
        """The fast lane: a question of rules that stands by itself, while no form is being filled in."""
        if thought.memory.active_loop or (chance := self._lane.probability(thought.text)) < CONSULT_POSSIBLE:
            return None
        if self._calculating.heard(thought.text) is not None:
            return None
        question = self._question(thought)
        try:
            found = self._consult.search(question, region=self._region)
        except Retryable:
            return None if chance < CONSULT_ENOUGH else (self._sentence("utter_knowledge_down", hotline=self._hotline),)
        if chance < CONSULT_ENOUGH and not self._consult.certain(found):
            return None
        said = self._consult.settle(question, found, thought.memory.context)
        if not isinstance(found, Dated):  # the sentence on the day must stand as it is
            said = await self._reworded(question, said)
        self._remember(thought, said)
        return (said,)

    async def _dialogue(self, thought: Thought) -> tuple[Said, ...] | None:
        """Rasa, with what it missed and what it may have lost."""
        memory = thought.memory
        try:
            answer = await self._engine.converse(
                Asked(
                    session=memory.session,
                    text=thought.text,
                    context=memory.context,
                    turn_id=str(thought.work.inbox_id),
                    region=self._region,
                    slots=memory.slots or {},
                    active_loop=memory.active_loop,
                    requested_slot=memory.requested_slot,
                    events=memory.pending,
                )
            )
        except Retryable as error:
            log.warning("turn.dialogue_down", inbox_id=thought.work.inbox_id, code=error.code)
            return None
        thought.memory = replace(
            memory,
            active_loop=answer.active_loop,
            requested_slot=answer.requested_slot,
            slots=answer.slots or None,
            pending=(),
        )
        said = [await self._carry_out(thought, one, answer) for one in answer.said]
        return tuple(said) or (self._sentence("utter_fallback"),)

    async def _knowledge_alone(self, thought: Thought) -> tuple[Said, ...] | None:
        """The dialogue engine is down, slow or restarting: say so, and answer what can be answered."""
        try:
            found = self._consult.search(self._question(thought), region=self._region)
        except Retryable:
            return (self._sentence("utter_knowledge_down", hotline=self._hotline),)
        if str(found.decision) == "answer":
            said = self._consult.tell(found)
            self._remember(thought, said)
            return (said,)
        down = self._sentence("utter_dialogue_down")
        if not found.hits:
            return (down,)
        said = self._consult.offer("utter_dialogue_down", [hit.entry for hit in found.hits])
        options = (*said.reply.options, Option(label="转人工", value="转人工"))
        return (replace(said, reply=replace(said.reply, options=options, kind=Kind.OPTIONS)),)

    # --- what the steps share

    async def _reworded(self, question: str, said: Said) -> Said:
        """Where a language model is set: its wording of the answer, labelled as such; else the answer as written."""
        if not said.entry or (wording := await self._rewording.reword(question, said.reply.text)) is None:
            return said
        text = f"{wording}\n{self._replies.say('utter_reworded')}"
        return replace(said, reply=replace(said.reply, text=text))

    async def _carry_out(self, thought: Thought, said: Said, answer: EngineReply) -> Said:
        """What an action asked the turn to do: hand over, record a call-back."""
        if said.handover is not None:
            return await self._hand_over(thought, reason=said.handover.reason, trigger=said.handover.trigger)
        if said.callback is not None:
            await self._people.leave(thought.work, said.callback, thought.memory)
        return said

    async def _hand_over(self, thought: Thought, *, reason: str, trigger: str) -> Said:
        answered = await self._people.ask(thought.work, thought.memory, reason=reason, trigger=trigger)
        thought.memory = thought.memory.fresh_session()
        if answered.queued:
            thought.owner = Owner("queue", "general")
            return self._sentence("utter_handover_queued", ahead=answered.ahead)
        if answered.open:
            return self._sentence("utter_handover_nobody", hotline=self._hotline)
        return self._sentence("utter_handover_closed", hours=self._people.hours_spoken, hotline=self._hotline)

    def _begin(self, work: Work) -> Thought:
        masked = self._vault.mask(work.text)
        heard = masked.opaque
        judged = self._words.judge(work.text) if self._words is not None else None
        if judged is not None and judged.shown != work.text:
            work = replace(work, text=judged.shown)  # from here on nobody but the ear for danger sees the words
            masked = self._vault.mask(work.text)
        memory = Memory.recall(
            work.context,
            conversation_id=work.conversation_id,
            idle=self._idle,
            last_said_at=work.last_said_at,
            now=self._clock.now(),
        )
        memory = memory.with_tokens(masked.shown)
        owner = Owner.parse(work.owner)
        return Thought(work=work, masked=masked, memory=memory, owner=owner, heard=heard, judged=judged)

    def _finish(self, thought: Thought, said: tuple[Said, ...]) -> Outcome:
        """Nothing leaves with a token in it."""
        memory = thought.memory.after(said)
        replies = [thought.memory.shown(one.reply) for one in said]
        kinds = [kind.value for kind in _NOT_NEEDED if any(s.kind == kind.value for s in thought.masked.sealed)]
        if kinds and thought.owner.is_bot:
            notice = self._replies.say("utter_masked_notice", kinds="、".join(kinds))
            replies.append(Reply(text=notice, kind=Kind.NOTICE, author=Author.SYSTEM))
        return Outcome(
            said=Reply(text=thought.masked.display, author=Author.CITIZEN),
            replies=tuple(replies),
            owner=str(thought.owner),
            memory=memory,
            personal=thought.masked.sealed,
            step=thought.step,
        )

    def _remember(self, thought: Thought, said: Said) -> None:
        """The engine hears with its next turn what was answered without it."""
        event = {"text": thought.text, "intent": "consult", "reply": said.reply.text[:SUMMARY]}
        thought.memory = thought.memory.with_pending(event)

    def _question(self, thought: Thought) -> str:
        return replace_tokens(thought.text, lambda _: " ")

    def _sentence(self, name: str, **values: object) -> Said:
        return Said(reply=self._replies.reply(name, **values))
