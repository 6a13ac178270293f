"""Stamps: what was already done, and for which inputs."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SKIPPED = {"__pycache__", "node_modules", "dist", ".vite"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A file that names the inputs of the last complete run of a step."""

    path: Path

    def matches(self, digest: str) -> bool:
        """Whether the step was completed for exactly these inputs."""
        try:
            return self.path.read_text(encoding="ascii").strip() == digest
        except OSError:
            return False

    def write(self, digest: str) -> None:
        """Mark the step complete, in one piece: an interruption leaves the old stamp or the new one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_name(self.path.name + ".new")
        new.write_text(digest + "\n", encoding="ascii")
        new.replace(self.path)

    def clear(self) -> None:
        """Forget it, before its outputs are touched."""
        self.path.unlink(missing_ok=True)


def digest(root: Path, paths: Iterable[str], *extra: str) -> str:
    """A hash over the files (folders: all below, builds left out) and further words that decide a step's outcome."""
    total = hashlib.sha256()
    for word in extra:
        total.update(word.encode() + b"\0")
    for file in sorted({file for path in paths for file in _files(root / path)}):
        total.update(str(file.relative_to(root)).encode() + b"\0")
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = []
    for folder, below, names in os.walk(path):
        below[:] = [name for name in below if name not in SKIPPED]
        found += [Path(folder) / name for name in names if not name.endswith(".pyc")]
    return found
