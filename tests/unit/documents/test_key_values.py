from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.reading import key_values
from documents.reading.key_values import Cell, cells_of


def found(text):
    return key_values.find([cells_of(line) for line in text.split("\n")])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Name: Ann Lee", ("Name", "Ann Lee")),
        ("name: ann", ("name", "ann")),
        ("Date of birth: 4 March 1980", ("Date of birth", "4 March 1980")),
        ("Phone:555-0100", ("Phone", "555-0100")),
        ("Time: 10:30", ("Time", "10:30")),
        ("Website: https://example.com/a:b", ("Website", "https://example.com/a:b")),
        ("Signature:", ("Signature", "")),
        ("Signature: ____________", ("Signature", "")),
        ("Total due ......... 93.50", ("Total due", "93.50")),
        ("Total due . . . . . . 93.50", ("Total due", "93.50")),
        ("Address ______________", ("Address", "")),
        ("Smoker: ☒ yes ☐ no", ("Smoker", "[X] yes [ ] no")),
        ("Name:          Ann Lee", ("Name", "Ann Lee")),
        ("Name:\tAnn Lee", ("Name", "Ann Lee")),
        ("ACC #: 1234", ("ACC #", "1234")),
        ("Größe: 5 cm", ("Größe", "5 cm")),
        ("名前\uff1a田中", ("名前", "田中")),
        ("Patient's address: 5 Elm St", ("Patient's address", "5 Elm St")),
        ("Blood pressure (mmHg): 120/80", ("Blood pressure (mmHg)", "120/80")),
        ("1. Name: Ann", ("1. Name", "Ann")),
    ],
)
def test_a_pair(line, expected):
    assert found(line) == [expected]


@pytest.mark.parametrize(
    "line",
    [
        "10:30",
        "at 10:30",
        "The train leaves at 10:30 from platform 4.",
        "https://example.com",
        "see https://example.com for more",
        "We have the following advice for you: please take it easy and rest",
        "He said that it would be all right. Then he added: rest",
        "a sentence without anything",
        "12:34:56",
        "::",
        ": value",
        "...",
        "___________",
        "* * *",
        "",
    ],
)
def test_no_pair(line):
    assert found(line) == []


def test_several_in_a_row():
    assert found("Name: Ann Lee     Date: 2024-03-04    Ward:") == [
        ("Name", "Ann Lee"),
        ("Date", "2024-03-04"),
        ("Ward", ""),
    ]


def test_order_duplicates_and_empty_values_stay():
    assert found("B: 1\nA: 2\nB:\nB: 1") == [("B", "1"), ("A", "2"), ("B", ""), ("B", "1")]


def test_two_columns():
    text = "Invoice Number    INV-17\nInvoice Date      4 March 2024\nTotal Due         $93.50"
    assert found(text) == [("Invoice Number", "INV-17"), ("Invoice Date", "4 March 2024"), ("Total Due", "$93.50")]


def test_two_columns_beside_something_else():
    rows = [
        [Cell("Acme Inc", 0.1, 0.2), Cell("Order Number", 0.5, 0.62), Cell("12345", 0.7, 0.75)],
        [Cell("1 Elm Street", 0.1, 0.22)],
        [Cell("Due Date", 0.5, 0.58), Cell("31 March", 0.7, 0.78)],
        [Cell("Total", 0.5, 0.55), Cell("$5", 0.7, 0.72)],
    ]
    assert key_values.find(rows) == [("Order Number", "12345"), ("Due Date", "31 March"), ("Total", "$5")]


@pytest.mark.parametrize(
    "text",
    [
        "Apples    3\nPears     4",  # two rows are no list
        "Item      Price\nApples    3.00\nPears     4.00\nPlums     5.00",  # a table with its head
        "Item   Number   Price\nApple  one      3.00\nPear   two      4.00\nPlum   one      5.00",  # three columns
        "It was a dark and stormy night, and      the rain fell in torrents except\n"
        "at occasional intervals when it was      checked by a violent gust of wind\n"
        "which swept up the streets of London     rattling along the housetops and so",
        "Chapter one ........ 1\nChapter two ........ 5\nChapter three ...... 9",  # a table of contents
    ],
)
def test_columns_that_are_no_pairs(text):
    assert found(text) == []


def test_what_stands_apart_is_another_list():
    first = [[Cell("One", 0.1, 0.2), Cell("a", 0.4, 0.5)], [Cell("Two", 0.1, 0.2), Cell("b", 0.4, 0.5)]]
    other = [[Cell("Three", 0.1, 0.2), Cell("c", 0.4, 0.5)]]
    assert len(key_values.find([*first, *other])) == 3
    assert len(key_values.find([*first, [], *other])) == 3
    assert key_values.find([*first, *[[]] * key_values.APART, *other]) == []


def test_columns_have_to_be_aligned():
    rows = [[Cell("One", 0.1, 0.2), Cell("a", 0.4 + 0.05 * n, 0.5 + 0.04 * n)] for n in range(4)]
    assert key_values.find(rows) == []


@given(st.lists(st.text(max_size=60), max_size=12))
def test_any_text_is_read(lines):
    for key, value in found("\n".join(lines)):
        assert key.strip() == key
        assert key
        assert value.strip() == value


@given(st.text(alphabet=" .:_ab1\t…", max_size=3000))
def test_hostile_lines_take_no_time(line):
    found(line)


@pytest.mark.parametrize("line", [". " * 10_000, "a" * 20_000 + ":", "_ " * 10_000, "a:" * 10_000, " " * 20_000 + "x"])
def test_long_lines_take_no_time(line):
    found(line)


@pytest.mark.parametrize("line", ["x" + "." * 19_000 + "_", "a" + ". " * 9_500 + "_", "a…" * 9_500 + "_"])
def test_leaders_that_lead_nowhere_take_no_time(line):
    """Looked for one after the other, those of a text of 10 MB would take hours."""
    assert found("\n".join([line] * 500)) == []


def test_a_leader_of_usual_length_still_leads():
    assert found("Total " + "." * 200 + " 12.50") == [("Total", "12.50")]


def test_two_labels_with_rules_to_write_on_are_two_pairs():
    row = [key_values.Cell("Signature: ____________ Date: ________")]
    assert key_values.find([row]) == [("Signature", ""), ("Date", "")]
    assert key_values.find([[key_values.Cell("Total due ............ $1.00")]]) == [("Total due", "$1.00")]
