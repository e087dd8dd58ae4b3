"""Texts cut at bytes: no character split, nothing lost, no limit passed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm import segments

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400)
WIDE = st.text(alphabet="aé€😀 .\n", max_size=400)


@given(text=TEXTS | WIDE, most=st.integers(4, 60))
def test_pieces_give_the_text_and_hold_the_limit(text: str, most: int):
    pieces = list(segments.cut(text, most))
    assert "".join(pieces) == text
    assert all(0 < len(piece.encode()) <= most for piece in pieces)


@given(text=TEXTS | WIDE, most=st.integers(0, 60))
def test_a_head_is_the_longest_beginning_that_fits(text: str, most: int):
    head = segments.head(text, most)
    assert text.startswith(head)
    assert len(head.encode()) <= most
    if head != text:
        assert len(text[: len(head) + 1].encode()) > most


@given(sizes=st.lists(st.integers(1, 1000), max_size=60))
def test_requests_hold_both_limits_and_lose_nothing(sizes: list[int]):
    numbers = list(range(len(sizes)))
    groups = list(segments.requests(numbers, sizes))
    assert [number for group in groups for number in group] == numbers
    for group in groups:
        assert 0 < len(group) <= segments.REQUEST_SEGMENTS
        assert sum(sizes[number] for number in group) <= segments.REQUEST_BYTES
    for group, following in pairwise(groups):
        # As few requests as can be: what begins the next one did not fit into this one.
        full = len(group) == segments.REQUEST_SEGMENTS
        assert full or sum(sizes[n] for n in group) + sizes[following[0]] > segments.REQUEST_BYTES


@given(text=st.text(max_size=100))
def test_what_is_clean_has_utf_8(text: str):
    segments.clean(text).encode()


def test_a_piece_ends_after_a_sentence_where_it_can():
    text = "One sentence is here. Another one follows it and goes on"
    assert list(segments.cut(text, 40)) == ["One sentence is here. ", "Another one follows it and goes on"]
    assert next(segments.cut("word " * 3 + "x" * 30, 20)) == "word word word "


def test_a_character_in_two_halves_becomes_a_question_mark():
    assert segments.clean("a\ud83db") == "a?b"


def test_a_limit_that_no_character_fits_is_refused():
    with pytest.raises(ValueError, match="4 or more"):
        list(segments.cut("€", 3))
