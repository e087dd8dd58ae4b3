"""EndpointLook: whether the endpoint serves the configuration that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.observability import Context, observed
from common.table import Table
from training.deploying import endpoints


@dataclass(frozen=True)
class Settings:
    state_table: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state with ``endpoint`` in; ``{in_service: <name>}`` out. Without an endpoint it is so at once.

    Raises EndpointPending (look again), EndpointFailed, SageMakerThrottled, SageMakerUnavailable (try again).
    """
    if event["endpoint"]:
        endpoints.look(Table(settings.read(Settings).state_table), event["endpoint"])
    return {"in_service": event["endpoint"]}
