"""What is asked for: a month, a seed and the ratio of ``balance``, each within its bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trips.errors import BadRequest

MONTH = re.compile(r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])")
RATIO = 2.1
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Request:
    """A month as text, its first day and that of the next, the seed, and the ratio of ``trips.cleaning.balance``."""

    month: str
    since: str
    until: str
    seed: int
    balance: float


def parse(event: Mapping[str, Any]) -> Request:
    """Raises BadRequest with a sentence that says what to change."""
    month, seed, ratio = event.get("month"), event.get("seed", 1), event.get("balance", RATIO)
    parts = MONTH.fullmatch(month) if isinstance(month, str) else None
    if not isinstance(month, str) or not parts:
        raise BadRequest('Ask for a month like {"month": "2019-07"}.')
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
        raise BadRequest("seed must be an integer from 0.")
    if isinstance(ratio, bool) or not isinstance(ratio, int | float) or not (ratio == 0 or 1 <= ratio <= 1000):
        raise BadRequest("balance must be 0 for every row, or from 1 to 1000 rows for each row of the smaller class.")
    year, number = int(parts["year"]), int(parts["month"])
    following = f"{year + number // 12:04d}-{number % 12 + 1:02d}-01"
    return Request(month, f"{month}-01", following, seed, float(ratio))
