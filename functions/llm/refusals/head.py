"""The head: what each feature weighs, and where the scale is cut. Figures are data, fitted by ``operate.calibrate``."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from llm.errors import InvalidRefusalSettings
from llm.model import Outcome

SCHEMA: Final = 2


GAPS: Final = frozenset(("no_info", "scope", "no_advice", "role"))
"""Features that ask the second side at all: something is missing, or not done here."""
ONLY_GAPS: Final = GAPS | {"no_info_first", "scope_first", "role&scope", "can_do"}
"""What the first side does not weigh. People who label refusals call "the book does not say" an answer, and those who
run an application do not: one side cannot learn both."""
BOTH: Final = frozenset(
    (
        "unclear",
        "hedge",
        "hedge_first",
        "comply_turn",
        "comply_open",
        "tiny",
        "says_i",
        "asks",
        "fiction",
        "narration",
        "written",
        "quoted",
        "code",
        "definition_first",
        "no_cue",
        "identity_first",
    )
)
"""What the second side weighs beside its own."""


class Scored(NamedTuple):
    """An outcome, its probability of a refusal, and whether that is near the cut."""

    outcome: Outcome
    score: float
    doubt: bool


@dataclass(frozen=True, slots=True)
class Side:
    """``weights`` by feature, in log odds of a refusal, and ``bias``."""

    bias: float
    weights: Mapping[str, float]

    def odds(self, features: Mapping[str, float]) -> float:
        weights = self.weights
        total = self.bias
        for name, value in features.items():
            weight = weights.get(name)
            if weight is not None:
                total += weight * value
        return total


@dataclass(frozen=True, slots=True)
class Head:
    """Two sides: ``refusals`` for what a model will not do, ``gaps`` for what it does not know or is not there for. The
    higher one counts.

    A completion whose score by the first side lies within ``unsure`` is compared with whole phrases too: ``extra``
    weighs what comes of it ("fuzzy", "embedded"; "bias" is added with them). A score of at least ``cut`` is a refusal,
    any other an answer; one within ``doubt`` is either, and counted as doubtful.
    """

    refusals: Side
    gaps: Side
    extra: Mapping[str, float]
    unsure: tuple[float, float]
    cut: float
    doubt: tuple[float, float]

    def chance(
        self, features: Mapping[str, float], extra: Callable[[], Mapping[str, float]]
    ) -> tuple[float, Literal["", "phrase", "gap"]]:
        """The probability of a refusal, and what decided where it was no cue. ``extra`` gives the features that cost
        more, and is called only in need."""
        odds, decided = self.refusals.odds(features), ""
        if self.unsure[0] <= score(odds) <= self.unsure[1]:
            more = extra()
            odds += self.extra.get("bias", 0.0)
            odds += sum(self.extra.get(name, 0.0) * value for name, value in more.items())
            decided = "phrase" if more.get("fuzzy", 0.0) > 0.5 else ""
        if "closing" in features:  # whatever length speaks against it, a text that ends so is no sure answer
            odds = max(odds, math.log(self.doubt[0] / (1.0 - self.doubt[0])) + 1e-6)
        if not GAPS.isdisjoint(features):
            other = self.gaps.odds(features)
            if other > odds:
                return score(other), "gap"
        return score(odds), "phrase" if decided else ""

    def said(self, chance: float) -> Scored:
        """The outcome of a probability."""
        doubt = self.doubt[0] <= chance <= self.doubt[1]
        return Scored("refused" if chance >= self.cut else "answered", chance, doubt)


def score(odds: float) -> float:
    """The probability of a refusal that goes with log ``odds``."""
    if odds >= 0:
        return 1.0 / (1.0 + math.exp(-odds))
    grown = math.exp(max(odds, -700.0))
    return grown / (1.0 + grown)


@cache
def shipped() -> Head:
    """The head in ``weights.json``. Raises InvalidRefusalSettings."""
    return load(Path(__file__).with_name("weights.json"))


def load(path: Path) -> Head:
    """A head from the file that ``python -m operate calibrate --write`` makes. Raises InvalidRefusalSettings."""
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        raise InvalidRefusalSettings(
            f"{path.name} is not JSON (line {error.lineno}): write it anew with 'make calibrate'."
        ) from error


def parse(settings: Any) -> Head:
    """A head from the members of a settings file, checked. Raises InvalidRefusalSettings with the member's name."""
    if not isinstance(settings, dict) or settings.get("schema") != SCHEMA:
        raise InvalidRefusalSettings(f"Refusal settings need \"schema\": {SCHEMA}: write them with 'make calibrate'.")
    for name in ("refusals", "gaps", "extra", "unsure", "cut", "doubt"):
        if name not in settings:
            raise InvalidRefusalSettings(f"Refusal settings lack {name}: write them anew with 'make calibrate'.")
    cut, doubt = _figure(settings, "cut"), _band(settings, "doubt")
    if not 0 < doubt[0] <= cut <= doubt[1] < 1:
        raise InvalidRefusalSettings("cut must lie within doubt, and both between 0 and 1.")
    return Head(
        _side(settings, "refusals"),
        _side(settings, "gaps"),
        _figures(settings, "extra"),
        _band(settings, "unsure"),
        cut,
        doubt,
    )


def dump(head: Head) -> str:
    """``head`` as a settings file, rounded to four places, features in order of their names."""
    settings = {
        "schema": SCHEMA,
        "cut": head.cut,
        "doubt": list(head.doubt),
        "unsure": list(head.unsure),
        "extra": _rounded(head.extra),
        "refusals": {"bias": round(head.refusals.bias, 4), "weights": _rounded(head.refusals.weights)},
        "gaps": {"bias": round(head.gaps.bias, 4), "weights": _rounded(head.gaps.weights)},
    }
    return json.dumps(settings, indent=2) + "\n"


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in sorted(figures.items())}


def _side(settings: Mapping[str, Any], name: str) -> Side:
    side = settings[name]
    if not isinstance(side, dict) or not {"bias", "weights"} <= side.keys():
        raise InvalidRefusalSettings(f"{name} must be an object with bias and weights.")
    return Side(_figure(side, "bias"), _figures(side, "weights"))


def _band(settings: Mapping[str, Any], name: str) -> tuple[float, float]:
    band = settings[name]
    if not (isinstance(band, list) and len(band) == 2 and all(isinstance(each, (int, float)) for each in band)):
        raise InvalidRefusalSettings(f"{name} must be two figures from 0 to 1.")
    return float(band[0]), float(band[1])


def _figures(settings: Mapping[str, Any], name: str) -> dict[str, float]:
    figures = settings[name]
    if not isinstance(figures, dict):
        raise InvalidRefusalSettings(f"{name} must be an object of figures.")
    return {each: _figure(figures, each) for each in figures}


def _figure(settings: Mapping[str, Any], name: str) -> float:
    value = settings[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise InvalidRefusalSettings(f"{name} must be a figure.")
    return float(value)
