"""A clean line of CSV as one regular expression, made from a recipe and a header.

Reading is most of the work of this pipeline. A line that matches is split, complete and of the right types in one go
of the regular expression engine (40 ms for 25,000 rows, where ``csv.reader`` alone takes 50); the few lines that do
not match are read with care by ``trips.cleaning.values``. Both ways give the same (tests/unit/trips/test_rows.py), so
this module decides about speed only.
"""

from __future__ import annotations

import csv
import re
from functools import lru_cache

from trips.recipe.model import Column, Recipe

# Each matches only text that the careful reading would leave as it is; what looks like a time is parsed afterwards.
# Possessive, so that no line can make the engine go back and forth.
FIELDS = {
    # Tools that know no missing integers write 21.0; of more than 15 digits a double does not know the last.
    "integer": r"(0|-?[1-9][0-9]{0,17}+)(?:\.(?<![0-9]{16}\.)0*+)?+",
    "number": r"(-?(?:0|[1-9][0-9]{0,14}+)\.[0-9]{1,17}+)",
}
TIME = r"[0-9-]{10}[ T][0-9:.]{5,15}+"
OFFSET = r"(?:Z|[+-][0-9]{2}:[0-9]{2})?+"
QUOTED, BARE = r'"[^\s"][^"\r\n]*+(?<!\s)"', r'[^\s",][^",\r\n]*+(?<!\s)'
ANYTHING = r'(?:"[^"\r\n]*+"|[^",\r\n]*+)'

_QUOTED_NUMBER = re.compile(r'"[-+0-9.]+"')

WIDEST = 300
"""Columns. Compiling takes time for each, and a record could name a hundred thousand."""


@lru_cache(maxsize=16)
def clean_line(recipe: Recipe, header: tuple[str, ...], quoted: frozenset[str]) -> re.Pattern[str] | None:
    """One group for each kept column in the recipe's order, and a last one for a line that is not clean.

    ``header`` has the recipe's column of each cell; numbers of the columns ``quoted`` stand in quotes, as a first line
    shows. None where the header lacks a column that the recipe keeps, has them in another order, or is absurdly wide:
    then every line is read with care. Strings and timestamps keep their quotes, numbers have none.
    """
    places = [header.index(column.name) if column.name in header else -1 for column in recipe.columns]
    if -1 in places or places != sorted(places) or len(header) > WIDEST:
        return None
    fields = [ANYTHING] * len(header)
    empty = "|".join(re.escape(text) for text in sorted(recipe.empty) if text)
    for column, place in zip(recipe.columns, places, strict=True):
        body = _field(column, recipe, empty)
        body = f'"{body}"' if column.name in quoted else body
        fields[place] = body if column.required else f"(?:{body}|(?i:{empty}))?+" if empty else f"(?:{body})?+"
    return re.compile(f"^(?:{','.join(fields)}\\r?|(.*))$", re.MULTILINE)


def _field(column: Column, recipe: Recipe, empty: str) -> str:
    if column.kind == "timestamp":
        plain = TIME + (OFFSET if recipe.converts else "")
        return f'("{plain}"|{plain})'
    if column.kind != "string":
        return FIELDS[column.kind]
    if column.values:
        plain = "|".join(re.escape(value) for value in sorted(column.values, key=len, reverse=True))
        return f'("(?:{plain})"|{plain})'
    # One look at the first character spares most names the comparison with each empty text.
    begins = "".join(sorted({re.escape(char) for text in recipe.empty for char in (text[:1], text[:1].upper())}))
    missing = f'(?!"?(?=[{begins}])(?i:{empty})"?(?:,|\\r?$))' if empty else ""
    return f"{missing}({QUOTED}|{BARE})"


def quoted_numbers(line: str, recipe: Recipe, header: tuple[str, ...]) -> frozenset[str]:
    """The columns whose numbers stand in quotes in a line: whole systems write them so."""
    if not _QUOTED_NUMBER.search(line):
        return frozenset()
    try:
        cells = next(csv.reader([line]), [])
    except csv.Error:  # it is no row; the careful reading says so
        return frozenset()
    kinds = {column.name: column.kind for column in recipe.columns}
    return frozenset(
        name
        for name, cell in zip(header, cells, strict=False)
        if kinds.get(name) in ("integer", "number") and cell and f'"{cell}"' in line
    )
