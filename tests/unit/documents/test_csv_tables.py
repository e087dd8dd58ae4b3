from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.model import Table
from documents.outputs import csv_tables


def test_rows_as_rfc_4180_has_them():
    table = Table(1, (("a", 'say "b"', "c, d"), ("", "two\nlines", "é")))
    assert csv_tables.csv_text(table) == 'a,"say ""b""","c, d"\r\n,"two\nlines",é\r\n'


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "+1 555 0100",
        "-",
        "--",
        "=",
        "\uff1d1",
        "-2+cmd|x",
    ],
)
def test_formulas_become_text(cell):
    assert csv_tables.escaped(cell) == "'" + cell


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "-5.00",
        "+5",
        "-1,250.00",
        "-1.250,00",
        "-$3",
        "+€1 250",
        "-12%",
        "5-3",
        "a=b",
        "'=1",
        "x@example.com",
        "3/4/2024",
    ],
)
def test_numbers_and_text_stay(cell):
    assert csv_tables.escaped(cell) == cell


@given(st.lists(st.lists(st.text(max_size=12), min_size=2, max_size=4), max_size=5))
def test_any_cell_comes_back(rows):
    width = max(map(len, rows), default=0)
    full = tuple(tuple(row + [""] * (width - len(row))) for row in rows)
    read = list(csv.reader(io.StringIO(csv_tables.csv_text(Table(1, full)), newline="")))
    assert read == [[csv_tables.escaped(cell) for cell in row] for row in full]
    for row in read:
        for cell in row:
            assert cell[:1] not in {"=", "@", "\t", "\r"}
            assert "\0" not in cell


@given(st.sampled_from("=+-@\t\r"), st.text(alphabet="A1(|!\"' ", min_size=1))
def test_nothing_that_calls_something_stays(first, rest):
    cell = first + rest
    assert csv_tables.escaped(cell)[0] == "'" or cell[1:].strip().isdigit()
