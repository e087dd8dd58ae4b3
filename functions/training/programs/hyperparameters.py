"""Names, bounds and defaults of what a manifest may set, per program. A script of one's own has its own.

Meanings of ``tabular``: scikit-learn 1.9, HistGradientBoostingClassifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from training.errors import ManifestInvalid
from training.model import ProgramKind
from training.programs.plan import Value

BALANCES: Final = ("none", "balanced")


@dataclass(frozen=True, slots=True)
class Bound:
    """``whole``: no fractions. ``words``: one of these instead of a number."""

    default: Value
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    words: tuple[str, ...] = ()

    def problem(self, name: str, value: Value) -> str:
        """What to change; empty where the value is within its bounds."""
        if self.words:
            return "" if value in self.words else f"{name} has to be one of {', '.join(self.words)}."
        kind = "a whole number" if self.whole else "a number"
        right = type(value) is int or (type(value) is float and not self.whole)
        if right and self.low <= float(value) <= self.high:
            return ""
        return f"{name} has to be {kind} from {self.low:g} to {self.high:g}."


_COMMON: Final = {"balance": Bound("none", words=BALANCES), "threshold": Bound(0.5, 0.001, 0.999)}
KNOWN: Final[Mapping[str, Mapping[str, Bound]]] = {
    "tabular": {
        "learning_rate": Bound(0.1, 0.001, 1.0),
        "max_iter": Bound(100, 1, 2_000, whole=True),
        "max_leaf_nodes": Bound(31, 2, 255, whole=True),
        "max_depth": Bound(0, 0, 64, whole=True),  # 0: as deep as the leaves allow
        "min_samples_leaf": Bound(20, 1, 100_000, whole=True),
        "l2_regularization": Bound(0.0, 0.0, 1_000.0),
        "early_stopping": Bound("auto", words=("auto", "on", "off")),
        **_COMMON,
    },
    "text_classifier": {
        "learning_rate": Bound(0.5, 0.001, 10.0),
        "epochs": Bound(5, 1, 200, whole=True),
        "l2": Bound(1e-6, 0.0, 1.0),
        "bits": Bound(16, 8, 20, whole=True),
        "shortest_gram": Bound(3, 0, 6, whole=True),  # 0, with longest_gram 0: words alone
        "longest_gram": Bound(4, 0, 6, whole=True),
        **_COMMON,
    },
}


def problems(program: ProgramKind, values: Mapping[str, Value]) -> list[str]:
    """One sentence per mistake; none for a script, whose hyperparameters are its own."""
    if program == "script":
        return []
    known = KNOWN[program]
    found = [
        f"{program} has no hyperparameter {name}; it has {', '.join(known)}." for name in values if name not in known
    ]
    found += [
        problem for name, value in values.items() if name in known and (problem := known[name].problem(name, value))
    ]
    grams = [values.get(name, known[name].default) for name in ("shortest_gram", "longest_gram") if name in known]
    if not found and grams and (int(grams[0]) > int(grams[1]) or (not grams[0]) != (not grams[1])):
        found.append("shortest_gram has to be at most longest_gram, or both 0.")
    return found


def complete(program: ProgramKind, values: Mapping[str, Value]) -> dict[str, Value]:
    """With the defaults of what is not set. Raises ManifestInvalid."""
    found = problems(program, values)
    if found:
        raise ManifestInvalid(" ".join(found))
    return {name: values.get(name, bound.default) for name, bound in KNOWN[program].items()}
