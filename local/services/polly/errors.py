"""The errors Polly answers with, named and numbered as in AWS's own service model."""

from __future__ import annotations


class PollyError(Exception):
    """An answer that is not 200.

    ``code`` goes into ``x-amzn-errortype``; ``status`` is the HTTP status of that shape in the service model
    (polly/2016-06-10/service-2.json).
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class InvalidSsml(PollyError):
    """The SSML is not well-formed, or holds something this engine would refuse."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidSsmlException", message)


class InvalidParameter(PollyError):
    """A member breaks a constraint of its shape; worded as AWS words it."""

    def __init__(self, *problems: str) -> None:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        super().__init__("ValidationException", count + "; ".join(problems))


class Unreadable(PollyError):
    """The body is not the JSON that the operation's shape asks for."""

    def __init__(self, message: str) -> None:
        super().__init__("SerializationException", message)


class Throttled(PollyError):
    """The rate or the concurrency of the engine is used up."""

    def __init__(self, message: str = "Rate exceeded") -> None:
        super().__init__("ThrottlingException", message)


class ServiceFailure(PollyError):
    """The engine itself failed."""

    def __init__(self, message: str = "An unknown condition has caused a service failure.") -> None:
        super().__init__("ServiceFailureException", message, 500)
