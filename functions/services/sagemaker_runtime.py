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
SHORTER_SECONDS = (20, 10, 5)
"""The same for a caller that has less time. Few values, since each is a client of its own, which takes long to make."""
CONNECT_SECONDS = 5
"""Of ``common.aws.client``."""
LEAST_SECONDS = SHORTER_SECONDS[-1] + CONNECT_SECONDS
"""Below which no request is begun."""
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


def invoke(endpoint: str, body: bytes, content_type: str = "application/json", *, left: float | None = None) -> bytes:
    """``body`` in, the model's answer as JSON out. ``left``: seconds that the caller has; with them it is asked once,
    and given up before they are over. None: it is asked twice, each time as long as SageMaker lets a model take.

    Raises what botocore raises: wrap it in ``patient``. ServiceUnavailable where no time is left to ask.
    """
    attempts, seconds = _patience(endpoint, left)
    client = aws.client("sagemaker-runtime", attempts=attempts, read_timeout=seconds)
    answer = client.invoke_endpoint(
        EndpointName=endpoint, ContentType=content_type, Accept="application/json", Body=body
    )
    return bytes(answer["Body"].read())


def _patience(endpoint: str, left: float | None) -> tuple[int, int]:
    """How often it is asked, and after how many seconds of silence each is given up."""
    if left is None:
        return 2, READ_SECONDS
    for seconds in SHORTER_SECONDS:
        if seconds + CONNECT_SECONDS <= left:
            return 1, seconds
    raise ServiceUnavailable(f"There was no time left to ask SageMaker's endpoint {endpoint}.")


def refused_request(error: ClientError) -> int | None:
    """The status with which the model's container refused the request itself (too long, an unknown parameter); None
    where its answer, 5xx, 408 or 429, or none at all, says nothing about the request."""
    status = error.response.get("OriginalStatusCode")
    return status if isinstance(status, int) and 400 <= status < 500 and status not in (408, 429) else None
