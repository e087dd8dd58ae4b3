"""What X-Ray is told of calls that are paid for and of writes that decide: which, when, how they ended, and no content.

Lambda traces an invocation by itself (``Tracing: Active``) and runs X-Ray's daemon beside the function. One call is one
subsegment, one datagram to that daemon: ``{"format": "json", "version": 1}``, a line's end, the document (X-Ray
developer guide, "Sending trace data to X-Ray" and "Segment documents"). Which invocation it belongs to stands in
``_X_AMZN_TRACE_ID``, which the runtime sets anew for each; of one that is not sampled nothing is built. No library,
and why: docs/decisions/016-traces-by-datagrams.md.

It is sent when the call ends, so a worker that dies has told of what it did. A trace is for looking: what cannot be
sent is counted (``SubsegmentsLost``) and logged once per worker; the call itself neither waits nor fails.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from common.aws import THROTTLING_CODES

PAID = frozenset({"polly", "textract", "comprehend", "bedrock-runtime", "bedrock-agent-runtime", "sagemaker-runtime"})
"""Services of which every call is told, by boto3's names."""

_HEADER = b'{"format": "json", "version": 1}\n'
_CALL = "millrace-call"
_CONDITIONS = ("If-None-Match", "If-Match")
_LOST = frozenset({404, 409, 412})
"""What S3 answers to a conditional write that lost: another object is there, another write is under way, or none is
there (S3 user guide, "How to prevent object overwrites with conditional writes")."""
_BUSY = THROTTLING_CODES | {"ProvisionedThroughputExceededException", "LimitExceededException"}


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that has begun; ``begun`` is Unix time in seconds. ``parent`` is the segment of the invocation."""

    service: str
    operation: str
    trace: str
    parent: str
    begun: float
    conditional: bool


def watch(client: Any, service: str) -> None:
    """Has the calls of a boto3 client told to X-Ray: all of a paid service, of S3 the conditional writes.

    Events of botocore do it, so that whoever calls need not know. Clients of other services stay as they are.
    """
    if service not in PAID and service != "s3":
        return
    name = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"before-call.{name}", _begin if service in PAID else _begin_write)
    client.meta.events.register(f"after-call.{name}", _answered)
    client.meta.events.register(f"after-call-error.{name}", _unanswered)


def _begin(model: Any, context: dict[str, Any], conditional: bool = False, **_: Any) -> None:
    header = os.environ.get("_X_AMZN_TRACE_ID", "")
    if "Sampled=1" not in header or "AWS_XRAY_DAEMON_ADDRESS" not in os.environ:
        return
    parts = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    trace, parent = parts.get("Root"), parts.get("Parent")
    if trace and parent:
        service = str(model.service_model.service_id)
        context[_CALL] = _Call(service, model.name, trace, parent, time.time(), conditional)


def _begin_write(model: Any, params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
    """S3's reads may have conditions too; they decide nothing."""
    if params["method"] not in ("GET", "HEAD") and any(name in params["headers"] for name in _CONDITIONS):
        _begin(model, context, conditional=True)


def _answered(http_response: Any, parsed: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
    """The service said something, good or bad. Of a stream this is its head: what is read later takes its own time."""
    call: _Call | None = context.pop(_CALL, None)
    if call is None:
        return
    status, code = int(http_response.status_code), str(parsed.get("Error", {}).get("Code", ""))
    said = parsed.get("ResponseMetadata", {})
    document = _document(call, context, said.get("RequestId"), said.get("RetryAttempts", 0))
    document["http"] = {"response": {"status": status}}
    if call.conditional and (status < 300 or status in _LOST):
        document["annotations"] = {"condition": "held" if status < 300 else "lost"}
    elif status >= 300:
        document |= _failure(status, code)
    _send(document)


def _unanswered(exception: Exception, context: dict[str, Any], **_: Any) -> None:
    """No answer came, or none that could be read."""
    call: _Call | None = context.pop(_CALL, None)
    if call is None:
        return
    document = _document(call, context, None, context.get("retries", {}).get("attempt", 1) - 1)
    _send(document | {"fault": True, **_cause(type(exception).__name__)})


def _document(call: _Call, context: Mapping[str, Any], request: str | None, retries: int) -> dict[str, Any]:
    """What is told of every call. Nothing of what was asked or answered: those are texts, voices, keys, names."""
    aws = {"operation": call.operation, "region": context.get("client_region"), "retries": retries}
    return {
        "type": "subsegment",
        "namespace": "aws",
        "name": call.service,
        "id": _identifier(),
        "trace_id": call.trace,
        "parent_id": call.parent,
        "start_time": call.begun,
        "end_time": time.time(),
        "aws": aws | ({"request_id": request} if request else {}),
    }


def _failure(status: int, code: str) -> dict[str, Any]:
    """X-Ray's flags. A service's own sentence is left out: it may quote what was sent."""
    throttled = code in _BUSY or status == 429
    flags = {"error": True, "throttle": True} if throttled else {"fault": True} if status >= 500 else {"error": True}
    return {**flags, **_cause(code or str(status))}


def _cause(name: str) -> dict[str, Any]:
    return {"cause": {"exceptions": [{"id": _identifier(), "type": name, "remote": True}]}}


def _identifier() -> str:
    """64 bits in 16 hexadecimal digits."""
    return os.urandom(8).hex()


def _send(document: Mapping[str, Any]) -> None:
    data = _HEADER + json.dumps(document, separators=(",", ":")).encode()
    try:
        daemon = _daemon(os.environ.get("AWS_XRAY_DAEMON_ADDRESS", ""))
        try:
            daemon.send(data)
        except ConnectionRefusedError as error:  # about the datagram before this one, which nobody took
            _lose(error)
            daemon.send(data)
    except (OSError, ValueError, OverflowError) as error:
        _lose(error)


@cache
def _daemon(address: str) -> socket.socket:
    """A socket that never waits. Connected, so that it hears of a datagram that was refused.

    ``address`` is ``host:port``, or ``tcp:host:port udp:host:port`` (X-Ray developer guide, "The X-Ray daemon").
    Raises OSError, ValueError or OverflowError for one that leads nowhere.
    """
    host, _, port = next((part for part in address.split() if part.startswith("udp:")), address).rpartition(":")
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.connect((host.removeprefix("udp:"), int(port)))
    except (OSError, ValueError, OverflowError):
        made.close()
        raise
    return made


def _lose(error: Exception) -> None:
    from common.observability import count

    count("SubsegmentsLost")
    _tell(type(error).__name__)


@cache
def _tell(reason: str) -> None:
    """One line per worker and reason: a daemon that is away is away for every call."""
    from common.observability import logger

    logger().warning("traces lack calls", extra={"reason": reason})
