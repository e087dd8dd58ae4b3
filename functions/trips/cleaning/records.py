"""Records of one invocation -> outcomes, without AWS: reads, balances and writes each record by itself."""

from __future__ import annotations

import binascii
import logging
from base64 import b64decode
from collections.abc import Iterable, Mapping
from typing import Any

from trips.cleaning import balance
from trips.cleaning.firehose_answer import DROPPED, OK, Outcome
from trips.cleaning.rows import Table, read
from trips.cleaning.writing import Writer
from trips.errors import UnreadableRecord
from trips.recipe.parser import Recipe

_log = logging.getLogger(__name__)


def records(batch: Iterable[Mapping[str, Any]], recipe: Recipe, output: str, ratio: float = 0) -> list[Outcome]:
    """One outcome per record, in order. ``output``: "json" or "csv"; ``ratio``: see
    ``trips.cleaning.balance``; 0 keeps all."""
    writer = Writer(recipe, output)
    outcomes = []
    for record in batch:
        outcome = Outcome(record["recordId"], record.get("data") or "", DROPPED)
        try:
            _clean(outcome, recipe, writer, ratio)
        except binascii.Error:
            outcome.fail("Its data is not base64.")
        except UnreadableRecord as unreadable:
            outcome.fail(str(unreadable))
        except Exception:  # noqa: BLE001 - a defect of ours must cost its record, not the hundreds beside it
            _log.exception("record %s met a defect", outcome.record_id)
            outcome.fail("It met a defect of the transform, which the log has.")
        outcomes.append(outcome)
    return outcomes


def _clean(outcome: Outcome, recipe: Recipe, writer: Writer, ratio: float) -> None:
    table = read(b64decode(outcome.original), recipe)
    complete = len(table.rows)
    if ratio:
        table = _balanced(table, recipe, ratio, outcome.record_id)
    outcome.left = table.left
    outcome.rows, outcome.sampled_out = len(table.rows), complete - len(table.rows)
    outcome.data = writer.write(table.rows, table.times)
    outcome.result = OK if table.rows else DROPPED


def _balanced(table: Table, recipe: Recipe, ratio: float, record_id: str) -> Table:
    """Seeded by the record's id, so that a retry answers the same."""
    forms = (recipe.label_value, f'"{recipe.label_value}"')
    ones = [row[recipe.label] in forms for row in table.rows]
    kept = balance.select(ones, ratio, record_id)
    times = [table.times[index] for index in kept] if table.times else []
    return Table([table.rows[index] for index in kept], times, table.left)
