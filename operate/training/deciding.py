"""A version approved or refused for the run that waits: the same function decides as for SageMaker's registry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from operate.clients import Target
from operate.errors import OperateError
from operate.spending.ceilings import caller
from operate.training import overview, why
from operate.training.arguments import INSTEAD

MOST_REASON = 400


def command(target: Target, name: str, version: str, *, approve: bool, reason: str) -> Iterator[str]:
    """Lines for a person. Raises OperateError where nobody waits, or somebody else has decided."""
    if len(reason) > MOST_REASON:
        raise OperateError(f"--reason has {len(reason):,} characters, and {MOST_REASON} are kept at most: shorten it.")
    whole = why.complete(overview.places(target).bucket, name, version)
    decision = "approved" if approve else "refused"
    by = caller(target) + (f' ("{reason}")' if reason else "")
    said = {"name": name, "version": whole, "decision": decision, "by": by}
    found = _invoke(target, target.output("TrainingApprovalDecidedName", INSTEAD), said)
    if found["state"] == "unknown":
        raise OperateError(f"Nobody has asked about {name} {whole}: models list shows what waits.")
    if found["state"] != decision:
        raise OperateError(f"{name} {whole} is {found['state']} already, by {found['by']} at {found['at']}.")
    if not found["won"]:
        yield f"{name} {whole} was {decision} before, by {found['by']} at {found['at']}"
        return
    yield f"{name} {whole} is {decision}"
    if not found["heard"]:
        yield (
            "nobody waits for it: its run was stopped, or has failed. The decision counts where that run is redriven "
            "(make redrive PIPELINE=training); else put the manifest again, and decide anew"
        )
        return
    yield "its run goes on: it is tried, and pointed at" if approve else "its run ends as ApprovalRefused"


def _invoke(target: Target, function: str, event: dict[str, Any]) -> dict[str, Any]:
    answer = target.client("lambda").invoke(FunctionName=function, Qualifier="live", Payload=json.dumps(event))
    document = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise OperateError(
            f"{function} failed: {document.get('errorMessage', document)}. Try again; its log says more."
        )
    return dict(document)
