"""Comprehend's own errors of a text, named as in its service model and worded as AWS words them."""

from __future__ import annotations

from collections.abc import Iterable

from local.services.errors import ServiceError


class TextError(ServiceError):
    """A text that cannot be judged. ``item_code`` is what a batch's ErrorList calls it."""

    item_code: str


class InvalidRequest(TextError):
    """The request is well-formed and cannot be answered."""

    item_code = "INVALID_REQUEST"

    def __init__(self, message: str) -> None:
        super().__init__("InvalidRequestException", message)


class TextTooLong(TextError):
    """More bytes of UTF-8 than the operation takes."""

    item_code = "TEXT_SIZE_LIMIT_EXCEEDED"

    def __init__(self, limit: int, size: int) -> None:
        super().__init__(
            "TextSizeLimitExceededException",
            f"Input text size exceeds limit. Max length of request text allowed is {limit} bytes "
            f"while in this request the text size is {size} bytes",
        )


class UnsupportedLanguage(TextError):
    """A language of the service that this operation does not take."""

    item_code = "UNSUPPORTED_LANGUAGE"

    def __init__(self, language: str, known: Iterable[str]) -> None:
        super().__init__(
            "UnsupportedLanguageException",
            f"Input language code {language} is not supported for this operation; use {', '.join(sorted(known))}.",
        )
