"""A small cloud made of dictionaries for Athena's rooms, and one way to ask it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.services.athena.answer import Answer
from local.services.athena.catalog import Catalog, view_text
from local.services.athena.engine.locked import Watch
from local.services.athena.errors import QueryError, Refused
from local.services.athena.sql.text import read
from local.services.athena.statements.run import run
from local.services.athena.statements.select import Session
from local.services.athena.world import Object

ACCOUNT, REGION, BUCKET = "123456789012", "us-east-1", "lake"
JSON = "org.openx.data.jsonserde.JsonSerDe"
CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
DELIMITED = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"

Columns = Sequence[tuple[str, str]]


def columns_of(columns: Columns) -> list[dict[str, str]]:
    return [{"Name": name, "Type": kind} for name, kind in columns]


def table(
    name: str,
    columns: Columns,
    *,
    keys: Columns = (),
    serde: str = JSON,
    database: str = "lake",
    folder: str = "",
    serde_parameters: dict[str, str] | None = None,
    **parameters: str,
) -> dict[str, Any]:
    """A table as Glue keeps it; double underscores in a parameter's name are dots."""
    return {
        "Name": name,
        "DatabaseName": database,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": columns_of(keys),
        "Parameters": {key.replace("__", "."): value for key, value in parameters.items()},
        "StorageDescriptor": {
            "Columns": columns_of(columns),
            "Location": f"s3://{BUCKET}/{folder or name}/",
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": serde_parameters or {}},
        },
    }


def view(name: str, query: str, columns: Columns, database: str = "lake") -> dict[str, Any]:
    return {
        "Name": name,
        "DatabaseName": database,
        "TableType": "VIRTUAL_VIEW",
        "ViewOriginalText": view_text(database, query, columns),
        "StorageDescriptor": {"Columns": columns_of(columns), "Location": ""},
    }


def lines(rows: Iterable[Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@dataclass
class World:
    """A cloud of dictionaries. ``forbid`` are actions, or pairs of an action and the start of a resource."""

    account: str = ACCOUNT
    region: str = REGION
    names: list[str] = field(default_factory=lambda: ["lake", "default"])
    catalogue: list[dict[str, Any]] = field(default_factory=list)
    parts: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    forbid: Callable[[str, str], bool] = lambda _action, _resource: False
    statements: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)

    def denied(self, action: str, resource: str) -> str | None:
        self.asked.append((action, resource))
        sentence = f"User: someone is not authorized to perform: {action} on resource: {resource}"
        return sentence if self.forbid(action, resource) else None

    def databases(self) -> list[dict[str, Any]]:
        return [{"Name": name} for name in self.names]

    def tables(self, database: str) -> list[dict[str, Any]]:
        return [record for record in self.catalogue if record["DatabaseName"] == database]

    def partitions(self, database: str, table: str) -> list[dict[str, Any]]:
        return self.parts.get((database, table), [])

    def glue(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        database = request.get("DatabaseName", "")
        if operation == "CreateTable":
            self.catalogue.append({**request["TableInput"], "DatabaseName": database})
        elif operation == "UpdateTable":
            name = request["TableInput"]["Name"]
            self.catalogue = [r for r in self.catalogue if (r["DatabaseName"], r["Name"]) != (database, name)]
            self.catalogue.append({**request["TableInput"], "DatabaseName": database})
        elif operation == "DeleteTable":
            self.catalogue = [
                r for r in self.catalogue if (r["DatabaseName"], r["Name"]) != (database, request["Name"])
            ]
        elif operation == "BatchCreatePartition":
            self.parts.setdefault((database, request["TableName"]), []).extend(request["PartitionInputList"])
        elif operation == "DeletePartition":
            key = (database, request["TableName"])
            self.parts[key] = [p for p in self.parts[key] if p["Values"] != request["PartitionValues"]]
        elif operation == "CreateDatabase":
            self.names.append(request["DatabaseInput"]["Name"])
        else:
            self.names.remove(request["Name"])
        return {}

    def prepared(self, name: str) -> str | None:
        return self.statements.get(name)

    def prepare(self, name: str, text: str | None) -> None:
        if text is None:
            del self.statements[name]
        else:
            self.statements[name] = text

    def table_input(self, text: str) -> dict[str, Any] | None:
        raise NotImplementedError(text)

    def objects(self, bucket: str, prefix: str) -> list[Object] | None:
        if bucket != BUCKET:
            return None
        return [
            Object(bucket, k, len(v), 1_600_000_000.0) for k, v in sorted(self.files.items()) if k.startswith(prefix)
        ]

    def read(self, item: Object) -> bytes:
        self.reads.append(item.key)
        return self.files[item.key]

    def write(self, bucket: str, key: str, body: bytes) -> None:
        assert bucket == BUCKET
        self.files[key] = body


TRIPS: Columns = [
    ("id", "int"),
    ("fare", "double"),
    ("zone", "string"),
    ("tags", "array<string>"),
    ("started", "timestamp"),
    ("attrs", "map<string,string>"),
    ("geo", "struct<lat:double,lon:double>"),
    ("tip", "decimal(10,2)"),
    ("stops", "array<struct<name:string,wait:int>>"),
]
ROWS: dict[str, list[dict[str, Any]]] = {
    "2020-01-01": [
        {
            "id": 1,
            "fare": 10.5,
            "zone": "a",
            "tags": ["x", "y"],
            "started": "2020-01-01 10:00:00",
            "attrs": {"k": "v"},
            "geo": {"lat": 1.5, "lon": 2.5},
            "tip": 1.25,
            "stops": [{"name": "p", "wait": 1}, {"name": "q", "wait": 2}],
        },
        {
            "id": 2,
            "fare": 20,
            "zone": "b",
            "tags": [],
            "started": "2020-01-01 23:30:00.250",
            "attrs": {},
            "geo": None,
            "tip": None,
            "stops": [],
        },
    ],
    "2020-01-02": [
        {
            "id": 3,
            "fare": 7,
            "zone": "a",
            "tags": ["x"],
            "started": "2020-01-02 01:00:00",
            "attrs": {"k": "w", "q": "1"},
            "geo": {"lat": 0, "lon": 0},
            "tip": 0.5,
            "stops": None,
        }
    ],
}


def trips() -> World:
    """Three trips in two partitions, zones, and a view."""
    made = World()
    made.catalogue = [
        table("trips", TRIPS, keys=[("day", "string")]),
        table("zones", [("zone", "string"), ("name", "string"), ("area", "double")]),
        view("totals", "SELECT zone, count(*) AS n FROM trips GROUP BY zone", [("zone", "varchar"), ("n", "bigint")]),
    ]
    made.files["zones/1.json"] = lines([{"zone": "a", "name": "North", "area": 2.5}, {"zone": "c", "name": "East"}])
    for day, rows in ROWS.items():
        made.files[f"trips/day={day}/1.json"] = lines(rows)
        made.parts.setdefault(("lake", "trips"), []).append({"Values": [day]})
    return made


def ask(world: World, sql: str, **more: Any) -> Answer:
    """The answer of a statement."""
    session = Session(
        Catalog(world, "lake"), more.pop("watch", None) or Watch(60), output=f"s3://{BUCKET}/out/", **more
    )
    answer = run(read(sql), session)
    for bucket, key, body in answer.written:
        world.write(bucket, key, body)
    return answer


def rows(world: World, sql: str) -> list[list[str | None]]:
    return [list(row) for row in ask(world, sql).rows]


def reason(world: World, sql: str) -> str:
    """Why a statement is refused or fails."""
    try:
        answer = ask(world, sql)
    except QueryError as error:
        return error.reason
    except Refused as error:
        return f"REFUSED: {error.message}"
    raise AssertionError(f"{sql} answered {answer.rows}")
