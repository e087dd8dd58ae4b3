"""Every version of objects in one bucket: listed, read, and deleted, with what S3 refuses told and not raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from operate.erase.erasure import Tally

READERS = 16
MOST_DELETES = 1_000
"""Objects of one DeleteObjects (S3 API reference)."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Version:
    """``id`` is "null" in a bucket without versions; ``is_marker``: it says that the object was deleted."""

    key: str
    id: str
    is_latest: bool
    is_marker: bool


class Versions:
    """The versions of one bucket, with an operator's own client of S3."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self.s3, self.bucket = s3, bucket

    def below(self, prefix: str) -> Iterator[Version]:
        """Of every key that begins with ``prefix``."""
        for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=prefix):
            for kind in ("Versions", "DeleteMarkers"):
                for one in page.get(kind, ()):
                    yield Version(one["Key"], one["VersionId"], one["IsLatest"], kind == "DeleteMarkers")

    def of(self, keys: Iterable[str]) -> list[Version]:
        """Of these keys alone."""
        with ThreadPoolExecutor(READERS) as pool:
            found = pool.map(lambda key: [one for one in self.below(key) if one.key == key], sorted(set(keys)))
            return [version for group in found for version in group]

    def read(self, version: Version) -> bytes | None:
        """The bytes of one version; None where it went meanwhile."""
        from botocore.exceptions import ClientError

        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=version.key, VersionId=version.id)
            return bytes(answer["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "NoSuchVersion"}:
                return None
            raise

    def read_all(self, versions: Iterable[Version]) -> Iterator[tuple[Version, bytes]]:
        """Versions with their bytes, but for markers."""
        with ThreadPoolExecutor(READERS) as pool:
            for some in in_groups((one for one in versions if not one.is_marker), 256):
                for version, body in zip(some, pool.map(self.read, some), strict=True):
                    if body is not None:
                        yield version, body

    def delete(self, versions: Sequence[Version], tally: Tally) -> None:
        """Old ones first: a current one that went before them would uncover the newest of them."""
        uncovered: set[str] = set()
        for latest in (False, True):
            wanted = [one for one in versions if one.is_latest is latest and one.key not in uncovered]
            uncovered |= self._delete(wanted, tally)

    def _delete(self, versions: Sequence[Version], tally: Tally) -> set[str]:
        """The keys of which S3 refused a version."""
        refused: set[str] = set()
        for some in in_groups(versions, MOST_DELETES):
            objects = [{"Key": one.key, "VersionId": one.id} for one in some]
            answer = self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True})
            errors = answer.get("Errors", [])
            for error in errors:
                refused.add(error["Key"])
                tally.fail(f"s3://{self.bucket}/{error['Key']}: S3 does not delete it ({error['Code']})")
            tally.count("versions of objects", len(objects) - len(errors))
        return refused

    def delete_keys(self, keys: Iterable[str], tally: Tally) -> None:
        self.delete(self.of(keys), tally)

    def delete_below(self, prefix: str, tally: Tally, which: Callable[[Version], bool] = lambda _: True) -> None:
        self.delete([one for one in self.below(prefix) if which(one)], tally)


def is_past(version: Version) -> bool:
    """Not current any more, or nothing but the mark of a deletion."""
    return not version.is_latest or version.is_marker


def in_groups(items: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(items)
    while some := list(islice(left, size)):
        yield some
