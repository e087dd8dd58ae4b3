"""How faults and loads are counted, what becomes of the sums, and where the tables go."""

from __future__ import annotations

import pytest

from bench.faults import table
from bench.faults.streams.stream import count
from bench.faults.whole import Count, Whole


def whole(*counts: Count) -> Whole:
    return Whole("a scene", "a fault", counts, {"SomeQueue": 2}, 12.4, 1)


def test_what_is_neither_out_nor_waiting_is_lost():
    assert Count("articles", 10, 6, 3).lost == 1
    assert Count("articles", 10, 10, 3).lost == 0
    assert not whole(Count("articles", 10, 6, 3)).well


@pytest.mark.parametrize(("waiting", "expected"), [(0, 0), (3, 3), (9, 4)])
def test_only_what_is_not_out_can_wait(waiting: int, expected: int):
    assert count("articles", 10, 6, waiting, []).waiting == expected


def test_something_wrong_is_not_well_though_nothing_is_lost():
    assert not whole(Count("articles", 1, 1, 0, ("its audio is of another version",))).well
    assert whole(Count("articles", 1, 1)).well


def test_the_last_line_is_the_sum_over_all_kinds():
    lines = list(whole(Count("articles", 10, 6, 3), Count("trips", 100, 100)).lines())
    assert lines[-1] == "whole: 110 in, 106 out, 3 waiting, 1 lost"
    assert "  waits in SomeQueue: 2" in lines
    assert lines[0] == "  articles: 10 in, 6 out, 3 waiting, 1 lost"


def test_a_table_takes_the_place_of_the_one_before(tmp_path):
    page = tmp_path / "faults.md"
    page.write_text("before\n<!-- load -->\nold\n<!-- end of load -->\nafter\n")
    table.write("load", table.rows([whole(Count("articles", 1000, 1000))], "make load", 7), page)
    text = page.read_text()
    assert "| a scene | a fault | 1,000 articles | 1,000 | 0 | 0 | 1 | 12 |" in text
    assert "seed 7" in text
    assert "old" not in text
    assert (text.startswith("before\n"), text.endswith("after\n")) == (True, True)


def test_a_page_without_the_place_is_not_written(tmp_path):
    page = tmp_path / "faults.md"
    page.write_text("nothing")
    with pytest.raises(ValueError, match="has no <!-- load -->"):
        table.write("load", "rows", page)
