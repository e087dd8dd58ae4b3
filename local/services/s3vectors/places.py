"""Names and ARNs of vector buckets and their indexes, and which of them a request means.

Names: S3 user guide, "Vector bucket naming rules", "Vector index naming rules". A request names a bucket by its name or
its ARN, and an index by the name of both or by its ARN (API reference of each call).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.services.s3vectors.errors import Invalid, NotFound, VectorsError

_BUCKET_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_INDEX_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ARN: Final = re.compile(
    r"arn:aws[-a-z0-9]*:s3vectors:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):"
    r"bucket/(?P<bucket>[a-z0-9][a-z0-9-.]{1,61}[a-z0-9])(?:/index/(?P<index>[a-z0-9][a-z0-9-.]{1,61}[a-z0-9]))?"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket, or an index in it (``index`` not empty)."""

    region: str
    account: str
    bucket: str
    index: str = ""

    @property
    def arn(self) -> str:
        bucket = f"arn:aws:s3vectors:{self.region}:{self.account}:bucket/{self.bucket}"
        return f"{bucket}/index/{self.index}" if self.index else bucket


def parse(arn: str) -> Place | None:
    """The bucket or index of an ARN; None for another text."""
    found = _ARN.fullmatch(arn)
    return None if found is None else Place(found["region"], found["account"], found["bucket"], found["index"] or "")


def bucket(members: Mapping[str, Any], region: str, account: str) -> Place:
    """The bucket that a request means. Raises Invalid where it names none, or two, and as ``own``."""
    name, arn = members.get("vectorBucketName"), members.get("vectorBucketArn")
    if (name is None) == (arn is None):
        raise _fields("Must specify either vectorBucketName or vectorBucketArn but not both", members, "vectorBucket")
    if arn is None:
        return Place(region, account, str(name))
    found = parse(str(arn))
    if found is None or found.index:
        raise Invalid("Invalid vector bucket ARN", [("/vectorBucketArn", "Invalid vector bucket ARN")])
    return own(found, region, account)


def index(members: Mapping[str, Any], region: str, account: str) -> Place:
    """The index that a request means. Raises Invalid where it names none, or two, and as ``own``."""
    within, name, arn = (members.get(key) for key in ("vectorBucketName", "indexName", "indexArn"))
    if arn is None and within is not None and name is not None:
        return Place(region, account, str(within), str(name))
    if arn is None or within is not None or name is not None:
        raise _fields("Must specify either indexArn or both vectorBucketName and indexName", members, "index")
    found = parse(str(arn))
    if found is None or not found.index:
        raise Invalid("Invalid index ARN", [("/indexArn", "Invalid index ARN")])
    return own(found, region, account)


def own(found: Place, region: str, account: str) -> Place:
    """The place, where it is of this account and Region. Raises NotFound in another Region, and AccessDeniedException
    in another account: what a bucket's policy allows to others is not there.
    """
    if found.account != account:
        raise VectorsError("AccessDeniedException", f"{found.arn} belongs to another account")
    if found.region != region:
        raise NotFound("index" if found.index else "vector bucket")
    return found


def check_bucket_name(name: str) -> None:
    """Raises Invalid for a name that no bucket may have."""
    if not _BUCKET_NAME.fullmatch(name):
        raise Invalid("Invalid vector bucket name", [("/vectorBucketName", "Invalid vector bucket name")])


def check_index_name(name: str) -> None:
    """Raises Invalid for a name that no index may have."""
    if not _INDEX_NAME.fullmatch(name):
        raise Invalid("Invalid index name", [("/indexName", "Invalid index name")])


def _fields(message: str, members: Mapping[str, Any], prefix: str) -> Invalid:
    named = [key for key in ("vectorBucketName", "vectorBucketArn", "indexName", "indexArn") if key in members]
    return Invalid(message, [(f"/{key}", message) for key in named or [f"{prefix}Arn"]])
