"""Lambda: what an event source mapping may be.

AWS: CreateEventSourceMapping and UpdateEventSourceMapping refuse, as InvalidParameterValueException, a source that is
not there, a role that may not read it, a batch of over 10 messages without a window, a FIFO queue with a larger batch
or with a window, a queue whose messages come back before the function's time is over, members of streams for queues
and the other way round, and patterns that are no event patterns; ranges as in the model (botocore:
CreateEventSourceMapping; Developer Guide, "Using Lambda with Amazon SQS", "Using Lambda with Amazon Kinesis",
"Control which events Lambda sends to your function"). A second mapping of the same source and function is
ResourceConflictException.
MiniStack: looks at the source's ARN and at MaximumConcurrency, through the API alone.
"""

from __future__ import annotations

from ministack.services import dynamodb, eventbridge, kinesis, lambda_svc, sqs

from local.gaps import _authority, _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Json, Record
from local.gaps.awslambda import _event_sources, kinesis_source, sqs_source

LEANS_ON = {
    **_doors.LEANS_ON,
    **_authority.LEANS_ON,
    "services.lambda_svc._create_esm": "(data)",
    "services.lambda_svc._update_esm": "(esm_id, data)",
    "services.lambda_svc._esms": "AccountRegionScopedDict",
    "services.lambda_svc._get_func_record_for_ref": "(function_ref)",
    "services.sqs._queue_by_arn": "(arn)",
    "services.kinesis._streams": "AccountRegionScopedDict",
    "services.dynamodb._tables": "AccountRegionScopedDict",
    "services.eventbridge._event_pattern_error": "(pattern_str)",
}

SMALL_BATCH = 10
DYNAMODB_BATCH = 1000
MAX_FILTERS = 5
MAX_PATTERN = 4096

#: Only for queues, only for streams.
_QUEUES = ("ScalingConfig",)
_STREAMS = (
    "BisectBatchOnFunctionError",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "StartingPosition",
    "StartingPositionTimestamp",
    "TumblingWindowInSeconds",
)
_STREAM_ACTIONS = {
    "kinesis": "GetRecords, GetShardIterator, DescribeStream, ListShards, and ListStreams",
    "dynamodb": "GetRecords, GetShardIterator, DescribeStream, and ListStreams",
}
_STREAM_NEEDS = {
    "kinesis": kinesis_source.NEEDED,
    "dynamodb": ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"),
}

_by_model = _doors.by_model("lambda", "CreateEventSourceMapping")


def _invalid(message: str) -> RefusedError:
    return RefusedError("InvalidParameterValueException", message)


def _filters(data: Record) -> None:
    criteria = data.get("FilterCriteria") or {}
    filters = criteria.get("Filters") or []
    if len(filters) > MAX_FILTERS:
        raise _invalid(f"Invalid filter criteria: more than {MAX_FILTERS} filters.")
    for one in filters:
        pattern = one.get("Pattern") or ""
        if len(str(pattern)) > MAX_PATTERN:
            raise _invalid(f"Invalid filter pattern definition: longer than {MAX_PATTERN} characters.")
        if wrong := eventbridge._event_pattern_error(pattern):
            raise _invalid(f"Invalid filter pattern definition. {wrong}")


def _batch(data: Record, service: str, source: str) -> None:
    size = int(data.get("BatchSize") or 0)
    window = int(data.get("MaximumBatchingWindowInSeconds") or 0)
    if service == "sqs" and source.endswith(".fifo"):
        if size > SMALL_BATCH:
            raise _invalid(f"Batch size {size} is over the maximum of {SMALL_BATCH} for FIFO queues.")
        if window:
            raise _invalid("Batching window is not supported for FIFO queues.")
    if service == "sqs" and size > SMALL_BATCH and not window:
        raise _invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )
    if service == "dynamodb" and size > DYNAMODB_BATCH:
        raise _invalid(f"Batch size {size} is over the maximum of {DYNAMODB_BATCH} for DynamoDB streams.")
    age = int(data.get("MaximumRecordAgeInSeconds") or -1)
    if -1 < age < 60:
        raise _invalid("MaximumRecordAgeInSeconds must be -1, or from 60 to 604800.")


def _members(data: Record, service: str, source: str) -> None:
    foreign = _STREAMS if service == "sqs" else _QUEUES
    for name in foreign:
        if data.get(name) is not None:
            raise _invalid(f"Unsupported parameter for the event source {source}: {name}")
    position = data.get("StartingPosition")
    if service != "sqs" and not position:
        raise RefusedError(
            "InvalidParameterValueException",
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null.",
        )
    if service == "dynamodb" and position == "AT_TIMESTAMP":
        raise _invalid(f"Unsupported starting position for arn type: {source}")
    if position == "AT_TIMESTAMP" and data.get("StartingPositionTimestamp") is None:
        raise _invalid("Timestamp must be provided with starting position AT_TIMESTAMP.")


def _exists(service: str, source: str) -> bool:
    if service == "sqs":
        return sqs._queue_by_arn(source) is not None
    if service == "kinesis":
        return any(stream.get("StreamARN") == source for stream in kinesis._streams.values())
    return any(table.get("LatestStreamArn") == source for table in dynamodb._tables.values())


def _readable(config: Record, service: str, source: str) -> None:
    if service == "sqs":
        if not _exists(service, source):
            raise _invalid(
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
                "SQS Error Message: The specified queue does not exist for this wsdl version."
            )
        denied = _event_sources.denied(config, source, sqs_source.NEEDED, keys=False)
        if denied is not None:
            verb = denied.action.partition(":")[2]
            raise _invalid(f"The provided execution role does not have permissions to call {verb} on SQS")
        return
    if not _exists(service, source):
        raise _invalid(f"Stream not found: {source}")
    if _event_sources.denied(config, source, _STREAM_NEEDS[service], keys=False) is not None:
        raise _invalid(
            f"Cannot access stream {source}. Please ensure the role can perform the {_STREAM_ACTIONS[service]} "
            "Actions on your stream in IAM."
        )


def _patient(config: Record, source: str) -> None:
    queue = sqs._queue_by_arn(source)
    visible = int((queue or {}).get("attributes", {}).get("VisibilityTimeout", 30))
    limit = int(config.get("Timeout", 3))
    if queue is not None and visible < limit:
        raise _invalid(
            f"Invalid request provided: Queue visibility timeout: {visible} seconds is less than "
            f"Function timeout: {limit} seconds"
        )


def _service(source: str) -> str | None:
    """sqs, kinesis or dynamodb; None for what MiniStack refuses itself."""
    service = [*source.split(":"), "", "", ""][2]
    return service if service in ("sqs", *_STREAM_NEEDS) else None


def _settings(data: Record, source: str) -> None:
    _by_model(data)
    _filters(data)
    service = _service(source)
    if service is not None:
        _batch(data, service, source)


def _creating(data: Record) -> None:
    source = str(data.get("EventSourceArn", ""))
    _settings(data, source)
    service = _service(source)
    _, config, _ = lambda_svc._get_func_record_for_ref(data.get("FunctionName", ""))
    # Another account's stream is read by its own policy, which MiniStack asks.
    foreign = config is not None and source.split(":")[4:5] != str(config.get("FunctionArn")).split(":")[4:5]
    if service is None or config is None or foreign:
        return
    _members(data, service, source)
    _readable(config, service, source)
    if service == "sqs":
        _patient(config, source)


def _single(data: Record) -> None:
    """Only for a new mapping: a template's update replaces what it has."""
    _, config, _ = lambda_svc._get_func_record_for_ref(data.get("FunctionName", ""))
    source = data.get("EventSourceArn", "")
    for mapping in lambda_svc._esms.values() if config is not None else ():
        if mapping["EventSourceArn"] == source and mapping["FunctionName"] == config["FunctionName"]:
            raise RefusedError(
                "ResourceConflictException",
                f'An event source mapping with {source.split(":")[2].upper()} arn (" {source} ") and function '
                f'(" {config["FunctionName"]} ") already exists. Please update or delete the existing mapping with '
                f"UUID {mapping['UUID']}",
                409,
            )


def _updating(mapping_id: str, data: Record) -> None:
    mapping: Json = lambda_svc._esms.get(mapping_id)
    if mapping is not None:
        kept = ("BatchSize", "MaximumBatchingWindowInSeconds")
        _settings({**{name: mapping.get(name) for name in kept}, **data}, mapping["EventSourceArn"])


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.lambda_svc._create_esm", _doors.at_call(_doors.both(_creating, _single)))
    _seams.replace("services.lambda_svc._update_esm", _doors.at_call(_updating))
    _seams.replace(_doors.HANDLERS, _doors.in_templates({"AWS::Lambda::EventSourceMapping": _creating}))
