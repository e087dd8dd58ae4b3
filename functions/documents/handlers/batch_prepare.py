"""BatchPrepare: a prefix of the inbox or a manifest -> the list of documents that the map reads, in S3."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common import aws, settings
from common.objects import Bucket, Stored
from common.observability import logger, observed
from documents import keys, steps
from documents.batch import document_list
from documents.errors import BatchTooLarge, InvalidBatch, KeyTooLong

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

RESERVE = 60_000
"""Milliseconds that are kept to write the list; a batch that leaves less is refused instead of being cut off."""

AT_A_TIME = 24
"""Documents that are looked at side by side for ``skip_done``, below the client's 32 connections."""

MOST_MANIFEST_BYTES = 2_000_000_000

_NOT_OURS = frozenset({"AccessDenied", "403", "NoSuchBucket"})


@dataclass(frozen=True)
class Settings:
    inbox_bucket: str


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """``{request: <the machine's input>, batch: <name of its execution>}`` in.

    ``{batch, bucket, inbox, list: <key>, documents: lines in it, skipped, left_out: {not_documents, repeated}, again}``
    out. A repeated call makes the list anew. Raises InvalidBatch, BatchTooLarge, StorageUnavailable (try again).
    """
    asked = document_list.request(event["request"])
    inbox, bucket = Bucket(settings.read(Settings).inbox_bucket), steps.summaries()
    place = keys.batch(event["batch"], "list.jsonl")
    listed = document_list.Listed()
    with tempfile.TemporaryDirectory() as folder:
        found = listed.documents_of(_keys(asked, inbox, Path(folder)))
        wanted = _patient(_not_done(found, inbox) if asked.skip_done else found, context)
        kept = _write(wanted, Path(folder) / "list", bucket, place)
    skipped = listed.documents - kept
    logger().info("batch listed", extra={"documents": kept, "skipped": skipped})
    return {
        "batch": event["batch"],
        "bucket": bucket.name,
        "inbox": inbox.name,
        "list": place,
        "documents": kept,
        "skipped": skipped,
        "left_out": {"not_documents": listed.not_documents, "repeated": listed.repeated},
        "again": asked.again,
    }


def _keys(asked: document_list.Request, inbox: Bucket, folder: Path) -> Iterator[str]:
    if asked.manifest is None:
        return inbox.keys(asked.prefix or "")
    bucket, key = asked.manifest
    found = _fetched(Bucket(bucket), key, folder / "manifest")
    if found.size > MOST_MANIFEST_BYTES:
        raise BatchTooLarge("The manifest has more than 2 GB; split it.")
    return document_list.manifest_keys(folder / "manifest")


def _fetched(bucket: Bucket, key: str, path: Path) -> Stored:
    """Raises InvalidBatch where nothing is there, or nothing that this function may read."""
    from botocore.exceptions import ClientError

    try:
        found = bucket.download(key, path, at_most=MOST_MANIFEST_BYTES)
    except ClientError as error:
        if aws.code_of(error) not in _NOT_OURS:
            raise
        raise InvalidBatch(
            f"The manifest cannot be read ({aws.code_of(error)}). Put it into the inbox, under batches/ of the"
            " summaries bucket, or into the bucket that the parameter BatchManifestBucket names."
        ) from error
    if found is None:
        raise InvalidBatch("There is no object where the manifest should be; look at its bucket and key.")
    return found


def _write(wanted: Iterable[str], path: Path, bucket: Bucket, place: str) -> int:
    """How many lines were written."""
    lines = 0
    with path.open("wb") as out:
        for key in wanted:
            out.write(document_list.line({"key": key}))
            lines += 1
    with path.open("rb") as file:
        bucket.put(place, file, content_type="application/x-ndjson")
    return lines


def _patient(wanted: Iterable[str], context: LambdaContext) -> Iterator[str]:
    for number, key in enumerate(wanted):
        if number % 1000 == 0 and context.get_remaining_time_in_millis() < RESERVE:
            raise BatchTooLarge("The documents could not be listed in time; split the batch by prefix or manifest.")
        yield key


def _not_done(found: Iterator[str], inbox: Bucket) -> Iterator[str]:
    """The documents without a summary of what lies in the inbox now, in order."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        while chunk := list(islice(found, AT_A_TIME * 20)):
            done = pool.map(lambda key: _is_done(key, inbox), chunk)
            yield from (key for key, is_done in zip(chunk, done, strict=True) if not is_done)


def _is_done(key: str, inbox: Bucket) -> bool:
    try:
        summary = steps.summaries().get(keys.summary(key))
    except KeyTooLong:
        return False
    if summary is None:
        return False
    now = inbox.head(key)
    try:
        return now is not None and summary.json()["document"]["etag"] == now.etag.strip('"')
    except (ValueError, KeyError, TypeError):
        return False  # no summary of ours: made anew
