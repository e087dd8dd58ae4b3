"""Texts cut at bytes: no character split, nothing lost, no limit passed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.content import text_cuts

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400)
WIDE = st.text(alphabet="aé€😀 .\n", max_size=400)


@given(
    text=TEXTS | WIDE,
    most=st.integers(4, 60),
    end=st.sampled_from([text_cuts.after_sentence, text_cuts.after_blank, len]),
)
def test_pieces_give_the_text_and_hold_the_limit(text: str, most: int, end: Callable[[str], int]):
    pieces = list(text_cuts.pieces(text, most, end))
    assert "".join(pieces) == text
    assert all(0 < len(piece.encode()) <= most for piece in pieces)


@given(text=TEXTS | WIDE, most=st.integers(0, 60))
def test_a_head_is_the_longest_beginning_that_fits(text: str, most: int):
    head = text_cuts.head_by_bytes(text, most)
    assert text.startswith(head)
    assert len(head.encode()) <= most
    if head != text:
        assert len(text[: len(head) + 1].encode()) > most


@given(text=st.text(max_size=100))
def test_what_is_clean_has_utf_8(text: str):
    text_cuts.clean(text).encode()


def test_a_piece_ends_after_a_sentence_where_it_can():
    text = "One sentence is here. Another one follows it and goes on"
    assert list(text_cuts.pieces(text, 40, text_cuts.after_sentence)) == [
        "One sentence is here. ",
        "Another one follows it and goes on",
    ]
    assert next(text_cuts.pieces("word " * 3 + "x" * 30, 20, text_cuts.after_sentence)) == "word word word "


def test_a_character_in_two_halves_becomes_a_question_mark():
    assert text_cuts.clean("a\ud83db") == "a?b"


def test_a_limit_that_no_character_fits_is_refused():
    with pytest.raises(ValueError, match="4 or more"):
        list(text_cuts.pieces("€", 3, len))


@given(text=TEXTS | WIDE, most=st.integers(4, 60))
def test_pieces_by_characters_hold_the_same_promises(text: str, most: int):
    pieces = list(text_cuts.pieces(text, most, text_cuts.after_blank, text_cuts.head_by_characters))
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= most for piece in pieces)


def test_a_blank_counts_only_where_it_is_near():
    assert text_cuts.after_blank("a b") == 2
    assert text_cuts.after_blank("a " + "b" * 199) == 2
    assert text_cuts.after_blank("a " + "b" * 300) == 302
    assert text_cuts.after_blank(" ab") == 3, "nothing but the blank would be left"
