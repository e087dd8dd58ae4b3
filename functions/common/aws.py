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


QUICK = frozenset({"dynamodb", "events", "sns", "sqs", "stepfunctions"})
"""Services that answer in milliseconds, and of which a worker asks one before it lets go of its work."""
QUICK_ATTEMPTS, QUICK_SECONDS = 3, 5


@cache
def client(
    service: str, *, attempts: int | None = None, read_timeout: float | None = None, signature: str | None = None
) -> Any:
    """A low-level client whose own retries (standard mode) stay short: long waits belong to the state machine.

    ``read_timeout``: seconds of silence after which a try is given up, by default 60. Of a service in QUICK three tries
    of silence, with their pauses, are over before Lambda would end the function: else a table that says nothing kills
    its worker, and five killed workers are work that is given up.

    ``signature``: botocore's name of a version. By default presigned addresses of S3 are of an older one, which objects
    under a key of KMS do not take.

    Its calls that are paid for or that decide are told to X-Ray (``common.traces``).
    """
    import boto3
    from botocore.config import Config

    from common import traces

    tries, silence = (QUICK_ATTEMPTS, QUICK_SECONDS) if service in QUICK else (4, 60)
    config = Config(
        retries={"total_max_attempts": attempts or tries, "mode": "standard"},
        connect_timeout=5,
        read_timeout=read_timeout or silence,
        max_pool_connections=32,
        signature_version=signature,
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
