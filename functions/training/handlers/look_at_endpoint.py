"""LookAtEndpoint: whether the endpoint serves the configuration that was asked for."""

from __future__ import annotations

from typing import Any

from common.observability import Context, observed
from training.deploying import endpoints


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state with ``endpoint`` in; ``{in_service: <name>}`` out. Without an endpoint it is so at once.

    Raises EndpointPending (look again), EndpointFailed, SageMakerThrottled, SageMakerUnavailable (try again).
    """
    if event["endpoint"]:
        endpoints.look(event["endpoint"])
    return {"in_service": event["endpoint"]}
