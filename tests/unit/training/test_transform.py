"""Text -> what a model sees: the same through every door, and refused by name where it is in no form."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings

from common.content import numbers
from tests.unit.training import builders, doors_of_rows
from training.errors import ModelUnusable, RowsUnreadable
from training.model import Column
from training.transform import cells, fitted, kinds, rows

COLUMNS = builders.COLUMNS


@settings(max_examples=300)
@given(doors_of_rows.row)
@example(["007", "007", "7.0"])
@example([None, "age", "x"])
@example(["age", "station", "member"])
@example(["\r", '"', "a,b\n"])
def test_a_row_is_the_same_through_every_door(row):
    found = doors_of_rows.encoded(row)
    assert all(each == found["arrays"] for each in found.values()), found


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1.0), (" 1\t", 1.0), ("+1.5e3", 1500.0), (".5", 0.5), ("5.", 5.0), ("-0", -0.0), ("007", 7.0),
        ("1_000", None), ("\u0663", None), ("nan", None), ("inf", None), ("1e400", None), ("0x1F", None), ("1,5", None),
        ("", None), (None, None), ("\xa0", None), ("9" * 400, None), ("1e-400", 0.0), ("1\n2", None),
    ],
)  # fmt: skip
def test_the_numbers_of_a_column(text, number):
    assert cells.read(text, "number") == number
    assert text is None or numbers.read(text.strip()) == number


def test_a_category_is_compared_sign_by_sign():
    fit = builders.fit()
    assert fit.encode(["1", " 5 ", "YES"]) == [1.0, 0, None]
    assert fit.notes(["x", "5.0", None]).to_json() == {
        "missing": ["member"],
        "unseen": ["station"],
        "unreadable": ["age"],
    }
    assert fit.notes(["1", "5", "no"]).to_json() == {}


def test_the_commonest_categories_are_kept_in_an_order_that_rows_do_not_decide():
    counts = {f"{number:03}": 1 + number % 3 for number in range(300)}
    fit = fitted.fit([Column("c", "category")], {"c": counts})
    other = fitted.fit([Column("c", "category")], {"c": dict(reversed(counts.items()))})
    assert fit == other
    assert (len(fit.categories["c"]), fit.categories["c"][:2], fit.others) == (254, ("002", "005"), {"c"})
    assert fit.encode(["never"]) == [254]  # all others are one category
    assert fit.notes(["never"]).unseen == ("c",)
    exact = fitted.fit([Column("c", "category")], {"c": {str(number): 1 for number in range(255)}})
    assert (len(exact.categories["c"]), exact.others, exact.encode(["x"])) == (255, frozenset(), [None])


def test_a_transform_travels_with_its_hash():
    fit = builders.fit()
    document = json.loads(json.dumps(fit.to_json()))
    assert fitted.from_json(document) == fit
    assert fit.hash != fitted.fit(COLUMNS, {"station": {"5": 9, "21": 4}, "member": {"yes": 8, "no": 7}}).hash
    document["columns"][1]["categories"].reverse()
    with pytest.raises(ModelUnusable, match="hash"):
        fitted.from_json(document)


def test_many_rows_in_each_form():
    expected = [["1", "a", None], ["2.50", "b", "true"]]
    for body, form in (
        (b"\xef\xbb\xbf1,a,\r\n\r\n2.50,b,true", "text/csv"),
        (b'member,age,station\n"",1,a\ntrue,2.50,b\n', "text/csv"),
        (b'[[1,"a",null],[2.50,"b",true]]', "application/json"),
        (b'[{"age":1,"station":"a"},{"station":"b","age":2.50,"member":true}]', "application/json"),
        (b'{"instances":[[1,"a",null],{"features":[2.50,"b",true]}]}', 'application/json; charset="utf-8"'),
        (b'[1,"a",null]\n\n{"features":[2.50,"b",true]}', "application/jsonlines"),
    ):
        found = rows.parse(body, form, COLUMNS)
        assert [[text or None for text in row] for row in found] == expected


REFUSED = [
    (b"1,2", "text/csv", "Line 1 of the CSV has 2 cells"),
    (b"age,station,members\n1,2,3", "text/csv", "'members' beside them"),
    (b"age,station,age\n1,2,3", "text/csv", "each of them once"),
    (b'1,"a', "text/csv", "not CSV"),
    (b"", "text/csv", "no rows"),
    (b"age,station,member\n", "text/csv", "no rows"),
    (b"[]", "application/json", "no rows"),
    (b"\n", "application/jsonlines", "no rows"),
    (b"", "application/json", "not JSON"),
    (b"\xff", "text/csv", "not UTF-8"),
    (b"[1,NaN,2]", "application/json", "not JSON"),
    (b"[" * 100_000, "application/json", "not JSON"),
    (b'{"age":1,"age":2}', "application/json", "twice"),
    (b'{"Age":1}', "application/json", "'Age', which is no column"),
    (b'{"age":{}}', "application/json", "an array or an object in age"),
    (b'[1,"\\udc00",2]', "application/json", "halves of characters in station"),
    (b"[[1,2,3],4]", "application/json", "Row 1 has 2 cells"),
    (b"7", "application/json", "an array of cells"),
    (b'{"instances":7}', "application/json", "'instances', which is no column"),
    (b'{"instances":[{"features":7}]}', "application/json", "'features', which is no column"),
    (b"[1,2,3]\n7\n", "application/jsonlines", "Line 2 has to be"),
    (b"1,2,3", "text/plain", "none of the forms"),
    (b"1,2,3", "", "none of the forms"),
    (b"1,2,3", "text/csv; charset=latin-1", "UTF-8"),
    (b"1,2,3\n" * 10_001, "text/csv", "10,001 rows"),
    (b"1" * 6_000_001, "text/csv", "6,000,000 bytes"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "form", "sentence"), REFUSED, ids=lambda value: repr(value)[:40])
def test_what_is_in_no_form_is_refused_with_what_to_change(body, form, sentence):
    with pytest.raises(RowsUnreadable, match=sentence):
        rows.parse(body, form, COLUMNS)


def test_a_long_text_passes_through_csv_as_through_json():
    column, text = [Column("text", "text")], "ab " * 100_000
    assert rows.parse(rows.to_csv([[text]], ["text"]), "text/csv", column) == [[text]]


def test_rows_that_look_like_a_header_get_one():
    assert rows.to_csv([["b", "a"], ["1", None]], ["a", "b"]) == b"a,b\r\nb,a\r\n1,\r\n"
    assert rows.to_csv([["a", "a"]], ["a", "b"]) == b"a,b\r\na,a\r\n"
    assert rows.to_csv([["1", None]], ["a", "b"]) == b"1,\r\n"


def test_kinds_of_columns_are_found_in_their_rows():
    names = ["number", "mixed", "text", "empty"]
    found = kinds.infer(names, [["1", "2", "one two three four five six", None], ["", "x", "a b c d e f g", " "]])
    assert [column.kind for column in found] == ["number", "category", "text", "number"]
