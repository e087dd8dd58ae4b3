"""The objects of a channel, as S3 lists them now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from common import aws
from common.objects import Bucket, Listed
from training.errors import ChannelUnreadable
from training.manifest import Channel
from training.manifests import parts
from training.manifests.works import Entry, LeftOut

MOST_OBJECTS = 10_000
MOST_AROUND = 10_000
"""Objects beside those that a SageMaker manifest file names, in the stretch of keys that holds them: they are listed, a
thousand by one call, since asking for each would take longer than Claim has."""
MOST_MANIFEST_BYTES = 4 << 20
ENDINGS = (".csv", ".gz")
"""Of what a program reads (``programs.channels``), in small letters or capitals."""
SHOWN = 3
"""Keys that are told of those that are left out."""
BUILT = "manifest"
"""Member of a built set's files that names a SageMaker manifest file; else they have a ``key``."""


@dataclass(frozen=True, slots=True)
class Objects:
    """Of a channel: those that are read, in the order of paths, and what of it nobody reads."""

    rows: list[Entry]
    left_out: LeftOut


def listed(channel: Channel) -> list[Entry]:
    """The objects of the channel that are read. Raises as ``found``."""
    return found(channel).rows


def found(channel: Channel) -> Objects:
    """What SageMaker would copy for the channel. Raises ChannelUnreadable, StorageUnavailable."""
    where = f"The channel {channel.name} (s3://{channel.bucket}/{channel.prefix})"
    with readable(where):
        every = list(_by_file(channel, where) if channel.data_type == "ManifestFile" else _by_prefix(channel, where))
    rows = [each for each in every if each.key.lower().endswith(ENDINGS)]
    others = sorted(each.key for each in every if not each.key.lower().endswith(ENDINGS))
    if not rows:
        has = f"Its {len(others):,} objects end otherwise, as {others[0]} does. " if others else ""
        raise ChannelUnreadable(
            f"{where} names no object that ends in .csv or .csv.gz. {has}Put its rows there, under such names."
        )
    return Objects(sorted(rows, key=lambda each: each.key.split("/")), LeftOut(len(others), tuple(others[:SHOWN])))


def apart(listing: Mapping[str, Sequence[Entry]]) -> None:
    """No object is in two channels, as where one's prefix is the beginning of another's: ``rides/test`` of
    ``rides/test-old/``. Raises ChannelUnreadable."""
    seen: dict[tuple[str, str], str] = {}
    for name, entries in listing.items():
        for each in entries:
            other = seen.setdefault((each.bucket, each.key), name)
            if other != name:
                raise ChannelUnreadable(
                    f"s3://{each.bucket}/{each.key} is in the channels {other} and {name}: a model is tried on rows "
                    "that it has not seen. End each S3Uri with /, and put none below another's."
                )


def dataset(bucket: str, key: str) -> tuple[Channel, ...]:
    """The channels of a training set that was built, by the document that names its files.

    ``files`` has an entry per channel: ``{"manifest": <key of a SageMaker manifest file>}`` or ``{"key": <key>}``.
    Raises ChannelUnreadable, StorageUnavailable.
    """
    where = f"The training set s3://{bucket}/{key}"
    with readable(where):
        stored = Bucket(bucket).get(key, at_most=MOST_MANIFEST_BYTES)
    if stored is None:
        raise ChannelUnreadable(f"{where} is not there.")
    try:
        files = json.loads(stored.body)["files"]
        found = [_built(name, bucket, files[name]) for name in sorted(parts.CHANNELS) if name in files]
    except (ValueError, KeyError, TypeError) as error:
        raise ChannelUnreadable(f"{where} does not name its files.") from error
    missing = [name for name in parts.NEEDED if name not in {each.name for each in found}]
    if missing:
        raise ChannelUnreadable(f"{where} has no files for {', '.join(missing)}.")
    return tuple(found)


def _built(name: str, bucket: str, entry: Mapping[str, Any]) -> Channel:
    if BUILT in entry:
        return Channel(name, bucket, str(entry[BUILT]), "ManifestFile")
    return Channel(name, bucket, str(entry["key"]))


def _by_prefix(channel: Channel, where: str) -> Iterator[Entry]:
    """Objects that consoles make for folders hold nothing, and are no rows."""
    bucket, number = Bucket(channel.bucket), 0
    for each in bucket.objects(channel.prefix):
        if each.key.endswith("/") and not each.size:
            continue
        number += 1
        if number > MOST_OBJECTS:
            raise ChannelUnreadable(f"{where} has more than {MOST_OBJECTS:,} objects: make fewer, larger ones.")
        yield Entry(channel.bucket, each.key, each.etag, each.size)


def _by_file(channel: Channel, where: str) -> Iterator[Entry]:
    """``[{"prefix": "s3://bucket/folder/"}, "part-00000.csv", ...]`` (API reference, S3DataSource)."""
    stored = Bucket(channel.bucket).get(channel.prefix, at_most=MOST_MANIFEST_BYTES)
    if stored is None:
        raise ChannelUnreadable(f"{where} names a SageMaker manifest file that is not there.")
    try:
        said = json.loads(stored.body)
        prefix, names = said[0]["prefix"], said[1:]
        place = parts.split(prefix)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise ChannelUnreadable(f'{where} is no list of {{"prefix": ...}} and names.') from error
    if place is None or not all(isinstance(name, str) and name for name in names) or len(names) > MOST_OBJECTS:
        raise ChannelUnreadable(
            f"{where} must begin with a prefix s3://bucket/folder/ and name at most {MOST_OBJECTS:,} objects."
        )
    bucket, folder = place
    wanted = dict.fromkeys(folder + name for name in names)
    there = {each.key: each for each in _around(bucket, folder, list(wanted), where)}
    for key in wanted:
        if key not in there:
            raise ChannelUnreadable(f"{where} names {key.removeprefix(folder)}, which is not below {prefix}.")
        yield Entry(bucket, key, there[key].etag, there[key].size)


def _around(bucket: str, folder: str, keys: Sequence[str], where: str) -> Iterator[Listed]:
    """What S3 lists from the first of these keys to the last one, in its order, that of their bytes."""
    if not keys:
        return
    first, last = min(keys, key=str.encode), max(keys, key=str.encode)
    # A listing begins behind a key and not at it; this one is the nearest below the first that is easily said.
    for number, each in enumerate(Bucket(bucket).objects(folder, after=first[:-1]), 1):
        if each.key.encode() > last.encode():
            return
        if number > len(keys) + MOST_AROUND:
            raise ChannelUnreadable(
                f"{where} names objects that lie among more than {MOST_AROUND:,} others: give them a folder of their "
                "own."
            )
        yield each


@contextmanager
def readable(where: str) -> Iterator[None]:
    """S3's refusals of what a manifest names are the manifest's trouble."""
    from botocore.exceptions import ClientError, ParamValidationError

    try:
        yield
    except ClientError as error:
        code = aws.code_of(error)
        if aws.is_forbidden(error):
            raise ChannelUnreadable(
                f"{where} may not be read ({code}): name its prefix in the parameter TrainingReadsBuckets."
            ) from error
        raise ChannelUnreadable(f"{where} cannot be read: S3 says {code}.") from error
    except ParamValidationError as error:
        raise ChannelUnreadable(f"{where} is no place in S3.") from error
