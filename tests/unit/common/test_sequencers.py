"""The order of versions of one key."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from common import sequencers

HEX = st.text("0123456789ABCDEF", min_size=1, max_size=12)


@given(HEX, HEX)
def test_the_shorter_sequencer_is_padded_on_the_right(one, other):
    width = max(len(one), len(other))
    expected = int(one.ljust(width, "0"), 16) > int(other.ljust(width, "0"), 16)
    assert sequencers.newer(one, other) == expected


@given(HEX, HEX, HEX)
def test_order_is_total_and_transitive(one, other, third):
    assert not (sequencers.newer(one, other) and sequencers.newer(other, one))
    if sequencers.newer(one, other) and sequencers.newer(other, third):
        assert sequencers.newer(one, third)


@given(HEX)
def test_a_place_above_is_newer_but_older_than_what_s3_gives_next(sequencer):
    following = f"{int(sequencer, 16) + 1:0{len(sequencer)}X}"
    assert sequencers.newer(sequencers.above(sequencer), sequencer)
    if len(following) == len(sequencer):
        assert sequencers.newer(following, sequencers.above(sequencer))
