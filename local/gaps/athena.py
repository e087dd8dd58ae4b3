"""Athena: no made-up answers, declared types, result files where they are said to be, saved queries in templates.

AWS: a table's columns have the types that the Glue table declares; the answer of a query lies at the OutputLocation
that GetQueryExecution names, as CSV with every value in quotes (Athena user guide, "Work with query results");
AWS::Athena::NamedQuery saves a query. Calls about a query are authorised for the workgroup it runs in (Service
Authorization Reference, Athena).
MiniStack: answers ``mock_value`` with status SUCCEEDED where DuckDB is not installed, guesses the types of JSON, writes
to another key than it names, asks for every resource where a call names a query, and knows no
AWS::Athena::NamedQuery.

Partitions are not pruned and BytesScannedCutoffPerQuery is not looked at: what reads too much passes here.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn
from urllib.parse import urlparse

from ministack.services import athena, s3
from ministack.services import firehose as fh

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "core.iam_actions.extract_resource_arn": "(service, method, path, headers, body, query_params, region, account_id)",
    "services.athena._create_named_query": "(data)",
    "services.athena._data_format": "(table_data)",
    "services.athena._delete_named_query": "(data)",
    "services.athena._executions": "AccountRegionScopedDict",
    "services.athena._hive_options": "(partitions)",
    "services.athena._mock_query_results": "(query)",
    "services.athena._path_partition_keys": "(table_data, files)",
    "services.athena._save_query_results": "(query_id)",
    "services.athena._sql_list": "(paths)",
    "services.athena._table_relation": "(table_data, files)",
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
    "services.firehose._hive_to_duckdb_type": "(hive_type)",
    "services.s3._put_object": "(bucket_name, key, body, headers)",
}

NAMED_QUERY = "AWS::Athena::NamedQuery"


def _refused(_mock: Callable[[str], Record]) -> Callable[[str], Record]:
    def no_made_up_answer(_query: str) -> NoReturn:
        raise RuntimeError("Athena needs DuckDB here, which is not installed; run 'make setup'.")

    return no_made_up_answer


def _declared(relation: Callable[[Record, list[str]], str]) -> Callable[[Record, list[str]], str]:
    def table_relation(table_data: Record, files: list[str]) -> str:
        columns = (table_data.get("StorageDescriptor") or {}).get("Columns") or []
        if athena._data_format(table_data) != "json" or not columns:
            return relation(table_data, files)
        types = ", ".join(
            f"{_quoted(str(column['Name']))}: {_quoted(fh._hive_to_duckdb_type(column.get('Type', 'string')))}"
            for column in columns
        )
        hive = athena._hive_options(athena._path_partition_keys(table_data, files))
        paths = athena._sql_list(files)
        return f"read_json({paths}, format = 'newline_delimited', columns = {{{types}}}, {hive})"

    return table_relation


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def answer_file(columns: Sequence[str], rows: Sequence[Sequence[Json]]) -> bytes:
    """The CSV of an answer: values in quotes, a missing one without."""
    text = io.StringIO()
    lines = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    lines.writerow(columns)
    for row in rows:
        cells = ["" if value is None else '"' + _shown(value).replace('"', '""') + '"' for value in row]
        text.write(",".join(cells) + "\n")
    return text.getvalue().encode()


def _shown(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _saved(_save: Callable[[str], Awaitable[None]]) -> Callable[[str], Awaitable[None]]:
    async def save_query_results(query_id: str) -> None:
        execution = athena._executions.get(query_id)
        place = urlparse(execution["ResultConfiguration"]["OutputLocation"])
        found = execution["_results"]
        body = answer_file(found["columns"], found["rows"])
        headers = {"content-type": "application/octet-stream", "content-length": str(len(body))}
        answer = s3._put_object(place.netloc, place.path.lstrip("/"), body, headers)
        if answer[0] >= 300:
            raise RuntimeError(f"The answer cannot be written to s3://{place.netloc}{place.path}.")

    return save_query_results


def _of_the_query(extract: Callable[..., str]) -> Callable[..., str]:
    def extract_resource_arn(service: str, *rest: Json) -> str:
        found = extract(service, *rest)
        if service != "athena" or found != "*":
            return found
        body, _query, region, account = rest[-4:]
        named = re.search(rb'"QueryExecutionId"\s*:\s*"([^"]+)"', body or b"")
        execution = athena._executions.get(named[1].decode()) if named else None
        return f"arn:aws:athena:{region}:{account}:workgroup/{execution['WorkGroup']}" if execution else found

    return extract_resource_arn


def _named_query_create(_logical_id: str, properties: Record, *_: Json) -> tuple[str, Record]:
    _status, _headers, body = athena._create_named_query(properties)
    made = str(json.loads(body)["NamedQueryId"])
    return made, {"NamedQueryId": made}


def _named_query_update(old_id: str, _old: Record, new: Record, *_: Json) -> tuple[str, Record]:
    athena._delete_named_query({"NamedQueryId": old_id})
    return _named_query_create("", new)


def _named_query_delete(query_id: str, _properties: Record) -> None:
    athena._delete_named_query({"NamedQueryId": query_id})


def _extended(handlers: dict[str, Json]) -> dict[str, Json]:
    if NAMED_QUERY in handlers:
        raise _seams.SeamMovedError(f"MiniStack now knows {NAMED_QUERY}: take it out of local/gaps/athena.py.")
    handlers[NAMED_QUERY] = {
        "create": _named_query_create,
        "update": _named_query_update,
        "delete": _named_query_delete,
    }
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.athena._mock_query_results", _refused)
    _seams.replace("services.athena._table_relation", _declared)
    _seams.replace("services.athena._save_query_results", _saved)
    _seams.replace("core.iam_actions.extract_resource_arn", _of_the_query)
    _seams.replace("services.cloudformation.provisioners._RESOURCE_HANDLERS", _extended)
