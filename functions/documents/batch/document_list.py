"""What a batch is asked to do, and the list of its documents: one JSON line a document, ``{"key": "..."}``.

A request names a prefix of the inbox or a manifest in S3. A manifest is CSV with a header that has a column ``key``, or
JSON lines, each a text or an object with ``key``; other columns and members are left alone, so that the list of a
batch's failures is a manifest as it is.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from documents import keys
from documents.errors import InvalidBatch

MOST_DOCUMENTS = 1_000_000
"""Of one batch: about what DocumentsBatchPrepare lists, and looks at for ``skip_done``, within its fifteen minutes."""

MOST_KEY_BYTES = 1024
"""S3 user guide, "Naming Amazon S3 objects"."""

_MEMBERS = frozenset({"prefix", "manifest", "skip_done", "again"})
_PLACE = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(.+)", re.DOTALL)
_HOW = 'Start the machine with {"prefix": "folder/"} or {"manifest": "s3://bucket/key"}'


@dataclass(frozen=True, slots=True)
class Request:
    """Either ``prefix`` or ``manifest`` (bucket and key) is there.

    ``skip_done``: leave out documents whose summary is of what lies in the inbox now. ``again``: any text; the work is
    done once more for each new text (``documents.intake.claims``).
    """

    prefix: str | None = None
    manifest: tuple[str, str] | None = None
    skip_done: bool = False
    again: str = ""


def request(event: Any) -> Request:
    """Reads the machine's input. Raises InvalidBatch, also for members nobody knows: they may be misspelt."""
    if not isinstance(event, Mapping):
        raise InvalidBatch(f"{_HOW}.")
    if unknown := sorted(set(event) - _MEMBERS):
        raise InvalidBatch(f"{_HOW}; nothing is known about {', '.join(unknown)}.")
    prefix, manifest = event.get("prefix"), event.get("manifest")
    skip_done, again = event.get("skip_done", False), event.get("again", "")
    if (prefix is None) == (manifest is None):
        raise InvalidBatch(f"{_HOW}, with one of the two and not both.")
    if not isinstance(skip_done, bool) or not isinstance(again, str):
        raise InvalidBatch(f"{_HOW}; skip_done is true or false, and again is a text.")
    if prefix is not None:
        if not isinstance(prefix, str):
            raise InvalidBatch(f'{_HOW}; a prefix is a text, and "" is the whole inbox.')
        return Request(prefix=prefix, skip_done=skip_done, again=again)
    found = _PLACE.fullmatch(manifest) if isinstance(manifest, str) else None
    if found is None:
        raise InvalidBatch(f"{_HOW}; a manifest is named by its bucket and key.")
    return Request(manifest=(found[1], found[2]), skip_done=skip_done, again=again)


def manifest_keys(path: Path) -> Iterator[str]:
    """The keys of a manifest, line by line. Raises InvalidBatch with the number of a line that holds none."""
    with path.open("rb") as file:
        start = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return _of_json_lines(path) if start in (b"{", b'"') else _of_csv(path)


def listed_keys(path: Path) -> Iterator[str]:
    """The keys of a list as ``line`` makes it, which may be empty."""
    return _of_json_lines(path)


def _lines(path: Path, newline: str) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig", newline=newline) as file:
            yield from file
    except UnicodeDecodeError as error:
        raise InvalidBatch("The manifest is not UTF-8; write it in that encoding.") from error


def _of_json_lines(path: Path) -> Iterator[str]:
    for number, line in enumerate(_lines(path, "\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InvalidBatch(f"Line {number} of the manifest is not JSON; give each document a line.") from error
        yield _checked(row.get("key") if isinstance(row, dict) else row, number)


def _of_csv(path: Path) -> Iterator[str]:
    rows = csv.reader(_lines(path, ""), strict=True)
    try:
        header = next(rows, [])
        if "key" not in header:
            raise InvalidBatch("The manifest is neither JSON lines nor CSV whose first line names a column key.")
        column = header.index("key")
        for row in rows:
            if row:
                yield _checked(row[column] if column < len(row) else None, rows.line_num)
    except csv.Error as error:
        raise InvalidBatch(f"Line {rows.line_num} of the manifest is not CSV ({error}).") from error


def _checked(key: Any, line: int) -> str:
    if not isinstance(key, str) or not key:
        raise InvalidBatch(f"Line {line} of the manifest holds no key of a document.")
    if len(key.encode("utf-8", "surrogatepass")) > MOST_KEY_BYTES:
        raise InvalidBatch(f"Line {line} of the manifest holds a key of more than {MOST_KEY_BYTES} bytes.")
    return key


def fingerprint(key: str) -> bytes:
    """Stands for a key where a million of them are held in memory."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@dataclass
class Listed:
    """Lets each document through once, and counts what it holds back."""

    documents: int = 0
    not_documents: int = 0
    repeated: int = 0
    _seen: set[bytes] = field(default_factory=set)

    def documents_of(self, found: Iterable[str]) -> Iterator[str]:
        """Raises InvalidBatch where there are more than ``MOST_DOCUMENTS``."""
        for key in found:
            if keys.is_no_document(key):
                self.not_documents += 1
                continue
            mark = fingerprint(key)
            if mark in self._seen:
                self.repeated += 1
                continue
            if self.documents == MOST_DOCUMENTS:
                raise InvalidBatch(f"A batch has at most {MOST_DOCUMENTS:,} documents; split it by prefix or manifest.")
            self._seen.add(mark)
            self.documents += 1
            yield key


def line(document: Mapping[str, Any]) -> bytes:
    """A line of a list: JSON whose text may hold anything but an end of line."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
