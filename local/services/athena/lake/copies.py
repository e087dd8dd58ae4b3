"""Private copies: what a query may read lies in a folder of its own, and nothing else does.

DuckDB's lock allows a folder to be listed and written; in this one nothing can be found or lost. The folder goes when
the query ends, however it ends.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.services.athena.errors import QueryError, unbuilt
from local.services.athena.world import Object, World, location

PREFIX = "millrace-athena-"
_ENDINGS = {".gz", ".zst"}
_CLOSED = {".bz2", ".snappy", ".lzo", ".deflate", ".lz4", ".zip"}
_BIG_KEY = re.compile(rb'"[^"\\]*[A-Z][^"\\]*"\s*:')


@contextmanager
def folder() -> Iterator[Path]:
    """A new empty folder, removed at the end whatever happens."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        yield Path(name)


def listing(world: World, url: str) -> list[Object]:
    """The objects below a folder that Athena reads: hidden names and empty objects are none.

    Raises:
        QueryError: there is no such bucket.
    """
    return listings(world, [url])[url]


def listings(world: World, urls: Sequence[str]) -> dict[str, list[Object]]:
    """listing() of many folders with one look into each bucket: projection names thousands.

    Raises:
        QueryError: there is no such bucket.
    """
    places = {url: location(url) for url in urls}
    found: dict[str, list[Object]] = {}
    for bucket in {bucket for bucket, _ in places.values()}:
        prefixes = [prefix for owner, prefix in places.values() if owner == bucket]
        items = world.objects(bucket, os.path.commonprefix(prefixes))  # noqa: RUF071 - prefixes are texts
        if items is None:
            raise QueryError("HIVE_FILESYSTEM_ERROR", f"The specified bucket does not exist: {bucket}")
        keys = [item.key for item in items]
        for url, (owner, prefix) in places.items():
            if owner == bucket:
                part = items[bisect_left(keys, prefix) : bisect_left(keys, prefix + chr(0x10FFFF))]
                found[url] = [item for item in part if item.size and not _hidden(item.key[len(prefix) :])]
    return found


def _hidden(relative: str) -> bool:
    return relative.endswith("/") or any(part.startswith(("_", ".")) for part in relative.split("/"))


Change = Callable[[bytes, str], bytes]
"""What a copy is instead of its object, by the object's bytes and, where they are compressed, the ending."""


class Copies:
    """Copies of objects below ``root``, each once, under names of their own."""

    def __init__(self, world: World, root: Path, change: Change | None = None) -> None:
        self._world, self._root = world, root
        self._change = change
        root.mkdir()

    def take(self, item: Object) -> Path:
        """The path of the object's copy.

        Raises:
            QueryError: compressed in a way that is not read here.
        """
        ending = Path(item.key).suffix.lower()
        if ending in _CLOSED:
            raise unbuilt(f"Reading {ending} files ({item.url})")
        path = self._root / f"{sum(1 for _ in self._root.iterdir()):06}{ending if ending in _ENDINGS else ''}"
        body = self._world.read(item)
        path.write_bytes(self._change(body, ending if ending in _ENDINGS else "") if self._change else body)
        return path


def with_small_keys(body: bytes, ending: str) -> bytes:
    """JSON lines with the keys of each document in small letters, as the JSON SerDes read them."""
    if ending or not _BIG_KEY.search(body):
        return body
    lines = []
    for line in body.splitlines():
        try:
            document = json.loads(line)
        except ValueError:
            lines.append(line)  # DuckDB says what is wrong with it
            continue
        small = {key.lower(): value for key, value in document.items()} if isinstance(document, dict) else document
        lines.append(json.dumps(small, ensure_ascii=False).encode())
    return b"\n".join(lines) + b"\n"
