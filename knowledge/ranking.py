"""From the legs to an order, and from the order to a probability. What everything is worth is data: weights.json.

Two small models, both fitted by `python -m knowledge fit`: a choice model (which of all entries does the question mean:
a softmax over a weighted sum of legs) and a logistic one (does this entry answer the question at all).
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from core.errors import Misuse
from knowledge.index import LEGS, Measured

Floats = NDArray[np.floating[Any]]

WEIGHTS = Path(__file__).with_name("weights.json")
FEATURES = (
    "worth", "lead", "share", "q_gram", "q_even", "q_word", "q_dense", "q_many", "i_cover", "i_dense", "known_grams",
    "known_words", "length", "cover_x_even", "weak_cover", "outside",
)  # fmt: skip
"""What the logistic model looks at, per hit (see `features`)."""
_SHOWN = [LEGS.index(name) for name in ("q_gram", "q_even", "q_word", "q_dense", "q_many", "i_cover", "i_dense")]
_EVEN, _COVER = LEGS.index("q_even"), LEGS.index("i_cover")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Everything that was learned or set."""

    legs: Floats
    """(legs): worth of each leg, none negative: doing better in a leg never harms."""
    local: float
    """What a rule of the citizen's own province, twice that for the city, is worth beside the nation's."""
    centre: Floats
    """(features): mean, taken off first."""
    scale: Floats
    """(features): spread, divided by next."""
    slopes: Floats
    """(features): weight in the logistic model."""
    intercept: float
    """Its constant."""
    answer: float
    """From this probability on the best hit is given as the answer."""
    clarify: float
    """From this probability on the best hits are offered as choices; below, the question is refused."""

    def to_json(self) -> dict[str, Any]:
        return {
            "legs": dict(zip(LEGS, _rounded(self.legs), strict=True)),
            "local": self.local,
            "features": {
                name: {"centre": centre, "scale": scale, "slope": slope}
                for name, centre, scale, slope in zip(
                    FEATURES, _rounded(self.centre), _rounded(self.scale), _rounded(self.slopes), strict=True
                )
            },
            "intercept": round(self.intercept, 4),
            "answer": self.answer,
            "clarify": self.clarify,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        features = [data["features"][name] for name in FEATURES]
        return cls(
            legs=np.asarray([data["legs"][name] for name in LEGS], dtype=np.float32),
            local=data["local"],
            centre=np.asarray([item["centre"] for item in features]),
            scale=np.asarray([item["scale"] for item in features]),
            slopes=np.asarray([item["slope"] for item in features]),
            intercept=data["intercept"],
            answer=data["answer"],
            clarify=data["clarify"],
        )

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Self:
        """Read the file; raises Misuse when it does not fit this program."""
        try:
            return cls.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError) as error:
            raise Misuse(
                "bad_weights", f"检索权重文件不能用：{path}（请运行 python -m knowledge fit）", detail=str(error)
            ) from None


def worth(measured: Measured, legs: Floats) -> Floats:
    """(proposed) weighted sum of the legs: the higher, the likelier the item is meant."""
    return np.asarray(legs @ measured.legs, dtype=np.float64)


def features(measured: Measured, worths: Floats, best: NDArray[np.int64], entries: int) -> Floats:
    """(hits, FEATURES) of the proposed items `best`, which are in falling order of `worths` (-inf where ruled out).

    The items from number `entries` on are fields that are not ours.
    """
    top = worths[best]
    following = top[1] if len(top) > 1 else -np.inf
    rival = np.where(np.arange(len(best)) == 0, following, top[0])
    lead = np.clip(top - rival, -8.0, 8.0)
    share = np.exp(top - top[0]) / np.exp(worths - top[0]).sum()
    strangers = worths[int(np.searchsorted(measured.numbers, entries)) :]
    stranger = strangers.max() if len(strangers) else -np.inf
    legs = measured.legs
    cover = legs[_COVER, best]
    shown = 3 + len(_SHOWN)
    columns = np.empty((len(best), len(FEATURES)))
    columns[:, 0], columns[:, 1], columns[:, 2] = top, lead, share
    columns[:, 3:shown] = legs[_SHOWN][:, best].T
    columns[:, shown], columns[:, shown + 1] = measured.known_grams, measured.known_words
    columns[:, shown + 2] = np.log1p(len(measured.analysed.plain))
    columns[:, shown + 3] = cover * legs[_EVEN, best]
    columns[:, shown + 4] = np.minimum(cover, 0.7)
    columns[:, shown + 5] = np.clip(stranger - top, -8.0, 8.0)
    return columns


def probabilities(columns: Floats, weights: Weights) -> Floats:
    """(hits) probability that the item answers the question."""
    level = ((columns - weights.centre) / weights.scale) @ weights.slopes + weights.intercept
    return np.asarray(1 / (1 + np.exp(-np.clip(level, -30, 30))))


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), 4) for value in values]
