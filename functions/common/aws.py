"""One boto3 client per service for the life of a worker, and the names of errors that may pass later.

Making a client costs up to 0.3 s of CPU; importing boto3 costs 0.2 s. Neither happens at import time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from common.errors import ServiceUnavailable, TransientError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

THROTTLING_CODES = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "SlowDown",
        "TooManyInvalidationsInProgress",  # CloudFront: at most fifteen with a wildcard at the same time
    }
)


@cache
def client(service: str, *, attempts: int = 4, read_timeout: int = 60) -> Any:
    """A low-level client whose own retries (standard mode) stay short: long waits belong to the state machine.

    Its calls that are paid for or that decide are told to X-Ray (``common.traces``).
    """
    import boto3
    from botocore.config import Config

    from common import traces

    config = Config(
        retries={"total_max_attempts": attempts, "mode": "standard"},
        connect_timeout=5,
        read_timeout=read_timeout,
        max_pool_connections=32,
    )
    made = boto3.client(service, config=config)  # type: ignore[call-overload]
    traces.watch(made, service)
    return made


@contextmanager
def patient(
    service: str,
    *,
    busy: Collection[str] = (),
    ailing: Collection[str] = (),
    advice: str = "",
    throttled: type[TransientError] = ServiceUnavailable,
    unavailable: type[TransientError] = ServiceUnavailable,
) -> Iterator[None]:
    """Gives what may pass later the name that state machines retry; any other refusal stays what it is.

    ``busy`` and ``ailing`` are the service's own error codes beside THROTTLING_CODES and statuses from 500; ``advice``
    is a sentence for people whom it throttles again and again. Raises ``throttled`` where the service asked to slow
    down, ``unavailable`` where it failed or could not be reached.
    """
    from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

    try:
        yield
    except ClientError as error:
        code = code_of(error)
        sentence = f"{service} could not answer just now ({code})."
        if code in THROTTLING_CODES or code in busy:
            raise throttled(f"{sentence} {advice}".rstrip()) from error
        if code in ailing or status_of(error) >= 500:
            raise unavailable(sentence) from error
        raise
    except (ConnectionError, HTTPClientError) as error:
        raise unavailable(f"{service} could not be reached ({type(error).__name__}).") from error


def code_of(error: ClientError) -> str:
    """The service's own name for an error; S3's HEAD answers carry only the HTTP status."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_forbidden(error: ClientError) -> bool:
    """Whether S3 says that the caller has no right; a HEAD has no body, so it says it by the status alone."""
    return code_of(error) in {"AccessDenied", "403"}


def is_transient(error: ClientError) -> bool:
    """Throttled or a server error: the same request may pass later."""
    return code_of(error) in THROTTLING_CODES or status_of(error) >= 500
