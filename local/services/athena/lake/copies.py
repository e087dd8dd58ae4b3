"""Private copies: what a query may read lies in a folder of its own, and nothing else does.

DuckDB's lock allows a folder to be listed and written; in this one nothing can be found or lost. The folder goes when
the query ends, however it ends.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
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
    bucket, prefix = location(url)
    found = world.objects(bucket, prefix)
    if found is None:
        raise QueryError("HIVE_FILESYSTEM_ERROR", f"The specified bucket does not exist: {bucket}")
    return [item for item in found if item.size and not _hidden(item.key[len(prefix) :])]


def _hidden(relative: str) -> bool:
    return relative.endswith("/") or any(part.startswith(("_", ".")) for part in relative.split("/"))


class Copies:
    """Copies of objects below ``root``, each once, under names of their own."""

    def __init__(self, world: World, root: Path, *, small_keys: bool = False) -> None:
        self._world, self._root = world, root
        self._small_keys = small_keys
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
        path.write_bytes(_with_small_keys(body) if self._small_keys and ending not in _ENDINGS else body)
        return path


def _with_small_keys(body: bytes) -> bytes:
    """JSON lines with the keys of each document in small letters, as the JSON SerDes read them."""
    if not _BIG_KEY.search(body):
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
