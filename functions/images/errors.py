"""What can be wrong with an image or a request for one, and the HTTP status that says so at each door.

``status`` is the answer at the Function URL. ``object_status`` is the nearest of the few codes that S3's
WriteGetObjectResponse takes (200 206 304 400 401 403 404 405 409 411 412 416 500 503; botocore's model of S3), and
the class name is its ErrorCode, which must match ``^[A-Z][a-zA-Z]+$``.
"""

from __future__ import annotations

from typing import ClassVar

from common.errors import PermanentError, TransientError


class RequestRefused(PermanentError):
    """The caller has to ask differently."""

    status: ClassVar[int] = 400
    object_status: ClassVar[int] = 400


class UnknownProfile(RequestRefused):
    """No profile of this name in profiles.toml."""


class InvalidParameter(RequestRefused):
    """A parameter is unknown, not open in this profile, or has a value out of range."""


class InvalidSignature(RequestRefused):
    """The address changes a profile, and no key of ours has signed that."""

    status = object_status = 403


class MethodNotAllowed(RequestRefused):
    """Images are read, with GET and HEAD."""

    status = object_status = 405


class NoSuchKey(RequestRefused):
    """No original has this key."""

    status = object_status = 404


class AccessDenied(RequestRefused):
    """S3 does not let the caller read this original."""

    status = object_status = 403


class NotModified(RequestRefused):
    """S3 itself has said, to a signed condition, that the caller has the original as it is."""

    status = object_status = 304


class PreconditionFailed(RequestRefused):
    """The caller wanted another version (If-Match, If-Unmodified-Since)."""

    status = object_status = 412


class InvalidRange(RequestRefused):
    """The range begins behind the last byte of the result."""

    status = object_status = 416

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size
        """Bytes of the whole result, for Content-Range."""


class InvalidPartNumber(InvalidRange):
    """The result has fewer parts."""


class ImageRefused(PermanentError):
    """The original itself cannot be turned into what was asked for."""

    status: ClassVar[int] = 422
    object_status: ClassVar[int] = 400


class UnsupportedImage(ImageRefused):
    """No image, or one of a kind that is not read here."""

    status = 415


class DamagedImage(ImageRefused):
    """The file begins like an image, but is cut off or broken."""


class ImageTooLarge(ImageRefused):
    """Decoding it would take more memory or time than there is."""

    status = 413


class ResultTooLarge(ImageRefused):
    """The result does not fit through this door."""

    status = 413


class OriginalUnavailable(TransientError):
    """S3 throttled, failed or took too long."""


class OutOfTime(TransientError):
    """The image was not done when the answer had to go out."""


class InvalidConfiguration(PermanentError):
    """profiles.toml or the payload of an access point is wrong; the operator has to mend it."""
