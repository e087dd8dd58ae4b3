"""Polly's own errors, named and numbered as in its service model (polly/2016-06-10/service-2.json)."""

from __future__ import annotations

from local.services.errors import ServiceError


class InvalidSsml(ServiceError):
    """The SSML is not well-formed, or holds something this engine would refuse."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidSsmlException", message)


class Throttled(ServiceError):
    """The rate or the concurrency of the engine is used up."""

    def __init__(self, message: str = "Rate exceeded") -> None:
        super().__init__("ThrottlingException", message)


class ServiceFailure(ServiceError):
    """The engine itself failed."""

    def __init__(self, message: str = "An unknown condition has caused a service failure.") -> None:
        super().__init__("ServiceFailureException", message, 500)
