"""How the web channel answers: JSON, errors with code and sentence, headers of every response."""

from typing import Any

import orjson
import structlog
from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import SanicException
from sanic.response import raw

from channels.web.access import Origins
from core.errors import HuiChuangError, Misuse, NotFound, TooLarge, TooMany
from core.metrics import REFUSED

log = structlog.get_logger(__name__)


def json(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> HTTPResponse:
    """A JSON response in UTF-8."""
    return raw(orjson.dumps(data), status=status, headers=headers or {}, content_type="application/json; charset=utf-8")


def error(problem: HuiChuangError) -> HTTPResponse:
    """The response for an error: its status, code and sentence; the detail goes to the log only."""
    REFUSED.labels(problem.code).inc()
    if problem.status >= 500:
        log.error("web.error", code=problem.code, detail=problem.detail)
    headers = {"Retry-After": str(max(1, round(problem.retry_after)))} if isinstance(problem, TooMany) else {}
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return json(problem.to_json(), status=problem.status, headers=headers)


def of_exception(exception: Exception) -> HuiChuangError:
    """Any exception as one of ours, without its insides."""
    if isinstance(exception, HuiChuangError):
        return exception
    if isinstance(exception, SanicException):
        match exception.status_code:
            case 404:
                return NotFound()
            case 405:
                return NotAllowed()
            case 413:
                return TooLarge()
            case 408 | 503:
                return Misuse("timeout", "请求没有在规定时间内发完，请重试。")
            case 400 | 411 | 414 | 417 | 431:
                return Misuse()
    return HuiChuangError(detail=type(exception).__name__)


class NotAllowed(Misuse):
    """The address exists, the method does not."""

    status = 405
    default_code = "method_not_allowed"
    default_message = "这个地址不支持这种请求方式。"


def install(app: Sanic[Any, Any], *, origins: Origins) -> None:
    """Error handler and headers."""

    @app.exception(Exception)
    async def on_exception(_: Request, exception: Exception) -> HTTPResponse:
        problem = of_exception(exception)
        if type(problem) is HuiChuangError:
            log.error("web.fault", error=type(exception).__name__, exc_info=exception)
        return error(problem)

    ancestors = " ".join(("'self'", *sorted(origins.allowed)))
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
        " connect-src 'self' ws: wss:; manifest-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none';"
        f" frame-ancestors {ancestors}"
    )

    @app.on_response  # type: ignore[untyped-decorator]
    async def headers(request: Request, response: HTTPResponse) -> None:
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        if origins.is_foreign(request):
            response.headers["Access-Control-Allow-Origin"] = request.headers["origin"]
            response.headers["Vary"] = "Origin"
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
