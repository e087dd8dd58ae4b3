"""Log objects as bytes: any size, any damage, bounded memory, and every whole line is read."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.logs import lines as reader_lines
from llm.logs.lines import Lines, inflate, split

TEXT = b'{"a": 1}\n{"b": 2}\n{"c": 3}\n'
WHOLE = [b'{"a": 1}', b'{"b": 2}', b'{"c": 3}']


def read(*chunks, **limits):
    lines = Lines(chunks, **limits)
    return list(lines), lines.problem


def test_gzip_is_read():
    assert read(gzip.compress(TEXT)) == (WHOLE, "")


def test_plain_text_is_read():
    assert read(TEXT) == (WHOLE, "")


def test_members_behind_each_other_are_one_file():
    assert read(gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:])) == (WHOLE, "")
    assert read(gzip.compress(TEXT[:9]), gzip.compress(TEXT[9:])) == (WHOLE, "")


def test_padding_behind_the_last_member_is_nothing():
    assert read(gzip.compress(TEXT) + b"\0" * 512) == (WHOLE, "")


def test_the_last_line_needs_no_end():
    assert read(gzip.compress(TEXT[:-1])) == (WHOLE, "")


def test_an_empty_object_has_no_lines():
    assert read(b"") == ([], "")
    assert read(gzip.compress(b"")) == ([], "")


def test_a_cut_file_gives_what_is_there():
    packed = gzip.compress(TEXT * 5000)
    found, problem = read(packed[: len(packed) // 2])
    assert problem == "truncated"
    assert len(found) > 100
    assert set(found[:-1]) == set(WHOLE)


def test_a_broken_file_gives_what_is_in_front_of_the_break():
    packed = bytearray(gzip.compress(bytes(range(256)) * 4000))
    packed[len(packed) // 2] ^= 0xFF
    _, problem = read(bytes(packed))
    assert problem == "corrupt"


def test_rubbish_behind_a_member_is_a_break():
    assert read(gzip.compress(TEXT) + b"rubbish") == (WHOLE, "corrupt")


def test_a_long_line_is_none_and_costs_no_other():
    body = WHOLE[0] + b"\n" + b"x" * 5000 + b"\n" + WHOLE[1]
    assert read(gzip.compress(body), most_line=100) == ([WHOLE[0], None, WHOLE[1]], "")
    assert read(body, most_line=100) == ([WHOLE[0], None, WHOLE[1]], "")
    assert read(b"x" * 5000, most_line=100) == ([None], "")


def test_a_bomb_stops():
    bomb = gzip.compress(b"\0" * 20_000_000)
    assert len(bomb) < 30_000
    found, problem = read(bomb, most_unpacked=10_000_000)
    assert (found, problem) == ([None], "too large")


def test_a_bomb_of_line_ends_stops_too():
    found, problem = read(gzip.compress(b"\n" * 50_000_000), most_unpacked=10_000_000)
    assert (found, problem) == ([], "too large")


def test_a_bomb_of_tiny_lines_stops():
    found, problem = read(gzip.compress(b"1\n" * 5000), most_lines=1000)
    assert (len(found), problem) == (1000, "too large")


@given(st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"")).filter(bool)), st.integers(1, 9))
def test_lines_do_not_depend_on_where_chunks_end(lines, size):
    text = b"".join(line + b"\n" for line in lines)
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    assert list(split(chunks)) == lines


@given(st.binary(max_size=200), st.integers(1, 20), st.booleans())
def test_any_bytes_are_read_to_an_end(data, size, packed):
    body = gzip.compress(data) if packed else data
    found, problem = read(*(body[at : at + size] for at in range(0, len(body), size)))
    assert problem in {"", "truncated", "corrupt"}
    if packed:
        assert problem == ""
        assert b"\n".join(found) == b"\n".join(part for part in data.split(b"\n") if part)


def test_small_objects_are_unpacked_whole():
    assert inflate(gzip.compress(TEXT), 1000) == TEXT
    assert inflate(TEXT, 1000) == TEXT
    assert inflate(gzip.compress(b"x" * 2000), 1000) is None
    assert inflate(gzip.compress(TEXT)[:-9], 1000) is None


@pytest.mark.parametrize("level", [0, 1, 9])
def test_pieces_are_small_whatever_the_packing(level):
    pieces = list(Lines([zlib.compress(b"")])._inflated(gzip.compress(b"x" * 1_000_000, level), iter(())))
    assert max(len(piece) for piece in pieces) <= reader_lines.PIECE
