"""What a plan still has to buy, in ranges."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from narration.model import Fragment
from narration.publishing import purchases


def fragment(name: str) -> Fragment:
    return Fragment(name, "<speak>a</speak>", 1, "Vicki", "neural", "de-DE")


@given(st.lists(st.booleans(), max_size=300))
def test_ranges_hold_every_missing_fragment_once_and_at_most_25_of_them(lacking: list[bool]):
    every = [fragment(str(n)) for n in range(len(lacking))]
    missing = {one.hash for one, is_missing in zip(every, lacking, strict=True) if is_missing}
    found = purchases.ranges(every, missing)
    covered = [n for r in found for n in range(r["start"], r["stop"])]
    assert len(covered) == len(set(covered))
    assert covered == sorted(covered)
    assert missing <= {str(n) for n in covered}
    for r in found:
        inside = [n for n in range(r["start"], r["stop"]) if str(n) in missing]
        assert 1 <= len(inside) <= purchases.RANGE_FRAGMENTS
        assert {r["start"], r["stop"] - 1} <= set(inside), "a range begins and ends with what is missing"
