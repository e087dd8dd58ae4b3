"""EventBridge: what PutEvents accepts.

AWS: the entries of one call hold at most 1 MB together (botocore: PutEvents; User Guide, "Calculating
PutEvents event entry size"); each needs Source, DetailType and a Detail that is a JSON object, else that
entry fails with InvalidArgument or MalformedDetail while the others go on (User Guide, "Handling failures
with PutEvents").
MiniStack: takes any size, and entries without source, type or JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record, json_error

LEANS_ON = {"services.eventbridge._put_events": "(data, allow_aws_source=False)"}

MAX_BYTES = 1024 * 1024

#: An entry with a Time counts 14 bytes more.
_TIME_BYTES = 14


def entry_bytes(entry: Record) -> int:
    """The size of an entry as EventBridge counts it."""
    texts = [entry.get("Source"), entry.get("DetailType"), entry.get("Detail"), *(entry.get("Resources") or [])]
    size = sum(len(str(text).encode("utf-8", "surrogatepass")) for text in texts if text)
    return size + (_TIME_BYTES if entry.get("Time") else 0)


def problem(entry: Record) -> tuple[str, str] | None:
    """ErrorCode and ErrorMessage of an entry that EventBridge refuses, else None."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
    try:
        detail = json.loads(entry["Detail"]) if isinstance(entry["Detail"], str) else entry["Detail"]
    except ValueError:
        detail = None
    return None if isinstance(detail, dict) else ("MalformedDetail", "Detail is malformed.")


def _checked(put: Callable[..., Answer]) -> Callable[..., Answer]:
    def put_events(data: Record, allow_aws_source: bool = False) -> Answer:
        if allow_aws_source:  # an event of an AWS service, not of a caller
            return put(data, allow_aws_source)
        entries: list[Record] = data.get("Entries", [])
        if sum(entry_bytes(entry) for entry in entries) > MAX_BYTES:
            return json_error("ValidationException", "Total size of the entries in the request is over the limit.")
        problems = [problem(entry) for entry in entries]
        good = [entry for entry, wrong in zip(entries, problems, strict=True) if wrong is None]
        if len(good) == len(entries):
            return put(data, allow_aws_source)
        answer = put({**data, "Entries": good}, allow_aws_source)
        if answer[0] >= 400:
            return answer
        return _merged(answer, problems)

    return put_events


def _merged(answer: Answer, problems: list[tuple[str, str] | None]) -> Answer:
    body: Json = json.loads(answer[2])
    accepted = iter(body["Entries"])
    body["Entries"] = [
        next(accepted) if wrong is None else {"ErrorCode": wrong[0], "ErrorMessage": wrong[1]} for wrong in problems
    ]
    body["FailedEntryCount"] = sum("ErrorCode" in entry for entry in body["Entries"])
    return answer[0], answer[1], json.dumps(body).encode()


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.eventbridge._put_events", _checked)
