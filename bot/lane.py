"""The fast lane's gatekeeper: is this a question of rules that stands by itself?

A linear model over character 1- to 3-grams, trained from nlu_data/train (what people say in a dialogue) and the stored
questions of knowledge/entries (what people ask). At run time it is a sum over a dictionary, some tens of microseconds.
Conservative on purpose: a follow-up (那断缴了呢) taken for a question of its own is answered wrongly, a question taken
for a follow-up only costs the way through the dialogue engine. So 0.5 is not the middle of the two classes but the
point at which at most one in 200 unseen dialogue sentences passes (`python -m bot.lane build` prints the figures).
"""

import argparse
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
import yaml

from core.errors import Misuse

ROOT = Path(__file__).resolve().parent.parent
NLU = ROOT / "nlu_data" / "train"
ENTRIES = ROOT / "knowledge" / "entries"
INDEX = ROOT / "var" / "index"
FILE = "lane.npz"

GRAMS = (1, 2, 3)
PASSING = 0.005
"""Share of unseen dialogue sentences that may take the fast lane."""
HARMLESS = frozenset({"out_of_scope"})
"""Search refuses these by itself, so they may pass more often."""
CALCULATE = "calculate"
"""The turn hears these by itself before it asks the lane (knowledge.calculators.hearing): neither class learns them."""
LONGEST = 400
"""Characters looked at: a question shows within them."""

_TOKEN = re.compile(r"⟦[^⟦⟧]{1,40}⟧")
_NOISE = re.compile(r"[^\w]+")


def grams(text: str) -> set[str]:
    """Character n-grams with the sentence's ends marked; masked numbers become one sign, punctuation none."""
    plain = _NOISE.sub("", _TOKEN.sub("0", text.lower())[:LONGEST])
    marked = f"^{plain}$"
    return {marked[i : i + size] for size in GRAMS for i in range(len(marked) - size + 1)}


class Lane:
    """The trained model."""

    def __init__(self, weights: Mapping[str, tuple[float, float]], *, bias: float, shift: float) -> None:
        """`weights`: n-gram -> (idf, coefficient times idf); `shift` moves the operating point to 0.5."""
        self._weights = dict(weights)
        self._bias = bias - shift

    @classmethod
    def load(cls, folder: Path = INDEX) -> Self:
        """Read `folder`/lane.npz; trains it first where it is missing. Raises Misuse for a broken file."""
        path = folder / FILE
        if not path.is_file():
            build(path)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as data:
                names, idf, weight = data["grams"].tolist(), data["idf"].tolist(), data["weight"].tolist()
                bias, shift = float(data["bias"]), float(data["shift"])
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise Misuse("bad_lane", "快速通道模型读不出来，请运行 script/train", detail=repr(error)) from error
        return cls(dict(zip(names, zip(idf, weight, strict=True), strict=True)), bias=bias, shift=shift)

    def probability(self, text: str) -> float:
        """How surely `text` is a complete question of rules, 0..1; from 0.5 on it may take the fast lane."""
        found = [self._weights[gram] for gram in grams(text) if gram in self._weights]
        length = math.sqrt(sum(idf * idf for idf, _ in found))
        score = self._bias + (sum(weight for _, weight in found) / length if length else 0.0)
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))

    def is_consult(self, text: str) -> bool:
        """True when the fast lane may be taken."""
        return self.probability(text) >= 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One training sentence."""

    text: str
    intent: str
    group: int
    """Sentences of one knowledge entry stay together when the model is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the cross-validation found at the operating point."""

    examples: int
    """Training sentences."""
    taken: float
    """Share of unseen questions that take the fast lane."""
    passing: float
    """Share of unseen dialogue sentences that do so wrongly."""

    def to_json(self) -> dict[str, float]:
        return {"examples": self.examples, "taken": round(self.taken, 4), "passing": round(self.passing, 4)}


def build(path: Path, *, nlu: Path = NLU, entries: Path = ENTRIES) -> Report:
    """Train and write the model (a few seconds); raises Misuse when the data cannot be read."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # noqa: PLC0415
    from sklearn.model_selection import (  # type: ignore[import-untyped]  # noqa: PLC0415
        StratifiedGroupKFold,
        cross_val_predict,
    )

    examples = list(read(nlu, entries))
    names, idf, features = _features([example.text for example in examples])
    labels = np.array([example.intent == "consult" for example in examples])
    model = LogisticRegression(C=20.0, max_iter=1000, class_weight="balanced")
    folds = StratifiedGroupKFold(n_splits=5, shuffle=True, random_state=7)
    groups = np.array([example.group for example in examples])
    scores = cross_val_predict(model, features, labels, groups=groups, cv=folds, method="decision_function")
    dialogue = np.array([example.intent not in HARMLESS | {"consult"} for example in examples])
    shift = float(np.quantile(scores[dialogue], 1 - PASSING))
    model.fit(features, labels)
    kept = np.abs(model.coef_[0]) > 1e-3
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name("lane.new.npz")
    np.savez_compressed(
        scratch,
        grams=np.array(names)[kept],
        idf=idf[kept].astype(np.float32),
        weight=(model.coef_[0] * idf)[kept].astype(np.float32),
        bias=np.float64(model.intercept_[0]),
        shift=np.float64(shift),
    )
    scratch.replace(path)
    taken, passing = float(np.mean(scores[labels] > shift)), float(np.mean(scores[dialogue] > shift))
    return Report(examples=len(examples), taken=taken, passing=passing)


def read(nlu: Path, entries: Path) -> Iterator[Example]:
    """Every training sentence; raises Misuse naming the file that cannot be read."""
    group = 0
    for path in sorted(nlu.glob("*.yml")):
        for block in _load(path)["nlu"]:
            if "intent" in block and block["intent"] != CALCULATE:
                for line in block["examples"].splitlines():
                    if text := line.strip().removeprefix("-").strip():
                        group += 1
                        yield Example(text=text, intent=block["intent"], group=group)
    for path in sorted(entries.glob("*.yml")):
        for entry in _load(path)["entries"]:
            group += 1
            for text in (entry["question"], *entry.get("similar", ())):
                yield Example(text=str(text), intent="consult", group=group)


def _load(path: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
    except (OSError, yaml.YAMLError) as error:
        raise Misuse("bad_training_data", f"训练数据读不出来：{path.name}", detail=repr(error)) from error
    return data


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _features(texts: Sequence[str]) -> tuple[list[str], "np.ndarray[Any, Any]", Any]:
    """N-grams seen twice or more, their idf (m), and the length-normalised matrix (n, m)."""
    from scipy.sparse import csr_matrix, diags  # type: ignore[import-untyped]  # noqa: PLC0415

    sets = [grams(text) for text in texts]
    counts: dict[str, int] = {}
    for one in sets:
        for gram in one:
            counts[gram] = counts.get(gram, 0) + 1
    names = sorted(gram for gram, count in counts.items() if count > 1)
    place = {gram: index for index, gram in enumerate(names)}
    idf = np.array([1.0 + math.log((1 + len(texts)) / (1 + counts[gram])) for gram in names])
    rows, columns = [], []
    for row, one in enumerate(sets):
        here = [place[gram] for gram in one if gram in place]
        rows += [row] * len(here)
        columns += here
    matrix = csr_matrix((idf[columns], (rows, columns)), shape=(len(texts), len(names)))
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return names, idf, diags(1.0 / np.maximum(lengths, 1e-9)) @ matrix


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m bot.lane build` trains; `python -m bot.lane ask "句子"` tells the probability."""
    parser = argparse.ArgumentParser(prog="python -m bot.lane", description=__doc__.splitlines()[0] if __doc__ else "")
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("build", help="train the model")
    make.add_argument("--out", type=Path, default=INDEX / FILE)
    ask = commands.add_parser("ask", help="probability of one or more sentences")
    ask.add_argument("texts", nargs="+")
    chosen = parser.parse_args(arguments)
    if chosen.command == "build":
        print(json.dumps(build(chosen.out).to_json()))
    else:
        lane = Lane.load()
        for text in chosen.texts:
            print(f"{lane.probability(text):.3f} {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
