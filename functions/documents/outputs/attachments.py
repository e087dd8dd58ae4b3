"""Attachments of e-mails, put beside their mail in the inbox: documents of their own, which the pipeline then finds.

An attachment's key is its mail's key, its number and its name; its metadata say which version of the mail it is of. So
a repeated run of the same version puts nothing, an older version changes nothing, and the same bytes are sent once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from common.errors import ConcurrentUpdate
from common.objects import ABSENT, Bucket, Stored
from documents import keys
from documents.errors import KeyTooLong
from documents.model import Extraction, Source
from documents.outputs import versioned_writes

if TYPE_CHECKING:
    from documents.reading.mail.letters import Attachment

MOST_ATTACHMENTS: Final = 50
"""Of one mail, and MOST_DEPTH mails within mails: what one upload may start is bounded, and the rest is told."""
MOST_DEPTH: Final = 2
MOST_NAME_BYTES: Final = 120
DEPTH, DIGEST = "mail-depth", "attachment-sha256"
"""Names of metadata."""
_UNWANTED = re.compile(r"[\x00-\x1f\x7f/\\]+")


def extract(source: Source, stored: Stored, path: Path, media_type: str) -> tuple[Extraction, int]:
    """What the mail itself says, and how many attachments were put into the inbox by this call.

    Raises what the mail's reader raises, StorageUnavailable, ConcurrentUpdate (try again).
    """
    from documents.reading import reader_flags
    from documents.reading.mail import letters, opening

    mail = opening.read(path, media_type)
    found = letters.extraction(mail)
    depth = _depth(stored)
    if depth >= MOST_DEPTH:
        left_out = {"attachments of mails within mails": len(mail.attachments)}
        return replace(found, flags=(*found.flags, *reader_flags.skipped(left_out))), 0
    sent, unplaced = send(source, mail.attachments[:MOST_ATTACHMENTS], depth + 1)
    left_out = {
        "attachments beyond the first": max(0, len(mail.attachments) - MOST_ATTACHMENTS),
        "attachments without room for a key": unplaced,
    }
    return replace(found, flags=(*found.flags, *reader_flags.skipped(left_out))), sent


def send(source: Source, attachments: Sequence[Attachment], depth: int) -> tuple[int, int]:
    """How many this call has put, and how many have no place: no room for a key, or another's object is there."""
    bucket, sent, unplaced = Bucket(source.bucket), 0, 0
    for number, attachment in enumerate(attachments, 1):
        key = place(source.key, number, attachment.name)
        put = _put(bucket, key, attachment, source, depth) if key else None
        sent += put is True
        unplaced += put is None
    return sent, unplaced


def place(key: str, number: int, name: str) -> str | None:
    """The attachment's key, its name shortened where its results would have no room; None where none fits."""
    clean = _UNWANTED.sub("_", name).strip(". ") or "part"
    stem, dot, ending = clean.rpartition(".")
    stem, ending = (stem, dot + ending) if stem and len(ending.encode()) <= 10 else (clean, "")
    for most in (MOST_NAME_BYTES, 40, 0):
        short = stem.encode()[:most].decode("utf-8", "ignore").rstrip()
        found = f"{key}.attachments/{number:02}{' ' if short else ''}{short}{ending}"
        try:
            keys.check(found)
        except KeyTooLong:
            continue
        return found
    return None


def _put(bucket: Bucket, key: str, attachment: Attachment, source: Source, depth: int) -> bool | None:
    """Whether it was written; False where it is there already, or a newer mail's; None where another's object is."""
    digest = hashlib.sha256(attachment.data).hexdigest()
    metadata = {versioned_writes.SEQUENCER: source.sequencer, DEPTH: str(depth), DIGEST: digest}
    for _ in range(versioned_writes.TRIES):
        seen = bucket.head(key)
        if seen is not None and DIGEST not in seen.metadata:
            return None
        if seen is not None and (seen.metadata[DIGEST] == digest or not versioned_writes.is_newer(source, seen)):
            return False
        condition = seen.etag if seen else ABSENT
        if bucket.put(key, attachment.data, content_type=_type(attachment), metadata=metadata, if_match=condition):
            return True
    raise ConcurrentUpdate(f"Others wrote s3://{bucket.name}/{key} again and again while an attachment was to be put.")


def _type(attachment: Attachment) -> str:
    told = attachment.media_type
    return told if re.fullmatch(r"[\w.+-]{1,100}/[\w.+-]{1,100}", told, re.ASCII) else "application/octet-stream"


def _depth(stored: Stored) -> int:
    told = stored.metadata.get(DEPTH, "0")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 3 else MOST_DEPTH
