"""What the columns of a stream mean, read from a TOML file, so that another stream needs no code.

``[input]`` says how a record is written, each ``[[column]]`` what a column is (type, required, drop, rename),
``[derive]`` which features of a timestamp are added, ``[balance]`` what the two classes are. See
``recipes/bike_share.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from trips.errors import BadRecipe

KINDS = ("integer", "number", "string", "timestamp")
FEATURES: Mapping[str, str] = {"day_name": "string", "hour": "integer", "month": "integer", "part_of_day": "string"}
"""What can be derived from a timestamp, and the type of the derived column."""
FOLDER = Path(__file__).with_name("recipes")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is kept: its name in the input and in the output, its type, whether a row needs it."""

    name: str
    kind: str
    required: bool
    output: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """``parts`` holds the part of the day for each of its 24 hours; ``anchor`` is the index of a required column."""

    format: str
    header: tuple[str, ...]
    columns: tuple[Column, ...]
    known: frozenset[str]
    anchor: int
    source: int
    derived: tuple[tuple[str, str], ...]
    parts: tuple[str, ...]
    label: int
    label_value: str

    @property
    def outputs(self) -> tuple[tuple[str, str], ...]:
        """Name and type of each column that is written, in order."""
        kept = [(column.output, column.kind) for column in self.columns]
        return (*kept, *((name, FEATURES[feature]) for name, feature in self.derived))


@cache
def named(name: str) -> Recipe:
    """The recipe ``recipes/<name>.toml``. Raises BadRecipe."""
    path = FOLDER / f"{name}.toml"
    if not path.is_file():
        raise BadRecipe(f"There is no recipe {name!r}; put {name}.toml into functions/trips/recipe/recipes/.")
    return parse(path.read_text(encoding="utf-8"))


def parse(text: str) -> Recipe:
    """A recipe from its TOML. Raises BadRecipe with a sentence that says what to change."""
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRecipe(f"The recipe is not TOML: {error}.") from error
    entries = document.get("column", [])
    columns = tuple(_column(entry) for entry in entries if not entry.get("drop"))
    names = [column.name for column in columns]
    anchor = next((index for index, column in enumerate(columns) if column.required), None)
    if anchor is None:
        raise BadRecipe("A recipe needs at least one [[column]] with required = true.")
    source, derived = _derived(document.get("derive", {}), columns)
    label, value = _balance(document.get("balance", {}), names)
    recipe = Recipe(
        format=_member(document.get("input", {}), "format", ("csv", "json")),
        header=tuple(document.get("input", {}).get("header", [])),
        columns=columns,
        known=frozenset(entry["name"] for entry in entries),
        anchor=anchor,
        source=source,
        derived=derived,
        parts=_parts(document.get("parts_of_day", {"day": 0})),
        label=label,
        label_value=value,
    )
    written = [name for name, _ in recipe.outputs]
    if len(set(written)) < len(written) or len(recipe.known) < len(entries):
        raise BadRecipe("Two columns of the recipe have one name; rename one of them.")
    return recipe


def _column(entry: Mapping[str, Any]) -> Column:
    if not isinstance(entry.get("name"), str):
        raise BadRecipe("Each [[column]] needs a name.")
    name = entry["name"]
    required = entry.get("required", False)
    return Column(name, _member(entry, "type", KINDS), bool(required), str(entry.get("rename", name)))


def _member(table: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    value = table.get(key)
    if value not in allowed:
        raise BadRecipe(f"{key} = {value!r} of {table.get('name', '[input]')} is none of {', '.join(allowed)}.")
    return str(value)


def _derived(table: Mapping[str, Any], columns: tuple[Column, ...]) -> tuple[int, tuple[tuple[str, str], ...]]:
    """The index of the timestamp that features come from, -1 where there are none, and (name, feature) of each."""
    wanted = tuple((name, str(feature)) for name, feature in table.items() if name != "from")
    for name, feature in wanted:
        if feature not in FEATURES:
            raise BadRecipe(f"{name} = {feature!r} in [derive] is none of {', '.join(FEATURES)}.")
    for index, column in enumerate(columns):
        if column.name == table.get("from") and column.kind == "timestamp" and column.required:
            return index, wanted
    if wanted:
        raise BadRecipe(f"[derive] from = {table.get('from')!r} must name a required column of type timestamp.")
    return -1, ()


def _parts(table: Mapping[str, Any]) -> tuple[str, ...]:
    """The part of the day of each hour: a part lasts until the next one begins, over midnight too."""
    if not table or not all(isinstance(hour, int) and 0 <= hour < 24 for hour in table.values()):
        raise BadRecipe("[parts_of_day] gives the first hour (0 to 23) of each part.")
    begins = sorted((hour, name) for name, hour in table.items())
    return tuple(next((name for first, name in reversed(begins) if first <= hour), begins[-1][1]) for hour in range(24))


def _balance(table: Mapping[str, Any], names: list[str]) -> tuple[int, str]:
    if not table:
        return -1, ""
    if table.get("column") not in names or not isinstance(table.get("value"), str):
        raise BadRecipe("[balance] needs the column that tells the classes apart, and the value of one of them.")
    return names.index(table["column"]), table["value"]
