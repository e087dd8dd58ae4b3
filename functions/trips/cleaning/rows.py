"""The rows of one record: read, proved, and turned into columns of canonical text.

A row is a line. It either has every required column in the right type and within the recipe's bounds, or it is left
out with a reason; one bad line never touches another. A header that is not understood leaves the whole record out. The
types of a column never depend on what else a record holds.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import compress, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from trips.cleaning import header as headers
from trips.cleaning import proof, values
from trips.cleaning.header import Header, NotUnderstood
from trips.cleaning.line_pattern import clean_line, quoted_numbers
from trips.cleaning.proof import Stamps
from trips.cleaning.values import Row, Told, Unclean
from trips.errors import UnreadableRecord
from trips.recipe.model import Column, Recipe, fold

if TYPE_CHECKING:
    from trips.recipe.zones import Change

# A record has at most 1,000 KiB (Firehose API reference, Record), so no field can be cut by csv's own limit.
csv.field_size_limit(1 << 21)


class Left(NamedTuple):
    """A row that was left out: its line in the record (from 1), why, at which column, and the line itself.

    Reasons: ``empty`` (a required column has no value), ``invalid`` (a value is not of its type), ``category`` (none of
    the recipe's values), ``zone`` (an offset, which the recipe refuses); ``bounds``, ``order``, ``long``, ``clock``
    (``trips.cleaning.proof``); ``day`` (``trips.cleaning.days``); ``columns`` (too few or too many), ``json`` (no JSON
    object), ``encoding`` (no UTF-8); ``header``: names are not understood. Of CSV ``problem`` then says why, ``text``
    is the whole record and ``rows`` are its rows.
    """

    line: int
    reason: str
    column: str
    text: str
    rows: int = 1
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Clean rows as columns of canonical text, and what was left out.

    ``stamps`` has the parsed times of each timestamp column, ``numbers`` the line of each row, counted from 0. ``head``
    is the header as it came ("" where there is none), ``header`` what it means; ``changed`` are changes of the zone's
    clocks that its times may meet. ``apart`` are texts at the end of the record that begin with a header of their own.
    """

    columns: Sequence[Sequence[str]]
    stamps: Stamps
    numbers: Sequence[int]
    left: list[Left]
    told: Told = field(default_factory=Counter)
    head: str = ""
    header: Header = field(default_factory=lambda: Header(()))
    changed: Sequence[Change] = ()
    apart: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def rows(self) -> list[Row]:
        """The rows, each with the canonical text of its columns."""
        return list(zip(*self.columns, strict=True))

    def only(self, places: Sequence[int]) -> Table:
        """The rows at these places, in their order; what was left out stays."""
        columns: list[Sequence[str]] = [[column[place] for place in places] for column in self.columns]
        stamps: Stamps = {index: [times[place] for place in places] for index, times in self.stamps.items()}
        numbers = [self.numbers[place] for place in places]
        return replace(self, columns=columns, stamps=stamps, numbers=numbers)


def read(data: bytes, recipe: Recipe) -> Table:
    """Every row of a record. Raises UnreadableRecord if there are lines and not one of them can be read."""
    encoded = True
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Undecodable bytes become lone surrogates, by which their lines are known.
        text, encoded = data.decode("utf-8-sig", "surrogateescape"), False
    table = _json(text, recipe) if recipe.format == "json" else _csv(text, recipe, encoded)
    if not len(table) and table.left and all(left.reason in _UNREADABLE for left in table.left):
        raise UnreadableRecord(f"None of its {len(table.left)} lines is a row ({table.left[0].reason}).")
    return table


_UNREADABLE = {"columns", "json", "encoding"}


# CSV


def _csv(text: str, recipe: Recipe, encoded: bool) -> Table:
    blank = len(text) - len(text.lstrip("\r\n\t "))
    skipped = text.count("\n", 0, blank)
    text = text[text.rfind("\n", 0, blank) + 1 :]
    first, _, rest = text.partition("\n")
    first = first.removesuffix("\r")
    if not first.strip():
        return _lines("", recipe, _CsvReader(recipe, Header(())), False, skipped, "")
    try:
        header, has_header = _header(first, recipe)
    except NotUnderstood as wrong:
        return _refused(text, first, wrong, skipped, recipe)
    head, text, skipped = (first, rest, skipped + 1) if has_header else ("", text, skipped)
    table = _lines(text, recipe, _CsvReader(recipe, header), encoded, skipped, head)
    again = [left for left in table.left if left.reason == REPEATED]
    return _sections(table, again, text, recipe, encoded, skipped) if again else table


REPEATED = "repeated"
"""The reason of a line that is a header once more, where files were joined; it stays within this module."""


def _sections(table: Table, again: list[Left], text: str, recipe: Recipe, encoded: bool, skipped: int) -> Table:
    """A header that says the same once more is no row, and told; one that says other things begins a text apart."""
    found = [(left.line - 1 - skipped, cells_of(left.text) or []) for left in again]
    begins = headers.others(found, table.header, recipe)
    if begins:
        lines = text.split("\n")
        ends = [*begins[1:], len(lines)]
        apart = ["".join(f"{line}\n" for line in lines[begin:end]) for begin, end in zip(begins, ends, strict=True)]
        reader = _CsvReader(recipe, table.header)
        table = _lines("\n".join(lines[: begins[0]]), recipe, reader, encoded, skipped, table.head)
        table = replace(table, apart=[*apart[:-1], apart[-1][:-1]])
    rows = [left for left in table.left if left.reason != REPEATED]
    table.told.update({("repeated", "header"): len(table.left) - len(rows)} if len(rows) < len(table.left) else {})
    return replace(table, left=rows)


def _header(first: str, recipe: Recipe) -> tuple[Header, bool]:
    """What the columns are, and whether the first line says so. Raises NotUnderstood, UnreadableRecord."""
    cells = cells_of(first)
    try:
        header = headers.prove(tuple(cells or ()), recipe)
    except NotUnderstood as wrong:
        if not recipe.has_header and 2 * wrong.known < len(cells or [""]):
            return headers.positions(recipe), False
        if not wrong.known and not headers.is_text(first):
            raise UnreadableRecord("Its first line is no header and no row.") from wrong
        raise
    if not recipe.has_header and header.columns != recipe.order:
        raise NotUnderstood("It has a header, which names other columns than the recipe has in their places.", "", 1)
    return header, True


def _refused(text: str, first: str, wrong: NotUnderstood, skipped: int, recipe: Recipe) -> Table:
    """Nothing of the record is used; it is kept whole, and counted by its rows."""
    stamps, _ = _stamps([[] for _ in recipe.columns], recipe)
    lines = sum(1 for line in text.split("\n") if line.strip())
    rows = max(1, lines - 1 if wrong.known else lines)
    whole = Left(skipped + 1, "header", wrong.column, text, rows, wrong.problem)
    return Table([[] for _ in recipe.columns], stamps, [], [whole], head=first)


def cells_of(line: str) -> list[str] | None:
    """The cells of a line of CSV, None if it is none."""
    try:
        return next(csv.reader([line.removesuffix("\r")], strict=True), None)
    except csv.Error:
        return None


class _CsvReader:
    """Reads lines under one header, with care."""

    def __init__(self, recipe: Recipe, header: Header) -> None:
        self.recipe, self.header = recipe, header
        # A header is a row too where every column takes any text, so that each line is looked at.
        self._of_texts = all(column.kind == "string" for column in recipe.columns)

    def __call__(self, line: str, told: Told) -> Row:
        cells = cells_of(line)
        if self._of_texts and cells and headers.is_header(cells, self.recipe):
            raise Unclean(REPEATED)
        try:
            return self._row(cells, told)
        except Unclean as unclean:
            if cells and headers.is_header(cells, self.recipe):
                raise Unclean(REPEATED) from unclean
            raise

    def _row(self, cells: list[str] | None, told: Told) -> Row:
        if cells is None or len(cells) != len(self.header.columns):
            raise Unclean("columns")
        return values.row(dict(zip(self.header.columns, cells, strict=True)), self.recipe, told)

    def quickly(self, text: str) -> list[Row] | None:
        """A row for each line; in the last cell of those that are to be read with care stands the line."""
        if self._of_texts:
            return None
        columns = self.header.columns
        quoted = quoted_numbers(text.partition("\n")[0], self.recipe, columns)
        expression = clean_line(self.recipe, columns, quoted)
        return expression.findall(text) if expression else None


# JSON


def _json(text: str, recipe: Recipe) -> Table:
    return _lines(text, recipe, _JsonReader(recipe), False, 0, "")


class _JsonReader:
    """Reads JSON lines; the names of each object are proved as a header is, once for each set of names."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.header = Header(())
        self._known: dict[tuple[str, ...], dict[str, str] | str] = {}

    def __call__(self, line: str, told: Told) -> Row:
        try:
            pairs = json.loads(line, parse_int=str, parse_float=str, parse_constant=_constant, object_pairs_hook=_Pairs)
        except (ValueError, RecursionError) as error:
            raise Unclean("json") from error
        if not isinstance(pairs, _Pairs):
            raise Unclean("json")
        names = tuple(name for name, _ in pairs)
        columns = self._known.get(names)
        if columns is None:
            columns = self._known[names] = self._columns(names)
        if isinstance(columns, str):
            raise Unclean("header", columns)
        texts = {columns[name]: _text(value, columns[name]) for name, value in pairs if name in columns}
        for name, column in columns.items():
            if name != column:
                told["name", column] += 1
        return values.row(texts, self.recipe, told)

    def quickly(self, _text: str) -> list[Row] | None:
        return None

    def _columns(self, names: tuple[str, ...]) -> dict[str, str] | str:
        """The column of each name, or the one at fault.

        A column that is not named has no value, unless an unknown name may be its own.
        """
        try:
            header = headers.prove(names, self.recipe)
        except NotUnderstood as wrong:
            found = {name: self.recipe.names.get(fold(name), "") for name in names}
            unknown = [name for name, column in found.items() if not column]
            known = [column for column in found.values() if column]
            if unknown or len(set(known)) < len(names):
                return wrong.column
            return found
        unknown_names = dict.fromkeys((*self.header.unknown, *header.unknown))
        self.header = Header((), (), tuple(unknown_names)[:MOST_UNKNOWN])
        return {name: column for name, column in zip(names, header.columns, strict=True) if column}


MOST_UNKNOWN = 20
"""Unknown names of JSON objects that are told: each object may have its own."""


class _Pairs(list[tuple[str, Any]]):
    """The members of an object, so that a name that stands in it twice is seen."""


def _constant(name: str) -> float | None:
    """What Python and pandas write that is not JSON: NaN is no value, and an infinity is never one."""
    return None if name == "NaN" else float("inf")


def _text(value: Any, column: str) -> str:
    """A JSON value as the text that CSV would have; numbers are text already."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    if isinstance(value, str) and not _SURROGATE.search(value):
        return value
    raise Unclean("invalid", column)


_SURROGATE = re.compile("[\ud800-\udfff]")


# Lines of both


def _lines(
    text: str, recipe: Recipe, reader: _CsvReader | _JsonReader, encoded: bool, skipped: int, head: str
) -> Table:
    """Every line of a text whose first line is line ``skipped`` (from 0) of its record; blank lines are no rows."""
    told: Told = Counter()
    rows = reader.quickly(text) if encoded else None
    if rows is None:
        lines = text.split("\n")
        rows = [("",) * len(recipe.columns) + (line,) for line in lines]
    left = _with_care(rows, lambda line: reader(line, told), skipped)
    anchor = recipe.anchor
    numbers = [number for number, row in enumerate(rows) if row[anchor]]
    kept = rows if len(numbers) == len(rows) else [rows[number] for number in numbers]
    columns = [*zip(*kept, strict=True)][:-1] if kept else [() for _ in recipe.columns]
    stamps, bad = _stamps(columns, recipe)
    changed: Sequence[Change] = ()
    if not bad:
        changed = proof.changes(stamps, recipe)
        bad = proof.unproved(columns, stamps, recipe, changed)
    table = Table(columns, stamps, [number + skipped for number in numbers], left, told, head, reader.header, changed)
    return without(table, bad, text, skipped, recipe) if bad else table


def _with_care(rows: list[Row], careful: Callable[[str], Row], skipped: int) -> list[Left]:
    """Fills in the rows whose last cell has a line; those that cannot be used stay without values."""
    left = []
    for index, line in [(index, row[-1]) for index, row in enumerate(rows) if row[-1]]:
        if line.strip():
            try:
                rows[index] = careful(_readable(line))
            except Unclean as unclean:
                left.append(_left(index + skipped, unclean.reason, unclean.column, line))
    return left


def _readable(line: str) -> str:
    if _SURROGATE.search(line):
        raise Unclean("encoding")
    return line


def _left(index: int, reason: str, column: str, line: str) -> Left:
    return Left(index + 1, reason, column, line.removesuffix("\r"))


Bad = dict[int, tuple[str, str]]
"""Reason and column of rows that are left out after all, by their place."""


def without(table: Table, bad: Bad, text: str, skipped: int, recipe: Recipe) -> Table:
    """The table without some rows, which are left out; what remains is proved if that could not be done before."""
    lines = text.split("\n")
    more = [
        _left(table.numbers[place], reason, column, lines[table.numbers[place] - skipped])
        for place, (reason, column) in bad.items()
    ]
    chosen = [place not in bad for place in range(len(table))]
    columns: list[Sequence[str]] = [list(compress(column, chosen)) for column in table.columns]
    stamps, _ = _stamps(columns, recipe)
    numbers = list(compress(table.numbers, chosen))
    left = sorted([*table.left, *more])
    changed = proof.changes(stamps, recipe)
    rest = replace(table, columns=columns, stamps=stamps, numbers=numbers, left=left, changed=changed)
    again = proof.unproved(columns, stamps, recipe, changed)
    return without(rest, again, text, skipped, recipe) if again else rest


def _stamps(columns: Sequence[Sequence[str]], recipe: Recipe) -> tuple[dict[int, Sequence[datetime | None]], Bad]:
    """The times of each timestamp column, and the rows that have the right form and are no time, like 2019-02-30."""
    stamps: dict[int, Sequence[datetime | None]] = {}
    bad: Bad = {}
    for index, column in enumerate(recipe.columns):
        if column.kind == "timestamp":
            try:
                stamps[index] = _times(columns[index], column, recipe)
            except (ValueError, Unclean):
                for place, text in enumerate(columns[index]):
                    try:
                        _times([text], column, recipe)
                    except ValueError:
                        bad.setdefault(place, ("invalid", column.name))
                    except Unclean as unclean:
                        bad.setdefault(place, (unclean.reason, column.name))
    return stamps, bad


def _times(texts: Sequence[str], column: Column, recipe: Recipe) -> Sequence[datetime | None]:
    """Raises ValueError, Unclean."""
    stripped = map(str.strip, texts, repeat('"'))
    times: list[datetime | None]
    if column.required:
        times = list(map(datetime.fromisoformat, stripped))
    else:
        times = [datetime.fromisoformat(text) if text else None for text in stripped]
    # An offset has a Z, a plus or a third minus: one look at all texts instead of one at each time.
    whole = "".join(texts)
    if "+" in whole or "Z" in whole or whole.count("-") != 2 * sum(map(bool, texts)):
        times = [values.converted(time, column, recipe) if time and time.tzinfo else time for time in times]
    return times
