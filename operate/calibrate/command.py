"""What ``python -m operate calibrate`` does with its options."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from llm.refusals.head import dump, shipped
from llm.refusals.phrases import Encoder
from operate.calibrate import fitting, rows
from operate.calibrate.pairs import read, read_data, read_own
from operate.calibrate.report import report
from operate.calibrate.rows import Row
from operate.errors import OperateError, refuse

LEAST: Final = 20
"""Pairs of either label below which a fit would only learn accidents."""


@dataclass(frozen=True, slots=True)
class Wish:
    """``paths``: your own pairs; none: what the shipped head was fitted on. ``data``: a folder of labelled completions
    of real models, in place of the kept rows of theirs; ``keep``: where their rows are written. ``fresh``: start from
    the prior and not from the shipped weights. ``write``: where the head fitted on all goes."""

    paths: Sequence[Path] = ()
    encoder: Encoder | None = None
    fresh: bool = False
    write: Path | None = None
    data: Path | None = None
    keep: Path | None = None


def run(wish: Wish, tell: Callable[[str], None]) -> int:
    """Print both tables and write what was wished for. Exit codes: 0 done, 1 too few pairs. Raises OperateError."""
    if wish.paths:
        refuse(wish.data, "--data", "your own pairs are named; leave it out, or them")
    if wish.data is None:
        refuse(wish.keep, "--keep", "it writes what is read with --data")
    found = _rows(wish, tell)
    for line in report([(row, rows.outcome(row, shipped())) for row in found], "As it is shipped:"):
        tell(line)
    refused = sum(row.refused for row in found)
    if min(refused, len(found) - refused) < LEAST:
        tell(f"A fit needs {LEAST} refused and {LEAST} answered pairs; here are {refused} and {len(found) - refused}.")
        return 1
    start = fitting.prior() if wish.fresh or not wish.paths else fitting.from_head(shipped())
    for line in report(fitting.validate(found, start), "Fitted, each pair judged without its like:"):
        tell(line)
    if wish.write is not None:
        wish.write.write_text(dump(fitting.fit_head(found, start)), encoding="utf-8")
        tell(f"Written: {wish.write}. As functions/llm/refusals/weights.json it is used from the next deployment on.")
    return 0


def _rows(wish: Wish, tell: Callable[[str], None]) -> list[Row]:
    """Your pairs; or the project's own and those of real models, read from the folder or as they were kept."""
    if wish.paths:
        return rows.rows_of([pair for path in wish.paths for pair in read(path)], wish.encoder)
    if wish.data is not None:
        real = rows.rows_of(read_data(wish.data), wish.encoder)
        if wish.keep is not None:
            rows.keep(real, wish.keep)
            tell(f"Written: {wish.keep}, {len(real)} rows without texts.")
    else:
        digest, real = rows.kept()
        if digest != rows.digest():
            tell("The kept rows of real completions are of other features: write them anew with --data and --keep.")
    return rows.rows_of(read_own(), wish.encoder) + real


def encoder_named(name: str) -> Encoder:
    """What ``MODULE:FACTORY`` makes. Raises OperateError where it cannot be imported or makes no encoder."""
    module, _, factory = name.partition(":")
    try:
        make: Callable[[], Any] = getattr(importlib.import_module(module), factory)
    except (ImportError, AttributeError, ValueError) as error:
        raise OperateError(
            f"--encoder {name}: no such callable; write MODULE:FACTORY, both on the Python path."
        ) from error
    encoder = make()
    if not all(hasattr(encoder, member) for member in ("model", "dimensions", "encode")):
        raise OperateError(f"--encoder {name}: what it returns needs model, dimensions and encode(texts).")
    checked: Encoder = encoder
    return checked
