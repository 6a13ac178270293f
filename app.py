"""The composition point: reads the settings, opens the rooms, wires them, runs one role. The only place that knows all.

python -m app --role web|worker
"""

import argparse
import asyncio
import contextlib
import gc
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
import uvloop
from sanic import Blueprint

from bot.actions.executor import ActionServer
from bot.answer import Form, compose
from bot.consult import Consult, Missed
from bot.dispatch import Dispatcher
from bot.engine import RasaEngine
from bot.lane import Lane
from bot.people import People
from bot.replies import Replies
from bot.rewording import LanguageModel
from bot.turn import Turn
from channels.channel import Check
from channels.staff.accounts import AccountRoutes
from channels.staff.guard import Gate
from channels.staff.imports import ImportRoutes
from channels.staff.knowledge import KnowledgeRoutes
from channels.staff.knowledge_files import KnowledgeFileRoutes
from channels.staff.knowledge_tools import KnowledgeToolRoutes
from channels.staff.login import LoginRoutes
from channels.staff.sensitive import SensitiveRoutes
from channels.web import server
from channels.web.access import AddressLimit, Origins
from channels.web.reading import MAX_TEXT
from core import logs
from core.clock import Clock, SystemClock, today
from core.errors import HuiChuangError, Misuse
from core.settings import ROOT, Settings, load
from desk.hours import Hours
from desk.queue import Desk, NobodyPresent
from desk.store import DeskStore
from host.settings import secret
from knowledge import encoder, stock
from knowledge.articles import Articles
from knowledge.catalogue import Catalogue
from knowledge.documents.imports import Imports
from knowledge.documents.reader import Reader
from knowledge.editing import seeding
from knowledge.editing.editing import Editing
from knowledge.editing.reading import Reading
from knowledge.editing.unanswered import Recorder
from knowledge.editing.workbench import Workbench
from knowledge.entry import Entry
from knowledge.live import PATIENCE_SECONDS, Builder, Live
from knowledge.search import Knowledge
from knowledge.sensitive.lists import Lists
from knowledge.sensitive.live import LiveWords
from staff import demo
from staff.accounts import catalogue as staff_catalogue
from staff.passwords import Passwords
from staff.room import StaffRoom
from staff.store import StaffStore
from storage.retention import Retention
from storage.storage import Storage
from storage.vault import parse_key

log = structlog.get_logger(__name__)
ENTRIES = ROOT / "knowledge" / "entries"
PAGES = ROOT / "web" / "dist"
BACKLOG = 512
STAFF_PER_MINUTE = 600
"""Requests of staff pages from one address: a whole office may stand behind it."""
LOGINS_PER_MINUTE = 60
KNOWLEDGE_ROUTES = (KnowledgeRoutes, KnowledgeToolRoutes, KnowledgeFileRoutes)
WARM_UP = "社保卡丢了怎么办"
AI_NOTICE = "回答由智能助手根据已审核的知识库给出，并附依据；具体办理以主管部门为准。"


def open_storage(settings: Settings) -> Storage:
    """The shared tables; raises Misuse without a database."""
    url = settings.database_url.get_secret_value()
    if not url:
        raise Misuse("bad_settings", "没有数据库：请设置 DATABASE_URL，或用 script/serve 启动（自带数据库）")
    key = settings.data_key.get_secret_value() or secret(settings.state_dir, "data_key")
    return Storage(url, data_key=parse_key(key), per_minute=settings.rate_per_minute, pool=settings.database_pool)


def open_knowledge(settings: Settings) -> Knowledge:
    """The built index; raises Retryable or Misuse with a sentence."""
    return Knowledge.open(
        entries_dir=ENTRIES, index_dir=settings.state_dir / "index", encoder=encoder.choose(settings.encoder)
    )


async def open_live(settings: Settings, storage: Storage, clock: Clock) -> Live:
    """What is published, followed from now on; at the first start the shipped entries are. Raises Retryable, Misuse."""
    await seeding.seed(storage.database, await asyncio.to_thread(stock.load, ENTRIES), clock)
    live = Live(
        database=storage.database,
        events=storage.events,
        index_dir=settings.state_dir / "served",
        encoder=encoder.choose(settings.encoder),
        clock=clock,
        patience=PATIENCE_SECONDS,
        shipped=(ENTRIES, settings.state_dir / "index"),
    )
    await live.start()
    return live


def open_catalogue(settings: Settings, storage: Storage, knowledge: Knowledge | Live) -> Catalogue:
    """The public pages' view of the knowledge."""
    history = Reading(storage.database)

    async def cited(entry_id: str, version: int) -> Entry:
        return (await history.cited(entry_id, version)).served

    texts = portal_texts(settings)
    return Catalogue(knowledge, region_code=settings.region, texts=texts, cited=cited)


def internal_token(settings: Settings) -> str:
    """What the roles of this machine prove themselves with."""
    return settings.internal_token.get_secret_value() or secret(settings.state_dir, "internal_token")


def open_engine(settings: Settings, clock: Clock) -> RasaEngine:
    """The dialogue engine's client."""
    return RasaEngine(
        base_url=f"http://{settings.rasa_host}:{settings.rasa_port}",
        token=internal_token(settings),
        timeout=settings.rasa_timeout,
        clock=clock,
    )


def open_rewording(settings: Settings, clock: Clock) -> LanguageModel | None:
    """The language model that rewords answers; None when no setting names one."""
    if not settings.reword_url:
        return None
    return LanguageModel(
        base_url=settings.reword_url,
        model=settings.reword_model,
        key=settings.reword_key.get_secret_value(),
        timeout=settings.reword_timeout,
        clock=clock,
    )


def build_turn(
    settings: Settings,
    *,
    storage: Storage,
    knowledge: Live,
    engine: RasaEngine,
    rewording: LanguageModel | None,
    words: LiveWords,
    clock: Clock,
    missed: Missed,
) -> tuple[Turn, ActionServer]:
    """The bot, and the actions that its dialogue engine calls back."""
    replies = Replies.load()
    desk = Desk(
        store=DeskStore(storage.database),
        hours=Hours.parse(settings.service_hours),
        presence=NobodyPresent(),
        clock=clock,
    )
    turn = Turn(
        vault=storage.vault,
        consult=Consult(
            knowledge=knowledge,
            replies=replies,
            clock=clock,
            missed=missed,
            articles=Articles.load(Path(settings.articles_dir)) if settings.articles_dir else None,
        ),
        engine=engine,
        lane=Lane.load(settings.state_dir / "index"),
        people=People(desk=desk, vault=storage.vault),
        replies=replies,
        clock=clock,
        region=settings.region,
        idle=timedelta(minutes=settings.session_idle_minutes),
        hotline=settings.hotline,
        rewording=rewording,
        words=words,
    )
    return turn, ActionServer(knowledge=knowledge, replies=replies, clock=clock, missed=missed)


def open_staff(settings: Settings, storage: Storage, clock: Clock, *, passwords: Passwords | None = None) -> StaffRoom:
    """Accounts, log-in, sessions."""
    idle = timedelta(minutes=settings.staff_idle_minutes)
    lifetime = timedelta(hours=settings.staff_session_hours)
    return StaffRoom(storage, clock=clock, idle=idle, lifetime=lifetime, passwords=passwords)


def open_bench(storage: Storage, knowledge: Knowledge | Live, clock: Clock) -> Workbench:
    """What the knowledge pages of the staff site may ask."""
    replies = Replies.load()

    def said(entry: Entry) -> dict[str, Any]:
        chat, speech, full = (compose(entry, form, replies=replies) for form in (Form.CHAT, Form.SHORT, Form.FULL))
        return {"chat": chat.to_json(), "speech": speech.text, "full": full.text}

    return Workbench(database=storage.database, knowledge=knowledge, clock=clock, compose=said)


def staff_routes(
    settings: Settings, staff: StaffRoom, origins: Origins, clock: Clock, bench: Workbench, storage: Storage
) -> list[Blueprint]:
    """The staff site's routes behind their gate."""
    pace = AddressLimit(STAFF_PER_MINUTE, monotonic=clock.monotonic)
    gate = Gate(sessions=staff.sessions, origins=origins, limit=pace)
    login = LoginRoutes(
        gate=gate,
        login=staff.login,
        sessions=staff.sessions,
        trying=AddressLimit(LOGINS_PER_MINUTE, monotonic=clock.monotonic),
        secure=settings.base_url.startswith("https:"),
        lifetime=settings.staff_session_hours * 3600,
    )
    accounts = AccountRoutes(gate=gate, accounts=staff.accounts, catalogue=staff_catalogue())
    knowledge = [room(gate=gate, bench=bench).blueprint() for room in KNOWLEDGE_ROUTES]
    return [login.blueprint(), accounts.blueprint(), *knowledge, *document_routes(gate, storage, clock)]


def document_routes(gate: Gate, storage: Storage, clock: Clock) -> list[Blueprint]:
    """Import of documents, and sensitive words."""
    editing = Editing(database=storage.database, clock=clock)
    imports = Imports(database=storage.database, editing=editing, clock=clock)
    lists = Lists(database=storage.database, clock=clock)
    return [
        ImportRoutes(gate=gate, imports=imports).blueprint(),
        SensitiveRoutes(gate=gate, lists=lists).blueprint(),
    ]


async def open_words(storage: Storage, clock: Clock) -> LiveWords:
    """The lists of sensitive words, followed from now on."""
    await Lists(database=storage.database, clock=clock).seed()
    words = LiveWords(database=storage.database, events=storage.events)
    await words.start()
    return words


async def prepare_staff(settings: Settings, staff: StaffRoom, clock: Clock) -> None:
    """Demo accounts in demo mode, and in no other."""
    if settings.demo:
        await demo.ensure(settings.state_dir / "secrets", store=staff.store, accounts=staff.accounts, now=clock.now())
    else:
        await demo.stop(staff.store, now=clock.now())


async def web(settings: Settings, stop: asyncio.Event) -> None:
    """Channels, the window, the action endpoint."""
    clock = SystemClock()
    engine = open_engine(settings, clock)
    async with open_storage(settings) as storage:
        knowledge = await open_live(settings, storage, clock)
        # The first search loads word lists: better now than in a citizen's turn.
        knowledge.search(WARM_UP, on=today(clock))
        rewording = open_rewording(settings, clock)
        recorder = Recorder(database=storage.database, clock=clock)
        words = await open_words(storage, clock)
        turn, actions = build_turn(
            settings,
            storage=storage,
            knowledge=knowledge,
            engine=engine,
            rewording=rewording,
            words=words,
            clock=clock,
            missed=lambda question, nearest: recorder.note(question, settings.region, nearest),
        )
        dispatcher = Dispatcher(storage=storage, turn=turn, clock=clock)
        staff = open_staff(settings, storage, clock)
        await prepare_staff(settings, staff, clock)
        origins = Origins(settings.origins, own=settings.base_url)
        application = server.build(
            name="huichuang",
            storage=storage,
            front=dispatcher,
            catalogue=open_catalogue(settings, storage, knowledge),
            checks=checks(settings, storage, knowledge, engine),
            actions=actions.run,
            internal_token=internal_token(settings),
            pages=PAGES,
            origins=origins,
            clock=clock,
            lifetime=timedelta(hours=settings.session_hours),
            opening_per_minute=settings.conversations_per_minute,
            trusted_proxies=settings.trusted_proxies,
            more=staff_routes(settings, staff, origins, clock, open_bench(storage, knowledge, clock), storage),
            alone=True,
        )
        serving = await application.create_server(
            host=settings.host, port=settings.port, return_asyncio_server=True, backlog=BACKLOG
        )
        if serving is None:
            raise Misuse("no_server", f"无法监听 {settings.host}:{settings.port}")
        await serving.startup()  # type: ignore[no-untyped-call]
        await dispatcher.start()
        recorder.start()
        gc.collect()
        gc.freeze()  # the stock lives as long as the process: no collection walks through it in a citizen's turn
        log.info("web.up", port=settings.port, entries=len(knowledge.entries))
        await stop.wait()
        log.info("web.stopping")
        serving.close()  # type: ignore[no-untyped-call]
        await serving.wait_closed()  # type: ignore[no-untyped-call]
        await dispatcher.stop()
        await recorder.stop()
        await knowledge.stop()
        await words.stop()
        await engine.close()
        if rewording is not None:
            await rewording.close()


async def worker(settings: Settings, stop: asyncio.Event) -> None:
    """Timers: outbox rows whose sender died, personal values nobody needs any more. And the index of what changed."""
    clock = SystemClock()
    async with open_storage(settings) as storage:
        await seeding.seed(storage.database, await asyncio.to_thread(stock.load, ENTRIES), clock)
        builder = Builder(
            database=storage.database,
            index_dir=settings.state_dir / "served",
            encoder=encoder.choose(settings.encoder),
            shipped=(ENTRIES, settings.state_dir / "index"),
        )
        building = asyncio.create_task(builder.follow(storage.events, stop), name="knowledge-builder")
        retention = Retention(storage, clock=clock)
        staff = StaffStore(storage.database)
        reader = Reader(database=storage.database, clock=clock)
        importing = asyncio.create_task(reader.follow(stop), name="import-reader")
        log.info("worker.up")
        while not stop.is_set():
            try:
                await storage.outbox.sweep(clock.now())
                await retention.purge()
                await staff.purge(clock.now())
                await reader.purge()
            except HuiChuangError as error:
                log.warning("worker.failed", code=error.code)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), timeout=60)
        await building
        await importing


def checks(settings: Settings, storage: Storage, knowledge: Knowledge | Live, engine: RasaEngine) -> dict[str, Check]:
    """What /readyz asks."""
    status = settings.state_dir / "run" / "status.json"

    async def database() -> tuple[str, str]:
        try:
            await storage.database.ping()
        except HuiChuangError:
            return "down", "数据库连不上"
        return ("up", "") if storage.events.listening else ("starting", "正在重新接收数据库通知")

    async def dialogue() -> tuple[str, str]:
        if await engine.healthy():
            return "up", ""
        role = await asyncio.to_thread(_role, status, "dialogue")
        if role is None and status.exists():
            return "off", "对话服务没有启用；知识库照常回答"
        state = "starting" if role in ("starting", "restarting") else "down"
        return state, "对话服务没有应答；知识库照常回答"

    async def entries() -> tuple[str, str]:
        return "up", f"{len(knowledge.entries)} 条知识"

    async def background() -> tuple[str, str]:
        role = await asyncio.to_thread(_role, status, "worker")
        return (role or "off").replace("restarting", "down").replace("stopped", "down"), ""

    return {"database": database, "dialogue": dialogue, "knowledge": entries, "worker": background}


def _role(status: Path, name: str) -> str | None:
    """State of a role as the supervisor wrote it; None when it runs no such role (or none at all)."""
    try:
        state: str = json.loads(status.read_text("utf-8"))["roles"][name]["state"]
    except (OSError, ValueError, KeyError):
        return None
    return state


def portal_texts(settings: Settings) -> dict[str, Any]:
    """What the portal says besides the knowledge."""
    return {
        "city": settings.city_name,
        "greeting": f"您好，我是惠窗，{settings.city_name}的政务服务助手。社保、医保、公积金、证件的事，直接问我就行。",
        "hotline": settings.hotline,
        "service_hours": Hours.parse(settings.service_hours).spoken(),
        "limits": {"text": MAX_TEXT},
        "ai_notice": AI_NOTICE,
    }


async def run(role: Callable[[Settings, asyncio.Event], Awaitable[None]], settings: Settings) -> None:
    """One role until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, stop.set)
    await role(settings, stop)


ROLES = {"web": web, "worker": worker}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m app", description="Run one role of HuiChuang in the foreground.")
    parser.add_argument("--role", choices=sorted(ROLES), required=True)
    chosen = parser.parse_args(arguments)
    try:
        settings = load()
        logs.configure(settings.log_level, role=chosen.role)
        uvloop.run(run(ROLES[chosen.role], settings))
    except (HuiChuangError, OSError) as error:
        print(error.message if isinstance(error, HuiChuangError) else f"启动失败：{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
