"""Errors, named by what the caller does next.

    HuiChuangError
    ├── Misuse            the request is wrong; correct it, then try again        400
    │   ├── TooLarge      the same, because of its size                           413
    │   └── NotFound      nothing of that name (or not yours)                     404
    ├── Unauthenticated   prove who you are first                                 401
    ├── Refused           understood and not allowed; asking again does not help  403
    ├── TooMany           wait `retry_after` seconds, then try again              429
    ├── Stale             somebody else moved first; read the state again         409
    ├── Retryable         a part is down or slow; the same call may work later    503
    └── Uncertain         it may or may not have happened: reconcile, never resend  502

Every error has a stable `code` (the contract), a `message` for a person (Chinese, shown to citizens) and a `detail`
for the log; the detail never leaves the process.
"""

from typing import ClassVar


class HuiChuangError(Exception):
    """Root of all errors raised on purpose."""

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "internal_error"
    default_message: ClassVar[str] = "系统暂时出了问题，请稍后再试。"

    def __init__(self, code: str = "", message: str = "", *, detail: str = "") -> None:
        self.code = code or self.default_code
        self.message = message or self.default_message
        self.detail = detail
        super().__init__(f"{self.code}: {detail or self.message}")

    def to_json(self) -> dict[str, dict[str, str]]:
        """The body every HTTP and WebSocket client gets: `{"error": {"code", "message"}}`."""
        return {"error": {"code": self.code, "message": self.message}}


class Misuse(HuiChuangError):
    status = 400
    default_code = "bad_request"
    default_message = "请求的内容不正确，请检查后再试。"


class TooLarge(Misuse):
    status = 413
    default_code = "too_large"
    default_message = "内容太大了，请缩短后再发。"


class NotFound(Misuse):
    status = 404
    default_code = "not_found"
    default_message = "没有找到您要的内容。"


class Unauthenticated(HuiChuangError):
    status = 401
    default_code = "unauthenticated"
    default_message = "会话已失效，请重新进入。"


class Refused(HuiChuangError):
    status = 403
    default_code = "refused"
    default_message = "这项操作不被允许。"


class TooMany(HuiChuangError):
    status = 429
    default_code = "too_many"
    default_message = "您发得有点快，请稍等片刻再发。"

    def __init__(self, code: str = "", message: str = "", *, detail: str = "", retry_after: float = 1.0) -> None:
        super().__init__(code, message, detail=detail)
        self.retry_after = retry_after


class Stale(HuiChuangError):
    status = 409
    default_code = "stale"
    default_message = "情况已经变化，请刷新后再试。"


class Retryable(HuiChuangError):
    status = 503
    default_code = "unavailable"
    default_message = "服务正忙，请稍后再试。"


class Uncertain(HuiChuangError):
    status = 502
    default_code = "uncertain"
    default_message = "结果还在确认中，请不要重复提交。"
