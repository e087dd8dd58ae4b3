"""InvokeEndpoint's errors, and InvokeEndpoint of an endpoint that was created here.

Bounds (SageMaker Runtime API reference; Developer Guide, "Deploy models with Amazon SageMaker Serverless Inference"):
6,291,456 bytes each way, 4 MB of a serverless endpoint, 60 seconds; a serverless endpoint throttles what is above its
MaxConcurrency.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from local.cloud.http import Request, Response
from local.services.sagemaker.hosting.container import Broken, Unhealthy
from local.services.sagemaker.hosting.life import Serving
from local.services.sagemaker.store import Thing

MOST_BYTES: Final = 6_291_456
MOST_SERVERLESS: Final = 4_194_304
MOST_ATTRIBUTES: Final = 1_024
NAME: Final = "millrace-sagemaker (subprocesses)"
_HEADER: Final = "x-amzn-sagemaker-"

ERRORS: Final[Mapping[str, int]] = {
    "ModelError": 424,
    "ModelRefusal": 424,
    "ModelNotReadyException": 429,
    "ThrottlingException": 400,
    "ServiceUnavailable": 503,
    "InternalFailure": 500,
    "InternalDependencyException": 530,
    "ValidationError": 400,
    "AccessDeniedException": 400,
}
"""``ModelRefusal`` is ModelError of a model that answered 400; ``ModelError`` one that answered 500."""


class SageMakerError(Exception):
    """An answer that is not 200; ``members`` are those of the error's shape beside its message."""

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.body = {"Message": message, **members}

    def response(self, engine: str) -> Response:
        """The answer on the wire."""
        headers = {"x-amzn-errortype": self.code, "content-type": "application/json", "x-millrace-engine": engine}
        return Response(ERRORS[self.code], headers, json.dumps(self.body).encode())


def invalid(message: str) -> SageMakerError:
    """ValidationError, which is not ValidationException here."""
    return SageMakerError("ValidationError", message)


def not_found(endpoint: str, account: str) -> SageMakerError:
    """There is no such endpoint, or it has never been in service."""
    return invalid(f"Endpoint {endpoint} of account {account} not found.")


def model_error(status: int, said: str, endpoint: str, request: Request) -> SageMakerError:
    """The container answered with ``status``, or not at all (0)."""
    group = f"/aws/sagemaker/Endpoints/{endpoint}"
    side = "client" if 400 <= status < 500 else "server"
    return SageMakerError(
        "ModelError",
        f'Received {side} error ({status}) from primary with message "{said}". See https://{request.region}.console.aws.'
        f"amazon.com/cloudwatch/home?region={request.region}#logEventViewer:group={group} in account {request.account} "
        f"for more information.",
        OriginalStatusCode=status,
        OriginalMessage=said,
        LogStreamArn=f"arn:aws:logs:{request.region}:{request.account}:log-group:{group}",
    )


def invoke(endpoint: Thing, request: Request) -> Response:
    """InvokeEndpoint. Raises SageMakerError."""
    serving: Serving | None = endpoint.kept.get("serving")
    if serving is None:
        raise not_found(endpoint.name, request.account)
    serverless = serving.variant.get("ServerlessConfig")
    most = MOST_SERVERLESS if serverless else MOST_BYTES
    _check(serving, request, most)
    with serving.lock:
        if serverless and serving.waiting >= serverless["MaxConcurrency"]:
            raise SageMakerError("ThrottlingException", "Rate exceeded")
        serving.waiting += 1
    try:
        body, kind = serving.container.ask(
            request.body,
            request.headers.get("content-type", "application/json"),
            request.headers.get("accept", "*/*"),
        )
    except Broken as error:
        raise model_error(error.status, str(error), endpoint.name, request) from error
    except Unhealthy as error:
        raise model_error(500, str(error), endpoint.name, request) from error
    finally:
        with serving.lock:
            serving.waiting -= 1
    if len(body) > most:
        raise model_error(
            500, f"the response has {len(body)} bytes; at most {most} are allowed", endpoint.name, request
        )
    return Response(
        200,
        {
            "content-type": kind,
            "x-amzn-invoked-production-variant": serving.variant["VariantName"],
            "x-millrace-engine": NAME,
        },
        body,
    )


def _check(serving: Serving, request: Request, most: int) -> None:
    if len(request.body) > most:
        raise invalid(f"Request body must not exceed {most} bytes.")
    headers = request.headers
    variant = headers.get(f"{_HEADER}target-variant")
    if variant is not None and variant != serving.variant["VariantName"]:
        raise invalid(f"Variant {variant} not found for the request.")
    if headers.get(f"{_HEADER}target-model") is not None:
        raise invalid("TargetModel header is only supported by endpoints of many models.")
    for other in ("target-container-hostname", "inference-component", "session-id"):
        if headers.get(f"{_HEADER}{other}") is not None:
            raise invalid(f"The endpoint takes no header {_HEADER}{other}.")
    attributes = headers.get(f"{_HEADER}custom-attributes", "")
    if len(attributes) > MOST_ATTRIBUTES or not attributes.isascii():
        raise invalid(f"CustomAttributes holds at most {MOST_ATTRIBUTES} visible US-ASCII characters.")
