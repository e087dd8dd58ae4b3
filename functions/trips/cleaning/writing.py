"""Clean rows -> the bytes of a record: JSON lines, which Parquet conversion and Athena want, or CSV.

CSV is written as Hive's LazySimpleSerDe reads it: no quotes; a comma or a backslash has a backslash before it, and no
value is nothing. Firehose joins records into one object, so a header, which is an option, stands again before the rows
of each record. Whole columns are turned into text at a time; ``json.dumps`` per row would take four times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from json.encoder import encode_basestring

from trips.cleaning import derived as features
from trips.cleaning.rows import Table
from trips.recipe.model import FEATURES, Recipe

FORMATS = ("json", "csv")


class _Strings(dict[str, str]):
    """Quoted text of a string in canonical form; station names come again and again, so each is made once."""

    def __init__(self, quote: Callable[[str], str], missing: str) -> None:
        super().__init__({"": missing})
        self._quote = quote

    def __missing__(self, text: str) -> str:
        value = text[1:-1] if text[0] == '"' else text
        made = self[text] = self._quote(value)
        return made


def _csv_escaped(value: str) -> str:
    """On one line: a row ends at each line's end."""
    value = value.replace("\r", " ").replace("\n", " ")
    return value.replace("\\", "\\\\").replace(",", "\\,") if "\\" in value or "," in value else value


class Writer:
    """Writes rows of one recipe in one format ("json" or "csv"); CSV begins with a header if that is wanted."""

    def __init__(self, recipe: Recipe, output: str, *, header: bool = False) -> None:
        self._recipe = recipe
        self._json = output == "json"
        self._missing = "null" if self._json else ""
        self._strings = _Strings(encode_basestring if self._json else _csv_escaped, self._missing)
        names = [name for name, _ in recipe.outputs]
        self._head = ",".join(map(_csv_escaped, names)) + "\n" if header and not self._json else ""
        if self._json:
            members = (encode_basestring(name).replace("%", "%%") for name in names)
            self._line = "{" + ",".join(f"{member}:%s" for member in members) + "}\n"
        else:
            self._line = ",".join(["%s"] * len(names)) + "\n"

    def write(self, table: Table) -> bytes:
        """One line per row, in order."""
        if not len(table):
            return b""
        columns = [self._texts(index, table) for index in range(len(self._recipe.columns))]
        for _, feature in self._recipe.derived:
            derived = features.derive(table, feature, self._recipe)
            textual = FEATURES[feature] == "string"
            columns.append([self._strings[text] for text in derived] if textual else derived)
        return (self._head + "".join(map(self._line.__mod__, zip(*columns, strict=True)))).encode()

    def _texts(self, index: int, table: Table) -> Iterable[str]:
        column, values = self._recipe.columns[index], table.columns[index]
        if column.kind == "string":
            return map(self._strings.__getitem__, values)
        if column.kind == "timestamp":
            # Microseconds always, so that texts compare as times do.
            quote = '"' if self._json else ""
            return [
                f"{quote}{time.isoformat(' ', 'microseconds')}{quote}" if time else self._missing
                for time in table.stamps[index]
            ]
        return values if column.required else [value or self._missing for value in values]
