"""`python -m knowledge.documents FILE`: read one file as an import would, and print what was found."""

import asyncio
import json
import sys
from pathlib import Path

from core.clock import SystemClock
from core.errors import HuiChuangError
from knowledge.documents import sandbox


async def _read(name: str, data: bytes) -> int:
    clock = SystemClock()
    begun = clock.monotonic()

    async def watch(share: float) -> None:
        print(f"\r{share:4.0%}", end="", file=sys.stderr)

    try:
        found = await sandbox.read(name, data, watch)
    except HuiChuangError as error:
        print(error.message, file=sys.stderr)
        return 1
    print(json.dumps(found.to_json(), ensure_ascii=False, indent=1))
    suggested = sum(1 for one in found.sections if one["suggested"])
    seconds = clock.monotonic() - begun
    print(
        f"\r{len(found.sections)} 段，{suggested} 份建议，{len(found.report)} 条说明，{seconds:.1f} 秒", file=sys.stderr
    )
    return 0


if __name__ == "__main__":
    path = Path(sys.argv[1])
    sys.exit(asyncio.run(_read(path.name, path.read_bytes())))
