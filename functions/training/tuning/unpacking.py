"""A job's ``model.tar.gz``, opened with care: nothing in it decides where anything is written.

A user's program made it. So only files of names that are asked for are read, each within a bound, and what unpacks to
too much ends at it.
"""

from __future__ import annotations

import gzip
import tarfile
import tempfile
import zlib
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import IO, cast

from common.objects import CHUNK, Bucket
from training import archives
from training.errors import ModelMissing

MOST_PACKED = 450_000_000
"""Bytes; /tmp of the function has 512 MB."""
MOST_BYTES = 4_000_000_000
MOST_MEMBERS = 5_000
MOST_FILE = 128_000_000
"""Of one file that is read into memory."""


def read(bucket: Bucket, key: str, etag: str, wanted: Collection[str]) -> dict[str, bytes]:
    """The files of these paths that are there. Raises ModelMissing, StorageUnavailable."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.tar.gz")
        stored = bucket.download(key, path, at_most=MOST_PACKED + 1, if_match=etag)
        if stored is None:
            raise ModelMissing(f"The job left no s3://{bucket.name}/{key}, or it is another one by now.")
        if stored.size > MOST_PACKED:
            raise ModelMissing(f"{key} has {stored.size:,} bytes; {MOST_PACKED:,} are the most that is served.")
        with path.open("rb") as stream:
            return files(stream, wanted)


def files(stream: IO[bytes], wanted: Collection[str]) -> dict[str, bytes]:
    """The same of an archive that is open. Raises ModelMissing."""
    try:
        with gzip.GzipFile(fileobj=stream) as unpacked:
            found = _read(cast("IO[bytes]", unpacked), wanted)
            _drain(unpacked)
            return found
    except archives.HeadersTooLong as error:
        raise ModelMissing(f"model.tar.gz cannot be read. {error}") from error
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise ModelMissing(f"model.tar.gz is no tar.gz, or it is damaged ({type(error).__name__}).") from error


def _drain(unpacked: gzip.GzipFile) -> None:
    """To the end, where gzip compares its checksum: half an archive is none. Raises EOFError, OSError."""
    left = MOST_BYTES
    while left > 0 and (chunk := unpacked.read(CHUNK)):
        left -= len(chunk)


def _read(stream: IO[bytes], wanted: Collection[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    left = MOST_BYTES
    for number, (tar, member) in enumerate(archives.members(stream), 1):
        left -= member.size
        if number > MOST_MEMBERS or left < 0:
            raise ModelMissing(f"model.tar.gz holds more than {MOST_MEMBERS:,} members or {MOST_BYTES:,} bytes.")
        name = _name(member)
        if not member.isreg() or name not in wanted:
            continue
        if name in found:
            raise ModelMissing(f"model.tar.gz has {name} twice.")
        if member.size > MOST_FILE:
            raise ModelMissing(f"{name} in model.tar.gz has {member.size:,} bytes; {MOST_FILE:,} are allowed.")
        content = tar.extractfile(member)
        found[name] = content.read() if content else b""
    return found


def _name(member: tarfile.TarInfo) -> str:
    """Raises ModelMissing for what leads out of the folder that the server unpacks it into."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name or "\x00" in member.name:
        raise ModelMissing(f"model.tar.gz has a member that leads out of its folder: {member.name[:80]!a}.")
    if not (member.isreg() or member.isdir()):
        raise ModelMissing(f"model.tar.gz has a link or a device in it: {member.name[:80]!a}.")
    return str(path)
