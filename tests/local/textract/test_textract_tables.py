"""Tables that have no walls, and pages whose columns are no tables; radio buttons and blanks of underscores."""

from __future__ import annotations

from functools import cache

import pytest

from tests.local.textract.builders import Answer, analyze, answer, pdf_of
from tests.local.textract.pages import Drawn
from tests.local.textract.tables import NO_TABLES, PRICES, REPORT, SHADED, STAFF, TABLES, survey


@cache
def read(name: str) -> Answer:
    page: Drawn = {**TABLES, **NO_TABLES, "survey": survey}[name]()
    return answer(analyze(page.png()))


def rows(*grid: tuple[str, ...]) -> list[list[str]]:
    return [list(row) for row in grid]


def test_two_columns_at_one_distance_are_a_table() -> None:
    staff, prices = read("lists").tables()
    assert staff == rows(*STAFF)
    assert prices == rows(*PRICES)


def test_level_rulings_make_a_table_and_no_blanks() -> None:
    (grid,) = read("report").tables()
    assert grid[1:] == rows(*REPORT[1:])
    assert read("report").pairs() == {}


def test_headings_over_groups_of_columns_are_merged() -> None:
    found = read("report")
    merged = found.of("MERGED_CELL")
    places = [(c["RowIndex"], c["ColumnIndex"], c["RowSpan"], c["ColumnSpan"]) for c in merged]
    assert places == [(1, 2, 1, 2), (1, 4, 1, 2)]
    texts = [" ".join(found.text(cell) for cell in found.related(cell)).strip() for cell in merged]
    assert texts == ["First half", "Second half"]
    assert {cell["EntityTypes"][0] for cell in merged} == {"COLUMN_HEADER"}


def test_shaded_rows_are_a_table_with_cells_of_several_lines() -> None:
    (grid,) = read("shaded").tables()
    assert grid == rows(*SHADED)


@pytest.mark.parametrize("name", sorted(NO_TABLES))
def test_text_in_columns_is_no_table(name: str) -> None:
    assert read(name).tables() == []


def test_labels_without_colons_are_keys() -> None:
    pairs = read("addresses").pairs()
    assert {key: pairs.get(key) for key in ("First Name", "Last Name", "Occupation")} == {
        "First Name": "Ingrid",
        "Last Name": "Solberg",
        "Occupation": "Baker",
    }


def test_radio_buttons_are_selection_elements_with_their_labels() -> None:
    pairs = read("survey").pairs()
    expected = {"Excellent": "[ ]", "Fair": "[X]", "Poor": "[ ]", "Yes": "[X]", "No": "[ ]"}
    assert {key: pairs.get(key) for key in expected} == expected
    assert len(read("survey").of("SELECTION_ELEMENT")) == len(expected)


def test_underscores_are_a_blank_and_no_word() -> None:
    found = read("survey")
    pairs = found.pairs()
    assert (pairs.get("Name:"), pairs.get("Room:")) == ("Maria Keller", "")
    assert not any("__" in word for word in found.words())


def test_underscores_of_a_pdf_are_a_blank_and_no_word() -> None:
    found = answer(analyze(pdf_of("Name:______________ Room:________", "file_name")))
    assert found.words() == ["Name:", "Room:", "file_name"]
    assert sorted(found.pairs()) == ["Name:", "Room:"]
