"""A stand-in for the server, for the citizen window's browser tests: real HTTP and WebSocket, scripted answers.

It follows the HTTP and WebSocket contract (README, "HTTP") and can be told to misbehave through `POST /fake/...`:
drop the lines, refuse WebSockets, expire tokens, slow down, answer late. It keeps everything in memory.

Run: `python tests/fakes/window_server.py --dist web/dist [--port 0]`; it prints its port as its first line.
With `--portal URL` it instead serves pages of another origin that put the window of URL into themselves.
"""

import argparse
import asyncio
import json
import secrets
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sanic import Request, Sanic, Websocket
from sanic.response import HTTPResponse, empty, html
from sanic.response import json as reply_json

Json = dict[str, Any]

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self' http://127.0.0.1:* http://localhost:*"
)

PORTAL: Json = {
    "city": "杭州",
    "greeting": "您好，我是惠窗助手，社保、医保、公积金、居住证的事都可以问我。",
    "popular": [
        {"entry_id": "med-lapse", "question": "医保断缴了会怎么样"},
        {"entry_id": "pen-flex", "question": "灵活就业人员怎么交养老保险"},
        {"entry_id": "pen-delay", "question": "延迟退休后我什么时候退休"},
        {"entry_id": "res-permit", "question": "居住证怎么办"},
    ],
    "topics": [
        {"name": "医疗保险", "questions": ["医保断缴了会怎么样", "异地就医怎么备案", "医保个人账户能给家里人用吗"]},
        {"name": "养老保险", "questions": ["灵活就业人员怎么交养老保险", "养老保险怎么转移接续"]},
        {"name": "居住证与户口", "questions": ["居住证怎么办", "居住证到期怎么续"]},
    ],
    "hotline": "12345",
    "service_hours": "工作日 9:00 至 17:00",
    "limits": {"text": 1000},
    "ai_notice": "回答由人工智能助手整理，仅供参考，以主管部门的正式答复为准。",
}

ENTRIES: dict[str, Json] = {
    "med-lapse": {
        "id": "med-lapse",
        "topic": "医疗保险",
        "question": "职工医保断缴了会怎么样？",
        "short": "从断缴的次月起，一般不能再用统筹基金报销，个人账户里的钱还能用。",
        "answer": "中断缴费期间发生的医疗费，统筹基金一般不予支付。\n"
        "重新缴费后，按当地规定恢复待遇。拨打 12393 可以问到当地的等待期。",
        "steps": ["先查清断缴了几个月", "在单位或社区办理续保", "缴费到账后查看待遇状态"],
        "materials": ["居民身份证", "社会保障卡"],
        "channels": {"online": "https://www.zjzwfw.gov.cn", "window": "区医保经办窗口", "phone": "12393"},
        "time_limit": "即时办结",
        "fee": "不收费",
        "basis": [
            {
                "law": "社会保险法",
                "article": "第二十三条",
                "quote": "职工应当参加职工基本医疗保险，由用人单位和职工按照国家规定共同缴纳基本医疗保险费。",
            }
        ],
        "issuing_body": "国家医疗保障局",
        "region": "330100",
        "region_name": "杭州市",
        "varies_by_city": True,
        "persons": [],
        "insurance": "medical",
        "effective_from": "2011-07-01",
        "effective_until": None,
        "version": 3,
    }
}

SOURCE: Json = {
    "entry_id": "med-lapse",
    "version": 3,
    "title": "职工医保断缴了会怎么样？",
    "basis": [{"law": "社会保险法", "article": "第二十三条"}],
    "effective_from": "2011-07-01",
}


def answer(text: str) -> list[Json]:
    """The scripted replies to one message."""
    if "断缴" in text:
        return [
            {
                "type": "text",
                "text": "从断缴的次月起，一般不能再用统筹基金报销，个人账户里的钱还能用。\n"
                "重新缴费后按当地规定恢复，详情可拨打 12393。",
                "sources": [SOURCE],
            }
        ]
    if text == "社保卡":
        options = [{"label": "补办社保卡", "value": "社保卡丢了怎么补办"}, {"label": "激活", "value": "社保卡怎么激活"}]
        return [{"type": "options", "text": "您想问的是哪一件事？", "options": options}]
    if "居住证" in text:
        card = {
            "title": "申领居住证",
            "rows": [["办理时限", "15 个工作日"], ["费用", "首次申领不收费"]],
            "steps": ["到居住地派出所申请", "交材料并拍照", "按通知领取"],
            "materials": ["居民身份证", "近期照片", "居住证明"],
        }
        return [{"type": "card", "text": "申领居住证这样办：", "card": card, "sources": [SOURCE]}]
    if text == "转人工":
        return [{"author": "system", "type": "notice", "text": "已为您转接人工，前面还有 1 位。"}]
    if "坏字" in text:
        return [{"type": "text", "text": '<img src=x onerror="window.hacked=1"><b>不是粗体</b>'}]
    return [{"type": "text", "text": f"收到：{text}"}]


@dataclass(slots=True)
class Conversation:
    """One conversation, in memory."""

    token: str
    owner: str = "bot"
    messages: list[Json] = field(default_factory=list)
    lines: set[Websocket] = field(default_factory=set)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Mood:
    """How the server misbehaves just now."""

    refuse_sockets: bool = False
    delay: float = 0.0
    """Seconds before a reply."""
    drop_before_ack: int = 0
    """How many messages are kept and answered while the line breaks before the acknowledgement."""
    slow_down: int = 0
    """How many messages are answered with 429."""
    retry_after: int = 1
    portal_down: bool = False
    refuse_text: str = ""
    """A text that is refused for good."""


@dataclass(slots=True)
class World:
    """All state, reset between tests."""

    mood: Mood = field(default_factory=Mood)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    feedback: list[Json] = field(default_factory=list)
    ratings: list[Json] = field(default_factory=list)
    received: list[Json] = field(default_factory=list)


class ApiError(Exception):
    """Becomes `{"error": {...}}` with its status."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def now() -> str:
    return datetime.now(UTC).isoformat()


class WindowServer:
    """The routes; `app()` returns the Sanic application."""

    def __init__(self, dist: Path) -> None:
        self.dist = dist
        self.world = World()

    # ---- the conversation

    def find(self, request: Request, conversation_id: str) -> Conversation:
        found = self.world.conversations.get(conversation_id)
        if found is None:
            raise ApiError(404, "not_found", "没有找到这次对话。")
        if request.headers.get("authorization") != f"Bearer {found.token}":
            raise ApiError(401, "unauthenticated", "会话已失效，请重新进入。")
        return found

    async def append(self, held: Conversation, said: Json) -> Json:
        message = {"seq": len(held.messages) + 1, "at": now(), "author": "bot"} | said
        held.messages.append(message)
        await self.tell(held, {"type": "message", "message": message})
        return message

    @staticmethod
    async def push(line: Websocket, frame: Json) -> None:
        try:
            await line.send(json.dumps(frame, ensure_ascii=False))
        except Exception:  # a broken line is found by its own reader
            return

    def check(self, text: str) -> None:
        mood = self.world.mood
        if not text.strip() or len(text) > 1000:
            raise ApiError(400, "bad_text", "内容不能为空，也不能超过 1000 个字。")
        if mood.refuse_text and mood.refuse_text in text:
            raise ApiError(400, "bad_text", "这条内容不能发送。")
        if mood.slow_down > 0:
            mood.slow_down -= 1
            raise ApiError(429, "too_many", "您发得有点快。", {"Retry-After": str(mood.retry_after)})

    async def accept(self, held: Conversation, client_id: str, text: str) -> tuple[Json, bool]:
        """The citizen's message and whether it is new: the same `client_message_id` counts once."""
        self.world.received.append({"client_message_id": client_id, "text": text})
        for message in held.messages:
            if message.get("client_message_id") == client_id:
                return message, False
        if held.owner == "closed":
            raise ApiError(409, "stale", "这次咨询已结束。")
        self.check(text)
        said = {"author": "citizen", "type": "text", "text": text, "client_message_id": client_id}
        return await self.append(held, said), True

    async def respond(self, held: Conversation, text: str) -> None:
        if held.owner != "bot":
            return
        await self.tell(held, {"type": "typing"})
        if self.world.mood.delay:
            await asyncio.sleep(self.world.mood.delay)
        for said in answer(text):
            await self.append(held, said)
        if text == "转人工":
            held.owner = "queue:general"
            await self.tell(held, {"type": "state", "owner": held.owner, "epoch": 2, "last_seq": len(held.messages)})

    async def tell(self, held: Conversation, frame: Json) -> None:
        for line in list(held.lines):
            await self.push(line, frame)

    # ---- WebSocket

    async def line(self, request: Request, ws: Websocket, conversation_id: str) -> None:
        hello = json.loads(await ws.recv() or "{}")
        held = self.world.conversations.get(conversation_id)
        if held is None:
            await ws.close(4404, "unknown")
            return
        if hello.get("token") != held.token:
            await ws.close(4401, "token")
            return
        async with held.lock:
            state = {"type": "state", "owner": held.owner, "epoch": 1, "last_seq": len(held.messages)}
            await self.push(ws, state)
            for message in held.messages[int(hello.get("after", 0)) :]:
                await self.push(ws, {"type": "message", "message": message})
            held.lines.add(ws)
        try:
            async for raw in ws:
                await self.hear(held, ws, json.loads(raw))
        finally:
            held.lines.discard(ws)

    async def hear(self, held: Conversation, ws: Websocket, frame: Json) -> None:
        if frame["type"] == "ping":
            await self.push(ws, {"type": "pong"})
            return
        client_id = frame["client_message_id"]
        try:
            _, fresh = await self.accept(held, client_id, frame["text"])
        except ApiError as error:
            body: Json = {"type": "error", "error": {"code": error.code, "message": error.message}}
            if "Retry-After" in error.headers:
                body["retry_after"] = int(error.headers["Retry-After"])
            await self.push(ws, body | {"client_message_id": client_id})
            return
        if self.world.mood.drop_before_ack > 0:
            self.world.mood.drop_before_ack -= 1
            await self.drop(held)
        else:
            await self.push(ws, {"type": "ack", "client_message_id": client_id})
        if fresh:
            await self.respond(held, frame["text"])

    @staticmethod
    async def drop(held: Conversation) -> None:
        for line in list(held.lines):
            held.lines.discard(line)
            await line.close(1011, "dropped")

    # ---- HTTP

    def app(self) -> Sanic:
        app = Sanic("window_server", configure_logging=False)
        app.config.update(MOTD=False, ACCESS_LOG=False, WEBSOCKET_PING_INTERVAL=0, GRACEFUL_SHUTDOWN_TIMEOUT=0.2)
        self.routes_citizen(app)
        self.routes_fake(app)
        self.routes_static(app)

        @app.exception(ApiError)
        async def api_error(_: Request, error: ApiError) -> HTTPResponse:
            body = {"error": {"code": error.code, "message": error.message}}
            return reply_json(body, status=error.status, headers=error.headers)

        return app

    def routes_citizen(self, app: Sanic) -> None:
        world = lambda: self.world  # noqa: E731 - reset replaces it

        @app.get("/api/v1/portal")
        async def portal(_: Request) -> HTTPResponse:
            if world().mood.portal_down:
                raise ApiError(503, "unavailable", "服务正忙，请稍后再试。")
            return reply_json(PORTAL)

        @app.get("/api/v1/entries/<entry_id>")
        async def entry(_: Request, entry_id: str) -> HTTPResponse:
            if entry_id not in ENTRIES:
                raise ApiError(404, "not_found", "没有找到您要的内容。")
            return reply_json(ENTRIES[entry_id])

        @app.post("/api/v1/conversations")
        async def begin(_: Request) -> HTTPResponse:
            conversation_id, token = secrets.token_hex(8), secrets.token_urlsafe(24)
            world().conversations[conversation_id] = Conversation(token=token)
            expires = (datetime.now(UTC) + timedelta(hours=12)).isoformat()
            body = {"conversation_id": conversation_id, "token": token, "expires_at": expires}
            return reply_json(body, status=201)

        @app.post("/api/v1/conversations/<cid>/messages")
        async def send(request: Request, cid: str) -> HTTPResponse:
            held = self.find(request, cid)
            message, fresh = await self.accept(held, request.json["client_message_id"], request.json["text"])
            if fresh:
                await self.respond(held, request.json["text"])
            return reply_json({"messages": held.messages[message["seq"] - 1 :], "owner": held.owner, "epoch": 1})

        @app.get("/api/v1/conversations/<cid>/events")
        async def events(request: Request, cid: str) -> HTTPResponse:
            held = self.find(request, cid)
            after, limit = int(request.args.get("after", "0")), int(request.args.get("limit", "100"))
            body = {"messages": held.messages[after : after + limit], "owner": held.owner, "epoch": 1}
            return reply_json(body | {"last_seq": len(held.messages)})

        @app.post("/api/v1/conversations/<cid>/feedback")
        async def feedback(request: Request, cid: str) -> HTTPResponse:
            self.find(request, cid)
            world().feedback.append(request.json)
            return empty()

        @app.post("/api/v1/conversations/<cid>/rating")
        async def rating(request: Request, cid: str) -> HTTPResponse:
            self.find(request, cid)
            world().ratings.append(request.json)
            return empty()

        @app.post("/api/v1/conversations/<cid>/close")
        async def close(request: Request, cid: str) -> HTTPResponse:
            held = self.find(request, cid)
            held.owner = "closed"
            said = {"author": "system", "type": "notice", "text": "咨询已结束，感谢您的使用。"}
            message = await self.append(held, said)
            return reply_json({"messages": [message], "owner": "closed", "epoch": 2})

        @app.websocket("/api/v1/conversations/<cid>/ws")
        async def line(request: Request, ws: Websocket, cid: str) -> None:
            await self.line(request, ws, cid)

        @app.on_request
        async def refuse(request: Request) -> HTTPResponse | None:
            if world().mood.refuse_sockets and request.path.endswith("/ws"):
                return reply_json({"error": {"code": "unavailable", "message": "no"}}, status=503)
            return None

    def routes_fake(self, app: Sanic) -> None:
        @app.post("/fake/reset")
        async def reset(_: Request) -> HTTPResponse:
            for held in self.world.conversations.values():
                await self.drop(held)
            self.world = World()
            return empty()

        @app.post("/fake/mood")
        async def mood(request: Request) -> HTTPResponse:
            for name, value in request.json.items():
                setattr(self.world.mood, name, value)
            return empty()

        @app.post("/fake/drop")
        async def drop(_: Request) -> HTTPResponse:
            for held in self.world.conversations.values():
                await self.drop(held)
            return empty()

        @app.post("/fake/expire")
        async def expire(_: Request) -> HTTPResponse:
            for held in self.world.conversations.values():
                held.token = secrets.token_urlsafe(24)
                for line in list(held.lines):
                    held.lines.discard(line)
                    await line.close(4401, "expired")
            return empty()

        @app.post("/fake/say")
        async def say(request: Request) -> HTTPResponse:
            """Says something into every conversation, as an agent for instance."""
            for held in self.world.conversations.values():
                await self.append(held, request.json)
            return empty()

        @app.get("/fake/seen")
        async def seen(_: Request) -> HTTPResponse:
            world = self.world
            talks = [{"owner": held.owner, "messages": held.messages} for held in world.conversations.values()]
            return reply_json(
                {"talks": talks, "feedback": world.feedback, "ratings": world.ratings, "received": world.received}
            )

    def routes_static(self, app: Sanic) -> None:
        app.static("/assets", self.dist / "assets", name="assets")
        for name in ("embed.js", "favicon.svg", "manifest.webmanifest"):
            app.static(f"/{name}", self.dist / name, name=name.replace(".", "_"))
        app.static("/", self.dist / "index.html", name="index")

        @app.on_response
        async def headers(_: Request, response: HTTPResponse) -> None:
            response.headers["Content-Security-Policy"] = CSP
            response.headers["X-Content-Type-Options"] = "nosniff"


def portal_app(server: str) -> Sanic:
    """Pages of another origin, with style rules that would ruin a careless widget, and a strict CSP of their own."""
    app = Sanic("portal_pages", configure_logging=False)
    app.config.update(MOTD=False, ACCESS_LOG=False, GRACEFUL_SHUTDOWN_TIMEOUT=0.2)
    css = (
        "* { margin: 0 !important; float: left !important; font-size: 9px !important; line-height: 1 !important }"
        "div, button, iframe { display: none !important; width: 10px !important; position: static !important }"
        "body { transform: scale(1); overflow: hidden; height: 300px } huichuang-window { display: none !important }"
    )

    @app.get("/portal.css")
    async def style(_: Request) -> HTTPResponse:
        return HTTPResponse(css, content_type="text/css")

    @app.get("/")
    async def page(request: Request) -> HTTPResponse:
        data = " ".join(f'data-{name}="{request.args.get(name)}"' for name in request.args if name != "twice")
        script = f'<script src="{server}/embed.js" async {data}></script>'
        strict = '<link rel="stylesheet" href="/portal.css">' if "strict" in request.args else ""
        body = (
            '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>某市门户</title>'
            '<meta name="viewport" content="width=device-width">'
            f"{strict}</head><body><main><h1>某市门户网站</h1><a href='#x'>门户链接</a></main>"
            f"{script * (2 if 'twice' in request.args else 1)}</body></html>"
        )
        policy = f"default-src 'none'; style-src 'self'; script-src {server}; frame-src {server}"
        return html(body, headers={"Content-Security-Policy": policy})

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dist", type=Path, default=Path("web/dist"))
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--portal", default="", help="serve portal pages that embed the window of this address")
    choice = parser.parse_args()
    app = portal_app(choice.portal) if choice.portal else WindowServer(choice.dist).app()
    listener = socket.create_server(("127.0.0.1", choice.port))
    print(listener.getsockname()[1], flush=True)  # the test reads the port here
    app.run(sock=listener, single_process=True, motd=False)


if __name__ == "__main__":
    main()
