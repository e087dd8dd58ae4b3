"""Vector buckets and their indexes, of each account and Region, in memory; ``kept`` writes them where state is kept.

Calls and CloudFormation's types (``local.gaps.cloudformation.types.vectors``) come here.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from local.services.s3vectors import places
from local.services.s3vectors.errors import Conflict, Invalid, NotFound, VectorsError
from local.services.s3vectors.places import Place
from local.services.s3vectors.vectors import Vectors

MOST_BUCKETS: Final = 10_000
MOST_INDEXES: Final = 10_000
MOST_TAGS: Final = 50
MODE: Final = "ENHANCED"
"""Of buckets that are made since 2026-09-30, and the only one that they may have."""
PLAIN: Final[Mapping[str, str]] = {"sseType": "AES256"}


@dataclass
class Index:
    """``hidden``: metadata keys that are not filterable, as they were given."""

    place: Place
    dimension: int
    metric: str
    hidden: tuple[str, ...]
    encryption: Mapping[str, str]
    tags: dict[str, str]
    vectors: Vectors
    created: float = field(default_factory=time.time)


@dataclass
class Bucket:
    """``policy``: JSON as it was put, None without one."""

    place: Place
    encryption: Mapping[str, str]
    tags: dict[str, str]
    policy: str | None = None
    indexes: dict[str, Index] = field(default_factory=dict)
    created: float = field(default_factory=time.time)


class Store:
    """Every method takes the lock; what it gives is the thing itself."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._buckets: dict[tuple[str, str, str], Bucket] = {}

    def make_bucket(self, place: Place, encryption: Mapping[str, Any] | None, tags: Mapping[str, str]) -> Bucket:
        """Raises Invalid for a name, encryption or tags that cannot be, Conflict for a name that is taken."""
        places.check_bucket_name(place.bucket)
        sealed = _encryption(encryption) or PLAIN
        check_tags(tags)
        with self._lock:
            if _key(place) in self._buckets:
                raise Conflict("A vector bucket with the specified name already exists")
            if len(self.buckets(place.account, place.region)) >= MOST_BUCKETS:
                raise VectorsError("ServiceQuotaExceededException", f"The most is {MOST_BUCKETS} vector buckets")
            self._buckets[_key(place)] = made = Bucket(place, sealed, dict(tags))
            return made

    def make_index(self, place: Place, members: Mapping[str, Any]) -> Index:
        """``members`` of CreateIndex. Raises Invalid, Conflict, and NotFound where there is no such bucket."""
        places.check_index_name(place.index)
        hidden = tuple((members.get("metadataConfiguration") or {}).get("nonFilterableMetadataKeys", ()))
        if len(set(hidden)) < len(hidden):
            where = "/metadataConfiguration/nonFilterableMetadataKeys"
            raise Invalid("Duplicate non-filterable metadata keys", [(where, "Keys must be different")])
        sealed = _encryption(members.get("encryptionConfiguration"))
        check_tags(members.get("tags") or {})
        with self._lock:
            within = self.bucket(place)
            if place.index in within.indexes:
                raise Conflict("An index with the specified name already exists")
            if len(within.indexes) >= MOST_INDEXES:
                raise VectorsError("ServiceQuotaExceededException", f"The most is {MOST_INDEXES} indexes in a bucket")
            vectors = Vectors(int(members["dimension"]), members["distanceMetric"], frozenset(hidden))
            within.indexes[place.index] = made = Index(
                place,
                vectors.dimension,
                vectors.metric,
                hidden,
                sealed or within.encryption,
                dict(members.get("tags") or {}),
                vectors,
            )
            return made

    def bucket(self, place: Place) -> Bucket:
        """Raises NotFound."""
        with self._lock:
            found = self._buckets.get(_key(place))
        if found is None:
            raise NotFound("vector bucket")
        return found

    def index(self, place: Place) -> Index:
        """Raises NotFound."""
        with self._lock:
            within = self._buckets.get(_key(place))
            found = None if within is None else within.indexes.get(place.index)
        if found is None:
            raise NotFound("index")
        return found

    def buckets(self, account: str, region: str) -> list[Bucket]:
        """In the order of their names."""
        with self._lock:
            found = [one for key, one in self._buckets.items() if key[:2] == (account, region)]
        return sorted(found, key=lambda one: one.place.bucket)

    def all_buckets(self) -> list[Bucket]:
        """Of every account and Region."""
        with self._lock:
            return list(self._buckets.values())

    def restore(self, bucket: Bucket) -> None:
        """Put a bucket with its indexes where it was."""
        with self._lock:
            self._buckets[_key(bucket.place)] = bucket

    def delete_bucket(self, place: Place) -> None:
        """Raises NotFound, and Conflict while it has indexes."""
        with self._lock:
            if self.bucket(place).indexes:
                raise Conflict("The specified vector bucket is not empty")
            del self._buckets[_key(place)]

    def delete_index(self, place: Place) -> None:
        """With all its vectors. Raises NotFound."""
        with self._lock:
            self.index(place)
            del self.bucket(place).indexes[place.index]

    def tagged(self, arn: str, region: str = "", account: str = "") -> Bucket | Index:
        """The bucket or index of an ARN, of this Region and account where they are given.

        Raises NotFound, and as ``places.own``.
        """
        place = places.parse(arn)
        if place is None:
            raise NotFound("resource")
        if account:
            places.own(place, region, account)
        return self.index(place) if place.index else self.bucket(place)


def check_tags(tags: Mapping[str, str]) -> None:
    """Raises Invalid for more than 50, and for what AWS keeps to itself."""
    if len(tags) > MOST_TAGS:
        raise Invalid(f"A resource has at most {MOST_TAGS} tags", [("/tags", f"The most is {MOST_TAGS}")])
    for key in tags:
        if key.lower().startswith("aws:"):
            raise Invalid("A tag key must not start with aws:", [("/tags", f"{key} starts with aws:")])


def _encryption(given: Mapping[str, Any] | None) -> dict[str, str] | None:
    if not given:
        return None
    kind = given.get("sseType", "AES256")
    if (kind == "aws:kms") != ("kmsKeyArn" in given):
        message = "kmsKeyArn is allowed if and only if sseType is aws:kms"
        raise Invalid(message, [("/encryptionConfiguration/kmsKeyArn", message)])
    return {"sseType": kind, **({"kmsKeyArn": given["kmsKeyArn"]} if kind == "aws:kms" else {})}


def _key(place: Place) -> tuple[str, str, str]:
    return place.account, place.region, place.bucket


def _opened() -> Store:
    """With what was kept of an earlier run, where this one keeps its state (``local.cloud.settings``)."""
    made, state = Store(), os.environ.get("STATE_DIR")
    if state and os.environ.get("PERSIST_STATE") == "1":
        from local.services.s3vectors import kept

        kept.load(made, Path(state))
        atexit.register(kept.save, made, Path(state))
    return made


STORE: Final = _opened()
