"""What measuring may cost: a share of the traffic for each paid module, and a number of paid calls per day for all.

A *paid call* is what a service bills by itself: one text embedded, one document of a Comprehend batch, one request with
segments. Calls are taken from the day's account before they are made (``common.spending``), in one write per batch of
pairs, and what was not used is given back.
"""

from __future__ import annotations

import hashlib
import math
import os
from dataclasses import dataclass

from common.errors import PermanentError
from common.spending import Purse, open_purse

UNIT_CHARACTERS, LEAST_UNITS = 100, 3
"""Comprehend bills characters in units of 100, and three units per request at least
(aws.amazon.com/comprehend/pricing). A document in a batch is counted as a request: the page does not say, and this is
the dearer reading."""

CANARY_CALLS = 1_500
"""Of the canary in a day: an hourly round takes sixty at most, twenty of them of the model."""


class InvalidRate(PermanentError):
    """A sampling rate in the environment is no number from 0 to 1."""


@dataclass(slots=True)
class Bill:
    """What a module has used: paid calls, Comprehend's units, tokens that were embedded."""

    calls: int = 0
    units: int = 0
    tokens: int = 0

    def comprehend(self, *characters: int) -> None:
        """Adds a request, or a document of a batch, for each number of characters."""
        self.calls += len(characters)
        self.units += sum(max(LEAST_UNITS, math.ceil(number / UNIT_CHARACTERS)) for number in characters)


def rate(module: str) -> float:
    """The share of pairs that ``module`` measures, from SAMPLE_<MODULE>; 1 where nothing is set. Raises InvalidRate."""
    name = f"SAMPLE_{module.upper()}"
    text = os.environ.get(name) or "1"
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        parameter = "Sample" + module.title().replace("_", "")
        raise InvalidRate(f"{name} is {text!r}; set the parameter {parameter} to a number from 0 to 1.")
    return value


def chosen(request_id: str, share: float) -> bool:
    """Whether a call is among the ``share`` that is measured.

    It depends on the request id alone: a repetition chooses the same calls, and a module with a smaller share measures
    some of those that one with a larger share measures, never others.
    """
    digest = hashlib.sha256(request_id.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def modules_purse(table: str, daily_calls: int) -> Purse:
    """Of paid calls of all modules (DailyCalls); to be closed."""
    return open_purse(table, "llm", "paid-calls", daily_calls)


def canary_purse(table: str) -> Purse:
    """Of the canary's calls, which have an account of their own: modules that have used up theirs must not blind it. To
    be closed."""
    return open_purse(table, "llm", "canary-calls", CANARY_CALLS)
