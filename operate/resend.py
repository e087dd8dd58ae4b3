"""Rows and records that were left out of the lake -> the stream once more, after the recipe or the code was mended.

``errors/rows/`` has rows with the header of their record, and whole records whose header was not understood; what
else is under ``errors/`` is what Firehose gave up, record by record: before the transform as it came, behind it as
clean rows. What was sent is moved to ``errors/resent/`` when the stream has taken it: a command that is stopped
between both sends an object once more, and loses none.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operate import amounts, clean_rows, stream
from operate.clients import Target
from operate.errors import OperateError

if TYPE_CHECKING:
    from trips.recipe.model import Recipe

ERRORS, ROWS, RESENT = "errors/", "errors/rows/", "errors/resent/"
ROWS_PER_RECORD = 500


@dataclass(frozen=True)
class Wish:
    """``reason``: only rows left out for it ("" is all). ``failed``: records that Firehose gave up, instead of rows.

    ``header``: a file whose first line is the header of rows that were kept without one, by an older version.
    """

    reason: str = ""
    failed: bool = False
    header: Path | None = None
    confirm: bool = False


@dataclass(frozen=True)
class Entry:
    """A line of an object: the rows to send, the header that belongs before them ("" is none), why they are here."""

    line: bytes
    data: bytes
    header: bytes
    reason: str
    rows: int
    whole: bool


def command(target: Target, wish: Wish) -> Iterator[str]:
    """Lines for a person. Raises OperateError, botocore's errors."""
    bucket = target.output("LakeBucketName", "deploy it with UseTrips=true")
    name = target.output("TripsStreamName", "deploy it with UseTrips=true")
    s3, firehose = target.client("s3"), target.client("firehose")
    counts: Counter[str] = Counter()
    objects = records = 0
    strange: list[OperateError] = []
    recipe = _recipe(target) if wish.failed else None
    for key in _keys(s3, bucket, ERRORS if wish.failed else ROWS):
        if wish.failed and key.startswith((ROWS, RESENT)):
            continue
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        try:
            entries = [_entry(line, wish, key, recipe) for line in body.splitlines()]
        except OperateError as error:  # it stays where it is, and keeps no other from being sent
            strange.append(error)
            continue
        chosen = [entry for entry in entries if wish.reason in ("", entry.reason)]
        rest = [entry for entry in entries if wish.reason not in ("", entry.reason)]
        if not chosen:
            continue
        objects += 1
        for entry in chosen:
            counts[entry.reason] += entry.rows
        if wish.confirm:
            made = list(_records(chosen, key))
            for batch in stream.batches(iter(made)):
                stream.put(firehose, name, batch)
            records += len(made)
            _move(s3, bucket, key, chosen, rest)
    yield from _told(counts, objects, records, wish)
    if strange:
        raise OperateError(f"{strange[0]} Objects that were left as they are: {len(strange)}.")


def _told(counts: Counter[str], objects: int, records: int, wish: Wish) -> Iterator[str]:
    what = "record" if wish.failed else "row"
    for reason, count in counts.most_common():
        yield f"{count:>10,} {what if count == 1 else what + 's'}: {reason}"
    total = f"{amounts.of(counts.total(), what)} of {amounts.of(objects, 'object')}"
    if not counts:
        yield f"there are no {what}s to send again"
    elif wish.confirm:
        made = amounts.of(records, "record")
        yield f"{total} sent again in {made}; what was taken from is under {RESENT} now"
    else:
        yield f"{total} would be sent again; nothing was: mend the recipe first, deploy it, then add --confirm"


def _keys(s3: Any, bucket: str, prefix: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [one["Key"] for page in pages for one in page.get("Contents", ())]


def _recipe(target: Target) -> Recipe:
    """The recipe by which the stack writes rows. Raises OperateError where this version has none of the name."""
    from trips.errors import BadRecipe
    from trips.recipe import parser

    try:
        return parser.named(target.parameters().get("Recipe", "bike_share"))
    except BadRecipe as error:
        raise OperateError(str(error)) from error


def _given_up(line: bytes, document: dict[str, Any], recipe: Recipe) -> Entry:
    data, code = base64.b64decode(document["rawData"]), str(document["errorCode"])
    clean = clean_rows.restored(data, recipe) if code.startswith(clean_rows.CODES) else None
    if clean is None:
        return Entry(line, data, b"", code, 1, whole=True)
    header, rows = clean
    return Entry(line, b"\n".join(rows), header, code, 1, whole=False)


def _entry(line: bytes, wish: Wish, key: str, recipe: Recipe | None) -> Entry:
    try:
        document = json.loads(line)
        if recipe is not None:
            return _given_up(line, document, recipe)
        encoded = document.get("bytes")
        data = base64.b64decode(encoded) if encoded else document["text"].encode()
        reason, header = str(document["reason"]), _header(document, wish)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OperateError(f"{key} has a line that this command does not know: {error!r}.") from error
    return Entry(line, data, header, reason, int(document.get("rows", 1)), whole="rows" in document)


def _header(document: dict[str, Any], wish: Wish) -> bytes:
    if "header" in document:
        return str(document["header"]).encode()
    if wish.header is None:
        raise OperateError(
            "Rows of an older version were kept without their header; name a file that has it: --header trips.csv."
        )
    with wish.header.open("rb") as file:
        return file.readline().strip()


def _records(entries: Sequence[Entry], key: str) -> Iterator[stream.Record]:
    """Rows under one header together, as large as a record may be; a record that was kept whole by itself."""
    pieces: dict[bytes, list[bytes]] = {}
    for entry in entries:
        if entry.whole:
            yield _record([entry.data], entry.rows, key)
            continue
        pieces.setdefault(entry.header, []).extend(entry.data.split(b"\n"))
    for header, rows in pieces.items():
        head = [header] if header else []
        part: list[bytes] = []
        size = len(header) + 1
        for row in rows:
            if part and (len(part) == ROWS_PER_RECORD or size + len(row) + 1 > stream.MOST_RECORD_BYTES):
                yield _record([*head, *part, b""], len(part), key)
                part, size = [], len(header) + 1
            part.append(row)
            size += len(row) + 1
        yield _record([*head, *part, b""], len(part), key)


def _record(lines: list[bytes], rows: int, key: str) -> stream.Record:
    data = b"\n".join(lines)
    if len(data) > stream.MOST_RECORD_BYTES:
        raise OperateError(f"{key} has a row of {len(data):,} bytes; a record takes 1,000 KiB.")
    return stream.Record(data, len(data), rows)


def _move(s3: Any, bucket: str, key: str, sent: Sequence[Entry], rest: Sequence[Entry]) -> None:
    """What was sent lies under ``errors/resent/``, what was not under a key of its own; then the object goes."""
    body = b"".join(entry.line + b"\n" for entry in sent)
    s3.put_object(Bucket=bucket, Key=f"{RESENT}{key.removeprefix('errors/')}", Body=body)
    if rest:
        left = b"".join(entry.line + b"\n" for entry in rest)
        # Beside the object: what Firehose gave up is of another form than rows.
        beside = f"{key.rpartition('/')[0]}/{hashlib.sha256(left).hexdigest()[:40]}.jsonl"
        s3.put_object(Bucket=bucket, Key=beside, Body=left)
    s3.delete_object(Bucket=bucket, Key=key)
