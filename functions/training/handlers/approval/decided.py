"""ApprovalDecided: a person approved or refused a model, in SageMaker's registry or by ``operate models``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import settings
from common.observability import Context, count, logger, observed
from common.table import Table
from training.deploying import approvals, registration


@dataclass(frozen=True)
class Settings:
    state_table: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """EventBridge's ``SageMaker Model Package State Change`` in, or ``{name, version, decision: approved | refused,
    by}`` of an operator, whose decision is written into the registry too.

    ``{state: approved | refused | expired | unknown, by, at, won, heard}`` out: what stands, whether this call decided
    it, and whether an execution waited for it: one that was stopped does not, and goes on if it is redriven.
    ``unknown``: nobody asked, or the package is none of this stack.
    Raises StorageUnavailable, ServiceUnavailable, SageMakerThrottled, SageMakerUnavailable, ConcurrentUpdate (try
    again), ValueError for what is neither.
    """
    table = Table(settings.read(Settings).state_table)
    said = registration.decision_of(table, event)
    if said is None:
        return {"state": "unknown", "by": "", "at": "", "won": False, "heard": False}
    found = approvals.decide(table, said)
    if found.won and said.package and not said.registered:
        registration.tell(said)
    heard = found.state in (approvals.APPROVED, approvals.REFUSED) and approvals.answer(found)
    count("ApprovalsDecided", int(found.won), **({"decision": found.state} if found.won else {}))
    logger().info("approval decided", extra={"model": said.name, "version": said.version, "won": found.won})
    return {"state": found.state, "by": found.by, "at": found.decided_at, "won": found.won, "heard": heard}
