"""Records of one invocation -> outcomes, without AWS: reads, balances and writes each record by itself."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterable, Mapping
from typing import Any

from trips import balance
from trips.answers import DROPPED, OK, Outcome
from trips.errors import UnreadableRecord
from trips.recipe import Recipe
from trips.rows import Table, read
from trips.writing import Writer


def records(batch: Iterable[Mapping[str, Any]], recipe: Recipe, output: str, ratio: float = 0) -> list[Outcome]:
    """One outcome a record, in order. ``output``: "json" or "csv"; ``ratio``: see ``trips.balance``, 0 keeps all."""
    writer = Writer(recipe, output)
    return [_record(record["recordId"], record.get("data") or "", recipe, writer, ratio) for record in batch]


def _record(record_id: str, data: str, recipe: Recipe, writer: Writer, ratio: float) -> Outcome:
    outcome = Outcome(record_id, data, DROPPED)
    try:
        table = read(b64decode(data), recipe)
    except binascii.Error:
        outcome.fail("Its data is not base64.")
        return outcome
    except UnreadableRecord as unreadable:
        outcome.fail(str(unreadable))
        return outcome
    complete = len(table.rows)
    if ratio:
        table = _balanced(table, recipe, ratio, record_id)
    outcome.left = table.left
    outcome.rows, outcome.sampled_out = len(table.rows), complete - len(table.rows)
    outcome.data = writer.write(table.rows, table.times)
    outcome.result = OK if table.rows else DROPPED
    return outcome


def _balanced(table: Table, recipe: Recipe, ratio: float, record_id: str) -> Table:
    """Seeded by the record's id, so that a retry answers the same."""
    ones = [row[recipe.label].strip('"') == recipe.label_value for row in table.rows]
    kept = balance.select(ones, ratio, record_id)
    times = [table.times[index] for index in kept] if table.times else []
    return Table([table.rows[index] for index in kept], times, table.left)
