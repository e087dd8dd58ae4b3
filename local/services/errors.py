"""What the stand-in engines answer instead of 200, named and worded as in AWS's service models."""

from __future__ import annotations

from collections.abc import Mapping

from local.cloud.http import Response, as_json


class ServiceError(Exception):
    """An answer that is not 200: ``code`` goes into ``x-amzn-errortype``, ``status`` is HTTP's."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def response(self, headers: Mapping[str, str]) -> Response:
        """The answer, in the form that both of AWS's JSON protocols read."""
        body = {"__type": self.code, "Message": self.message, "message": self.message}
        return as_json(self.status, body, {**headers, "x-amzn-errortype": self.code})


class InvalidMembers(ServiceError):
    """Members that break a constraint of their shapes, all named at once."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        super().__init__("ValidationException", count + "; ".join(problems))


class Unreadable(ServiceError):
    """The body is not the JSON that the operation's shape asks for."""

    def __init__(self, message: str) -> None:
        super().__init__("SerializationException", message)
