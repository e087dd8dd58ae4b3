"""Claim: an object that was put in the inbox -> the work of this execution, or a reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from common import settings
from common.objects import Bucket
from common.observability import count, logger, observed
from common.table import Table
from documents import keys, steps
from documents.errors import EmptyDocument, RejectedDocument, TooLarge, UnusableRequest
from documents.intake import claims
from documents.outputs import versioned_writes

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

MOST_BYTES = 500 * 1024 * 1024
"""Of any document (Textract developer guide, "Quotas in Amazon Textract": asynchronous operations). Nothing larger is
ever downloaded; Inspect knows the tighter limits of each format."""


@dataclass(frozen=True)
class Settings:
    inbox_bucket: str
    state_table: str


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """``{event: <the machine's input>, execution: <arn>, at: <its start>}`` in.

    ``{document, work, action, received_at}`` out; ``action`` is ``work``, ``duplicate``, ``superseded``, ``ignored``,
    or ``refused`` with ``error: {Error, Cause}`` for what can be told to be unusable without looking into it.
    Raises UnusableRequest where the input names no object of the inbox, ConcurrentUpdate (try again).
    """
    known = settings.read(Settings)
    asked = claims.request(event["event"])
    if asked.bucket != known.inbox_bucket:
        raise UnusableRequest(f"Only documents of s3://{known.inbox_bucket} are summarised; this names another bucket.")
    state = {"received_at": event["event"].get("time") or event["at"]}
    if _is_ignored(asked.key):
        return {**state, **_told(asked, "ignored")}
    table = Table(known.state_table)
    if not (asked.etag and asked.sequencer) or asked.size is None:
        try:
            asked = _looked_up(table, asked)
        except RejectedDocument as error:
            return {**state, **_told(asked, "refused"), **_error(error)}
    claim = claims.take(table, asked, event["execution"])
    logger().info("claim", extra={"work": claim.work, "action": claim.action})
    if claim.fresh:
        count("DocumentsReceived")
    found = {**state, "document": versioned_writes.plain(claim.source), "work": claim.work, "action": claim.action}
    try:
        _check(claim)
    except RejectedDocument as error:
        return {**found, "action": "refused", **_error(error)}
    return found


def _is_ignored(key: str) -> bool:
    """Folders as consoles make them, and the lists of packets, are no documents."""
    return key.endswith("/") or key.rpartition("/")[2] == keys.PACKET


def _looked_up(table: Table, asked: claims.Request) -> claims.Request:
    """What the request does not say, from the object itself. Raises DocumentGone where there is none.

    The claim is read before the object is looked at: what is current afterwards cannot be older than what was claimed.
    """
    highest = claims.newest([*claims.known(table, asked), *versioned_writes.sequencers(asked.key)])
    source = asked.source()
    found = steps.head(source) if source.etag else Bucket(source.bucket).head(source.key, version_id=source.version_id)
    if found is None:
        raise steps.gone()
    current = not asked.version_id and not asked.sequencer
    place = claims.above(highest) if current else asked.sequencer or claims.OLDEST
    return replace(
        asked,
        etag=found.etag.strip('"'),
        version_id=asked.version_id or found.version_id,
        sequencer=place,
        size=found.size,
    )


def _check(claim: claims.Claim) -> None:
    """What needs no look into the document. Raises KeyTooLong, EmptyDocument, TooLarge."""
    if claim.action != "work":
        return
    keys.check(claim.source.key)
    if claim.source.size == 0:
        raise EmptyDocument("The object has no bytes; upload the document again.")
    if claim.source.size > MOST_BYTES:
        raise TooLarge("The document has more than 500 MB, which Textract does not take; split it.")


def _told(asked: claims.Request, action: str) -> dict[str, Any]:
    source = replace(asked.source(), sequencer=asked.sequencer or claims.OLDEST)
    return {"document": versioned_writes.plain(source), "work": claims.work(source), "action": action}


def _error(error: RejectedDocument) -> dict[str, Any]:
    return {"error": {"Error": type(error).__name__, "Cause": str(error)}}
