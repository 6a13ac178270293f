"""`python -m bot ask "问题" ["接着问" ...]`: one conversation in the terminal, without a database.

The dialogue engine is asked when it runs (script/serve starts it); without it the knowledge base answers alone.
"""

import argparse
import asyncio
import sys
from datetime import timedelta

from bot.consult import Consult
from bot.engine import RasaEngine
from bot.lane import Lane
from bot.memory import Memory
from bot.replies import Replies
from bot.said import Callback
from bot.turn import Turn
from core.clock import SystemClock
from core.errors import HuiChuangError
from core.message import Json, Kind, Reply
from core.settings import ROOT, Settings, load
from desk.hours import Hours
from desk.queue import Answered
from knowledge import encoder
from knowledge.search import Knowledge
from storage.database import Database
from storage.inbox import Work
from storage.vault import Vault

CONVERSATION = "terminal"


class NobodyHere:
    """In the terminal there is no desk: nothing is recorded, and that is what is said."""

    def __init__(self, hours: Hours) -> None:
        self.hours_spoken = hours.spoken()

    async def ask(self, work: Work, memory: Memory, *, reason: str, trigger: str, priority: int = 0) -> Answered:
        return Answered(request_id=0, open=True, online=0, ahead=0, opens="")

    async def leave(self, work: Work, callback: Callback, memory: Memory) -> int:
        return 0

    async def withdraw(self, conversation_id: str) -> bool:
        return False


def build(settings: Settings, engine: RasaEngine) -> Turn:
    """The same turn as in the web role; the vault seals with a throw-away key and is never written."""
    clock, replies = SystemClock(), Replies.load()
    index = settings.state_dir / "index"
    knowledge = Knowledge.open(
        entries_dir=ROOT / "knowledge" / "entries", index_dir=index, encoder=encoder.choose(settings.encoder)
    )
    return Turn(
        vault=Vault(Database("postgresql:///nowhere", pool=1), key=bytes(32)),
        consult=Consult(knowledge=knowledge, replies=replies, clock=clock),
        engine=engine,
        lane=Lane.load(index),
        people=NobodyHere(Hours.parse(settings.service_hours)),
        replies=replies,
        clock=clock,
        region=settings.region,
        idle=timedelta(minutes=settings.session_idle_minutes),
        hotline=settings.hotline,
    )


async def ask(settings: Settings, questions: list[str]) -> None:
    """Put the questions one after the other and print what is answered."""
    clock = SystemClock()
    token = settings.internal_token.get_secret_value()
    secret = settings.state_dir / "secrets" / "internal_token"
    if not token and secret.exists():
        token = secret.read_text("utf-8").strip()
    engine = RasaEngine(
        base_url=f"http://{settings.rasa_host}:{settings.rasa_port}",
        token=token,
        timeout=settings.rasa_timeout,
        clock=clock,
    )
    turn = build(settings, engine)
    context: Json = {}
    for number, question in enumerate(questions, 1):
        work = Work(
            inbox_id=number,
            conversation_id=CONVERSATION,
            client_message_id=str(number),
            channel="terminal",
            text=question,
            received_at=clock.now(),
            attempts=1,
            owner="bot",
            epoch=1,
            context=context,
            last_said_at=clock.now(),
        )
        outcome = await turn.run(work)
        context = outcome.memory.to_json()
        print(f"> {outcome.said.text}", *map(shown, outcome.replies), sep="\n")
    await engine.close()


def shown(reply: Reply) -> str:
    """A reply as plain text."""
    lines = [reply.text]
    if reply.kind is Kind.OPTIONS:
        lines += [f"  {number}. {option.label}" for number, option in enumerate(reply.options, 1)]
    lines += [
        f"  ⟨{source.title} 依据：{basis.law}{basis.article}⟩" for source in reply.sources for basis in source.basis
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("ask", help="one conversation in the terminal").add_argument("question", nargs="+")
    chosen = parser.parse_args(arguments)
    try:
        asyncio.run(ask(load(), chosen.question))
    except HuiChuangError as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
