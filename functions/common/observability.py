"""The one place where a logger and a metrics sink are made.

Both come from Powertools: JSON lines with the request id, and EMF blobs that CloudWatch turns into metrics without a
call. Namespace and service come from the environment that the template sets (POWERTOOLS_METRICS_NAMESPACE,
POWERTOOLS_SERVICE_NAME). What people wrote - article text, documents, prompts - is never logged.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.metrics import Metrics

Result = TypeVar("Result")
Handler = Callable[[dict[str, Any], Any], Result]


class Context(Protocol):
    """What handlers use of Lambda's context (developer guide, "Using the Lambda context object")."""

    aws_request_id: str

    def get_remaining_time_in_millis(self) -> int: ...


@cache
def logger() -> Logger:
    from aws_lambda_powertools import Logger

    return Logger()


@cache
def metrics() -> Metrics:
    from aws_lambda_powertools.metrics import Metrics

    return Metrics()


def observed(handler: Handler[Result]) -> Handler[Result]:
    """Decorates a handler: the request's id in every log line, and its metrics written out when it ends.

    What is counted before a failure is written too. Nothing is imported or read before the first call.
    """

    @cache
    def dressed() -> Handler[Result]:
        with_metrics = metrics().log_metrics(handler)
        return logger().inject_lambda_context(with_metrics)

    @wraps(handler)
    def call(event: dict[str, Any], context: Any) -> Result:
        return dressed()(event, context)

    return call


def count(name: str, value: float = 1, **split: str) -> None:
    """Adds to a counter under ``[service]``, and with a ``split`` (engine="neural") under ``[service, engine]`` too.

    CloudWatch does not add up over dimensions, so each set that is asked for has to be sent. Zeros are sent too:
    a flat line tells more than a missing one.
    """
    _add(name, "Count", value, split)


def measure(name: str, unit: str, value: float, **split: str) -> None:
    """Adds a value with its CloudWatch unit ("Seconds", "Milliseconds", "Bytes"); ``split`` as in ``count``."""
    _add(name, unit, value, split)


def _add(name: str, unit: str, value: float, split: dict[str, str]) -> None:
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    metrics().add_metric(name=name, unit=unit, value=value)
    if split:
        dimensions = {"service": str(metrics().service), **split}
        with single_metric(name=name, unit=MetricUnit(unit), value=value, default_dimensions=dimensions):
            pass  # the context manager writes the metric, a log line of its own, when it ends
