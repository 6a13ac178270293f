"""When a law changes: which articles, and which entries rest on them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.entry import Entry, Ground
from knowledge.laws import Laws, plain

_ARTICLE = re.compile(r"第[〇零一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十]+)?")
_PREFIX = "中华人民共和国"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """An entry that rests on an article that changed."""

    entry_id: str
    """The entry."""
    question: str
    """Its standard question."""
    rule: str
    """《社会保险法》第四十五条."""
    says: str
    """What happened to the article, and whether the quoted words still stand."""


def changes(before: Laws, after: Laws) -> dict[tuple[str, str], str]:
    """(law without 中华人民共和国, article) -> what happened, for every article that is not what it was."""
    found: dict[tuple[str, str], str] = {}
    for law in before.names():
        old, new = before.articles(law), after.articles(law) if law in after else {}
        places = {plain(text): number for number, text in new.items()}
        for number, text in old.items():
            now = new.get(number)
            if now is not None and plain(now) == plain(text):
                continue
            moved = places.get(plain(text))
            if law not in after:
                found[law, number] = "新的文件夹里没有这部法规"
            elif moved is not None:
                found[law, number] = f"条文没变，序号改为{moved}"
            else:
                found[law, number] = "这一条已删去" if now is None else "条文有改动"
    return found


def resting(entries: Iterable[Entry], before: Laws, after: Laws) -> list[Resting]:
    """The entries that rest on articles that are not what they were, in the order of the entries."""
    changed = changes(before, after)
    found = []
    for entry in entries:
        for ground in entry.grounds:
            for law, article in _rules(ground):
                if (law, article) in changed:
                    says = changed[law, article] + _quoted(ground, after, law, article)
                    rule = f"《{law}》{article}"
                    found.append(Resting(entry_id=entry.id, question=entry.question, rule=rule, says=says))
    return found


def _rules(ground: Ground) -> list[tuple[str, str]]:
    """(law, article) of a ground; a document may be the article of a law, too (社会救助法第十八条)."""
    law = ground.basis.law.removeprefix(_PREFIX)
    if ground.is_law:
        return [(law, ground.basis.article)]
    return [(law, article) for article in _ARTICLE.findall(ground.basis.article)]


def _quoted(ground: Ground, after: Laws, law: str, article: str) -> str:
    """Whether the words that the entry quotes are still in the article."""
    if not ground.quote or law not in after:
        return ""
    there = plain(ground.quote) in plain(after.articles(law).get(article, ""))
    return "；引用的原文还在" if there else "；引用的原文已经不在这一条里"
