"""The keys that signatures are made with: a secret's current value and the one before, read again now and then.

Secrets Manager keeps the value before the last under the stage AWSPREVIOUS by itself (user guide, "Secret versions"),
so a changed key opens what it signs at once and closes nothing until it is changed again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from common import aws
from common.errors import TransientError

FRESH_SECONDS = 300
"""So long a worker goes on with what it has read."""
AGAIN_SECONDS = 30
"""So long at least, however many signatures do not fit: forged ones must not cost a call each."""


@dataclass(frozen=True)
class _Read:
    secret: str
    keys: tuple[bytes, ...]
    at: float


_last: _Read | None = None


def keys(secret: str, *, again: bool = False) -> tuple[bytes, ...]:
    """Current and previous key of ``secret`` (an ARN); ``again``: a signature did not fit, it may be of a newer key.

    Raises ServiceUnavailable where Secrets Manager does not answer and nothing was read before.
    """
    global _last  # noqa: PLW0603 - for the life of a worker
    last = _last if _last is not None and _last.secret == secret else None
    if last is not None and time.monotonic() - last.at < (AGAIN_SECONDS if again else FRESH_SECONDS):
        return last.keys
    try:
        found = tuple(key for stage in ("AWSCURRENT", "AWSPREVIOUS") for key in _key(secret, stage))
    except TransientError:
        if last is None:
            raise
        found = last.keys  # a page is served on while Secrets Manager is not
    _last = _Read(secret, found, time.monotonic())
    return found


def _key(secret: str, stage: str) -> tuple[bytes, ...]:
    from botocore.exceptions import ClientError

    try:
        with aws.patient("secretsmanager"):
            client = aws.client("secretsmanager", attempts=3, read_timeout=5)
            return (client.get_secret_value(SecretId=secret, VersionStage=stage)["SecretString"].encode(),)
    except ClientError as error:
        # A secret that was never changed has no previous value.
        if stage == "AWSPREVIOUS" and aws.code_of(error) == "ResourceNotFoundException":
            return ()
        raise
