"""Calls about vectors. Numbers of vectors come as the lists of the request; all else the model has checked."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from local.services.s3vectors import filters, metadata, pages, places, switches
from local.services.s3vectors.errors import Invalid
from local.services.s3vectors.store import MODE, STORE, Index
from local.services.s3vectors.vectors import Floats, Record, plain, row_of

Members = Mapping[str, Any]
MOST_NEAREST: Final = 10_000
PAGE_OF_NEAREST: Final = 100
"""S3 user guide, "Limitations and restrictions": 10,000 results of a query since 2026-06, in pages of at most 100."""
_PAGE: Final = 500
_PAGE_BYTES: Final = 1_048_576
"""Of a list: a page ends "if the processed dataset size exceeds 1 MB" (model)."""


def put(members: Members, region: str, account: str) -> dict[str, Any]:
    index = STORE.index(places.index(members, region, account))
    records = [_record(index, one) for one in members["vectors"]]
    _no_doubles([record.key for record in records], "/vectors")
    switches.admit_writing(index.place.arn, account, len(records))
    index.vectors.put(records)
    switches.USAGE.count(written=len(records))
    return {}


def get(members: Members, region: str, account: str) -> dict[str, Any]:
    index = STORE.index(places.index(members, region, account))
    switches.admit_reading(index.place.arn, account)
    return {"vectors": [_shown(record, members) for record in index.vectors.get(members["keys"])]}


def delete(members: Members, region: str, account: str) -> dict[str, Any]:
    index = STORE.index(places.index(members, region, account))
    switches.admit_writing(index.place.arn, account, len(members["keys"]))
    index.vectors.delete(members["keys"])
    switches.USAGE.count(deleted=len(members["keys"]))
    return {}


def listed(members: Members, region: str, account: str) -> dict[str, Any]:
    """A page of a segment, in the order of keys."""
    place = places.index(members, region, account)
    index = STORE.index(place)
    count, segment = _segment(members)
    switches.admit_reading(place.arn, account)
    asked = ["ListVectors", place.arn, count, segment]
    after = pages.place(members.get("nextToken"), asked)
    keys = [
        key
        for key in index.vectors.sorted_keys()
        if (after is None or key > after) and zlib.crc32(key.encode()) % count == segment
    ]
    page: list[dict[str, Any]] = []
    size, most = 0, members.get("maxResults", _PAGE)
    for record in index.vectors.get(keys[:most]):
        page.append(_shown(record, members))
        size += len(json.dumps(page[-1]))
        if size > _PAGE_BYTES:
            break
    more = bool(page) and page[-1]["key"] != keys[-1]
    return {"vectors": page, **({"nextToken": pages.token(asked, page[-1]["key"])} if more else {})}


def query(members: Members, region: str, account: str) -> dict[str, Any]:
    """A page of the nearest of those that the filter lets through."""
    place = places.index(members, region, account)
    index = STORE.index(place)
    most = _top(members)
    if members.get("queryMode", MODE) != MODE:
        raise Invalid("CLASSIC cannot be specified for an ENHANCED index", [("/queryMode", "Use ENHANCED")])
    wanted = members.get("filter")
    test = None if wanted is None else filters.parse(wanted, frozenset(index.hidden))
    vector = _checked(index, members["queryVector"].get("float32"), "Invalid query vector: vector", "/queryVector")
    switches.admit_reading(place.arn, account)
    asked = [place.arn, most, plain(vector), wanted]
    start = pages.place(members.get("nextToken"), asked) or 0
    found = index.vectors.nearest(vector, most, test)
    switches.USAGE.count(queried=1)
    page = found[start : start + PAGE_OF_NEAREST]
    end = start + len(page)
    answer = {"vectors": [_near(*one, members) for one in page], "distanceMetric": index.metric}
    return {**answer, "nextToken": pages.token(asked, end)} if end < len(found) else answer


def _record(index: Index, given: Members) -> Record:
    key = given["key"]
    data = _checked(index, given["data"].get("float32"), f"Invalid record for key '{key}': vector", "/vectors")
    found = given.get("metadata") or {}
    metadata.check(key, found, frozenset(index.hidden))
    return Record(key, data, found)


def _checked(index: Index, numbers: Sequence[Any] | None, subject: str, path: str) -> Floats:
    """A vector as the index takes it. Raises Invalid in the name of ``subject``."""

    def refuse(why: str) -> Invalid:
        return Invalid(f"{subject} {why}", [(path, f"{subject} {why}")])

    if numbers is None:
        raise refuse("must have float32 data")
    if len(numbers) != index.dimension:
        raise refuse(f"must have length {index.dimension}, but has length {len(numbers)}")
    if not set(map(type, numbers)) <= {int, float}:
        raise refuse("must contain only numbers")
    row = row_of(numbers)
    if not np.isfinite(row).all():
        raise refuse("must not contain NaN or Infinity")
    if index.metric == "cosine" and not row.any():
        raise refuse("must not be zero, where distances are cosines")
    return row


def _no_doubles(keys: Iterable[str], path: str) -> None:
    """AWS does not say which of two vectors of one key in one request stays."""
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise Invalid(f"Invalid record for key '{key}': the key occurs twice in the request", [(path, key)])
        seen.add(key)


def _top(members: Members) -> int:
    most = int(members["topK"])
    if most > MOST_NEAREST:
        message = f"Value at '/topK' failed to satisfy constraint: Member must be between 1 and {MOST_NEAREST}"
        raise Invalid(f"1 validation error detected. {message}", [("/topK", message)])
    return most


def _segment(members: Members) -> tuple[int, int]:
    count, segment = members.get("segmentCount"), members.get("segmentIndex")
    if (count is None) != (segment is None):
        raise Invalid("segmentCount and segmentIndex go together", [("/segmentIndex", "Give both or none")])
    if count is None or segment is None:
        return 1, 0
    if segment >= count:
        raise Invalid("segmentIndex must be less than segmentCount", [("/segmentIndex", "It counts from 0")])
    return count, segment


def _shown(record: Record, members: Members) -> dict[str, Any]:
    shown: dict[str, Any] = {"key": record.key}
    if members.get("returnData"):
        shown["data"] = {"float32": plain(record.data)}
    if members.get("returnMetadata"):
        shown["metadata"] = record.metadata
    return shown


def _near(distance: float, record: Record, members: Members) -> dict[str, Any]:
    shown = _shown(record, {"returnMetadata": members.get("returnMetadata")})
    return {**shown, "distance": distance} if members.get("returnDistance") else shown
