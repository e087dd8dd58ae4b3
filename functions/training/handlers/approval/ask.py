"""ApprovalAsk: a registered model that a person has to approve -> its token is kept, and an event tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import events, settings
from common.observability import Context, count, logger, observed
from common.table import Table
from training import steps
from training.deploying import approvals, registration
from training.model import EVENT_SOURCE


@dataclass(frozen=True)
class Settings:
    models_bucket: str
    state_table: str
    event_bus: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's state with ``token`` in (``lambda:invoke.waitForTaskToken``); what this returns is not looked at.

    The task ends with ``{approved: {by, at}}``, or fails as ApprovalRefused. What a person said of this version in this
    run before stands. Raises SageMakerThrottled, SageMakerUnavailable, StorageUnavailable, ServiceUnavailable,
    ConcurrentUpdate (try again).
    """
    known, run = settings.read(Settings), steps.Run.of(event)
    table = Table(known.state_table)
    asked = approvals.ask(table, run, event["package"], event["token"])
    if asked.state == approvals.WAITING:
        early = registration.standing(run.name, run.version, event["package"])
        if early is not None:
            # Somebody was faster in the registry than this step: its event has found nobody who asks.
            asked = approvals.decide(table, early)
    count("ApprovalsAsked", int(asked.state == approvals.WAITING))
    if asked.state != approvals.WAITING:
        approvals.answer(asked)
        return {"state": asked.state}
    detail = {
        "name": run.name,
        "version": run.version,
        "package": event["package"],
        "report": {"bucket": known.models_bucket, "key": event["report"]},
    }
    events.put(known.event_bus, EVENT_SOURCE, "ModelAwaitingApproval", detail)
    logger().info("approval asked", extra={"model": run.name, "version": run.version})
    return {"state": asked.state}
