"""Which lane the ranges of an article take to Polly."""

from __future__ import annotations

from dataclasses import dataclass

from common import admission, settings
from narration.model import Priority

STEP = "speech"
MOST_RANGES = 4
"""An article of more ranges than this (100 fragments) is no breaking story; it goes first only by its priority."""
RANGES_PER_MINUTE = 8
"""What goes first without asking for it: 200 of the 480 requests that neural voices take in a minute."""


@dataclass(frozen=True)
class Settings:
    state_table: str


def choose(ranges: int, priority: Priority) -> admission.Lane:
    """The lane for so many ranges of one article."""
    if not ranges:
        return "next"
    return admission.choose(
        settings.read(Settings).state_table,
        STEP,
        ranges,
        priority,
        most=MOST_RANGES,
        per_minute=RANGES_PER_MINUTE,
        unasked="LanesUnasked",
    )
