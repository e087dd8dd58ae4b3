"""BatchPrepare: a prefix of the inbox or a manifest -> the list of documents that the map reads, in S3."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common import settings
from common.objects import Bucket
from common.observability import Context, logger, observed
from documents import keys, steps
from documents.batch import batch_requests, document_list


@dataclass(frozen=True)
class Settings:
    inbox_bucket: str


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """``{request: <the machine's input>, batch: <name of its execution>}`` in.

    ``{batch, bucket, inbox, list: <key>, documents: lines in it, skipped, left_out: {not_documents, repeated}, again}``
    out. A repeated call makes the list anew. Raises InvalidBatch, BatchTooLarge, StorageUnavailable (try again).
    """
    request = batch_requests.read(event["request"])
    inbox, bucket = Bucket(settings.read(Settings).inbox_bucket), steps.summaries()
    place = keys.batch(event["batch"], "list.jsonl")
    listed = document_list.Listed()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        documents = listed.documents_of(document_list.candidates(request, inbox, folder))
        if request.skip_done:
            documents = document_list.not_done(documents, inbox, bucket)
        documents = document_list.in_time(documents, context.get_remaining_time_in_millis)
        lines = document_list.write(({"key": key} for key in documents), folder / "list")
        document_list.put(bucket, place, folder / "list")
    skipped = listed.documents - lines
    logger().info("batch listed", extra={"documents": lines, "skipped": skipped})
    return {
        "batch": event["batch"],
        "bucket": bucket.name,
        "inbox": inbox.name,
        "list": place,
        "documents": lines,
        "skipped": skipped,
        "left_out": {"not_documents": listed.not_documents, "repeated": listed.repeated},
        "again": request.again,
    }
