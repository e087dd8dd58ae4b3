"""What a door refuses. Name and sentence go to the caller as they are, under the status that HTTP has for it.

Statuses: RFC 9110, section 15.5; 429: RFC 6585, section 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from common.errors import PermanentError

TOKEN, SIGNATURE = "Bearer", "AWS4-HMAC-SHA256"
"""How a caller may say who it is (RFC 6750; AWS's Signature Version 4)."""


class DoorRefusal(PermanentError):
    """A request that is answered with an error; its sentence says what the caller has to change."""

    status: ClassVar[int]

    def headers(self) -> Mapping[str, str]:
        """What the status asks for beside the body."""
        return {}


class InvalidRequest(DoorRefusal):
    """The request is not of the form that this address takes."""

    status = 400


class Unauthenticated(DoorRefusal):
    """Nobody knows who asks: no token, one that does not count, or no signature."""

    status = 401

    def __init__(self, sentence: str, scheme: str = TOKEN) -> None:
        self.scheme = scheme
        super().__init__(sentence)

    def headers(self) -> Mapping[str, str]:
        return {"WWW-Authenticate": self.scheme}


class Forbidden(DoorRefusal):
    """It is known who asks, and this one may not."""

    status = 403


class NotFound(DoorRefusal):
    """There is no such thing, or it is another's: the two are never told apart."""

    status = 404


class MethodNotAllowed(DoorRefusal):
    """The address is right and the method is not."""

    status = 405

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = ", ".join(allowed)
        super().__init__(f"Use {self.allowed} here.")

    def headers(self) -> Mapping[str, str]:
        return {"Allow": self.allowed}


class Conflict(DoorRefusal):
    """What was said before under the same name was something else."""

    status = 409


class TooLarge(DoorRefusal):
    """The body has more bytes than are read."""

    status = 413


class UnsupportedMediaType(DoorRefusal):
    """The body is not said to be JSON."""

    status = 415


class TooManyRequests(DoorRefusal):
    """This identity has asked as often as it may in this minute."""

    status = 429

    def __init__(self, most: int, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Everybody may ask {most} times per minute here. Ask again in {seconds} s.")

    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.seconds)}
