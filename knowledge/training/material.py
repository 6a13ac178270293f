"""What trains the encoder: the stock and its paraphrases, and, where given, law texts and service matters.

Nothing that measures may train: paths that belong to the held-out or development questions are refused.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import Misuse
from knowledge import outside, stock
from knowledge.entry import Entry
from knowledge.index import passages
from knowledge.laws import Laws

_FORBIDDEN = re.compile(r"heldout|held_out|dev_questions|faq|^queries\.jsonl$", re.IGNORECASE)
_CLAUSE = re.compile(r"[^。；！？\n]+[。；！？]?")
_SHORTEST = 8
_LAW_SHORTEST = 24
_MATTER_ASKED = (
    "{}怎么办", "{}怎么办理", "{}要什么材料", "办{}要带什么", "{}去哪里办", "我想办{}", "{}多久能办好", "{}要什么条件",
    "{}", "申请{}的流程", "{}网上能办吗", "谁可以申请{}",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Texts that mean the same or answer each other."""

    id: str
    """Its name, stable over runs."""
    asked: tuple[str, ...]
    """Ways of asking it; may be empty for running text."""
    told: tuple[str, ...]
    """What it says, in pieces of about a sentence."""
    family: str
    """Groups of one family are near each other (a law, a department): they make hard negatives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything there is to learn from."""

    own: tuple[Group, ...]
    """Entries of the stock, and the fields that are not ours."""
    general: tuple[Group, ...]
    """Articles of laws and service matters; may be empty."""

    def texts(self) -> Iterator[str]:
        """Every text, for the vocabulary."""
        for group in (*self.own, *self.general):
            yield from group.asked
            yield from group.told
            yield group.family


def gather(entries_dir: Path, paraphrases: Path | None, laws: Path | None, matters: Path | None) -> Material:
    """Read everything; raises Misuse for what is not there or must not train."""
    for path in (paraphrases, laws, matters):
        if path is not None:
            permit(path)
    said = _paraphrases(paraphrases) if paraphrases else {}
    own = [_entry_group(entry, said.pop(entry.id, [])) for entry in stock.load(entries_dir)]
    own += [
        Group(id=field.item().id, asked=field.questions, told=(), family="outside:" + field.topic)
        for field in outside.load()
    ]
    general = [*(_law_groups(laws) if laws else ()), *(_matter_groups(matters) if matters else ())]
    return Material(own=tuple(own), general=tuple(general))


def permit(path: Path) -> None:
    """Raises Misuse for a path that belongs to the questions that measure."""
    if any(_FORBIDDEN.search(part) for part in path.resolve().parts[-3:]):
        raise Misuse("measuring_only", f"这些问题只用来评测，不能用来训练：{path.name}")
    if not path.exists():
        raise Misuse("no_material", f"没有找到训练材料：{path}")


def views(group: Group, count: int, chance: random.Random) -> list[str]:
    """`count` different texts of a group, where it has so many; about every fourth is a piece of what it says."""
    if not group.asked:
        return _torn(group, count, chance)
    told = sum(chance.random() < 0.25 for _ in range(count - 1)) if group.told else 0
    asked = chance.sample(group.asked, min(count - told, len(group.asked)))
    found = [*asked, *chance.sample(group.told, min(told, len(group.told)))]
    while len(found) < count:
        found.append(chance.choice((*group.asked, *group.told)))
    return found


def _torn(group: Group, count: int, chance: random.Random) -> list[str]:
    """Inverse cloze: a sentence (now and then with the law's name), and pieces of the rest of its article."""
    at = chance.randrange(len(group.told))
    sentence = _window(group.told[at], chance)
    rest = "".join(group.told[:at] + group.told[at + 1 :])
    if len(rest) < _SHORTEST:
        half = len(sentence) // 2
        sentence, rest = sentence[:half], sentence[half:]
    elif chance.random() < 0.3:
        rest = "".join(group.told)
    if chance.random() < 0.4:
        sentence = chance.choice((group.family, f"{group.family}规定"))[:24] + sentence
    out = [sentence]
    while len(out) < count:
        begin = chance.randrange(max(len(rest) - 40, 1))
        out.append(rest[begin : begin + chance.randint(20, 44)])
    return out


def _window(text: str, chance: random.Random) -> str:
    """A stretch of a long sentence: long ones cost time and teach no more."""
    size = chance.randint(14, 34)
    begin = chance.randrange(max(len(text) - size, 0) + 1)
    return text[begin : begin + size]


def _entry_group(entry: Entry, said: Sequence[str]) -> Group:
    told = [*passages(entry.short), *passages(entry.answer), *passages("\n".join(entry.steps))]
    asked = (*entry.questions, *said)
    return Group(
        id=entry.id,
        asked=tuple(dict.fromkeys(asked)),
        told=tuple(dict.fromkeys(piece for piece in told if len(piece) >= _SHORTEST)),
        family=entry.topic,
    )


def _paraphrases(folder: Path) -> dict[str, list[str]]:
    """Entry -> sentences, of every `*.tsv` of the folder."""
    said: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.tsv")):
        permit(path)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            name, tab, sentence = line.partition("\t")
            if not tab or not sentence.strip():
                raise Misuse("bad_paraphrases", f"{path.name} 第{number}行应是 条目<TAB>句子")
            said.setdefault(name.strip(), []).append(sentence.split("\t")[0].strip())
    return said


def _law_groups(folder: Path) -> Iterator[Group]:
    laws = Laws(folder)
    for name in sorted(laws.names()):
        for number, text in laws.articles(name).items():
            if len(text) >= _LAW_SHORTEST:
                told = tuple(clause for clause in _CLAUSE.findall(text) if len(clause) >= 4)
                if told:
                    yield Group(id=f"law:{name}:{number}", asked=(), told=told, family=name)


def _matter_groups(path: Path) -> Iterator[Group]:
    seen: set[str] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
            name, office = str(record["TASK_NAME"]), str(record["DEPT_NAME"])
            told = [str(record.get("accept_standard") or ""), *map(str, record.get("material_intro") or ())]
        except (ValueError, KeyError, TypeError) as error:
            raise Misuse("bad_matters", f"{path.name} 第{number}行读不懂", detail=str(error)) from None
        if name in seen:
            continue
        seen.add(name)
        pieces = [piece for text in told for piece in passages(text) if len(piece) >= _SHORTEST][:20]
        short = re.sub(r"[（(].*?[）)]", "", name)
        asked = tuple(frame.format(short) for frame in _MATTER_ASKED)
        yield Group(id=f"matter:{name}", asked=asked, told=tuple(pieces), family=office)
