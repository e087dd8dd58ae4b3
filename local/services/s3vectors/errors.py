"""S3 Vectors' errors, named as in its service model; what AWS's documents and reports show of their words is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from local.cloud.http import Response, as_json
from local.services.errors import ServiceError

STATUS: Final[Mapping[str, int]] = {
    "ValidationException": 400,
    "ServiceQuotaExceededException": 402,
    "AccessDeniedException": 403,
    "NotFoundException": 404,
    "RequestTimeoutException": 408,
    "ConflictException": 409,
    "TooManyRequestsException": 429,
    "InternalServerException": 500,
    "ServiceUnavailableException": 503,
    "KmsDisabledException": 400,
    "KmsInvalidKeyUsageException": 400,
    "KmsInvalidStateException": 400,
    "KmsNotFoundException": 400,
}
"""Every error of the model, with its HTTP status."""


class VectorsError(ServiceError):
    """An error of ``STATUS``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, STATUS[code])


class Invalid(VectorsError):
    """A request that cannot be, with each field that is wrong: its path (``/vectors/0/key``) and why."""

    def __init__(self, message: str, fields: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__("ValidationException", message)
        self.fields = fields

    def response(self, headers: Mapping[str, str]) -> Response:
        """With ``fieldList``, where fields are known."""
        body = {"message": self.message}
        fields = {"fieldList": [{"path": path, "message": why} for path, why in self.fields]} if self.fields else {}
        return as_json(self.status, {**body, **fields}, {**headers, "x-amzn-errortype": self.code})


class NotFound(VectorsError):
    """A bucket, index, policy or tagged resource that is not there."""

    def __init__(self, what: str) -> None:
        super().__init__("NotFoundException", f"The specified {what} could not be found")


class Conflict(VectorsError):
    """The name is taken, or the bucket holds indexes."""

    def __init__(self, message: str) -> None:
        super().__init__("ConflictException", message)


_PROBLEM = re.compile(r"at '([^']*)' failed to satisfy constraint: (.*)", re.DOTALL)


def invalid(problems: Sequence[str]) -> Invalid:
    """One error of all constraints of the model that are broken, as ``local.services.shapes`` words them."""
    fields = [_field(problem) for problem in problems]
    count = f"{len(fields)} validation error{'s' if len(fields) > 1 else ''} detected. "
    return Invalid(count + "; ".join(why for _, why in fields), fields)


def _field(problem: str) -> tuple[str, str]:
    found = _PROBLEM.search(problem)
    if found is None:
        return "", problem
    # vectors.1.member.key counts from 1; a path of this service counts from 0.
    parts = [part for part in found[1].split(".") if part != "member"]
    path = "".join(f"/{int(part) - 1 if part.isdigit() else part}" for part in parts)
    return path, f"Value at '{path}' failed to satisfy constraint: {found[2]}"
