"""Further ways of asking the shipped entries, written for training and for the index: `<entry id> TAB <question>`."""

import hashlib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "training" / "paraphrases"


@cache
def load(folder: Path = FOLDER) -> dict[str, tuple[str, ...]]:
    """Entry id -> its paraphrases, in file order, each once; nothing where the folder is not there."""
    found: dict[str, dict[str, None]] = {}
    for path in sorted(folder.glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, _, question = line.partition("\t")
            if question.strip():
                found.setdefault(name.strip(), {})[question.strip()] = None
    return {name: tuple(questions) for name, questions in found.items()}


def fingerprint(folder: Path = FOLDER) -> str:
    """Changes when any of them does."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.tsv")):
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()
