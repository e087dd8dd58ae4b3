"""S3 Vectors' rates, the faults that a test may ask for, and the count of what was asked.

``POST /_local/s3vectors/faults`` ``{"error": "ServiceUnavailableException", "operation": "PutVectors", "times": 3}``
(no operation: any; times null: until ``DELETE``, an outage). ``POST throttle``
``{"setting": "off" | "on" | 0.5 | null}``.
"""

from __future__ import annotations

from typing import Any, Final

from local.services.s3vectors.errors import STATUS, VectorsError
from local.services.switchboard import Faults, Switch, Switchboard, Usage
from local.services.throttle import Quota, Throttles

# S3 user guide, "Limitations and restrictions" and "S3 Vectors best practices": 1,000 requests and 2,500 vectors that
# are put or deleted per second and index; "hundreds" of QueryVectors, GetVectors or ListVectors, which may be two.
QUOTAS: Final = {
    "writes": Quota.per_second(1_000),
    "vectors": Quota.per_second(2_500),
    "reads": Quota.per_second(200),
}
SETTING: Final = "LOCAL_S3VECTORS_THROTTLE"
_SAID = {
    "TooManyRequestsException": "Too many requests",
    "ServiceUnavailableException": "Currently unable to handle the request",
    "InternalServerException": "The request failed due to an internal server error",
    "RequestTimeoutException": "The request timed out",
}


def throttled() -> VectorsError:
    """A rate of the index is used up."""
    return VectorsError("TooManyRequestsException", _SAID["TooManyRequestsException"])


THROTTLES: Final = Throttles(SETTING, QUOTAS, throttled)
FAULTS: Final[Faults[str]] = Faults()
USAGE: Final = Usage("requests", "written", "deleted", "queried", "faults", "throttled")


def admit_writing(index: str, account: str, vectors: int) -> None:
    """Count a request that puts or deletes so many vectors of an index, an ARN. Raises TooManyRequestsException."""
    share = THROTTLES.of(account, index)
    share.admit("writes")
    share.admit("vectors", vectors)


def admit_reading(index: str, account: str) -> None:
    """The same for one that reads."""
    THROTTLES.of(account, index).admit("reads")


def set_fault(error: str, operation: str = "", times: int | None = None) -> None:
    """Let an operation (or any) fail with ``error``, so often or until cleared.

    Raises:
        ValueError: an error that S3 Vectors does not have, or times below 1.
    """
    if error not in STATUS:
        raise ValueError(f"error {error!r}: use one of {', '.join(STATUS)}")
    FAULTS.add(error, times, lambda called: operation in ("", called))


def strike(operation: str) -> None:
    """Raise the oldest fault that is meant for this operation; nothing where there is none."""
    error = FAULTS.strike(operation)
    if error is not None:
        USAGE.count(faults=1)
        raise VectorsError(error, _SAID.get(error, "Asked for by a test."))


def _set_fault(wish: dict[str, Any]) -> None:
    set_fault(str(wish["error"]), str(wish.get("operation", "")), wish.get("times"))


def _set_throttle(wish: dict[str, Any]) -> None:
    setting = wish["setting"]
    THROTTLES.override(None if setting is None else str(setting))


control = Switchboard(
    USAGE,
    {
        "faults": Switch("{error, operation, times}", _set_fault, FAULTS.clear),
        "throttle": Switch("{setting}", _set_throttle, lambda: THROTTLES.override(None)),
    },
)
