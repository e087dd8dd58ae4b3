"""The user's own archive of a training script, opened with care: nothing of it is written to a disk here."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from pathlib import PurePosixPath
from typing import IO, Final, cast

from training import archives
from training.errors import ProgramUnusable

OURS: Final = "millrace"
"""What our own files in an archive begin with."""
MOST_PACKED, MOST_BYTES, MOST_FILES = 20_000_000, 100_000_000, 2_000
ADVICE: Final = "Pack the folder that holds the script: tar -czf source.tar.gz -C FOLDER ."


def files(packed: bytes, entry_point: str) -> dict[str, bytes]:
    """Path -> content of its files. Raises ProgramUnusable with what to change."""
    if len(packed) > MOST_PACKED:
        raise ProgramUnusable(f"The archive has more than {MOST_PACKED:,} bytes; leave data and models out of it.")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as unpacked:
            found = _read(cast("IO[bytes]", unpacked))
    except archives.HeadersTooLong as error:
        raise ProgramUnusable(f"The archive cannot be read. {error}") from error
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise ProgramUnusable(f"The archive is no tar.gz ({type(error).__name__}). {ADVICE}") from error
    if entry_point not in found:
        raise ProgramUnusable(_absent(found, entry_point))
    return found


def _read(stream: IO[bytes]) -> dict[str, bytes]:
    """Member by member, so that what unpacks to too much is left where the bound is."""
    found: dict[str, bytes] = {}
    left = MOST_BYTES
    for number, (tar, member) in enumerate(archives.members(stream), 1):
        if number > MOST_FILES:
            raise ProgramUnusable(f"The archive has more than {MOST_FILES:,} members; leave data out of it.")
        if member.isdir():
            continue
        path = _path(member)
        left -= member.size
        if left < 0:
            raise ProgramUnusable(f"The archive unpacks to more than {MOST_BYTES:,} bytes; leave data out of it.")
        if path in found:
            raise ProgramUnusable(f"The archive has {path[:100]!a} twice; pack it once.")
        content = tar.extractfile(member)
        found[path] = content.read() if content else b""
    return found


def _path(member: tarfile.TarInfo) -> str:
    name = member.name[:100]
    path = PurePosixPath(member.name)
    if not member.isreg():
        raise ProgramUnusable(f"{name!a} in the archive is a link or a device; pack plain files.")
    if path.is_absolute() or ".." in path.parts or "\\" in member.name or "\x00" in member.name:
        raise ProgramUnusable(f"{name!a} in the archive leads out of its folder; pack paths below one folder. {ADVICE}")
    if path.parts[0].startswith(OURS):
        raise ProgramUnusable(f"{name!a} in the archive has a name that ours have; call it something else.")
    return str(path)


def _absent(found: dict[str, bytes], entry_point: str) -> str:
    name = PurePosixPath(entry_point).name
    elsewhere = [path for path in found if PurePosixPath(path).name == name]
    if elsewhere:
        return f"{entry_point} lies at {elsewhere[0]} in the archive; name that as entry_point, or pack anew. {ADVICE}"
    shown = ", ".join(sorted(found)[:5]) or "nothing"
    return f"There is no {entry_point} in the archive, which holds {shown}. {ADVICE}"
