"""The statistics of CloudWatch that leave values out, over weighted samples.

``tm90`` is ``TM(:90%)``, the mean without the highest tenth of the values; ``TM(150:1000)`` the mean of the values over
150 and up to 1,000. TC counts such values, TS adds them up, WM takes the bound for what is outside, PR is the share of
the values between two absolute bounds, IQM is ``TM(25%:75%)`` (CloudWatch user guide, "CloudWatch statistics
definitions"). The lower bound is exclusive, the upper inclusive. A share that ends within a value that stands for
several takes that part of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Sample = tuple[float, float]
"""A value and how often it was seen."""

_SHORT = re.compile(r"(?P<kind>tm|tc|ts|wm)(?P<upper>\d{1,2}(?:\.\d{1,10})?|100)")
_NUMBER = r"\d+(?:\.\d{0,10})?"
_RANGE = re.compile(rf"(?P<kind>TM|TC|TS|WM|PR)\((?P<lower>{_NUMBER})?(?P<a>%)?:(?P<upper>{_NUMBER})?(?P<b>%)?\)")


@dataclass(frozen=True)
class Statistic:
    """What to do with the values between two bounds; None is no bound."""

    kind: str
    lower: float | None
    upper: float | None
    share: bool

    def of(self, samples: list[Sample]) -> float | None:
        """The statistic, None where no value is left."""
        total = sum(weight for _, weight in samples)
        kept = self._by_rank(sorted(samples), total) if self.share else self._by_value(samples)
        count = sum(weight for _, weight in kept)
        if self.kind == "TC":
            return count
        if self.kind == "PR":
            return 100 * count / total if total else None
        if self.kind == "WM":
            kept = self._clamped(samples, kept)
            count = total
        added = sum(value * weight for value, weight in kept)
        if self.kind == "TS":
            return added
        return added / count if count else None

    def _by_value(self, samples: list[Sample]) -> list[Sample]:
        lower = float("-inf") if self.lower is None else self.lower
        upper = float("inf") if self.upper is None else self.upper
        return [(value, weight) for value, weight in samples if lower < value <= upper]

    def _by_rank(self, ordered: list[Sample], total: float) -> list[Sample]:
        first = total * (self.lower or 0) / 100
        last = total * (100 if self.upper is None else self.upper) / 100
        kept, passed = [], 0.0
        for value, weight in ordered:
            part = min(passed + weight, last) - max(passed, first)
            # The rest of a subtraction of fractions is no value.
            if part > total * 1e-9:
                kept.append((value, part))
            passed += weight
        return kept

    def _clamped(self, samples: list[Sample], kept: list[Sample]) -> list[Sample]:
        """Every value, those outside at the bound: an absolute one, or the outermost value that is kept."""
        values = [value for value, _ in kept]
        lowest = self.lower if not self.share else min(values, default=None)
        highest = self.upper if not self.share else max(values, default=None)
        lower = float("-inf") if lowest is None else lowest
        upper = float("inf") if highest is None else highest
        return [(min(max(value, lower), upper), weight) for value, weight in samples]


def parse(name: str) -> Statistic | None:
    """The statistic of a name, None where it is none of these."""
    if name == "IQM":
        return Statistic("TM", 25, 75, share=True)
    if (short := _SHORT.fullmatch(name)) is not None:
        return Statistic(short["kind"].upper(), None, float(short["upper"]), share=True)
    found = _RANGE.fullmatch(name)
    if found is None or (found["lower"] is None and found["upper"] is None):
        return None
    lower, upper = (None if found[bound] is None else float(found[bound]) for bound in ("lower", "upper"))
    shares = {bool(found[sign]) for bound, sign in (("lower", "a"), ("upper", "b")) if found[bound] is not None}
    stray = any(found[sign] and found[bound] is None for bound, sign in (("lower", "a"), ("upper", "b")))
    share = shares == {True}
    ordered = lower is None or upper is None or lower < upper
    if (
        len(shares) > 1
        or stray
        or not ordered
        or (share and (found["kind"] == "PR" or max(lower or 0, upper or 0) > 100))
    ):
        return None
    return Statistic(found["kind"], lower, upper, share)
