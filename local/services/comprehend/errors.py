"""The errors Comprehend answers with, named as in AWS's own service model and worded as AWS words them."""

from __future__ import annotations

from collections.abc import Iterable


class ComprehendError(Exception):
    """An answer that is not 200. ``item_code`` is what a batch's ErrorList calls it."""

    item_code = "INTERNAL_SERVER_ERROR"

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class InvalidParameter(ComprehendError):
    """Members that break a constraint of their shapes, all named at once."""

    def __init__(self, *problems: str) -> None:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        super().__init__("ValidationException", count + "; ".join(problems))


class Unreadable(ComprehendError):
    """The body is not the JSON that the operation's shape asks for."""

    def __init__(self, message: str) -> None:
        super().__init__("SerializationException", message)


class InvalidRequest(ComprehendError):
    """The request is well-formed and cannot be answered."""

    item_code = "INVALID_REQUEST"

    def __init__(self, message: str) -> None:
        super().__init__("InvalidRequestException", message)


class TextTooLong(ComprehendError):
    """More bytes of UTF-8 than the operation takes."""

    item_code = "TEXT_SIZE_LIMIT_EXCEEDED"

    def __init__(self, limit: int, size: int) -> None:
        super().__init__(
            "TextSizeLimitExceededException",
            f"Input text size exceeds limit. Max length of request text allowed is {limit} bytes "
            f"while in this request the text size is {size} bytes",
        )


class UnsupportedLanguage(ComprehendError):
    """A language of the service that this operation does not take."""

    item_code = "UNSUPPORTED_LANGUAGE"

    def __init__(self, language: str, known: Iterable[str]) -> None:
        super().__init__(
            "UnsupportedLanguageException",
            f"Input language code {language} is not supported for this operation; use {', '.join(sorted(known))}.",
        )
