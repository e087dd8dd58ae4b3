"""Records of one invocation -> outcomes, without AWS: reads, balances and writes each record by itself."""

from __future__ import annotations

import binascii
import logging
import time
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trips.cleaning import balance, days, proof
from trips.cleaning.firehose_answer import DROPPED, OK, Outcome, record
from trips.cleaning.rows import Table, read
from trips.cleaning.writing import Writer
from trips.errors import UnreadableRecord
from trips.recipe.model import Recipe

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """``output``: "json" or "csv"; ``ratio``: see ``trips.cleaning.balance``, 0 keeps all.

    ``header``: CSV has one in each record; ``by_day``: each record's rows are of one day, which its answer names.
    """

    output: str
    ratio: float = 0
    header: bool = False
    by_day: bool = False


def records(batch: Iterable[Mapping[str, Any]], recipe: Recipe, wish: Wish) -> list[Outcome]:
    """One outcome per record, in order."""
    writer = Writer(recipe, wish.output, header=wish.header)
    outcomes = []
    for entry in batch:
        outcome = Outcome(entry["recordId"], entry.get("data") or "", DROPPED)
        arrival = int(entry.get("approximateArrivalTimestamp") or time.time() * 1000)
        try:
            _clean(outcome, recipe, writer, wish, arrival)
        except binascii.Error:
            outcome.fail("Its data is not base64.")
        except UnreadableRecord as unreadable:
            outcome.fail(str(unreadable))
        except Exception:  # noqa: BLE001 - a defect of ours must cost its record, not the hundreds beside it
            _log.exception("record %s met a defect", outcome.record_id)
            outcome.fail("It met a defect of the transform, which the log has.")
        outcomes.append(outcome)
    return outcomes


def _clean(outcome: Outcome, recipe: Recipe, writer: Writer, wish: Wish, arrival_ms: int) -> None:
    data = b64decode(outcome.original)
    table = read(data, recipe)
    outcome.head, outcome.left, outcome.told = table.head, table.left, table.told
    outcome.adapted, outcome.unknown = table.header.adapted, table.header.unknown
    outcome.apart = [text.encode("utf-8", "surrogateescape") for text in table.apart]
    outcome.again, outcome.again_rows = list(outcome.apart), sum(map(_rows, outcome.apart))
    if wish.by_day:
        lines = data.split(b"\n")
        split = days.split(table, recipe, arrival_ms, lines)
        table, outcome.day, outcome.late = split.table, split.day, split.late
        head = table.head.encode("utf-8", "surrogateescape")
        outcome.again += [record(head, [lines[number] for number in day]) for day in split.others]
        outcome.again_rows += sum(map(len, split.others))
    else:
        table = days.begun(table, recipe, arrival_ms, data)
    complete = len(table)
    if wish.ratio:
        table = _balanced(table, recipe, wish.ratio, outcome.record_id)
    outcome.rows, outcome.sampled_out = len(table), complete - len(table)
    outcome.ambiguous = proof.ambiguous(table.stamps, table.changed)
    outcome.data = writer.write(table)
    outcome.result = OK if len(table) else DROPPED


def _rows(text: bytes) -> int:
    """Of a text that begins with its header."""
    return sum(1 for line in text.split(b"\n") if line.strip()) - 1


def _balanced(table: Table, recipe: Recipe, ratio: float, record_id: str) -> Table:
    """Seeded by the record's id, so that a retry answers the same."""
    if not len(table):
        return table
    forms = (recipe.label_value, f'"{recipe.label_value}"')
    ones = [value in forms for value in table.columns[recipe.label]]
    return table.only(balance.select(ones, ratio, record_id))
