"""Reads a file in a process of its own, and turns every way that process can end into a sentence."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable

import structlog

from core.errors import Misuse, TooLarge
from core.settings import ROOT
from knowledge.documents.limits import DAMAGED, SECONDS
from knowledge.documents.section import Found, Json

log = structlog.get_logger(__name__)
Watch = Callable[[float], Awaitable[None]]
LINE = 200_000_000
"""Bytes of one answer."""
CRASHED = f"读取这个文件时出错，没有导入。{DAMAGED}"
TOO_SLOW = "文件太复杂，读取超过了时间上限，没有导入。请拆成几个文件后再上传。"
_LARGE = ("file_too_large", "picture_too_large")


async def read(name: str, data: bytes, watch: Watch, *, seconds: float = SECONDS) -> Found:
    """The file's content; `watch` hears the share done. Raises Misuse or TooLarge with a sentence, always."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "knowledge.documents.child", name, str(os.getpid())),
        cwd=ROOT,
        env=_environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=LINE,
    )
    try:
        async with asyncio.timeout(seconds):
            answer = await _talk(process, data, watch)
            await process.wait()
    except TimeoutError:
        raise Misuse("file_too_slow", TOO_SLOW) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _result(answer, process.returncode)


def _environment() -> dict[str, str]:
    """Nothing of the server's: no database address, no keys."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "2")
    plain = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nonexistent"}
    return plain | threads


async def _talk(process: asyncio.subprocess.Process, data: bytes, watch: Watch) -> Json:
    """Give the file, hear the answers; the last one that counts, or {}."""
    stdin, stdout = process.stdin, process.stdout
    if stdin is None or stdout is None:  # both were asked for
        return {}
    feeding = asyncio.create_task(_feed(stdin, data))
    answer: Json = {}
    try:
        async for line in stdout:
            message = json.loads(line)
            if "progress" in message:
                await watch(float(message["progress"]))
            else:
                answer = message
    except ValueError:  # a line that was cut off, or longer than any honest one
        answer = {}
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
    return answer


async def _feed(pipe: asyncio.StreamWriter, data: bytes) -> None:
    try:
        pipe.write(data)
        await pipe.drain()
        pipe.close()
    except (BrokenPipeError, ConnectionResetError):
        pass  # it ended before it had read everything: its answer says why


def _result(answer: Json, code: int | None) -> Found:
    if found := answer.get("found"):
        return Found.from_json(found)
    if error := answer.get("error"):
        kind = TooLarge if error["code"] in _LARGE else Misuse
        raise kind(error["code"], error["message"])
    log.warning("documents.reader_died", code=code)
    raise Misuse("damaged_file", CRASHED, detail=f"exit {code}")
