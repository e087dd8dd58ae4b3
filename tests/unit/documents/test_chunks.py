from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.meaning import chunks


def rebuilt(lines: list[str], made: list[chunks.Chunk]) -> list[str]:
    """The lines again, out of the chunks' pieces."""
    again = [""] * len(lines)
    for chunk in made:
        for piece in chunk.pieces:
            assert len(again[piece.line]) <= piece.start
            again[piece.line] = again[piece.line].ljust(piece.start) + chunk.text[piece.at : piece.at + piece.length]
    return again


def test_lines_stay_whole_where_they_fit():
    made = list(chunks.by_bytes(["one", "two", "three", "four"], 10))
    assert [chunk.text for chunk in made] == ["one\ntwo", "three\nfour"]


def test_a_line_that_is_too_long_is_cut_at_a_blank():
    assert [chunk.text for chunk in chunks.by_bytes(["aaaa bbbb cccc"], 10)] == ["aaaa bbbb ", "cccc"]


def test_a_line_without_blanks_is_cut_between_characters():
    made = list(chunks.by_bytes(["ü" * 7], 5))
    assert [chunk.text for chunk in made] == ["üü", "üü", "üü", "ü"]
    assert [piece.start for chunk in made for piece in chunk.pieces] == [0, 2, 4, 6]


def test_a_place_is_given_back_for_each_line_it_touches():
    (chunk,) = chunks.by_bytes(["Ann", "", "Lee lives", "here"], 100)
    assert chunk.text == "Ann\nLee lives\nhere"
    assert list(chunk.places(0, 7)) == [(0, 0, 3), (2, 0, 3)]
    assert list(chunk.places(4, 7)) == [(2, 0, 3)]
    assert list(chunk.places(14, 18)) == [(3, 0, 4)]


def test_half_of_a_surrogate_pair_keeps_its_place():
    (chunk,) = chunks.by_bytes(["a\ud800b"], 100)
    assert chunk.text == "a?b"


def test_there_must_be_room_for_any_character():
    with pytest.raises(ValueError, match="room"):
        list(chunks.by_bytes(["a"], 3))


def blanked(line: str) -> str:
    return "".join(" " if letter.isspace() else letter for letter in line).rstrip()


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=8),
    st.integers(4, 40),
    st.booleans(),
)
def test_nothing_is_lost_or_moved_and_no_chunk_is_too_long(lines, most, in_bytes):
    made = list((chunks.by_bytes if in_bytes else chunks.by_characters)(lines, most))
    assert all(0 < (len(chunk.text.encode()) if in_bytes else len(chunk.text)) <= most for chunk in made)
    # Cut pieces of nothing but blanks may go, whichever blanks they are.
    assert [blanked(line) for line in rebuilt(lines, made)] == [blanked(line) for line in lines]
    for chunk in made:
        for begin in range(len(chunk.text)):
            for line, start, end in chunk.places(begin, begin + 1):
                assert lines[line][start:end] == chunk.text[begin]
