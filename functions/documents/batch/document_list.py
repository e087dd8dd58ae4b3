"""The list of a batch's documents: each once, in order, one JSON line per document, ``{"key": "..."}``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from common.objects import Bucket
from documents import keys
from documents.batch import manifests
from documents.batch.batch_requests import Request
from documents.errors import BatchTooLarge, InvalidBatch, KeyTooLong

MOST_DOCUMENTS = 1_000_000
"""Of one batch: about what DocumentsBatchPrepare lists, and looks at for ``skip_done``, within its fifteen minutes."""

RESERVE_MS = 60_000
"""Milliseconds that are kept to write the list; a batch that leaves less is refused instead of being cut off."""

AT_A_TIME = 24
"""Documents that are looked at side by side for ``skip_done``, below the client's 32 connections."""


def candidates(request: Request, inbox: Bucket, folder: Path) -> Iterator[str]:
    """The keys that the request names, as they come. Raises InvalidBatch, BatchTooLarge."""
    if request.manifest is None:
        return inbox.keys(request.prefix or "")
    bucket, key = request.manifest
    return manifests.keys_of(manifests.fetched(Bucket(bucket), key, folder / "manifest"))


def fingerprint(key: str) -> bytes:
    """Stands for a key where a million of them are held in memory."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@dataclass
class Listed:
    """Lets each document through once, and counts what it holds back."""

    documents: int = 0
    not_documents: int = 0
    repeated: int = 0
    _seen: set[bytes] = field(default_factory=set)

    def documents_of(self, candidates: Iterable[str]) -> Iterator[str]:
        """Raises InvalidBatch where there are more than ``MOST_DOCUMENTS``."""
        for key in candidates:
            if keys.is_no_document(key):
                self.not_documents += 1
                continue
            mark = fingerprint(key)
            if mark in self._seen:
                self.repeated += 1
                continue
            if self.documents == MOST_DOCUMENTS:
                raise InvalidBatch(f"A batch has at most {MOST_DOCUMENTS:,} documents; split it by prefix or manifest.")
            self._seen.add(mark)
            self.documents += 1
            yield key


def not_done(documents: Iterator[str], inbox: Bucket, summaries: Bucket) -> Iterator[str]:
    """The documents without a summary of what lies in the inbox now, in order."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        while chunk := list(islice(documents, AT_A_TIME * 20)):
            done = pool.map(lambda key: _is_done(key, inbox, summaries), chunk)
            yield from (key for key, is_done in zip(chunk, done, strict=True) if not is_done)


def _is_done(key: str, inbox: Bucket, summaries: Bucket) -> bool:
    try:
        summary = summaries.get(keys.summary(key))
    except KeyTooLong:
        return False
    if summary is None:
        return False
    now = inbox.head(key)
    try:
        return now is not None and summary.json()["document"]["etag"] == now.etag.strip('"')
    except (ValueError, KeyError, TypeError):
        return False  # no summary of ours: made anew


def in_time(documents: Iterable[str], milliseconds_left: Callable[[], int]) -> Iterator[str]:
    """The same documents. Raises BatchTooLarge where the function's time runs out before they have all come."""
    for number, key in enumerate(documents):
        if number % 1000 == 0 and milliseconds_left() < RESERVE_MS:
            raise BatchTooLarge("The documents could not be listed in time; split the batch by prefix or manifest.")
        yield key


def write(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Writes a line per row; how many there are."""
    lines = 0
    with path.open("wb") as out:
        for row in rows:
            out.write(line(row))
            lines += 1
    return lines


def put(bucket: Bucket, place: str, path: Path) -> None:
    with path.open("rb") as file:
        bucket.put(place, file, content_type="application/x-ndjson")


def line(document: Mapping[str, Any]) -> bytes:
    """A line of a list: JSON whose text may hold anything but an end of line."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
