"""What becomes of an event about a deletion: the mark, the sweep, the packet, the event, and a version that is left.

Every step may be done twice, and events may come late and in any order:

- A key without a current version loses all results up to the event's place. So it is with a delete marker that is told
  of after newer uploads: their places are higher.
- One version of several loses what is of it, and nothing that is of another; a rule that forgets old versions finds
  nothing to take.
- Attachments of a mail lie in the inbox, and are deleted there: each has an event of its own then.
- A version that is the current one again (its marker, or a newer version, was deleted) is started anew, at a place
  above all that is known. Whether there is one is looked at after the sweep: a marker that is deleted still later has
  an event of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from common import events, executions
from common.objects import Bucket
from common.observability import count, logger
from common.table import Table
from documents import keys, steps
from documents.errors import UnusableRequest, UploadUnknown
from documents.intake import claims, removals
from documents.intake.removals import Removal
from documents.meaning import packets
from documents.model import EVENT_SOURCE, SCHEMA, Source
from documents.outputs import beside, deletions

KIND = "restore"


@dataclass(frozen=True, slots=True)
class Place:
    """Where documents lie, who claims them, what works on them, who is told."""

    inbox: str
    table: str
    machine: str
    bus: str


@dataclass(frozen=True, slots=True)
class Extent:
    """``upto``: the newest place that goes, None where none is known. ``alone``: no older one goes."""

    upto: str | None
    alone: bool


def remove(place: Place, removal: Removal) -> None:
    """Raises UnusableRequest, UploadUnknown and ConcurrentUpdate (try again)."""
    if removal.bucket != place.inbox:
        raise UnusableRequest(f"Only s3://{place.inbox} holds documents; the message is about another bucket.")
    inbox, bucket = Bucket(removal.bucket), steps.summaries()
    if keys.is_no_document(removal.key):
        if keys.is_packet(removal.key) and not removal.by_tag and inbox.head(removal.key) is None:
            packets.forget(bucket, removal.key)
        return
    if removal.by_tag and not removals.is_tagged(inbox, removal):
        return
    extent = _marked(place, inbox, bucket, removal)
    taken = 0
    if extent.upto is not None:
        taken = deletions.sweep(bucket, removal.key, extent.upto, claims.runs, alone=extent.alone)
        packets.settle(inbox, bucket, removal.key)
        _forget_beside(place, inbox, removal, extent.upto, alone=extent.alone)
    # A repeat tells it again, though it finds nothing to take any more; an old version that a rule forgets is no news.
    if taken or removal.whole or (extent.upto is not None and not removal.by_rule):
        events.put(place.bus, EVENT_SOURCE, "DocumentDeleted", _detail(removal, extent))
        count("DocumentsDeleted")
    count("ObjectsDeleted", taken)
    logger().info("deleted", extra={"objects": taken, "whole": removal.whole, "by_tag": removal.by_tag})
    if not (removal.by_tag or removal.by_rule):
        _restore(place, inbox, bucket, removal)


def _marked(place: Place, inbox: Bucket, bucket: Bucket, removal: Removal) -> Extent:
    """Sets the mark; what it covers."""
    key, version = removal.key, removal.version
    if removal.whole or not (removal.by_tag or inbox.head(key)):
        deletions.mark_all(bucket, key, removal.sequencer)
        return Extent(removal.sequencer, alone=False)
    known = version and deletions.place_of(bucket, key, version)
    known = known or claims.place_of(Table(place.table), removal.bucket, key, version, removal.etag)
    if version:
        return Extent(deletions.mark_version(bucket, key, version, known).upto, alone=True)
    if known is None:
        raise UploadUnknown(
            "The tag came before the event about the upload, or long after it; upload the object again."
        )
    deletions.mark_all(bucket, key, known)
    return Extent(known, alone=False)


def _forget_beside(place: Place, inbox: Bucket, removal: Removal, upto: str, *, alone: bool) -> None:
    """Attachments and parts go with the last version that has them; S3's events about them take their results along.

    Those of a version among others are left, since a newer one may have the same; but where the newest one was deleted
    for good, what it alone has brought goes.
    """
    source = Source(inbox.name, removal.key, "", upto)
    current = inbox.head(removal.key)
    if current is None or (removal.by_tag and removal.version in (None, current.version_id)):
        alone = False
    elif not alone or removal.by_rule or claims.is_newer_known(Table(place.table), source):
        return
    for kind in beside.FOLDERS:
        count("BesideDeleted", beside.forget(inbox, source, kind, alone=alone))


def _detail(removal: Removal, extent: Extent) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "source": f"s3://{removal.bucket}/{removal.key}",
        "bucket": removal.bucket,
        "key": removal.key,
        "version_id": removal.version,
        "sequencer": extent.upto,
        "reason": "tag" if removal.by_tag else "lifecycle" if removal.by_rule else "deleted",
        "at": removal.at,
    }


def _restore(place: Place, inbox: Bucket, bucket: Bucket, removal: Removal) -> None:
    """Starts the current version where there is one without a summary; the claim ends what is done or being done."""
    current = inbox.head(removal.key)
    if current is None or current.version_id is None:
        return  # without versions, an object that is there was uploaded later, and has its own event
    if deletions.place_of(bucket, removal.key, current.version_id) is not None:
        return
    work = executions.digest(*(part.encode() for part in (removal.key, current.version_id, removal.id)))
    request = {"detail": {"bucket": {"name": removal.bucket}, "object": {"key": removal.key}}}
    started = executions.start(place.machine, KIND, work, request)
    logger().info("restored", extra={"execution": started.arn, "duplicate": started.duplicate})
    if not started.duplicate:
        count("DocumentsRestored")
