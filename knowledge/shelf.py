"""Where built indexes stand: one folder per version, and one small file that names the current one.

A build goes into a folder of its own and becomes current by one rename; a build that dies half-way leaves the current
index as it was. Readers load everything into memory, so an old folder may go while somebody still uses what was in it.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

from core.errors import Retryable
from knowledge import index as indexes
from knowledge import outside, paraphrases, stock, tokens
from knowledge.editions import rows
from knowledge.entry import Entry
from knowledge.index import Index, Item, passages
from knowledge.vectors import Encoder

CURRENT = "current"
_ENTRIES = "entries.json"
_SIZES = "sizes.json"
"""Written last: the size of every other file, so that a damaged folder is built again."""
_BUILDING = ".building-"
_KEPT = 2
"""Folders kept: the current one and the one before, which a reader may be opening at this moment."""


def item(entry: Entry) -> Item:
    """What of an entry is searched."""
    return Item(
        id=entry.id,
        questions=tuple(dict.fromkeys((*entry.questions, *paraphrases.load().get(entry.id, ())))),
        passages=passages(entry.short) + passages(entry.answer) + passages("\n".join(entry.steps)),
        extra=" ".join((entry.subject, entry.topic, *entry.keywords, *entry.persons)),
        persons=entry.persons,
    )


def items(entries: Sequence[Entry]) -> list[Item]:
    """The entries in their order, each by its newest edition, then the fields that are not ours."""
    return [item(row.newest) for row in rows(entries)] + [field.item() for field in outside.load()]


def version_of(entries_dir: Path, encoder: Encoder) -> str:
    """Names the index that belongs to these entries, this vocabulary, this encoder and this program."""
    return _version(stock.fingerprint(entries_dir), encoder)


def version_of_editions(entries: Sequence[Entry], encoder: Encoder) -> str:
    """Names the index of these editions by what is searched: who changes a fee needs no new index."""
    text = json.dumps(_searched(entries), ensure_ascii=False)
    return _version(hashlib.sha256(text.encode()).hexdigest(), encoder)


def _searched(entries: Sequence[Entry]) -> list[list[object]]:
    """As `Index.save` writes its items."""
    return [[one.id, list(one.questions), list(one.passages), one.extra, list(one.persons)] for one in items(entries)]


def adopt(entries: Sequence[Entry], version: str, index_dir: Path, *, shipped: Path, name: str) -> bool:
    """Copy the index `name` of the folder `shipped` when it is of these very editions; gives whether it is.

    The name must be one that `version_of` gives now: then vocabulary, encoder and program are the same as well.
    """
    source = shipped / name
    try:
        if current(shipped) != name or not _whole(source):
            return False
        if json.loads((source / "items.json").read_text(encoding="utf-8")) != _searched(entries):
            return False
    except (OSError, ValueError):
        return False
    index_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=index_dir))
    try:
        shutil.copytree(source, folder, dirs_exist_ok=True)
        _put_in_place(folder, index_dir / version)
        _point(index_dir, version)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return True


def _version(content: str, encoder: Encoder) -> str:
    added = (outside.fingerprint(), paraphrases.fingerprint(), tokens.of_the_field().identity)
    parts = (str(indexes.FORMAT), content, *added, encoder.identity)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def current(index_dir: Path) -> str:
    """Version of the current index; empty when there is none."""
    try:
        return (index_dir / CURRENT).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def build(entries_dir: Path, index_dir: Path, encoder: Encoder) -> tuple[str, bool]:
    """(version, whether anything had to be built). Raises Misuse for faulty entries: the old index stays."""
    version = version_of(entries_dir, encoder)
    if current(index_dir) == version and _whole(index_dir / version):
        return version, False
    put(stock.load(entries_dir), version, index_dir, encoder)
    return version, True


def ready(index_dir: Path, version: str) -> bool:
    """Whether the index of that version is built and undamaged, current or not."""
    return _whole(index_dir / version)


def put(entries: Sequence[Entry], version: str, index_dir: Path, encoder: Encoder) -> None:
    """Build these editions under that name and make them current."""
    index_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=index_dir))
    try:
        _fill(folder, entries, encoder)
        _put_in_place(folder, index_dir / version)
        _point(index_dir, version)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _sweep(index_dir, version)


def load(index_dir: Path, encoder: Encoder, version: str = "") -> tuple[str, tuple[Entry, ...], Index]:
    """(version, entries, index) of the current one, or of a version that is `ready`.

    Raises Retryable when there is none or it is damaged.
    """
    version = version or current(index_dir)
    if not version:
        raise Retryable("no_index", "知识库索引还没有建立，请运行 python -m knowledge build")
    folder = index_dir / version
    try:
        entries = tuple(Entry.from_json(data) for data in json.loads((folder / _ENTRIES).read_text(encoding="utf-8")))
        return version, entries, Index.load(folder, encoder)
    except (OSError, EOFError, ValueError, KeyError, RuntimeError, BadZipFile) as error:
        says = "知识库索引不完整，请重新运行 python -m knowledge build"
        raise Retryable("no_index", says, detail=f"{folder}: {error}") from None


def _fill(folder: Path, entries: Sequence[Entry], encoder: Encoder) -> None:
    Index.build(items(entries), encoder).save(folder)
    text = json.dumps([entry.to_json() for entry in entries], ensure_ascii=False)
    (folder / _ENTRIES).write_text(text, encoding="utf-8")
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    (folder / _SIZES).write_text(json.dumps(sizes), encoding="utf-8")
    for path in folder.iterdir():
        with path.open("rb") as written:
            os.fsync(written.fileno())


def _whole(folder: Path) -> bool:
    """Whether every file is there in the size it was written in."""
    try:
        sizes = json.loads((folder / _SIZES).read_text(encoding="utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def _put_in_place(folder: Path, target: Path) -> None:
    """Rename; where the version stands already (damaged, or built by another process), that one is replaced."""
    if target.exists():
        shutil.rmtree(target, ignore_errors=True)
    folder.chmod(0o755)
    with contextlib.suppress(FileExistsError):
        folder.rename(target)


def _point(index_dir: Path, version: str) -> None:
    with tempfile.NamedTemporaryFile("w", dir=index_dir, prefix=_BUILDING, delete=False, encoding="ascii") as pointer:
        pointer.write(version)
        pointer.flush()
        os.fsync(pointer.fileno())
    Path(pointer.name).replace(index_dir / CURRENT)


def _sweep(index_dir: Path, version: str) -> None:
    """Old versions go; what another build is writing right now stays, and goes with the next but one build."""
    folders = [path for path in index_dir.iterdir() if path.is_dir() and path.name != version]
    folders.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in folders[_KEPT - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)
