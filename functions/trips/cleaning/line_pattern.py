"""A clean line of CSV as one regular expression, made from a recipe and a header.

Reading is most of the work of this pipeline. A line that matches is split, complete and of the right types in one go
of the regular expression engine (40 ms for 25,000 rows, where ``csv.reader`` alone takes 50); the few lines that do
not match are read with care by ``trips.cleaning.rows``. Both ways give the same (tests/unit/trips/test_rows.py), so
this module decides about speed only.
"""

from __future__ import annotations

import re
from functools import lru_cache

from trips.recipe.parser import Recipe

# Each matches only text that the careful reading would leave as it is; what looks like a time is parsed afterwards.
# Possessive, so that no line can make the engine go back and forth.
FIELDS = {
    "integer": r"0|-?[1-9][0-9]{0,17}+",
    "number": r"-?(?:0|[1-9][0-9]{0,14}+)\.[0-9]{1,17}+",
    "timestamp": r"[0-9-]{10} [0-9:.]{5,15}+",
}
STRING = r'("[^"\r\n]++"|[^",\r\n]++)'
ANYTHING = r'(?:"[^"\r\n]*+"|[^",\r\n]*+)'

WIDEST = 300
"""Columns. Compiling takes time for each, and a record could name a hundred thousand."""


@lru_cache(maxsize=16)
def clean_line(recipe: Recipe, header: tuple[str, ...]) -> re.Pattern[str] | None:
    """One group for each kept column in the recipe's order, and a last one for a line that is not clean.

    None where the header lacks a column that the recipe keeps, has them in another order, or is absurdly wide: then
    every line is read with care. Strings and timestamps keep their quotes, numbers have none.
    """
    places = [header.index(column.name) if column.name in header else -1 for column in recipe.columns]
    if -1 in places or places != sorted(places) or len(header) > WIDEST:
        return None
    fields = [ANYTHING] * len(header)
    for column, place in zip(recipe.columns, places, strict=True):
        body = _field(column.kind)
        fields[place] = body if column.required else f"{body}?+"
    return re.compile(f"^(?:{','.join(fields)}\\r?|(.*))$", re.MULTILINE)


def _field(kind: str) -> str:
    if kind == "string":
        return STRING
    plain = FIELDS[kind]
    return f'("{plain}"|{plain})' if kind == "timestamp" else f"({plain})"
