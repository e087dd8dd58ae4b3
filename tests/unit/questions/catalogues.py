"""Tables as Glue keeps them and as questions know them, and a Glue that lists them in pages."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from questions.model import Column, Table

UPDATED = datetime(2026, 11, 1, tzinfo=UTC)

TRIPS = Table(
    "lake",
    "trips",
    (
        Column("duration_sec", "bigint", "How long the trip was"),
        Column("start_time", "varchar", samples=("2019-07-31 23:55:12.1234", "2019-07-01 00:10:00.0000")),
        Column("end_time", "varchar"),
        Column("start_station_name", "varchar", samples=("Opera House", "Central Station (West Hall)", "Castle Hill")),
        Column("end_station_name", "varchar", samples=("Opera House", "Castle Hill")),
        Column("bike_id", "bigint"),
        Column("user_type", "varchar", samples=("Subscriber", "Customer")),
        Column("day_of_week", "varchar", samples=("Monday", "Saturday")),
        Column("hour_of_day", "bigint"),
        Column("part_of_day", "varchar", samples=("morning", "afternoon", "evening", "night")),
        Column("day", "varchar", "Day of arrival in UTC", True, ("2019-07-01", "2019-07-31")),
    ),
    "One row per trip",
)


def glue_table(name: str, columns: Sequence[tuple[str, str]] = (("a", "string"),), **members: Any) -> dict[str, Any]:
    """A table as GetTables answers it; ``keys`` are partition keys."""
    keys = members.pop("keys", ())
    return {
        "Name": name,
        "DatabaseName": "lake",
        "TableType": "EXTERNAL_TABLE",
        "UpdateTime": UPDATED,
        "VersionId": "3",
        "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in keys],
        "StorageDescriptor": {
            "Columns": [{"Name": column, "Type": kind} for column, kind in columns],
            "Location": f"s3://lake-bucket/{name}/",
        },
        **members,
    }


def glue_view(name: str, sql: str, schema: str = "lake") -> dict[str, Any]:
    """A view as Athena keeps it."""
    text = base64.b64encode(json.dumps({"originalSql": sql, "schema": schema}).encode()).decode()
    return glue_table(name, TableType="VIRTUAL_VIEW", ViewOriginalText=f"/* Presto View: {text} */")


class Glue:
    """GetTables in pages of ``page``, GetPartitions in one; ``fails`` with these codes first."""

    def __init__(
        self,
        tables: Iterable[Mapping[str, Any]] = (),
        *,
        page: int = 100,
        partitions: Mapping[str, Sequence[Sequence[str]]] | None = None,
        fails: Sequence[tuple[str, int]] = (),
    ) -> None:
        self.tables, self.page, self.partitions, self.fails = list(tables), page, dict(partitions or {}), list(fails)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def get_tables(self, **request: Any) -> dict[str, Any]:
        self._ask("GetTables", request)
        at = int(request.get("NextToken", "0"))
        more = at + self.page < len(self.tables)
        return {
            "TableList": self.tables[at : at + self.page],
            **({"NextToken": str(at + self.page)} if more else {}),
        }

    def get_partitions(self, **request: Any) -> dict[str, Any]:
        self._ask("GetPartitions", request)
        return {"Partitions": [{"Values": list(each)} for each in self.partitions.get(request["TableName"], ())]}

    def _ask(self, operation: str, request: dict[str, Any]) -> None:
        self.asked.append((operation, request))
        if self.fails:
            raise refusal(*self.fails.pop(0), operation)


def counts(monkeypatch: Any, *modules: Any) -> Counter[str]:
    """What these modules count from here on, by name."""
    found: Counter[str] = Counter()
    for module in modules:
        monkeypatch.setattr(module, "count", lambda name, value=1, **_: found.update({name: value}))
    return found


def refusal(code: str, status: int, operation: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        operation,
    )
