"""Our side of Rasa's action protocol: rasa-sdk's executor, mounted by the web role on an internal route."""

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import structlog
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher  # type: ignore[import-untyped]

from bot.actions.answering import ASPECTS, Answering
from bot.actions.calculator import DONE, CalculatorForm
from bot.actions.callback import CallbackForm
from bot.actions.scene import Outcome, Scene
from bot.calculating import Calculating
from bot.consult import Consult, Missed
from bot.ports import Knowledge
from bot.replies import Replies
from bot.said import Said
from core.clock import Clock
from core.errors import HuiChuangError, Misuse

log = structlog.get_logger(__name__)

Handler = Callable[[Scene], Outcome]


class ActionServer:
    """Runs the action that Rasa names. Never raises for what a part does wrong: Rasa would fall silent."""

    def __init__(
        self,
        *,
        knowledge: Knowledge,
        replies: Replies,
        clock: Clock,
        hotline: str = "12345",
        missed: Missed = lambda _, __: None,
    ) -> None:
        self._replies = replies
        self._hotline = hotline
        consult = Consult(knowledge=knowledge, replies=replies, clock=clock, missed=missed)
        calculating = Calculating(replies=replies, clock=clock)
        self._handlers = _handlers(Answering(consult=consult, replies=replies), calculating, replies)
        self._executor = ActionExecutor()
        for name, handler in self._handlers.items():
            self._executor.register_function(name, self._adapted(name, handler))

    @property
    def names(self) -> frozenset[str]:
        """Every action there is."""
        return frozenset(self._handlers)

    async def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        """One action call of Rasa's (POST body) -> `{"events", "responses"}`. Raises Misuse for an unknown action."""
        if payload.get("next_action") not in self._handlers or not isinstance(payload.get("tracker"), dict):
            raise Misuse("unknown_action", detail=f"no action named {payload.get('next_action')!r}")
        # The executor wants a domain; none of our actions does, and Rasa is told not to send it (selective domain).
        result = await self._executor.run({**payload, "domain": payload.get("domain") or {}})
        return {"events": result.events, "responses": result.responses} if result else {"events": [], "responses": []}

    def _adapted(self, name: str, handler: Handler) -> Callable[..., Any]:
        async def run(dispatcher: CollectingDispatcher, tracker: Any, domain: Any) -> list[dict[str, Any]]:
            # Searching takes about a millisecond, but of the processor: off the loop, other turns go on meanwhile.
            outcome = await asyncio.to_thread(self._guarded, name, handler, _scene(tracker))
            for said in outcome.said:
                dispatcher.utter_message(json_message=said.to_json())
            events: list[dict[str, Any]] = [
                {"event": "slot", "timestamp": None, "name": slot, "value": value}
                for slot, value in outcome.slots.items()
            ]
            if outcome.followup:
                events.append({"event": "followup", "timestamp": None, "name": outcome.followup})
            return events

        return run

    def _guarded(self, name: str, handler: Handler, scene: Scene) -> Outcome:
        try:
            return handler(scene)
        except HuiChuangError as error:
            log.warning("action.failed", action=name, code=error.code)
            reply = self._replies.reply("utter_knowledge_down", hotline=self._hotline)
            return Outcome(said=(Said(reply=reply),))


def _scene(tracker: Any) -> Scene:
    return Scene.from_tracker({"latest_message": tracker.latest_message, "slots": tracker.slots})


def _handlers(answering: Answering, calculating: Calculating, replies: Replies) -> Mapping[str, Handler]:
    """Action name (bot/domain/actions.yml) -> function."""
    form, calculator = CallbackForm(replies), CalculatorForm(calculating=calculating, replies=replies)
    handlers: dict[str, Handler] = {
        "action_consult": answering.consult,
        "action_follow_up": answering.follow_up,
        "action_choose": answering.choose,
        "action_repeat": answering.repeat,
        "action_simpler": answering.simpler,
        "action_slower": answering.slower,
        "action_more_detail": answering.more_detail,
        "action_aspect": answering.aspect,
        "action_deny": answering.deny,
        "action_correct": answering.correct,
        "action_out_of_scope": answering.out_of_scope,
        "action_fallback": answering.fallback,
        "action_handover": answering.handover,
        "validate_callback_form": form.validate,
        "action_ask_callback_confirm": form.ask_confirm,
        "action_submit_callback": form.submit,
        "action_cancel_callback": form.cancel,
        "validate_calculator_form": calculator.validate,
        "action_ask_calculator_done": calculator.ask,
        "action_submit_calculator": calculator.submit,
        "action_cancel_calculator": calculator.cancel,
    }
    handlers["action_digress"] = _digress(dict(handlers), calculating, replies)
    for name in _MISHEARD:
        handlers[name] = _calculator_first(handlers[name], calculating)
    return MappingProxyType(handlers)


_MISHEARD = ("action_consult", "action_follow_up", "action_correct", "action_out_of_scope", "action_fallback")
"""What a wish to have something calculated may be taken for."""


def _calculator_first(handler: Handler, calculating: Calculating) -> Handler:
    """Where words ask for a calculation, or change the last one, that is done, whatever Rasa took them for."""

    def first(scene: Scene) -> Outcome:
        said = calculating.at_once(scene.text, scene.context, region=scene.region)
        if said is not None:
            return Outcome(said=(said,))
        return Outcome(followup="calculator_form") if calculating.heard(scene.text) else handler(scene)

    return first


_DIGRESSIONS = {
    "follow_up": "action_follow_up",
    "choose": "action_choose",
    "repeat": "action_repeat",
    "simpler": "action_simpler",
    "slower": "action_slower",
    "more_detail": "action_more_detail",
    "consult": "action_consult",
    "calculate": "action_consult",
    "nlu_fallback": "action_fallback",
    "out_of_scope": "action_out_of_scope",
    **dict.fromkeys(ASPECTS, "action_aspect"),
}
_SENTENCES = {
    "greet": "utter_greet",
    "thanks": "utter_thanks",
    "bot_identity": "utter_bot_identity",
    "capabilities": "utter_capabilities",
    "small_talk": "utter_small_talk",
    "complaint": "utter_complaint",
    "emotion": "utter_emotion",
}


def _digress(handlers: Mapping[str, Handler], calculating: Calculating, replies: Replies) -> Handler:
    """A question or a remark in the middle of a form: dealt with as usual, then the form goes on."""

    def digress(scene: Scene) -> Outcome:
        computed = calculating.at_once(scene.text, scene.context, region=scene.region)
        if computed is not None:
            said: tuple[Said, ...] = (computed,)
        elif scene.intent in _DIGRESSIONS:
            said = handlers[_DIGRESSIONS[scene.intent]](scene).said
        elif scene.intent in _SENTENCES:
            said = (Said(reply=replies.reply(_SENTENCES[scene.intent])),)
        else:
            said = ()
        back = "utter_calculator_return" if scene.requested == DONE else "utter_callback_return"
        return Outcome(said=(*said, Said(reply=replies.reply(back))))

    return digress
