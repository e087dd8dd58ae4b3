"""The processor of a Map, and what only a distributed Map has."""

from __future__ import annotations

import re
from typing import Any

from local.asl import kinds, shape
from local.asl.kinds import Kind
from local.asl.problem import Problem, Problems
from local.asl.tree import State

_ARGUMENTS = {"Arguments", "Parameters"}
_READS = re.compile(r"arn:[^:]+:states:::s3:(getObject|listObjectsV2)")
_WRITES = re.compile(r"arn:[^:]+:states:::s3:putObject")

_PROCESSOR = {
    "Mode": Kind("[STRING]", allowed=("INLINE", "DISTRIBUTED")),
    "ExecutionType": Kind("[STRING]", allowed=("STANDARD", "EXPRESS")),
}
_READER_CONFIG = {
    "InputType": Kind("[STRING]", allowed=("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST")),
    "Transformation": Kind("[STRING]", allowed=("NONE", "LOAD_AND_FLATTEN")),
    "ManifestType": Kind("[STRING]", allowed=("ATHENA_DATA", "S3_INVENTORY")),
    "CSVHeaderLocation": Kind("[STRING]", allowed=("FIRST_ROW", "GIVEN")),
    "CSVHeaders": Kind("[ARRAY]", filled=True),
    "CSVDelimiter": Kind("[STRING]", allowed=("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB")),
    "ItemsPointer": kinds.TEXT,
    "MaxItems": Kind("Integer", 1, 100_000_000, expression=True),
    "MaxItemsPath": kinds.TEXT,
}
_BATCHER = {
    "MaxItemsPerBatch": Kind("Integer", 1, expression=True),
    "MaxItemsPerBatchPath": kinds.TEXT,
    "MaxInputBytesPerBatch": Kind("Integer", 1, 262_144, expression=True),
    "MaxInputBytesPerBatchPath": kinds.TEXT,
}
_WRITER_CONFIG = {
    "Transformation": Kind("[STRING]", allowed=("NONE", "COMPACT", "FLATTEN")),
    "OutputType": Kind("[STRING]", allowed=("JSON", "JSONL")),
}


def _processor(config: Any, state: State, place: str, outer_express: bool) -> Problems:
    if not isinstance(config, dict):
        yield Problem("Expected value of type [OBJECT]", place)
        return
    yield from shape.known(config, _PROCESSOR.keys(), place)
    yield from kinds.members(config, _PROCESSOR, state.is_jsonata, place)
    distributed = config.get("Mode") == "DISTRIBUTED"
    if distributed:
        yield from shape.required(config, ("ExecutionType",), place)
    elif "ExecutionType" in config:
        yield Problem("Field 'ExecutionType' is not supported", place)
    if distributed and outer_express:
        inside = "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines"
        yield Problem(inside, f"{place}/Mode")


def _resource(body: dict[str, Any], allowed: re.Pattern[str], place: str) -> Problems:
    resource = body.get("Resource")
    if "Resource" in body and not (isinstance(resource, str) and allowed.fullmatch(resource)):
        yield Problem("The field 'Resource' does not match any of the allowed values", f"{place}/Resource")


def _arguments(body: dict[str, Any], state: State, place: str) -> Problems:
    yield from shape.other_language(body, state.is_jsonata, ("Arguments",), ("Parameters",), place)


def _headers(config: dict[str, Any], place: str) -> Problems:
    if config.get("InputType") == "CSV" and "CSVHeaderLocation" not in config:
        yield Problem("The field 'CSVHeaderLocation' is required", place)
    if config.get("InputType") in ("JSON", "JSONL") and "CSVHeaderLocation" in config:
        yield Problem("Field 'CSVHeaderLocation' is not supported", place)
    if config.get("CSVHeaderLocation") == "GIVEN":
        yield from shape.required(config, ("CSVHeaders",), place)


def _reader(reader: dict[str, Any], state: State, place: str) -> Problems:
    yield from shape.known(reader, {"Resource", "ReaderConfig", *_ARGUMENTS}, place)
    yield from shape.required(reader, ("Resource",), place)
    yield from _resource(reader, _READS, place)
    yield from _arguments(reader, state, place)
    yield from kinds.members(reader, {"ReaderConfig": kinds.OBJECT}, state.is_jsonata, place)
    config = reader.get("ReaderConfig")
    if isinstance(config, dict):
        place = f"{place}/ReaderConfig"
        yield from shape.known(config, _READER_CONFIG.keys(), place)
        yield from shape.at_most_one(config, ("MaxItems", "MaxItemsPath"), place)
        yield from shape.other_language(config, state.is_jsonata, (), ("MaxItemsPath",), place)
        yield from kinds.members(config, _READER_CONFIG, state.is_jsonata, place)
        yield from _headers(config, place)


def _batcher(batcher: dict[str, Any], state: State, place: str) -> Problems:
    yield from shape.known(batcher, {*_BATCHER, "BatchInput"}, place)
    yield from kinds.members(batcher, _BATCHER, state.is_jsonata, place)
    yield from shape.other_language(batcher, state.is_jsonata, (), [n for n in _BATCHER if n.endswith("Path")], place)
    for name in ("MaxItemsPerBatch", "MaxInputBytesPerBatch"):
        yield from shape.at_most_one(batcher, (name, f"{name}Path"), place)
    if not any(name in batcher for name in _BATCHER):
        # Developer Guide, "ItemBatcher (Map)": one of the limits is needed.
        yield from shape.required(batcher, ("MaxItemsPerBatch",), place)


def _writer(writer: dict[str, Any], state: State, place: str) -> Problems:
    yield from shape.known(writer, {"Resource", "WriterConfig", *_ARGUMENTS}, place)
    yield from _resource(writer, _WRITES, place)
    yield from _arguments(writer, state, place)
    yield from kinds.members(writer, {"WriterConfig": kinds.OBJECT}, state.is_jsonata, place)
    config = writer.get("WriterConfig")
    if isinstance(config, dict):
        yield from shape.known(config, _WRITER_CONFIG.keys(), f"{place}/WriterConfig")
        yield from kinds.members(config, _WRITER_CONFIG, state.is_jsonata, f"{place}/WriterConfig")
    if "Resource" not in writer and "WriterConfig" not in writer:
        yield from shape.required(writer, ("Resource",), place)


def state(found: State) -> Problems:
    if found.type != "Map":
        return
    yield from shape.at_most_one(found.body, ("ItemSelector", "Parameters"), found.place)
    for field in ("ItemProcessor", "Iterator"):
        body = found.body.get(field)
        if isinstance(body, dict) and "ProcessorConfig" in body:
            place = found.at(f"{field}/ProcessorConfig")
            yield from _processor(body["ProcessorConfig"], found, place, found.express)
    for field, rule in (("ItemReader", _reader), ("ItemBatcher", _batcher), ("ResultWriter", _writer)):
        body = found.body.get(field)
        if isinstance(body, dict):
            yield from rule(body, found, found.at(field))
