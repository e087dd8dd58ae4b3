"""tar.gz files, in and out: nothing leaves the folder that it is unpacked into."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import IO


class Unpackable(Exception):
    """No tar.gz, or one with a path that leaves its folder."""


def unpack(archive: IO[bytes], folder: Path) -> None:
    """Raises Unpackable."""
    try:
        with tarfile.open(fileobj=archive, mode="r:*") as opened:
            opened.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise Unpackable(f"{type(error).__name__}: {error}") from error


def pack(folder: Path, archive: IO[bytes]) -> None:
    """All that lies in a folder, from its top on."""
    with tarfile.open(fileobj=archive, mode="w:gz") as made:
        for path in sorted(folder.iterdir()):
            made.add(path, arcname=path.name)
    archive.seek(0)
