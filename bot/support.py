"""Does a reviewed text support another wording of it? Strict on purpose: what is in doubt is not said.

A sentence is supported when every figure, date, phone number, name of a rule and article in it stands in the reviewed
text, when nearly all of its words do, and when it denies exactly what the text denies. No model takes part in this.
"""

import re
from dataclasses import dataclass

ENOUGH = 0.72
"""Share of a sentence's character pairs that must stand in the reviewed text."""
NEAR = 0.5
"""Share of pairs from which a reviewed sentence is the one that a sentence rewords."""
LONGEST = 1.3
"""A rewording may be longer than the text by this factor, not more."""

_SENTENCE = re.compile(r"[^。！？!?；;\n]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*\s*(?:%|％)?")
_CHINESE_NUMBER = re.compile(r"[零一二两三四五六七八九十百千万亿]+(?=[年月日天岁元个倍成周种项级款次份])")
_RULE = re.compile(
    r"《[^《》]{2,60}》|第[零一二三四五六七八九十百千]+条(?:之[一二三四五六七八九十])?|〔\d{4}〕\s*\d+号"
)
_LINK = re.compile(r"https?://|www\.|[\w.-]+@[\w-]+\.|[A-Za-z0-9-]+\.(?:com|cn|net|org)\b", re.IGNORECASE)
_PROMISE = re.compile("保证|一定能|肯定能|必定|百分之百|放心(?:领|拿)|包您|绝对")
_DENIAL = re.compile(
    "不(?!同|仅|但|论|管|少于|超过|低于|高于|满|足|到|得超过)|没有?|无(?!论)|未(?!来|成年)|禁止|除外|取消|停止"
)
_LIMIT = re.compile("不?(?:少于|超过|低于|高于|满|足|到)|以上|以下|以内|至少|最多|最长|最短|之前|之后|满")
_NOISE = re.compile(r"[^\w]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a wording may be said."""

    supported: bool
    """True when every sentence is."""
    reason: str = ""
    """Why not: number, rule, link, promise, words, denial, limit, length or empty."""


def supported(wording: str, source: str) -> Verdict:
    """Hold every sentence of `wording` against the reviewed text `source`."""
    sentences = [found.group().strip() for found in _SENTENCE.finditer(wording) if found.group().strip()]
    if not sentences:
        return Verdict(supported=False, reason="empty")
    if len(wording) > LONGEST * len(source):
        return Verdict(supported=False, reason="length")
    if _LINK.search(wording):
        return Verdict(supported=False, reason="link")
    known = [found.group() for found in _SENTENCE.finditer(source)]
    for sentence in sentences:
        reason = _fault(sentence, source, known)
        if reason:
            return Verdict(supported=False, reason=reason)
    return Verdict(supported=True)


def _fault(sentence: str, source: str, known: list[str]) -> str:
    if _NOISE.sub("", sentence) in {_NOISE.sub("", one) for one in known}:
        return ""
    if not _marks(_NUMBER, sentence) <= _marks(_NUMBER, source):
        return "number"
    if not _marks(_CHINESE_NUMBER, sentence) <= _marks(_CHINESE_NUMBER, source):
        return "number"
    if not _marks(_RULE, sentence) <= _marks(_RULE, source):
        return "rule"
    if any(word not in source for word in _PROMISE.findall(sentence)):
        return "promise"
    pairs = _pairs(sentence)
    if pairs and len(pairs & _pairs(source)) < ENOUGH * len(pairs):
        return "words"
    nearest = _nearest(pairs, known)
    if bool(_DENIAL.search(sentence)) != bool(_DENIAL.search(nearest)):
        return "denial"
    if not set(_LIMIT.findall(sentence)) <= set(_LIMIT.findall(nearest)):
        return "limit"
    return ""


def _nearest(pairs: set[str], known: list[str]) -> str:
    """What of the reviewed text a sentence rewords: the nearest sentence, and every other one that is near."""
    ranked = sorted(known, key=lambda one: -len(pairs & _pairs(one)))
    near = [one for one in ranked if pairs and len(pairs & _pairs(one)) >= NEAR * len(pairs)]
    return "。".join(near or ranked[:1])


def _marks(pattern: re.Pattern[str], text: str) -> set[str]:
    return {re.sub(r"[\s,]", "", mark).replace("％", "%") for mark in pattern.findall(text)}


def _pairs(text: str) -> set[str]:
    plain = _NOISE.sub("", text)
    return {plain[at : at + 2] for at in range(len(plain) - 1)}
