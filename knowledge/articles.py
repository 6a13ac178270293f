"""The second source: articles of law, for questions that no entry answers. `python -m knowledge articles build`.

What is found here is never an answer of ours: it is quoted as the law's own text. Two ways lead to an article: the
question names it (社会保险法第四十六条), or it names a law's matter so closely that hardly a word is left over.
Nothing of this is shipped; it works where a folder was built from law texts.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import Retryable
from knowledge import tokens
from knowledge.bm25 import BM25
from knowledge.laws import Laws

LEAST_COVERED = 0.8
"""Share of the question's words, by rarity, that the article must hold."""
LEAST_LEAD = 1.15
"""How far it must be ahead of the next article."""
LEAST_CHARACTERS = 10
_NAMED = re.compile(
    r"《?([\u4e00-\u9fff]{2,40}?(?:法|法典|条例|规定|办法))》?(?:的|里|中)?"
    r"第([0-9]{1,4}|[一二三四五六七八九十百千零〇]{1,9})条"
)
_FIGURES = "零一二三四五六七八九"
_PREFIX = "中华人民共和国"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article of one law."""

    law: str
    number: str
    """第四十六条."""
    text: str


class Articles:
    """A built index of articles; immutable, safe to use from many threads."""

    def __init__(self, stored: Sequence[Article], postings: BM25) -> None:
        self._stored = tuple(stored)
        self._postings = postings
        self._by_name = {(article.law, article.number): article for article in self._stored}

    @classmethod
    def build(cls, laws: Laws, folder: Path) -> int:
        """Write the index of every article of the laws into `folder`; how many there are."""
        stored = [
            Article(law=law, number=name, text=text)
            for law in sorted(laws.names())
            for name, text in laws.articles(law).items()
        ]
        postings = BM25.build([_terms(f"{article.law}{article.text}") for article in stored], k1=1.5, b=0.75)
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".articles-", dir=folder.parent))
        for name, values in postings.arrays().items():
            np.save(fresh / f"{name}.npy", values, allow_pickle=False)
        _write(fresh / "terms.json", list(postings.vocabulary))
        _write(fresh / "articles.json", [[one.law, one.number, one.text] for one in stored])
        fresh.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
        return len(stored)

    @classmethod
    def load(cls, folder: Path) -> "Articles":
        """What `build` wrote; the postings stay in their files. Raises Retryable when it is not there."""
        try:
            stored = [
                Article(law=law, number=name, text=text)
                for law, name, text in json.loads((folder / "articles.json").read_text(encoding="utf-8"))
            ]
            terms = json.loads((folder / "terms.json").read_text(encoding="utf-8"))
            names = ("starts", "texts", "weights", "idf")
            arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in names}
        except (OSError, ValueError) as error:
            says = "法条索引还没有建立，请运行 python -m knowledge articles build --laws 文件夹"
            raise Retryable("no_articles", says, detail=str(error)) from None
        return cls(stored, BM25.restored(arrays, terms, len(stored)))

    def find(self, question: str) -> Article | None:
        """The article that the question names, or whose words it asks in; None when neither is sure."""
        named = _NAMED.search(question)
        if named:
            return self._named(named[1], named[2])
        plain = tokens.of_the_field().analyse(question).plain
        if len(plain) < LEAST_CHARACTERS or not self._stored:
            return None
        terms = self._postings.look_up(_terms(plain))
        scores = self._postings.scores(terms)
        first, second = np.argsort(-scores, kind="stable")[:2].tolist() if len(scores) > 1 else (0, 0)
        _, presence = self._postings.at(terms, np.asarray([first]))
        sure = float(presence[0]) >= LEAST_COVERED * terms.mass
        ahead = len(scores) == 1 or float(scores[first]) >= LEAST_LEAD * float(scores[second])
        return self._stored[first] if sure and ahead else None

    def _named(self, law: str, number_said: str) -> Article | None:
        """The law whose name ends what was said before 第: 请问社会保险法 is 社会保险法."""
        article = f"第{chinese(number_said)}条"
        said = law.removeprefix(_PREFIX)
        for start in range(len(said) - 1):
            found = self._by_name.get((said[start:], article))
            if found:
                return found
        return None


def chinese(said: str) -> str:
    """A number up to 9999 as laws write it: 46 is 四十六, 102 is 一百零二."""
    if not said.isdigit():
        return said.replace("〇", "零")
    value, out, gap = int(said), "", False
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        figure, value = divmod(value, size)
        if figure:
            out += ("零" if gap and out else "") + (
                "" if unit == "十" and figure == 1 and not out else _FIGURES[figure]
            )
            out, gap = out + unit, False
        else:
            gap = True
    return out


def _terms(text: str) -> list[str]:
    """Characters and pairs: the best single cut for long texts."""
    plain = "".join(char for char in text.lower() if char.isalnum())
    return [*plain, *(plain[at : at + 2] for at in range(len(plain) - 1))]


def _write(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
