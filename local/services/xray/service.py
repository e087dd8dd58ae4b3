"""X-Ray's API: PutTraceSegments, GetTraceSummaries, BatchGetTraces, as in the service model xray/2016-04-12.

A trace is one invocation of a function, or what a caller put: Step Functions, queues and topics send no segments here,
and no segment is inferred. Filter expressions are refused by name, not passed over.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from local.cloud.http import Request, Response, as_json
from local.services.errors import InvalidMembers, ServiceError
from local.services.shapes import ServiceModel
from local.services.switchboard import Switch, Switchboard
from local.services.xray import daemon
from local.services.xray.traces import TRACES, BadSegment, Document, walk

PAGE = 100
DAY = 86_400
_MODEL = ServiceModel("xray")


def handle(request: Request) -> Response:
    """Answer one API call; signature and permissions were checked before."""
    found = _OPERATIONS.get(request.path.rstrip("/"))
    if found is None or request.method != "POST":
        message = f"The local X-Ray has {', '.join(name for name, _ in _OPERATIONS.values())}."
        return ServiceError("NotImplementedLocally", message, 501).response({})
    name, answer = found
    try:
        return as_json(200, answer(_MODEL.read(name, request.body)))
    except InvalidMembers as error:
        return ServiceError("InvalidRequestException", error.message).response({})
    except ServiceError as error:
        return error.response({})


def _put(asked: dict[str, Any]) -> dict[str, Any]:
    refused = []
    for document in asked["TraceSegmentDocuments"]:
        try:
            TRACES.put(document)
        except BadSegment as error:
            refused.append({"Id": error.segment, "ErrorCode": error.code, "Message": str(error)})
    return {"UnprocessedTraceSegments": refused}


def _get(asked: dict[str, Any]) -> dict[str, Any]:
    traces, unknown = [], []
    for trace in dict.fromkeys(asked["TraceIds"]):
        documents = TRACES.documents(trace)
        if documents is None:
            unknown.append(trace)
            continue
        segments = [{"Id": each["id"], "Document": json.dumps(each)} for each in documents]
        traces.append({"Id": trace, "Duration": _duration(documents), "LimitExceeded": False, "Segments": segments})
    return {"Traces": traces, "UnprocessedTraceIds": unknown}


def _summaries(asked: dict[str, Any]) -> dict[str, Any]:
    if asked.get("FilterExpression"):
        raise ServiceError(
            "InvalidRequestException",
            "The local X-Ray reads no FilterExpression; list the traces of a time and look into them.",
        )
    begin, end = _seconds(asked["StartTime"], "StartTime"), _seconds(asked["EndTime"], "EndTime")
    if not 0 <= end - begin <= DAY:
        raise ServiceError("InvalidRequestException", "EndTime is after StartTime, by 24 hours at most.")
    found = TRACES.between(begin, end)
    first = _first(asked.get("NextToken"))
    page = [_summary(trace) for trace in found[first : first + PAGE]]
    more = {"NextToken": str(first + PAGE)} if first + PAGE < len(found) else {}
    return {"TraceSummaries": page, "ApproximateTime": time.time(), "TracesProcessedCount": len(page), **more}


def _summary(trace: str) -> dict[str, Any]:
    documents = TRACES.documents(trace) or []
    every = list(walk(documents))
    ends = {flag: any(each.get(flag) for each in documents) for flag in ("fault", "error")}
    return {
        "Id": trace,
        "StartTime": min((each["start_time"] for each in every), default=0),
        "Duration": _duration(documents),
        "ResponseTime": _duration(documents[:1]),
        "HasFault": ends["fault"],
        "HasError": ends["error"],
        "HasThrottle": any(each.get("throttle") for each in every),
        "IsPartial": any(each.get("in_progress") for each in every),
        "Annotations": _annotations(every),
        "ServiceIds": [{"Name": name, "Names": [name]} for name in dict.fromkeys(_services(every))],
    }


def _services(every: list[Document]) -> Iterator[str]:
    """Segments, and the services that subsegments called."""
    for each in every:
        if each.get("type") != "subsegment" or each.get("namespace"):
            yield each["name"]


def _annotations(every: list[Document]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in every:
        for key, value in each.get("annotations", {}).items():
            kind = (
                "BooleanValue"
                if isinstance(value, bool)
                else "StringValue"
                if isinstance(value, str)
                else "NumberValue"
            )
            shown = {"AnnotationValue": {kind: value}, "ServiceIds": [{"Name": each["name"], "Names": [each["name"]]}]}
            if shown not in found.setdefault(key, []):
                found[key].append(shown)
    return found


def _duration(documents: list[Document]) -> float:
    every = list(walk(documents))
    ends = [each["end_time"] for each in every if "end_time" in each]
    begins = [each["start_time"] for each in every]
    return round(max(ends) - min(begins), 3) if ends else 0.0


def _seconds(value: Any, member: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ServiceError("InvalidRequestException", f"{member} is a number of seconds.") from error


def _first(token: Any) -> int:
    if token is None:
        return 0
    if not str(token).isdecimal():
        raise ServiceError("InvalidRequestException", "NextToken is not one that was given.")
    return int(token)


_OPERATIONS = {
    "/TraceSegments": ("PutTraceSegments", _put),
    "/Traces": ("BatchGetTraces", _get),
    "/TraceSummaries": ("GetTraceSummaries", _summaries),
}


def _no_switch(_: dict[str, Any]) -> None:
    raise ValueError("traces can be cleared, not set")


control = Switchboard(daemon.USAGE, {"traces": Switch("nothing", _no_switch, TRACES.clear)})
