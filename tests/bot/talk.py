"""A citizen without HTTP: speaks straight to the dispatcher."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from core.message import Answer, Message
from storage.conversations import Conversation
from storage.inbox import Incoming
from tests.stand import Stand

HASH = hashlib.sha256(b"token").digest()
_names = count(1)

CONSULT = "医保断缴了会怎么样"
"""A question of rules that stands by itself: the fast lane answers it."""
TALK = "你好"
"""Nothing the fast lane takes: it goes to the dialogue engine."""
PERSON = "转人工"


@dataclass(slots=True, kw_only=True)
class Talker:
    """One conversation."""

    stand: Stand
    id: str
    channel: str = "web"
    said: int = 0

    def message(self, text: str, number: int = 0) -> Incoming:
        """The next message, or the one of that number again."""
        if not number:
            self.said += 1
            number = self.said
        return Incoming(
            channel=self.channel,
            message_id=f"{self.id}:{number}",
            conversation_id=self.id,
            token_hash=HASH,
            client_message_id=str(number),
            text=text,
        )

    async def say(self, text: str) -> Answer:
        """One turn."""
        return await self.stand.dispatcher.say(self.message(text))

    async def ask(self, text: str) -> str:
        """One turn; the texts of the replies."""
        return "\n".join(message.said.text for message in (await self.say(text)).messages[1:])

    async def events(self) -> tuple[Message, ...]:
        """Everything said."""
        return await self.stand.storage.conversations.events(self.id, after=0, limit=1000)

    async def state(self) -> Conversation:
        """Where the conversation stands."""
        return await self.stand.storage.conversations.read(self.id)


async def talker(stand: Stand, *, channel: str = "web") -> Talker:
    """A citizen with a fresh conversation."""
    opened = await stand.storage.conversations.open(
        conversation_id=f"talk-{next(_names)}",
        channel=channel,
        token_hash=HASH,
        now=stand.clock.now(),
        lifetime=timedelta(days=30),
    )
    return Talker(stand=stand, id=opened.id, channel=channel)
