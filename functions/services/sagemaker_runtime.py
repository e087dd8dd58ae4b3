"""Models behind SageMaker endpoints: InvokeEndpoint within its limits."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from common import aws
from common.errors import ServiceUnavailable, TransientError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

MOST_BYTES = 6_291_456
"""Of a request's body (botocore's model of InvokeEndpoint)."""
READ_SECONDS = 70
"""SageMaker itself gives a model 60."""
AILING = frozenset({"ModelNotReadyException", "ServiceUnavailable", "InternalFailure", "InternalDependencyException"})
"""Names for what may pass later, beside throttling and server errors."""


def patient(
    endpoint: str,
    throttled: type[TransientError] = ServiceUnavailable,
    unavailable: type[TransientError] = ServiceUnavailable,
) -> AbstractContextManager[None]:
    """``common.aws.patient`` with SageMaker's own names, for calls of ``endpoint``."""
    return aws.patient(
        f"SageMaker's endpoint {endpoint}",
        ailing=AILING,
        advice="Give it more instances if this goes on.",
        throttled=throttled,
        unavailable=unavailable,
    )


def invoke(endpoint: str, body: bytes, content_type: str = "application/json") -> bytes:
    """``body`` in, the model's answer as JSON out. Raises what botocore raises: wrap it in ``patient``."""
    client = aws.client("sagemaker-runtime", attempts=2, read_timeout=READ_SECONDS)
    answer = client.invoke_endpoint(
        EndpointName=endpoint, ContentType=content_type, Accept="application/json", Body=body
    )
    return bytes(answer["Body"].read())


def refused_request(error: ClientError) -> int | None:
    """The status with which the model's container refused the request itself (too long, an unknown parameter); None
    where its answer, 5xx, 408 or 429, or none at all, says nothing about the request."""
    status = error.response.get("OriginalStatusCode")
    return status if isinstance(status, int) and 400 <= status < 500 and status not in (408, 429) else None
