"""The reading process: `python -m knowledge.documents.child NAME` reads a file from standard input.

It is started for one file, with no secrets in its environment, and gives itself limits of memory, processor time and
written bytes before it looks at the first byte: whatever a hostile file does to a reader, the server only sees that a
process ended. It prints JSON lines: `{"progress": share}`, and last `{"found": ...}` or `{"error": {code, message}}`.
"""

import ctypes
import json
import os
import resource
import signal
import sys

from core.clock import SystemClock
from core.errors import Misuse
from knowledge.documents.limits import MAX_BYTES, MEMORY, SECONDS
from knowledge.documents.section import Json

_PARENT_DEATH = 1
"""prctl(2): PR_SET_PDEATHSIG."""
OPEN_FILES = 256
TOO_MUCH = {"code": "file_too_hard", "message": "文件内容太复杂，读取时用的内存超过了上限。请拆成几个文件后再上传。"}


def confine(*, memory: int = MEMORY, seconds: float = SECONDS) -> None:
    """Limits that this process cannot lift again; it ends with its parent."""
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: int(seconds) + 1,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)


def main(name: str, parent: int) -> int:
    """Read one file; 0 also when it is refused with a sentence."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what a library prints must not come between the answers
    confine()
    if os.getppid() != parent:
        return 1
    last = -1.0

    def say(message: Json) -> None:
        answers.write(json.dumps(message, ensure_ascii=True) + "\n")

    def progress(share: float) -> None:
        nonlocal last
        if share - last >= 0.01 or share >= 1:
            last = share
            say({"progress": round(share, 3)})

    try:
        from knowledge.documents.parse import parse  # noqa: PLC0415 - the readers are loaded within the limits

        found = parse(name, sys.stdin.buffer.read(MAX_BYTES + 1), progress, SystemClock())
        say({"found": found.to_json()})
    except Misuse as error:
        print(error.detail, file=sys.stderr)
        say({"error": {"code": error.code, "message": error.message}})
    except (MemoryError, RecursionError):
        say({"error": TOO_MUCH})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
