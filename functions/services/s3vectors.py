"""Amazon S3 Vectors: one index's vectors put, read, deleted and searched, in requests of the sizes that it takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from common import aws
from common.errors import ServiceUnavailable, TransientError

MOST_WRITTEN: Final = 500
MOST_READ: Final = 100
MOST_NEAREST: Final = 10_000
MOST_BYTES: Final = 20 * 1_048_576
"""Vectors of a PutVectors or DeleteVectors request, of a GetVectors request, of a query, bytes of a request (S3 user
guide, "Limitations and restrictions")."""
MOST_CONSTRAINTS: Final = 100
"""Of a query's filter: each value that is compared is one, so ``$in`` with three values is three (S3 user guide,
"Metadata filtering", "Filter constraints per query"). One more is a ValidationException."""
AILING: Final = frozenset({"RequestTimeoutException"})
"""S3 Vectors' own name for what may pass later, beside throttling and server errors."""

_BYTES_OF_A_NUMBER = 26
"""The longest double with its comma, as boto3 writes it."""
_BYTES_AROUND = 100
"""A vector's braces and the names of its members."""
_ROOM = MOST_BYTES - 10_000
"""For vectors: the rest is the request's own members."""


@dataclass(frozen=True, slots=True)
class Vector:
    """``data``: rounded to float32 where it is kept. ``metadata``: texts, numbers, booleans and lists of them."""

    key: str
    data: tuple[float, ...]
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A vector near to what was asked. ``distance``: of cosines 0 to 2, the smaller the nearer."""

    key: str
    distance: float
    metadata: dict[str, Any]


class Index:
    """The index ``arn``. Its methods raise ``throttled`` where S3 Vectors asks to slow down, ``unavailable`` where it
    fails or cannot be reached for a while, and S3 Vectors' own error where nothing would pass. ``client`` is for tests.

    Reads see every write that was answered before ("strongly consistent", S3 user guide, "Vector indexes").
    """

    def __init__(
        self,
        arn: str,
        throttled: type[TransientError] = ServiceUnavailable,
        unavailable: type[TransientError] = ServiceUnavailable,
        client: Any = None,
    ) -> None:
        self._arn, self._throttled, self._unavailable, self._client = arn, throttled, unavailable, client

    def put(self, vectors: Iterable[Vector]) -> None:
        """Write them, over those of the same keys; of two with one key the later counts. Where it raises, some are
        written and some are not: put all again.
        """
        for batch in _batches(vectors):
            with self._patient() as client:
                client.put_vectors(indexArn=self._arn, vectors=batch)

    def get(self, keys: Iterable[str]) -> dict[str, Vector]:
        """Those that are there, with data and metadata."""
        found: dict[str, Vector] = {}
        for batch in _portions(keys, MOST_READ):
            with self._patient() as client:
                answer = client.get_vectors(indexArn=self._arn, keys=batch, returnData=True, returnMetadata=True)
            for one in answer["vectors"]:
                data = tuple(float(number) for number in one["data"]["float32"])
                found[one["key"]] = Vector(one["key"], data, one.get("metadata") or {})
        return found

    def delete(self, keys: Iterable[str]) -> None:
        """What is not there is none the less gone."""
        for batch in _portions(keys, MOST_WRITTEN):
            with self._patient() as client:
                client.delete_vectors(indexArn=self._arn, keys=batch)

    def query(self, vector: Sequence[float], top: int, where: Mapping[str, Any] | None = None) -> list[Found]:
        """The ``top`` nearest (at most MOST_NEAREST, a request per 100), the nearest first, of those that ``where``
        lets through: a filter of at most MOST_CONSTRAINTS, each condition with one key, several of them in ``$and`` or
        ``$or`` (S3 user guide, "Metadata filtering"). It needs s3vectors:GetVectors beside s3vectors:QueryVectors.
        """
        request: dict[str, Any] = {
            "indexArn": self._arn,
            "topK": top,
            "queryVector": {"float32": list(vector)},
            "returnMetadata": True,
            "returnDistance": True,
            **({} if where is None else {"filter": dict(where)}),
        }
        found: list[Found] = []
        while True:
            with self._patient() as client:
                answer = client.query_vectors(**request)
            found += [Found(one["key"], float(one["distance"]), one.get("metadata") or {}) for one in answer["vectors"]]
            if not answer.get("nextToken"):
                return found
            request["nextToken"] = answer["nextToken"]

    @contextmanager
    def _patient(self) -> Iterator[Any]:
        """The client, and this index's names for what may pass later."""
        advice = "It takes 1,000 writes and 2,500 vectors per second and index."
        with aws.patient(
            "S3 Vectors", ailing=AILING, advice=advice, throttled=self._throttled, unavailable=self._unavailable
        ):
            yield self._client or aws.client("s3vectors")


def _batches(vectors: Iterable[Vector]) -> Iterator[list[dict[str, Any]]]:
    """As many as a request takes, by number and by size; a key stands in it once."""
    batch: dict[str, dict[str, Any]] = {}
    size = 0
    for vector in vectors:
        bytes_ = _BYTES_AROUND + len(json.dumps([vector.key, vector.metadata])) + _BYTES_OF_A_NUMBER * len(vector.data)
        if batch and (vector.key in batch or len(batch) == MOST_WRITTEN or size + bytes_ > _ROOM):
            yield list(batch.values())
            batch, size = {}, 0
        size += bytes_
        batch[vector.key] = {
            "key": vector.key,
            "data": {"float32": list(vector.data)},
            **({"metadata": vector.metadata} if vector.metadata else {}),
        }
    if batch:
        yield list(batch.values())


def _portions(keys: Iterable[str], most: int) -> Iterator[list[str]]:
    different = list(dict.fromkeys(keys))
    for start in range(0, len(different), most):
        yield different[start : start + most]
