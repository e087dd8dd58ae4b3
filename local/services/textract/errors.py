"""Textract's own errors, by the names of its service model: HTTP 400, but InternalServerError 500."""

from __future__ import annotations

from local.services.errors import ServiceError


class InvalidParameter(ServiceError):
    """A member is missing, or breaks a rule between members."""

    def __init__(self, message: str = "Request has invalid parameters") -> None:
        super().__init__("InvalidParameterException", message)


class InvalidS3Object(ServiceError):
    """The object is not there, or the caller may not read it; Textract does not say which."""

    def __init__(self) -> None:
        super().__init__(
            "InvalidS3ObjectException",
            "Unable to get object metadata from S3. Check object key, region and/or access permissions.",
        )


class UnsupportedDocument(ServiceError):
    """Neither JPEG, PNG, PDF nor TIFF, or one that the operation does not take."""

    def __init__(self, message: str = "Request has unsupported document format") -> None:
        super().__init__("UnsupportedDocumentException", message)


class BadDocument(ServiceError):
    """Of a known format, but it cannot be opened."""

    def __init__(self, message: str = "Request has bad document format") -> None:
        super().__init__("BadDocumentException", message)


class DocumentTooLarge(ServiceError):
    """More bytes, pixels or pages than the operation takes."""

    def __init__(self, message: str) -> None:
        super().__init__("DocumentTooLargeException", message)


class InvalidJobId(ServiceError):
    """No such job for this account and Region, or one that was started by the other Start operation."""

    def __init__(self) -> None:
        super().__init__("InvalidJobIdException", "Request has invalid Job Id")


class Throttled(ServiceError):
    """More requests per second than the operation's quota."""

    def __init__(self) -> None:
        super().__init__("ProvisionedThroughputExceededException", "Provisioned rate exceeded")


class LimitExceeded(ServiceError):
    """More jobs at the same time than the account's quota."""

    def __init__(self) -> None:
        super().__init__("LimitExceededException", "Open jobs exceed maximum concurrent job limit")


class InternalFailure(ServiceError):
    """The engine itself failed."""

    def __init__(self, message: str = "Internal server error") -> None:
        super().__init__("InternalServerError", message, 500)
