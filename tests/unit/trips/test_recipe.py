"""Recipes: what they say is taken, what cannot be meant is refused with a sentence."""

from __future__ import annotations

import pytest

from tests.unit.trips.builders import BIKES
from trips.cleaning.rows import read
from trips.cleaning.writing import Writer
from trips.errors import BadRecipe
from trips.recipe import parser

TAXIS = """
[input]
format = "json"

[[column]]
name = "pickup"
type = "timestamp"
required = true
rename = "started"

[[column]]
name = "fare"
type = "number"

[derive]
from = "pickup"
shift = "part_of_day"

[parts_of_day]
day = 7
night = 19
"""


def test_parts_of_the_day_begin_at_their_hours():
    expected = ["night"] * 5 + ["morning"] * 7 + ["afternoon"] * 6 + ["evening"] * 3 + ["night"] * 3
    assert list(BIKES.parts) == expected


def test_another_stream_needs_no_code():
    taxis = parser.parse(TAXIS)
    table = read(b'{"pickup": "2020-01-01 06:59:59", "fare": 7}\n{"pickup": "2020-01-01 07:00"}\n', taxis)
    assert Writer(taxis, "json").write(table).decode().splitlines() == [
        '{"started":"2020-01-01 06:59:59.000000","fare":7.0,"shift":"night"}',
        '{"started":"2020-01-01 07:00:00.000000","fare":null,"shift":"day"}',
    ]
    assert Writer(taxis, "csv").write(table).decode().splitlines()[1].endswith(",,day")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('format = "json"', 'format = "xml"', "none of csv, json"),
        ('type = "number"', 'type = "float"', "none of integer"),
        ("required = true", "required = false", "at least one"),
        ('from = "pickup"', 'from = "fare"', "must name a required column of type timestamp"),
        ('"part_of_day"', '"season"', "'season'"),
        ("day = 7", "day = 24", "first hour"),
        ('name = "fare"', 'name = "pickup"', "one name"),
        ('shift = "part_of_day"', 'started = "part_of_day"', "one name"),
        ('name = "fare"', "", "needs a name"),
        ("[derive]", '[balance]\ncolumn = "tip"\nvalue = "Yes"\n[derive]', "column that tells"),
        ("[input]", "[input", "not TOML"),
    ],
)
def test_what_cannot_be_meant(old, new, sentence):
    assert old in TAXIS
    with pytest.raises(BadRecipe, match=sentence):
        parser.parse(TAXIS.replace(old, new, 1))


def test_a_recipe_that_is_not_there():
    with pytest.raises(BadRecipe, match=r"nothing\.toml"):
        parser.named("nothing")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('format = "json"', 'format = "json"\nheader = "third"', "none of first, none"),
        ('format = "json"', 'format = "json"\nempty = "NULL"', "list of texts"),
        ('type = "number"', 'type = "number"\nmin = "0"', "must be a number"),
        ('type = "timestamp"', 'type = "timestamp"\nmax = 3', "must be a number"),
        ('type = "number"', 'type = "number"\nvalues = ["a"]', 'need type = "string"'),
        ('type = "number"', 'type = "number"\nmaximum = 3', "has 'maximum', which is none of"),
        ('type = "number"', 'type = "number"\naliases = ["Pick-up"]', "one name"),
        ('type = "number"', 'type = "number"\nunknown = "guess"', "none of keep, leave_out"),
        ("[derive]", '[time]\nzone = "America/Nowhere"\n[derive]', "no time zone"),
        ("[derive]", '[time]\noffsets = "convert"\n[derive]', "needs a zone"),
        ("[derive]", '[trip]\nstart = "pickup"\nend = "fare"\n[derive]', "end = 'fare' must name"),
        ("[derive]", '[trip]\nstart = "pickup"\nend = "pickup"\nlongest_hours = 0\n[derive]', "above 0"),
        ('"part_of_day"', '"seconds"', r"needs a \[trip\]"),
        ("[input]", "[imput]\n[input]", "has 'imput'"),
        ("[input]", 'extends = "divvy"\n[input]', "extends another"),
        ("[input]", 'extends = "../parser"\n[input]', "There is no recipe"),
    ],
)
def test_rules_that_cannot_be_meant(old, new, sentence):
    assert old in TAXIS
    with pytest.raises(BadRecipe, match=sentence):
        parser.parse(TAXIS.replace(old, new, 1))


def test_a_recipe_extends_another_by_whole_tables():
    lyft, divvy = parser.named("lyft"), parser.named("divvy")
    assert (divvy.columns, divvy.outputs, divvy.trip) == (lyft.columns, lyft.outputs, lyft.trip)
    assert (lyft.zone, divvy.zone) == ("America/Los_Angeles", "America/Chicago")
