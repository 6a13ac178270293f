"""Makes texts look as people type them: letters left out, sounds mistaken, pinyin, other words, small talk around."""

import random
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from pypinyin import Style, lazy_pinyin  # type: ignore[import-untyped,unused-ignore] # no type information everywhere

from knowledge.characters import is_chinese

BEFORE = (
    "你好，", "您好", "请问", "请问一下，", "我想问下", "想咨询一下", "麻烦问下", "那个，", "老师，", "你好我想问问",
    "在吗，", "急！", "同志你好，", "帮我看看，", "小惠，", "我妈让我问问，", "替我爸问一下，", "哎，", "问个事，",
    "打扰一下，",
)  # fmt: skip
AFTER = (
    "谢谢", "？", "?", "，急", "，谢谢您", "啊", "呢", "呀", "，麻烦了", "，在线等", "吗", "，有人知道吗", "。", "！",
)  # fmt: skip
_NEAR = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"), ("ang", "an"), ("l", "n"), ("h", "f"))


class Noise:
    """Made once from the texts' own characters and synonyms; everything follows the given chance."""

    def __init__(self, texts: Iterable[str], synonyms: dict[str, list[str]]) -> None:
        counts: defaultdict[str, int] = defaultdict(int)
        for text in texts:
            for char in text:
                if is_chinese(char):
                    counts[char] += 1
        alike: defaultdict[str, list[str]] = defaultdict(list)
        for char in sorted(counts, key=lambda char: (-counts[char], char)):
            alike[_levelled(_sound(char))].append(char)
        self._alike = {sound: tuple(chars[:12]) for sound, chars in alike.items()}
        variants = {
            variant: tuple(other for other in kinds if other != variant)
            for kinds in synonyms.values()
            for variant in kinds
            if len(variant) > 1
        }
        self._variants = {variant: others for variant, others in variants.items() if others}
        self._widths = sorted({len(variant) for variant in self._variants}, reverse=True)
        self._ways = (self._left_out, self._misheard, self._swapped, self._spelled, self._renamed, self._surrounded)

    def __call__(self, text: str, chance: random.Random) -> str:
        """The text, changed in none to three ways."""
        for _ in range(chance.choices((0, 1, 2, 3), (40, 35, 18, 7))[0]):
            way = chance.choices(self._ways, (20, 16, 6, 10, 26, 22))[0]
            text = way(text, chance) or text
        return text

    def _left_out(self, text: str, chance: random.Random) -> str:
        share = chance.uniform(0.05, 0.25)
        return "".join(char for char in text if chance.random() >= share)

    def _misheard(self, text: str, chance: random.Random) -> str:
        places = [at for at, char in enumerate(text) if is_chinese(char)]
        if not places:
            return text
        at = chance.choice(places)
        return text[:at] + chance.choice(self._alike.get(_levelled(_sound(text[at])), (text[at],))) + text[at + 1 :]

    def _swapped(self, text: str, chance: random.Random) -> str:
        if len(text) < 4:
            return text
        at = chance.randrange(len(text) - 1)
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]

    def _spelled(self, text: str, chance: random.Random) -> str:
        """A few characters in letters: all of each syllable, or only the first."""
        if len(text) < 3:
            return text
        at = chance.randrange(len(text) - 1)
        width = chance.randint(2, 4)
        part = text[at : at + width]
        if not all(map(is_chinese, part)):
            return text
        sounds = [_sound(char) for char in part]
        letters = "".join(sounds) if chance.random() < 0.75 else "".join(sound[:1] for sound in sounds)
        return text[:at] + letters + text[at + width :]

    def _renamed(self, text: str, chance: random.Random) -> str:
        """One word of the field said in another way."""
        found = [
            (at, width)
            for width in self._widths
            for at in range(len(text) - width + 1)
            if text[at : at + width] in self._variants
        ]
        if not found:
            return text
        at, width = chance.choice(found)
        return text[:at] + chance.choice(self._variants[text[at : at + width]]) + text[at + width :]

    def _surrounded(self, text: str, chance: random.Random) -> str:
        before = chance.choice(BEFORE) if chance.random() < 0.6 else ""
        after = chance.choice(AFTER) if chance.random() < 0.6 else ""
        return before + text.rstrip("？?。") + after


@lru_cache(maxsize=30_000)
def _sound(char: str) -> str:
    """Toneless pinyin of one character."""
    return str(lazy_pinyin(char, style=Style.NORMAL)[0])


def _levelled(sound: str) -> str:
    """Sounds that many people do not tell apart made equal."""
    for one, other in _NEAR:
        sound = sound.replace(one, other)
    return sound
