"""Bedrock's metrics of every call of a model, around the engine that answers it.

Each call of Converse or InvokeModel counts in AWS/Bedrock under [ModelId]: Invocations and InvocationLatency where
it was accepted, also if the model then failed, InvocationClientErrors, InvocationServerErrors, InvocationThrottles
(Bedrock User Guide, "Monitor bedrock-runtime inference using CloudWatch metrics").
Without it an alarm on models that are called while no record of it comes could never fire.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from urllib.parse import unquote

from local.cloud.http import Handler, Request, Response
from local.gaps.cloudwatch.metric_data import store

NAMESPACE = "AWS/Bedrock"
_CALL = re.compile(r"/model/(.+)/(?:converse|converse-stream|invoke|invoke-with-response-stream)")
_THROTTLED, _REFUSED, _SERVER = 429, 400, 500
_FAILED_LATER = frozenset({408, 424})
"""Of the model, after its call was accepted: a timeout, an error."""


def counting(handler: Handler) -> Handler:
    """The engine's handler, with metrics of what it answers."""

    def call(request: Request) -> Response:
        begun = time.monotonic()
        response = handler(request)
        found = _CALL.fullmatch(request.path)
        if found is not None:
            now, latency = time.time(), (time.monotonic() - begun) * 1000
            for name, unit, value in metrics(response.status, latency):
                store(NAMESPACE, name, {"ModelId": unquote(found[1])}, now, unit, [value])
        return response

    return call


def metrics(status: int, latency: float) -> Iterator[tuple[str, str, float]]:
    """Name, unit and value of what a call with this HTTP status and ``latency`` (milliseconds) counts as."""
    if status == _THROTTLED:
        yield "InvocationThrottles", "Count", 1.0
        return
    accepted = status < _REFUSED or status >= _SERVER or status in _FAILED_LATER
    if accepted:
        yield "Invocations", "Count", 1.0
        yield "InvocationLatency", "Milliseconds", latency
    if status >= _SERVER:
        yield "InvocationServerErrors", "Count", 1.0
    elif status >= _REFUSED:
        yield "InvocationClientErrors", "Count", 1.0
