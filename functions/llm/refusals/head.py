"""The head: what each feature weighs, and where the scale is cut. Figures are data, fitted by ``operate.calibrate``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from llm.errors import InvalidRefusalSettings

SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Head:
    """``weights`` by feature, in log odds of a refusal, and ``bias``.

    A completion whose score lies within ``unsure`` is compared with whole phrases too: ``extra`` weighs what comes of
    it ("fuzzy", "embedded"; "bias" is added with them). A final score of at least ``refused_from`` is a refusal, one
    below ``answered_below`` an answer, and what lies between is undetermined.
    """

    bias: float
    weights: Mapping[str, float]
    extra: Mapping[str, float]
    unsure: tuple[float, float]
    answered_below: float
    refused_from: float

    def odds(self, features: Mapping[str, float]) -> float:
        weights = self.weights
        total = self.bias
        for name, value in features.items():
            weight = weights.get(name)
            if weight is not None:
                total += weight * value
        return total


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
    for name in ("bias", "weights", "extra", "unsure", "answered_below", "refused_from"):
        if name not in settings:
            raise InvalidRefusalSettings(f"Refusal settings lack {name}: write them anew with 'make calibrate'.")
    low, high = _figure(settings, "answered_below"), _figure(settings, "refused_from")
    if not 0 < low <= high < 1:
        raise InvalidRefusalSettings("0 < answered_below <= refused_from < 1 must hold.")
    unsure = settings["unsure"]
    if not (isinstance(unsure, list) and len(unsure) == 2 and all(isinstance(each, (int, float)) for each in unsure)):
        raise InvalidRefusalSettings("unsure must be two figures from 0 to 1.")
    return Head(
        _figure(settings, "bias"),
        _figures(settings, "weights"),
        _figures(settings, "extra"),
        (float(unsure[0]), float(unsure[1])),
        low,
        high,
    )


def dump(head: Head) -> str:
    """``head`` as a settings file, rounded to four places, features in order of their names."""
    settings = {
        "schema": SCHEMA,
        "answered_below": head.answered_below,
        "refused_from": head.refused_from,
        "unsure": list(head.unsure),
        "bias": round(head.bias, 4),
        "extra": {name: round(value, 4) for name, value in sorted(head.extra.items())},
        "weights": {name: round(value, 4) for name, value in sorted(head.weights.items())},
    }
    return json.dumps(settings, indent=2) + "\n"


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
