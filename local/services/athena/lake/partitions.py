"""The partitions of a table: those that Glue lists or that projection computes, each with its folder in S3."""

from __future__ import annotations

from dataclasses import dataclass

from local.services.athena.catalog import Catalog, Table
from local.services.athena.lake import projection


@dataclass(frozen=True)
class Partition:
    """One folder of a table; a table without partition keys has exactly one, without values."""

    values: tuple[str | None, ...]
    location: str


_NULL = "__HIVE_DEFAULT_PARTITION__"


def of(table: Table, catalog: Catalog, wanted: projection.Wanted) -> list[Partition]:
    """All partitions; with projection those that its ranges have, with ``wanted`` for injected columns.

    Raises:
        QueryError: the caller may not list them, or the projection's settings are wrong.
    """
    if not table.keys:
        return [Partition((), table.location)]
    if table.projected:
        found = projection.values(table, wanted)
        return [Partition(values, projection.location(table, values)) for values in found]
    listed = []
    for record in catalog.partitions(table):
        values = tuple(None if value == _NULL else str(value) for value in record.get("Values") or ())
        place = (record.get("StorageDescriptor") or {}).get("Location") or default_location(table, values)
        listed.append(Partition(values, place))
    return listed


def default_location(table: Table, values: tuple[str | None, ...]) -> str:
    """``<table>/key=value/`` as Hive lays partitions out."""
    parts = [f"{key.name}={_NULL if value is None else value}" for key, value in zip(table.keys, values, strict=False)]
    return "/".join([table.location.rstrip("/"), *parts]) + "/"
