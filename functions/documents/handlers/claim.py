"""Claim: an object that was put in the inbox -> the work of this execution, or a reason why there is none."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from common import sequencers, settings
from common.observability import Context, count, logger, observed
from common.table import Table
from documents import keys, steps
from documents.errors import RejectedDocument, UnusableRequest
from documents.intake import claims, lanes, originals, requests
from documents.model import Source
from documents.outputs import deletions, versioned_writes


@dataclass(frozen=True)
class Settings:
    inbox_bucket: str
    state_table: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """``{event: <the machine's input>, execution: <arn>, at: <its start>}`` in.

    ``{document, work, action, received_at}`` out; ``action`` is ``work`` with the ``lane`` that the document takes,
    ``duplicate``, ``superseded``, ``ignored``, or ``refused`` with ``error: {Error, Cause}`` for what can be told to be
    unusable without looking into it.
    Raises UnusableRequest where the input names no object of the inbox, ConcurrentUpdate (try again).
    """
    options, request = settings.read(Settings), requests.read(event["event"])
    if request.bucket != options.inbox_bucket:
        raise UnusableRequest(
            f"Only documents of s3://{options.inbox_bucket} are summarised; this names another bucket."
        )
    received = {"received_at": event["event"].get("time") or event["at"]}
    if keys.is_no_document(request.key):
        return {**received, **_told(request.source(), "ignored")}
    table, bucket = Table(options.state_table), steps.summaries()
    deleted = deletions.newest_of(bucket, request.key)
    if not request.is_whole:
        places = [deleted, *claims.sequencers(table, request), *versioned_writes.sequencers(bucket, request.key)]
        try:
            request = requests.completed(request, sequencers.newest(places))
        except RejectedDocument as error:
            return {**received, **_told(request.source(), "refused"), **_error(error)}
    claim = claims.take(table, request, event["execution"], deleted)
    logger().info("claim", extra={"work": claim.work, "action": claim.action})
    if claim.fresh:
        count("DocumentsReceived")
    answer = {**received, "document": asdict(claim.source), "work": claim.work, "action": claim.action}
    if claim.action == "work":
        if deletions.covers(bucket, claim.source):
            return {**answer, "action": "superseded"}
        deletions.claimed(bucket, claim.work, claim.source.sequencer, event["execution"])
        try:
            originals.check(claim.source)
        except RejectedDocument as error:
            return {**answer, "action": "refused", **_error(error)}
        return {**answer, "lane": lanes.choose(options.state_table, request.priority)}
    return answer


def _told(source: Source, action: str) -> dict[str, Any]:
    """The answer about a version that was not claimed."""
    return {"document": asdict(source), "work": claims.work(source), "action": action}


def _error(error: RejectedDocument) -> dict[str, Any]:
    return {"error": {"Error": type(error).__name__, "Cause": str(error)}}
