"""Attachments of e-mails, put beside their mail in the inbox: documents of their own, which the pipeline then finds.

An attachment's key is its mail's key, its number and its name; ``beside`` says what holds for it there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from common.objects import Bucket, Stored
from documents import steps
from documents.intake import originals
from documents.model import Extraction, Source
from documents.outputs import beside

if TYPE_CHECKING:
    from documents.reading.mail.letters import Attachment

MOST_ATTACHMENTS: Final = 50
"""Of one mail, and MOST_DEPTH mails within mails: what one upload may start is bounded, and the rest is told."""
MOST_DEPTH: Final = 2
DEPTH: Final = "mail-depth"
"""Name of metadata."""
_UNWANTED = re.compile(r"[\x00-\x1f\x7f/\\]+")


def extract(source: Source, stored: Stored, path: Path, media_type: str) -> tuple[Extraction, int]:
    """What the mail itself says, and how many attachments were put into the inbox by this call.

    Raises what the mail's reader raises, DocumentGone where the mail was deleted meanwhile, StorageUnavailable,
    ConcurrentUpdate (try again).
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
    if beside.settle(steps.summaries(), Bucket(source.bucket), source, beside.ATTACHMENTS):
        raise originals.gone()
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


def _folder(key: str) -> str:
    return f"{key}.attachments/"


def place(key: str, number: int, name: str) -> str | None:
    """The attachment's key; None where there is no room for it."""
    return beside.place(key, beside.ATTACHMENTS, number, _UNWANTED.sub("_", name).strip(". ") or "part")


def _put(bucket: Bucket, key: str, attachment: Attachment, source: Source, depth: int) -> bool | None:
    """As ``beside.put``."""
    metadata = {DEPTH: str(depth), beside.DIGEST: hashlib.sha256(attachment.data).hexdigest()}
    return beside.put(bucket, key, lambda: attachment.data, source, _type(attachment), metadata)


def _type(attachment: Attachment) -> str:
    told = attachment.media_type
    return told if re.fullmatch(r"[\w.+-]{1,100}/[\w.+-]{1,100}", told, re.ASCII) else "application/octet-stream"


def _depth(stored: Stored) -> int:
    told = stored.metadata.get(DEPTH, "0")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 3 else MOST_DEPTH
