"""What the columns of a stream mean, read from a TOML file, so that another stream needs no code.

``[input]`` says how a record is written, each ``[[column]]`` what a column is (type, aliases, required, bounds,
categories, drop, rename), ``[time]`` where its clock stands, ``[trip]`` which times are a trip's ends, ``[derive]``
which features are added, ``[balance]`` what the two classes are. ``extends = "lyft"`` takes another recipe's tables
where this one has none. docs/trips.md has each entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from trips.errors import BadRecipe
from trips.recipe import tables
from trips.recipe.model import KINDS, Column, Recipe, fold

FOLDER = Path(__file__).with_name("recipes")
TABLES = {"extends", "input", "time", "trip", "column", "derive", "parts_of_day", "balance"}
ENTRIES = {"name", "aliases", "type", "required", "rename", "drop", "min", "max", "values", "unknown"}
EMPTY = ("NULL", "NaN", "\\N", "N/A", "#N/A", "<NA>", "NaT")
"""Texts that databases, Hive and pandas write for no value. "NA" and "None" are not among them: they are names too."""


@cache
def named(name: str) -> Recipe:
    """The recipe ``recipes/<name>.toml``. Raises BadRecipe."""
    return parse(_text(name))


def _text(name: str) -> str:
    path = FOLDER / f"{name}.toml"
    if not name.replace("_", "").isalnum() or not path.is_file():
        raise BadRecipe(f"There is no recipe {name!r}; put {name}.toml into functions/trips/recipe/recipes/.")
    return path.read_text(encoding="utf-8")


def parse(text: str) -> Recipe:
    """A recipe from its TOML. Raises BadRecipe with a sentence that says what to change."""
    document = _document(text)
    entries = document.get("column", [])
    columns = tuple(_column(entry) for entry in entries if not entry.get("drop"))
    anchor = next((index for index, column in enumerate(columns) if column.required), None)
    if anchor is None:
        raise BadRecipe("A recipe needs at least one [[column]] with required = true.")
    given = document.get("input", {})
    zone, converts = tables.time(document.get("time", {}))
    trip = tables.trip(document.get("trip", {}), columns)
    source, derived = tables.derived(document.get("derive", {}), columns, trip)
    label, value = tables.balance(document.get("balance", {}), columns)
    recipe = Recipe(
        format=tables.member(given, "format", ("csv", "json")),
        has_header=tables.member({"header": "first", **given}, "header", ("first", "none")) == "first",
        order=tuple(entry["name"] for entry in entries),
        names=_names(entries),
        columns=columns,
        anchor=anchor,
        empty=frozenset(text.casefold() for text in tables.texts(given, "empty", EMPTY)) | {""},
        zone=zone,
        converts=converts,
        trip=trip,
        source=source,
        derived=derived,
        parts=tables.parts(document.get("parts_of_day", {"day": 0})),
        label=label,
        label_value=value,
    )
    written = [name for name, _ in recipe.outputs]
    if len(set(written)) < len(written):
        raise BadRecipe("Two columns of the recipe have one name; rename one of them.")
    return recipe


def _document(text: str) -> Mapping[str, Any]:
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRecipe(f"The recipe is not TOML: {error}.") from error
    _known(document, TABLES, "The recipe")
    base = document.get("extends")
    if base is None:
        return document
    beneath = tomllib.loads(_text(str(base)))
    if "extends" in beneath:
        raise BadRecipe(f"{base} extends another recipe; extend that one.")
    return {**beneath, **document}


def _known(table: Mapping[str, Any], allowed: Iterable[str], where: str) -> None:
    """A misspelt entry would be a rule that nobody keeps."""
    for name in table:
        if name not in allowed:
            raise BadRecipe(f"{where} has {name!r}, which is none of {', '.join(sorted(allowed))}.")


def _names(entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The column of each name and alias, dropped ones too. Raises BadRecipe where two columns share one."""
    found: dict[str, str] = {}
    for entry in entries:
        for name in (entry["name"], *tables.texts(entry, "aliases", ())):
            other = found.setdefault(fold(name), entry["name"])
            if other != entry["name"] or not fold(name):
                raise BadRecipe(
                    f"Two columns of the recipe have one name, or one has none: {name!r}; rename one of them."
                )
    if len(set(found.values())) < len(list(entries)):
        raise BadRecipe("Two columns of the recipe have one name; rename one of them.")
    return found


def _column(entry: Mapping[str, Any]) -> Column:
    if not isinstance(entry.get("name"), str):
        raise BadRecipe("Each [[column]] needs a name.")
    name = entry["name"]
    _known(entry, ENTRIES, f"The [[column]] {name}")
    kind = tables.member(entry, "type", KINDS)
    values = tables.texts(entry, "values", ())
    if values and kind != "string":
        raise BadRecipe(f'values of {name} need type = "string"; bound numbers with min and max.')
    least, most = (tables.number(entry, key, kind) for key in ("min", "max"))
    return Column(
        name=name,
        kind=kind,
        required=bool(entry.get("required", False)),
        output=str(entry.get("rename", name)),
        least=least,
        most=most,
        values=values,
        strict=tables.member({"unknown": "keep", **entry}, "unknown", ("keep", "leave_out")) == "leave_out",
        spellings={value.casefold(): value for value in values},
    )
