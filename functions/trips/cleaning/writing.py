"""Clean rows -> the bytes of a record: JSON lines, which Parquet conversion and Athena want, or CSV without a header.

Firehose joins records into one object, so a header would stand again and again between the rows. Whole columns are
turned into text at a time; ``json.dumps`` per row would take four times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from json.encoder import encode_basestring

from trips.cleaning import derived as features
from trips.cleaning.rows import Row
from trips.recipe.parser import Recipe

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


def _csv_quoted(value: str) -> str:
    """As RFC 4180 has it, but on one line: Athena's CSV reader ends a row at each line's end."""
    value = value.replace("\r", " ").replace("\n", " ")
    if '"' in value or "," in value:
        value = value.replace('"', '""')
        return f'"{value}"'
    return value


class Writer:
    """Writes rows of one recipe in one format ("json" or "csv")."""

    def __init__(self, recipe: Recipe, output: str) -> None:
        self._recipe = recipe
        self._json = output == "json"
        self._missing = "null" if self._json else ""
        self._strings = _Strings(encode_basestring if self._json else _csv_quoted, self._missing)
        names = [name.replace("%", "%%") for name, _ in recipe.outputs]
        if self._json:
            self._line = "{" + ",".join(f"{encode_basestring(name)}:%s" for name in names) + "}\n"
        else:
            self._line = ",".join(["%s"] * len(names)) + "\n"

    def write(self, rows: Sequence[Row], times: Sequence[datetime]) -> bytes:
        """One line per row, in order."""
        if not rows:
            return b""
        columns: list[Iterable[str]] = []
        for index, values in zip(range(len(self._recipe.columns)), zip(*rows, strict=True), strict=False):
            columns.append(self._texts(index, values, times))
        for _, feature in self._recipe.derived:
            derived = features.derive(times, feature, self._recipe)
            textual = feature in ("day_name", "part_of_day")
            columns.append([self._strings[text] for text in derived] if textual else derived)
        return "".join(map(self._line.__mod__, zip(*columns, strict=True))).encode()

    def _texts(self, index: int, values: tuple[str, ...], times: Sequence[datetime]) -> Iterable[str]:
        column = self._recipe.columns[index]
        if column.kind == "string":
            return map(self._strings.__getitem__, values)
        if column.kind == "timestamp":
            return self._stamps(values, times if index == self._recipe.source else None)
        return values if column.required else [value or self._missing for value in values]

    def _stamps(self, values: tuple[str, ...], times: Sequence[datetime] | None) -> list[str]:
        """Microseconds always, so that texts compare as times do."""
        quote = '"' if self._json else ""
        if times is not None:
            return [f"{quote}{time.isoformat(' ', 'microseconds')}{quote}" for time in times]
        stamps = []
        for value in values:
            stamp = value.strip('"')
            text = datetime.fromisoformat(stamp).isoformat(" ", "microseconds") if stamp else ""
            stamps.append(f"{quote}{text}{quote}" if text else self._missing)
        return stamps
