"""What Firehose makes of a transformation's answer, and how it writes down what failed. Pure, without a server.

Names and sentences of the failures are AWS's own, as captured from error objects (Firehose developer guide, "Handle
failure in data transformation", gives the members; the guide writes lambdaArn, the objects say lambdaARN).
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from local.gaps._types import Json, Record


@dataclass(frozen=True)
class Arrived:
    """A record as a producer put it; ``at`` is in milliseconds since 1970."""

    id: str
    data: bytes
    at: int


@dataclass(frozen=True)
class Ready:
    """A record on its way to S3, and the partition keys that the function gave it."""

    data: bytes
    at: int
    keys: dict[str, str] | None = None


@dataclass(frozen=True)
class Failure:
    """Why a record goes to the error prefix: code and sentence, and how often the function was called for it."""

    code: str
    message: str
    attempts: int = 1


FUNCTION_ERROR = (
    "Lambda.FunctionError",
    "The Lambda function was successfully invoked but it returned an error result.",
)
ACCESS_DENIED = (
    "Lambda.InvokeAccessDenied",
    "Access was denied. Ensure that the access policy allows access to the Lambda function.",
)
PARTITIONS = Failure(
    "DynamicPartitioning.ActivePartitionsLimitExceeded",
    "The number of active partitions has exceeded the configured limit",
)
"""The sentence is AWS's; which code and error-output-type go with it is not written."""
_MISSING = Failure(
    "Lambda.MissingRecordId",
    "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids.",
)
_DOUBLED = Failure(
    "Lambda.DuplicatedRecordId",
    "Multiple records were returned with the same record Id. Ensure that the Lambda function returns a unique record "
    "Id for each record.",
)
_FAILED = Failure("Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record")


@dataclass(frozen=True)
class Processor:
    """The Lambda processor of a destination, with the defaults of the API reference (ProcessorParameter)."""

    function: str
    retries: int
    size_bytes: int
    seconds: float


def processor(config: Record) -> Processor | None:
    """The Lambda processor of a destination's configuration, if it has one that is switched on."""
    processing = config.get("ProcessingConfiguration") or {}
    if not processing.get("Enabled"):
        return None
    for entry in processing.get("Processors") or []:
        if entry.get("Type") == "Lambda":
            given = {p["ParameterName"]: p["ParameterValue"] for p in entry.get("Parameters") or []}
            return Processor(
                function=str(given["LambdaArn"]),
                retries=int(given.get("NumberOfRetries", 3)),
                size_bytes=int(float(given.get("BufferSizeInMBs", 1)) * 1024 * 1024),
                seconds=float(given.get("BufferIntervalInSeconds", 60)),
            )
    return None


def batches(records: Sequence[Arrived], size_bytes: int) -> list[list[Arrived]]:
    """Records in order, in groups of at most ``size_bytes``; a larger record goes alone."""
    found: list[list[Arrived]] = []
    room = 0
    for record in records:
        if not found or len(record.data) > room:
            found.append([])
            room = size_bytes
        found[-1].append(record)
        room -= len(record.data)
    return found


def event_records(records: Sequence[Arrived]) -> list[Record]:
    """The ``records`` member of a transformation event."""
    return [
        {
            "recordId": record.id,
            "approximateArrivalTimestamp": record.at,
            "data": base64.b64encode(record.data).decode(),
        }
        for record in records
    ]


def judge(records: Sequence[Arrived], body: Json) -> tuple[list[Ready], list[tuple[Arrived, Failure]]]:
    """What is delivered, and what failed; dropped records are in neither. An answer that is malformed is final."""
    given = body.get("records") if isinstance(body, dict) else None
    answers = [entry for entry in given if isinstance(entry, dict)] if isinstance(given, list) else []
    times = Counter(str(entry.get("recordId")) for entry in answers)
    by_id = {str(entry.get("recordId")): entry for entry in answers}
    ready: list[Ready] = []
    failed: list[tuple[Arrived, Failure]] = []
    for record in records:
        verdict = _verdict(record, by_id.get(record.id), times[record.id])
        if isinstance(verdict, Failure):
            failed.append((record, verdict))
        elif verdict is not None:
            ready.append(verdict)
    return ready, failed


def _verdict(record: Arrived, answer: Record | None, times: int) -> Ready | Failure | None:
    """What to deliver, why not, or None for a record that is dropped."""
    if answer is None or times > 1:
        return _MISSING if answer is None else _DOUBLED
    result = answer.get("result")
    if result in ("Dropped", "ProcessingFailed"):
        return None if result == "Dropped" else _FAILED
    if result != "Ok":
        return Failure("Lambda.InvalidReturnFormat", "The result must be Ok, Dropped or ProcessingFailed.")
    keys = (answer.get("metadata") or {}).get("partitionKeys")
    try:
        content = base64.b64decode(answer.get("data"), validate=True)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return Failure("Lambda.InvalidReturnFormat", "The data of a record that is Ok must be base64 encoded.")
    return Ready(content, record.at, {str(k): str(v) for k, v in keys.items()} if isinstance(keys, dict) else None)


def error_line(data: bytes, at: int, failure: Failure, ended: int, more: Record) -> bytes:
    """One line of an object under the error prefix; ``more`` is what only this kind of error has."""
    document = {
        "rawData": base64.b64encode(data).decode(),
        "errorCode": failure.code,
        "errorMessage": failure.message,
        "attemptsMade": failure.attempts,
        "arrivalTimestamp": at,
        "attemptEndingTimestamp": ended,
        **more,
    }
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def problem(config: Record) -> str | None:
    """Why AWS (or this local cloud) refuses a destination in S3; None where it is fine."""
    return next((sentence for wrong, sentence in _checks(config) if wrong), None)


def _checks(config: Record) -> Iterator[tuple[bool, str]]:
    hints = config.get("BufferingHints") or {}
    size, seconds = float(hints.get("SizeInMBs", 5)), float(hints.get("IntervalInSeconds", 300))
    yield not 1 <= size <= 128 or not 0 <= seconds <= 900, "BufferingHints must be 1 to 128 MiB and 0 to 900 seconds."
    transformation = processor(config)
    megabytes = transformation.size_bytes / 1024 / 1024 if transformation else 1.0
    yield not 0.19 < megabytes <= 3, "BufferSizeInMBs of the processor must be 0.2 to 3."
    converts, partitions = (
        _switched_on(config, "DataFormatConversionConfiguration", default=True),
        _switched_on(config, "DynamicPartitioningConfiguration", default=False),
    )
    yield (
        (converts or partitions) and size < 64,
        ("BufferingHints.SizeInMBs must be at least 64 with dynamic partitioning or data format conversion."),
    )
    compression = config.get("CompressionFormat", "UNCOMPRESSED")
    yield converts and compression != "UNCOMPRESSED", "CompressionFormat must be UNCOMPRESSED with format conversion."
    prefix, errors = str(config.get("Prefix", "")), str(config.get("ErrorOutputPrefix", ""))
    yield (
        ("!{" in prefix or partitions) and not errors,
        ("ErrorOutputPrefix cannot be empty when Prefix contains expressions or dynamic partitioning is enabled."),
    )
    yield (
        "!{" in errors and "!{firehose:error-output-type}" not in errors,
        ("ErrorOutputPrefix with expressions must contain !{firehose:error-output-type}."),
    )
    yield compression not in ("UNCOMPRESSED", "GZIP"), f"CompressionFormat {compression} is not available locally."
    yield config.get("S3BackupMode") == "Enabled", "S3BackupMode Enabled is not available locally."
    for entry in (config.get("ProcessingConfiguration") or {}).get("Processors") or []:
        kind = entry.get("Type")
        known = ("Lambda", "AppendDelimiterToRecord", "MetadataExtraction")
        yield kind not in known, f"The processor {kind} is not available locally."


def _switched_on(config: Record, name: str, *, default: bool) -> bool:
    section = config.get(name)
    return bool(section) and (section or {}).get("Enabled", default) in (True, "true")
