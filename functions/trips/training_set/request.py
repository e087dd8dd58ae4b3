"""What is asked for: a month, a seed, the ratio of ``balance`` and the shares of the sets, each within its bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trips.errors import BadRequest

MONTH = re.compile(r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])")
RATIO = 2.1
TEST_SHARE = VALIDATION_SHARE = 0.05
LEAST_SHARE, LARGEST_SHARE = 0.01, 0.4
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Request:
    """A month as text, its first day and that of the next, the seed, the ratio of ``trips.cleaning.balance``, and how
    much of the month is for the test and for validation (0 to 1)."""

    month: str
    since: str
    until: str
    seed: int
    balance: float
    test: float = TEST_SHARE
    validation: float = VALIDATION_SHARE


def parse(event: Mapping[str, Any]) -> Request:
    """Raises BadRequest with a sentence that says what to change."""
    month, seed = event.get("month"), event.get("seed", 1)
    parts = MONTH.fullmatch(month) if isinstance(month, str) else None
    if not isinstance(month, str) or not parts:
        raise BadRequest('Ask for a month like {"month": "2019-07"}.')
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
        raise BadRequest("seed must be an integer from 0.")
    ratio = _number(event, "balance", RATIO)
    if ratio is None or not (ratio == 0 or 1 <= ratio <= 1000):
        raise BadRequest("balance must be 0 for every row, or from 1 to 1000 rows for each row of the smaller class.")
    test = _number(event, "test", TEST_SHARE)
    if test is None or not LEAST_SHARE <= test <= LARGEST_SHARE:
        raise BadRequest(f"test must be a share of the rows from {LEAST_SHARE} to {LARGEST_SHARE}.")
    validation = _number(event, "validation", VALIDATION_SHARE)
    if validation is None or not (validation == 0 or LEAST_SHARE <= validation <= LARGEST_SHARE):
        raise BadRequest(f"validation must be 0, or a share of the rows from {LEAST_SHARE} to {LARGEST_SHARE}.")
    year, number = int(parts["year"]), int(parts["month"])
    following = f"{year + number // 12:04d}-{number % 12 + 1:02d}-01"
    return Request(month, f"{month}-01", following, seed, ratio, test, validation)


def _number(event: Mapping[str, Any], name: str, default: float) -> float | None:
    value = event.get(name, default)
    return None if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
