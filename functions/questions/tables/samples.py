"""Values of text columns and bounds of partition keys, kept for a day by the table's version.

They tell a model how the lake writes things ('Subscriber', '2019-07-31 23:55:12'), and they are strangers' text. A
question goes on without them: what could not be had in time is counted (SamplesMissing).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from common.errors import StorageUnavailable
from common.objects import ABSENT, Bucket, Stored, encode
from common.observability import count, logger
from questions.model import SCHEMA, Table
from questions.tables import partitions, sampling
from questions.tables.catalogue import Listed
from questions.tables.sampling import Queries

KEPT_SECONDS: Final = 24 * 3600
PREFIX: Final = "schemas/"


@dataclass(frozen=True, slots=True)
class Sources:
    """Where samples come from and where they are kept; clients of boto3. ``clock`` in seconds of the epoch."""

    bucket: Bucket
    glue: Any
    s3: Any
    queries: Queries
    clock: Callable[[], float] = time.time


def key(table: Table) -> str:
    return f"{PREFIX}{table.database}/{table.name}.json"


def with_samples(tables: Sequence[Listed], sources: Sources) -> list[Table]:
    """The tables with what is known of their values. Never raises for a want of samples."""
    kept = {listed.table.name: _kept(listed, sources) for listed in tables}
    missing = [listed for listed in tables if _valid(kept[listed.table.name], listed, sources.clock()) is None]
    fresh = _fresh(missing, sources) if missing else {}
    for listed in missing:
        if found := fresh.get(listed.table.name):
            _keep(listed, found, kept[listed.table.name], sources)
    count("SamplesMissing", len(missing) - len(fresh))
    return [_sampled(listed, fresh, kept, sources.clock()) for listed in tables]


def _sampled(
    listed: Listed, fresh: Mapping[str, dict[str, Any]], kept: Mapping[str, Stored | None], now: float
) -> Table:
    name = listed.table.name
    columns = fresh.get(name) or _valid(kept[name], listed, now) or _stale(kept[name])
    filled = (
        replace(column, samples=tuple(str(value) for value in columns.get(column.name, ())))
        for column in listed.table.columns
    )
    return replace(listed.table, columns=tuple(filled))


def _kept(listed: Listed, sources: Sources) -> Stored | None:
    try:
        return sources.bucket.get(key(listed.table))
    except StorageUnavailable:
        return None


def _valid(stored: Stored | None, listed: Listed, now: float) -> dict[str, Any] | None:
    """None where nothing is kept, it is of another version or a day old."""
    document = _document(stored)
    if document.get("version") != listed.version or not 0 <= now - float(document.get("at", 0)) < KEPT_SECONDS:
        return None
    return dict(document["columns"])


def _stale(stored: Stored | None) -> dict[str, Any]:
    """Yesterday's values are better than none: they show a form, and never all values."""
    return dict(_document(stored).get("columns") or {})


def _document(stored: Stored | None) -> dict[str, Any]:
    """Empty where nothing is kept, or a form of another release."""
    document = stored.json() if stored is not None else {}
    return document if isinstance(document, dict) and document.get("schema") == SCHEMA else {}


def _fresh(missing: Sequence[Listed], sources: Sources) -> dict[str, dict[str, list[str]]]:
    """Samples by table and column; a table is left out where its values cannot be had now."""
    from botocore.exceptions import BotoCoreError, ClientError

    from common.errors import ServiceUnavailable

    looked = {listed.table.name: _look(listed, sources) for listed in missing}
    # A query that failed is the same query again for an hour, and not for longer.
    hour = f"{datetime.fromtimestamp(sources.clock(), UTC):%Y-%m-%dT%H}"
    wanted = {
        listed.table.name: (
            sampling.statement(listed.table, looked[listed.table.name].newest),
            f"{listed.version} {hour}",
        )
        for listed in missing
        if _cheap(listed, looked[listed.table.name])
    }
    try:
        rows = sampling.run(sources.queries, wanted) if wanted else {}
    except (ClientError, BotoCoreError, ServiceUnavailable) as error:
        # Not the question's fault, and not worth its failure: without a right, Run tells it by its own name.
        logger().warning("no samples", extra={"reason": type(error).__name__, "cause": str(error)[:300]})
        rows = {}
    return {
        listed.table.name: _columns(listed.table, looked[listed.table.name], rows.get(listed.table.name, []))
        for listed in missing
        if listed.table.name not in wanted or listed.table.name in rows
    }


def _cheap(listed: Listed, found: partitions.Found) -> bool:
    """A view reads whatever it is made of, and a table whose folders nobody knows is listed day by day."""
    known = not listed.projected or bool(found.newest)
    return bool(sampling.sampled_columns(listed.table)) and known and not listed.view


def _look(listed: Listed, sources: Sources) -> partitions.Found:
    from botocore.exceptions import BotoCoreError, ClientError

    from common.errors import ServiceUnavailable

    try:
        return partitions.look(listed, sources.glue, sources.s3)
    except (ClientError, BotoCoreError, ServiceUnavailable) as error:
        logger().warning("no partitions", extra={"table": listed.table.name, "reason": type(error).__name__})
        return partitions.NOTHING


def _columns(table: Table, found: partitions.Found, values: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    names = [column.name for column in sampling.sampled_columns(table)]
    sampled = {name: list(sampling.common_values(column)) for name, column in zip(names, values, strict=False)}
    return {**sampled, **{name: list(ends) for name, ends in found.samples.items()}}


def _keep(listed: Listed, columns: Mapping[str, Any], seen: Stored | None, sources: Sources) -> None:
    """Over what was seen alone: whoever was faster has kept the same, or newer."""
    document = {"schema": SCHEMA, "version": listed.version, "at": int(sources.clock()), "columns": columns}
    try:
        sources.bucket.put(key(listed.table), encode(document), if_match=seen.etag if seen else ABSENT)
    except StorageUnavailable:
        logger().warning("samples not kept", extra={"table": listed.table.name})
