"""The errors Textract answers with, by the names of its service model (textract/2018-06-27)."""

from __future__ import annotations


class TextractError(Exception):
    """An answer that is not 200; ``code`` goes into ``__type`` and ``x-amzn-errortype``.

    All of Textract's modelled errors are HTTP 400, but InternalServerError, which is 500.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class InvalidParameter(TextractError):
    """A member is missing, or breaks a rule between members."""

    def __init__(self, message: str = "Request has invalid parameters") -> None:
        super().__init__("InvalidParameterException", message)


class Invalid(TextractError):
    """A member breaks a constraint of its shape; worded as AWS words it."""

    def __init__(self, *problems: str) -> None:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        super().__init__("ValidationException", count + "; ".join(problems))


class Unreadable(TextractError):
    """The body is not the JSON that the operation's shape asks for."""

    def __init__(self, message: str) -> None:
        super().__init__("SerializationException", message)


class InvalidS3Object(TextractError):
    """The object is not there, or the caller may not read it; Textract does not say which."""

    def __init__(self) -> None:
        super().__init__(
            "InvalidS3ObjectException",
            "Unable to get object metadata from S3. Check object key, region and/or access permissions.",
        )


class UnsupportedDocument(TextractError):
    """Neither JPEG, PNG, PDF nor TIFF, or one that the operation does not take."""

    def __init__(self, message: str = "Request has unsupported document format") -> None:
        super().__init__("UnsupportedDocumentException", message)


class BadDocument(TextractError):
    """Of a known format, but it cannot be opened."""

    def __init__(self, message: str = "Request has bad document format") -> None:
        super().__init__("BadDocumentException", message)


class DocumentTooLarge(TextractError):
    """More bytes, pixels or pages than the operation takes."""

    def __init__(self, message: str) -> None:
        super().__init__("DocumentTooLargeException", message)


class InvalidJobId(TextractError):
    """No such job for this account and Region, or one that was started by the other Start operation."""

    def __init__(self) -> None:
        super().__init__("InvalidJobIdException", "Request has invalid Job Id")


class Throttled(TextractError):
    """More requests a second than the operation's quota."""

    def __init__(self) -> None:
        super().__init__("ProvisionedThroughputExceededException", "Provisioned rate exceeded")


class LimitExceeded(TextractError):
    """More jobs at the same time than the account's quota."""

    def __init__(self) -> None:
        super().__init__("LimitExceededException", "Open jobs exceed maximum concurrent job limit")


class InternalFailure(TextractError):
    """The engine itself failed."""

    def __init__(self, message: str = "Internal server error") -> None:
        super().__init__("InternalServerError", message, 500)
