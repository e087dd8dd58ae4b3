"""Items of a distributed Map: read from S3 with the machine's role or taken from the state's input, selected, batched.

AWS: Developer Guide, "ItemReader (Map)", "ItemSelector (Map)", "ItemBatcher (Map)". What is not built here (S3
inventories, Athena manifests, Parquet, LOAD_AND_FLATTEN, objects for arrays) fails with States.Runtime.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ministack.services import stepfunctions as sfn

from local.gaps._types import Json, Record
from local.gaps.stepfunctions.limits import DATA_LIMIT, MAX_BYTES, size_in_bytes
from local.gaps.stepfunctions.role import client_for_execution

READER_FAILED = "States.ItemReaderFailed"

_LIST, _GET = "arn:aws:states:::s3:listObjectsV2", "arn:aws:states:::s3:getObject"
_ARGUMENTS = {_LIST: {"Bucket", "Prefix", "ExpectedBucketOwner"}, _GET: {"Bucket", "Key", "VersionId"}}
_READER = {"Resource", "ReaderConfig", "Parameters", "Arguments"}
_CONFIG = {"InputType", "CSVHeaderLocation", "CSVHeaders", "CSVDelimiter", "MaxItems", "MaxItemsPath", "Transformation"}
_BATCHER = {"MaxItemsPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"}
_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


def refused(what: str) -> sfn._ExecutionError:
    """The error of a Map that AWS would run and the local cloud would run wrongly, or that AWS refuses itself."""
    return sfn._ExecutionError("States.Runtime", what)


def only(known: set[str], given: Record, where: str) -> None:
    """Raise unless every field of ``given`` is one of those that are built here."""
    unknown = sorted(set(given) - known)
    if unknown:
        raise refused(f"The local cloud cannot run a distributed Map with {', '.join(unknown)} in its {where}.")


@dataclass(frozen=True)
class Values:
    """The fields of one Map state, evaluated in its query language."""

    state: Record
    raw: Json
    effective: Json
    ctx: Record

    @property
    def jsonata(self) -> bool:
        return bool(sfn._state_query_language(self.state, self.ctx) == "JSONata")

    def template(self, value: Json, ctx: Record | None = None) -> Json:
        """A payload template or a JSONata expression, with ``ctx`` for its context object."""
        if self.jsonata:
            return sfn._apply_jsonata_template(value, self.raw, ctx or self.ctx)
        return sfn._resolve_params_obj(value, self.effective, ctx or self.ctx)

    def number(self, holder: Record, name: str) -> float | None:
        """A number given as such, as an expression, or by a path in ``<name>Path``; None where it is not given."""
        value = holder.get(name)
        if not self.jsonata and f"{name}Path" in holder:
            value = sfn._resolve_path_or_ctx(holder[f"{name}Path"], self.effective, self.ctx)
        elif self.jsonata and name in holder:
            value = sfn._jsonata_state_field(holder, name, "number", self.raw, self.ctx)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise refused(f"{name} must be a number that is not negative, it is {value!r}.")
        return float(value)


def read(values: Values) -> list[Json]:
    """All items in order, before the selector."""
    state = values.state
    if "ItemReader" in state:
        return _from_s3(values, state["ItemReader"])
    if values.jsonata:
        items = values.template(state["Items"]) if "Items" in state else values.raw
    else:
        items = sfn._resolve_path_or_ctx(state.get("ItemsPath", "$"), values.effective, values.ctx)
    if not isinstance(items, list):
        raise refused("The items of the distributed Map are not an array.")
    return items


def inputs(values: Values, items: list[Json]) -> list[tuple[Json, int]]:
    """The input of each child execution and how many items are in it."""
    selector = values.state.get("ItemSelector") or values.state.get("Parameters")
    if selector:
        items = [values.template(selector, _with_item(values.ctx, *pair)) for pair in enumerate(items)]
    batcher = values.state.get("ItemBatcher")
    made = _batched(values, batcher, items) if batcher is not None else [(item, 1) for item in items]
    for given, _ in made:
        if size_in_bytes(given) > MAX_BYTES:
            raise sfn._ExecutionError(
                DATA_LIMIT, f"The input of a child execution is larger than {MAX_BYTES} bytes: use smaller batches."
            )
    return made


def _with_item(ctx: Record, index: int, value: Json) -> Record:
    return {**ctx, "Map": {"Item": {"Index": index, "Value": value}}}


def _from_s3(values: Values, reader: Record) -> list[Json]:
    only(_READER, reader, "ItemReader")
    resource, config = reader.get("Resource", ""), values.template(reader.get("ReaderConfig") or {})
    if resource not in _ARGUMENTS:
        raise refused(f"The local cloud has no ItemReader {resource}.")
    only(_CONFIG, config, "ReaderConfig")
    if config.get("Transformation", "NONE") != "NONE":
        raise refused(f"The local cloud cannot transform by {config['Transformation']} in an ItemReader.")
    arguments = values.template(reader.get("Arguments" if values.jsonata else "Parameters") or {})
    only(_ARGUMENTS[resource], arguments, "ItemReader")
    most = values.number(reader.get("ReaderConfig") or {}, "MaxItems")
    found: Iterator[Json] | list[Json] = (
        _listed(arguments) if resource == _LIST else parsed(_object_text(arguments), config)
    )
    items = list(found)
    return items[: int(most)] if most else items


def _listed(arguments: Record) -> Iterator[Record]:
    """One item for each object, folder markers included."""
    try:
        for page in client_for_execution("s3").get_paginator("list_objects_v2").paginate(**arguments):
            for entry in page.get("Contents", []):
                yield {
                    "Etag": entry["ETag"],
                    "Key": entry["Key"],
                    "LastModified": int(entry["LastModified"].timestamp()),
                    "Size": entry["Size"],
                    "StorageClass": entry.get("StorageClass", "STANDARD"),
                }
    except _errors() as error:
        raise sfn._ExecutionError(READER_FAILED, str(error)) from error


def _object_text(arguments: Record) -> str:
    try:
        body = client_for_execution("s3").get_object(**arguments)["Body"].read()
    except _errors() as error:
        raise sfn._ExecutionError(READER_FAILED, str(error)) from error
    try:
        return bytes(body).decode("utf-8")
    except UnicodeDecodeError as error:
        raise sfn._ExecutionError(READER_FAILED, "The object is not UTF-8.") from error


def _errors() -> tuple[type[Exception], ...]:
    from botocore.exceptions import BotoCoreError, ClientError

    return ClientError, BotoCoreError


def parsed(text: str, config: Record) -> list[Json]:
    """Items of a data set. Raises States.ItemReaderFailed where it is not what ``config`` says."""
    try:
        match config.get("InputType"):
            case "JSON":
                items = json.loads(text)
                if not isinstance(items, list):
                    raise sfn._ExecutionError(READER_FAILED, "The JSON file does not hold an array.")
                return items
            case "JSONL":
                return [json.loads(line) for line in text.split("\n") if line.strip()]
            case "CSV":
                return list(_rows(text, config))
    except ValueError as error:
        raise sfn._ExecutionError(READER_FAILED, f"The file is not {config['InputType']}: {error}") from error
    raise refused(f"The local cloud cannot read InputType {config.get('InputType')}.")


def _rows(text: str, config: Record) -> Iterator[dict[str, str]]:
    """Rows as objects: fields that are missing are empty, fields without a header are left out."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_DELIMITERS[config.get("CSVDelimiter", "COMMA")])
    match config.get("CSVHeaderLocation"):
        case "FIRST_ROW":
            header = next(rows, [])
        case "GIVEN":
            header = list(config["CSVHeaders"])
        case other:
            raise refused(f"CSVHeaderLocation must be FIRST_ROW or GIVEN, it is {other!r}.")
    for row in rows:
        if row:
            yield {name: row[number] if number < len(row) else "" for number, name in enumerate(header)}


def _batched(values: Values, batcher: Record, items: list[Json]) -> list[tuple[Json, int]]:
    only(_BATCHER | {"BatchInput"}, batcher, "ItemBatcher")
    count = values.number(batcher, "MaxItemsPerBatch")
    size = values.number(batcher, "MaxInputBytesPerBatch")
    if not count and not size:
        raise refused("An ItemBatcher needs MaxItemsPerBatch or MaxInputBytesPerBatch.")
    shared = {"BatchInput": values.template(batcher["BatchInput"])} if "BatchInput" in batcher else {}
    frame = size_in_bytes({**shared, "Items": []})
    made: list[tuple[Json, int]] = []
    for group in grouped(items, int(count or len(items)), int(size or MAX_BYTES) - frame):
        made.append(({**shared, "Items": group}, len(group)))
    return made


def grouped(items: list[Json], most: int, room: int) -> Iterator[list[Any]]:
    """``items`` in groups of at most ``most``, whose JSON with commas takes at most ``room`` bytes.

    Raises States.DataLimitExceeded where one item alone takes more.
    """
    group: list[Any] = []
    size = 0
    for item in items:
        needed = size_in_bytes(item)
        if needed > room:
            raise sfn._ExecutionError(DATA_LIMIT, f"One item has {needed} bytes, a batch has room for {room}.")
        if group and (len(group) == most or size + 1 + needed > room):
            yield group
            group, size = [], 0
        size += needed + bool(group)
        group.append(item)
    if group:
        yield group
