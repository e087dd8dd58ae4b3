"""Archives that strangers made, read member by member: what stands in front of one is never held in memory whole."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import IO, Final, cast

MOST_HEADERS: Final = 262_144
"""Bytes between the contents of two members. tarfile reads extended headers, long names and maps of sparse files into
memory however long they say they are."""


class HeadersTooLong(tarfile.TarError):
    """More than that stands in front of a member."""


class _Bounded:
    """A stream that ends with an error where more is read of it than was allowed since."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner, self._left = inner, MOST_HEADERS

    def allow(self, size: int) -> None:
        self._left = size

    def read(self, size: int) -> bytes:
        chunk = self._inner.read(size)
        self._left -= len(chunk)
        if self._left < 0:
            raise HeadersTooLong(
                f"A member has more than {MOST_HEADERS:,} bytes of headers (extended attributes, a map of a sparse "
                "file): pack plain files."
            )
        return chunk


def members(stream: IO[bytes]) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """Each member of a tar, which has to be read before the next one is asked for.

    Raises HeadersTooLong, other errors of tarfile and of ``stream``, RecursionError (headers in front of headers).
    """
    bounded = _Bounded(stream)
    with tarfile.open(fileobj=cast("IO[bytes]", bounded), mode="r|") as tar:
        for member in tar:
            bounded.allow(member.size + MOST_HEADERS)
            yield tar, member
