"""The message form: phone, message, confirmation; checked slot by slot, corrected and left at any point.

The form is `callback_form` in bot/domain; Rasa keeps its state and calls `validate` at each turn within it. Answering
nothing there makes Rasa take the turn as a digression (nlu_data/rules.yml), after which the form goes on.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.actions.scene import Outcome, Scene
from bot.replies import Replies
from bot.said import Callback, Said
from core.message import Kind, Reply

PHONE, MESSAGE, CONFIRM = "callback_phone", "callback_message", "callback_confirm"
CLEARED: Mapping[str, Any] = {PHONE: None, MESSAGE: None, CONFIRM: None}
MIN_MESSAGE, MAX_MESSAGE = 4, 200
SHORT_TALK = 12
"""A wish to stop, to repeat or to reach a person is short; a longer text that sounds like one is the message itself."""

_PHONE = re.compile(r"⟦(?:手机号|座机号)·[^⟦⟧]{1,30}⟧")
_OTHER = re.compile(r"⟦[^⟦⟧·]{1,12}·[^⟦⟧]{1,30}⟧")
_DIGITS = re.compile(r"\d[\d\s-]{4,}\d")
_YES = re.compile(r"^(?:确认|确定|提交|是的?|对的?|好的?|可以|没问题|没错|嗯+|行|ok)")
_CHANGE_PHONE = re.compile(
    "(?:改|换|错|不对|有误|修改|更正).*(?:电话|号码|手机|号)|(?:电话|号码|手机号?).*(?:改|换|错|不对|有误)"
)
_CHANGE_MESSAGE = re.compile("(?:改|换|错|不对|重写|修改|更正).*(?:留言|内容)|(?:留言|内容).*(?:改|换|错|不对|重写)")
_NEW_MESSAGE = re.compile(
    r"(?:改成|改为|换成|应该是|应当是|不对[，,\s]*是|错了[，,\s]*是|更正[，,：:\s]*)[：:，,\s]*(.+)$", re.S
)
_LEAVES = frozenset({"withdraw", "ask_human", "goodbye", "repeat", "bot_identity", "capabilities", "greet", "thanks"})


class CallbackForm:
    """Every method is one action: Scene -> Outcome."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies

    def validate(self, scene: Scene) -> Outcome:
        """Take what the text gives for the slot that was asked for; nothing when it is about something else."""
        match scene.requested:
            case "callback_message":
                return self._message(scene)
            case "callback_confirm":
                return self._confirm(scene)
            case "callback_phone":
                return self._phone(scene)
            case _:
                return self._activated(scene)

    def ask_confirm(self, scene: Scene) -> Outcome:
        """Read both back before anything is recorded."""
        phone, message = scene.slots.get(PHONE) or "", scene.slots.get(MESSAGE) or ""
        reply = self._replies.reply("utter_confirm_callback", phone=phone, message=message)
        card = {"title": "留言", "rows": [["回电号码", phone], ["留言内容", message]], "steps": [], "materials": []}
        return Outcome(said=(Said(reply=Reply(text=reply.text, kind=Kind.FORM, options=reply.options, card=card)),))

    def submit(self, scene: Scene) -> Outcome:
        """Hand the confirmed message to the turn, once: the slots are empty afterwards."""
        phone, message = scene.slots.get(PHONE), scene.slots.get(MESSAGE)
        if not phone or not message:
            return Outcome(said=(Said(reply=self._replies.reply("utter_callback_already")),), slots=CLEARED)
        callback = Callback(phone_token=str(phone), message=str(message), turn_id=scene.turn_id)
        reply = self._replies.reply("utter_callback_done", phone=phone)
        return Outcome(said=(Said(reply=reply, callback=callback),), slots=CLEARED)

    def cancel(self, scene: Scene) -> Outcome:
        """算了: nothing is recorded."""
        return Outcome(said=(Said(reply=self._replies.reply("utter_callback_cancelled")),), slots=CLEARED)

    def _activated(self, scene: Scene) -> Outcome:
        """The form begins: a number in the sentence that began it is taken."""
        token = _PHONE.search(scene.text)
        return Outcome(slots={PHONE: token.group()} if token else {})

    def _phone(self, scene: Scene) -> Outcome:
        if token := _PHONE.search(scene.text):
            return Outcome(slots={PHONE: token.group()})
        if _OTHER.search(scene.text):
            return self._again(PHONE, "utter_callback_phone_other")
        if _DIGITS.search(scene.text) or scene.intent == "give_phone":
            return self._again(PHONE, "utter_callback_phone_invalid")
        return Outcome()

    def _message(self, scene: Scene) -> Outcome:
        text = scene.text.strip()
        token = _PHONE.search(text)
        if token and (_CHANGE_PHONE.search(text) or scene.intent in ("correct", "give_phone")):
            return Outcome(slots={PHONE: token.group(), MESSAGE: None})
        if _CHANGE_PHONE.search(text) and len(text) <= SHORT_TALK:
            return Outcome(slots={PHONE: None})
        if scene.intent in _LEAVES and len(text) <= SHORT_TALK:
            return Outcome()
        return self._taken(text)

    def _confirm(self, scene: Scene) -> Outcome:
        text = scene.text.strip()
        if token := _PHONE.search(text):
            return Outcome(slots={PHONE: token.group(), CONFIRM: None})
        if _CHANGE_PHONE.search(text) and len(text) <= SHORT_TALK:
            return Outcome(slots={PHONE: None, CONFIRM: None})
        if found := _NEW_MESSAGE.search(text):
            return self._taken(found.group(1).strip())
        if _CHANGE_MESSAGE.search(text) and len(text) <= SHORT_TALK:
            return Outcome(slots={MESSAGE: None, CONFIRM: None})
        if scene.intent == "affirm" or (_YES.match(text.lower()) and len(text) <= SHORT_TALK):
            return Outcome(slots={CONFIRM: "yes"})
        if scene.intent in ("deny", "correct"):
            return self._again(CONFIRM, "utter_correct_what")
        return Outcome()

    def _taken(self, text: str) -> Outcome:
        """A message must be long enough to act on and short enough to read."""
        if len(text) < MIN_MESSAGE:
            return self._again(MESSAGE, "utter_callback_message_short")
        if len(text) > MAX_MESSAGE:
            return self._again(MESSAGE, "utter_callback_message_long")
        return Outcome(slots={MESSAGE: text, CONFIRM: None})

    def _again(self, slot: str, name: str) -> Outcome:
        return Outcome(said=(Said(reply=self._replies.reply(name)),), slots={slot: None})
