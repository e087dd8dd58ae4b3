"""Which version of one key is the newer one, by S3's ``sequencer``.

The shorter of two is padded on the right with zeros, then they are compared as text (S3 user guide, "Event message
structure"). A sequencer means nothing between two keys.
"""

from __future__ import annotations

from collections.abc import Iterable

OLDEST = "0"
"""The sequencer of a version about whose place nothing is known: every other one is newer."""

STEP = "0000000000000001"
"""Behind a sequencer it makes the next higher one: whatever S3 gives a later version is higher still."""


def newer(one: str, other: str) -> bool:
    """Whether the version with sequencer ``one`` was made after that with ``other``."""
    width = max(len(one), len(other))
    return one.ljust(width, "0") > other.ljust(width, "0")


def newest(sequencers: Iterable[str]) -> str:
    """The highest of some sequencers, OLDEST where there is none."""
    highest = OLDEST
    for each in sequencers:
        highest = each if newer(each, highest) else highest
    return highest


def above(sequencer: str) -> str:
    """The place of an object seen to be the current one, while ``sequencer`` is the highest known of its key."""
    return sequencer + STEP
