"""Manifests: documents listed by a person or by an earlier batch's ``failures.jsonl``.

A manifest is CSV with a header that has a column ``key``, or JSON lines, each a text or an object with ``key``; other
columns and members are left alone, so that the list of a batch's failures is a manifest as it is.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from common import aws
from common.objects import Bucket, Stored
from documents import keys
from documents.errors import BatchTooLarge, InvalidBatch

MOST_BYTES = 2_000_000_000

_NOT_OURS = frozenset({"AccessDenied", "403", "NoSuchBucket"})


def fetched(bucket: Bucket, key: str, path: Path) -> Path:
    """The manifest as a file. Raises BatchTooLarge, InvalidBatch where there is none that this function may read."""
    stored = _download(bucket, key, path)
    if stored.size > MOST_BYTES:
        raise BatchTooLarge("The manifest has more than 2 GB; split it.")
    return path


def _download(bucket: Bucket, key: str, path: Path) -> Stored:
    from botocore.exceptions import ClientError

    try:
        stored = bucket.download(key, path, at_most=MOST_BYTES)
    except ClientError as error:
        if aws.code_of(error) not in _NOT_OURS:
            raise
        raise InvalidBatch(
            f"The manifest cannot be read ({aws.code_of(error)}). Put it into the inbox, under batches/ of the"
            " summaries bucket, or into the bucket that the parameter BatchManifestBucket names."
        ) from error
    if stored is None:
        raise InvalidBatch("There is no object where the manifest should be; look at its bucket and key.")
    return stored


def keys_of(path: Path) -> Iterator[str]:
    """The keys of a manifest, line by line. Raises InvalidBatch with the number of a line that holds none."""
    with path.open("rb") as file:
        start = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return of_json_lines(path) if start in (b"{", b'"') else _of_csv(path)


def _lines(path: Path, newline: str) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig", newline=newline) as file:
            yield from file
    except UnicodeDecodeError as error:
        raise InvalidBatch("The manifest is not UTF-8; write it in that encoding.") from error


def of_json_lines(path: Path) -> Iterator[str]:
    """The keys of JSON lines, such as a batch's own list, which may be empty."""
    for number, line in enumerate(_lines(path, "\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InvalidBatch(f"Line {number} of the manifest is not JSON; give each document a line.") from error
        yield _checked(row.get("key") if isinstance(row, dict) else row, number)


def _of_csv(path: Path) -> Iterator[str]:
    rows = csv.reader(_lines(path, ""), strict=True)
    try:
        header = next(rows, [])
        if "key" not in header:
            raise InvalidBatch("The manifest is neither JSON lines nor CSV whose first line names a column key.")
        column = header.index("key")
        for row in rows:
            if row:
                yield _checked(row[column] if column < len(row) else None, rows.line_num)
    except csv.Error as error:
        raise InvalidBatch(f"Line {rows.line_num} of the manifest is not CSV ({error}).") from error


def _checked(key: Any, line: int) -> str:
    if not isinstance(key, str) or not key:
        raise InvalidBatch(f"Line {line} of the manifest holds no key of a document.")
    if len(key.encode("utf-8", "surrogatepass")) > keys.MOST_BYTES:
        raise InvalidBatch(f"Line {line} of the manifest holds a key of more than {keys.MOST_BYTES} bytes.")
    return key
