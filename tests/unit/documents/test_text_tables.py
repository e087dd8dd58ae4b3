from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.model import Box, Word
from documents.reading import reading_order, text_tables


def page(*rows, height=0.015, step=0.02, letter=0.006):
    """Each row as ``{left: text}``; the words of a text stand side by side."""
    words = []
    for number, row in enumerate(rows):
        for left, text in row.items():
            place = left
            for word in text.split():
                words.append(Word(word, Box(place, 0.1 + step * number, letter * len(word), height)))
                place += letter * (len(word) + 1)
    return reading_order.rows(reading_order.segments(words))


def columns(*texts, lefts=(0.1, 0.3, 0.5, 0.7, 0.85)):
    return {left: text for left, text in zip(lefts, texts, strict=False) if text}


def test_rows_in_the_same_columns():
    rows = [columns("Item", "Number", "Price"), columns("Apple pie", "2", "3.00"), columns("Tea", "1", "2.00")]
    assert text_tables.find(page(*rows)) == [
        (("Item", "Number", "Price"), ("Apple pie", "2", "3.00"), ("Tea", "1", "2.00"))
    ]


def test_a_cell_may_be_empty():
    rows = [columns(*"abcd"), columns("e", "", "f", "g"), columns(*"hijk")]
    assert text_tables.find(page(*rows)) == [(("a", "b", "c", "d"), ("e", "", "f", "g"), ("h", "i", "j", "k"))]


def test_columns_aligned_on_the_right():
    rows = [{0.1: "Rent", 0.4: "1", 0.6 - 0.006 * len(sum_): sum_} for sum_ in ("5.00", "1,250.00", "12.00")]
    [found] = text_tables.find(page(*rows))
    assert [row[2] for row in found] == ["5.00", "1,250.00", "12.00"]


def test_a_line_below_a_cell_goes_on_with_it():
    rows = [columns(*"abcd"), columns("1", "Web Design", "85.00", "0%"), {0.3: "and more"}]
    assert text_tables.find(page(*rows)) == [(("a", "b", "c", "d"), ("1", "Web Design and more", "85.00", "0%"))]


def test_a_line_above_a_cell_s_middle_is_part_of_it_too():
    words = page(columns(*"abcd"), {}, columns("1", "", "85.00", "0%"))
    above, below = page({}, {0.3: "Web Design"}, {0.3: "and more"}, step=0.0215)
    lowered = [
        [
            reading_order.Segment(
                0, tuple(Word(w.text, Box(w.box.left, w.box.top + 0.005, w.box.width, 0.01)) for w in s.words)
            )
            for s in row
        ]
        for row in (above, below)
    ]
    [found] = text_tables.find([words[0], lowered[0], words[1], lowered[1]])
    assert found == (("a", "b", "c", "d"), ("1", "Web Design and more", "85.00", "0%"))


def test_two_tables_apart_are_two():
    rows = [columns(*"abc"), columns(*"def"), columns(*"ghi")]
    assert len(text_tables.find(page(*rows, {}, {}, {}, *rows))) == 2


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [columns("Name", "Ann")] * 4,
        [columns(*"abc")] * 2,
        [columns(*"abc"), {0.1: "a title over everything " * 4}, columns(*"abc")],
        [{0.05: "x" * 45, 0.36: "x" * 45, 0.67: "x" * 45}] * 5,
        [{0.1: "a", 0.3: "b", 0.5: "c"}, {0.1: "a", 0.2: "wide " * 12, 0.6: "c"}, {0.1: "a", 0.3: "b", 0.5: "c"}],
    ],
    ids=["nothing", "two-columns", "two-rows", "interrupted", "running-text", "across"],
)
def test_what_is_no_table(rows):
    assert text_tables.find(page(*rows)) == []


@given(st.lists(st.dictionaries(st.floats(0, 0.9), st.text("abc 12", min_size=1, max_size=20), max_size=5), max_size=9))
def test_any_page_gives_rows_of_equal_length_and_no_word_twice(rows):
    found = page(*rows)
    words = sorted(word for row in rows for text in row.values() for word in text.split())
    told = sorted(word for grid in text_tables.find(found) for row in grid for cell in row for word in cell.split())
    for grid in text_tables.find(found):
        assert len({len(row) for row in grid}) == 1
    for word in set(told):
        assert told.count(word) <= words.count(word)
