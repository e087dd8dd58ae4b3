"""Where a hit's lines stand on their page: of boxes/<key>.json.gz, which has every word of a document.

Of 3,000 pages it has a million words, and a hit needs those of one page: so the file is read up to that page, and only
its part is parsed. What ``documents`` writes is compact JSON, in which ``{"page":3,"words":`` can stand in no text: a
quote within one has a backslash.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from typing import Any, Final

from common.objects import Bucket
from knowledge.model import Hit

Place = list[float]
"""``[left, top, width, height]``, as shares of the page, from its upper left corner."""

SEQUENCER: Final = "sequencer"
"""Of the version that an object was written for, in its metadata."""
MOST_BYTES: Final = 50_000_000
"""Of a file as it is stored; 3,000 full pages have a third of it."""
DIGITS: Final = 5
CHUNK: Final = 1 << 20


def of(summaries: Bucket, hit: Hit) -> list[Place]:
    """A box around the words of each of the hit's lines that has any, in the order of the lines.

    Nothing where the document has no places (a text, a page of the web) or is not ours, or where the file is of another
    version than the hit: a box beside the words is worse than none. Raises StorageUnavailable.
    """
    if hit.base:
        return []
    stored = summaries.get(f"boxes/{hit.key}.json.gz", at_most=MOST_BYTES + 1)
    if stored is None or stored.size > MOST_BYTES:
        return []
    if hit.sequencer and stored.metadata.get(SEQUENCER, hit.sequencer) != hit.sequencer:
        return []
    lines: dict[int, list[Place]] = {}
    for line, _, _, left, top, width, height in _words(stored.body, hit.page):
        if hit.first <= line <= hit.last:
            lines.setdefault(line, []).append([left, top, width, height])
    return [_around(lines[line]) for line in sorted(lines)]


def _words(body: bytes, page: int) -> list[list[Any]]:
    """The rows of one page's words; none where the file has no such page or breaks off."""
    marker, text = f'{{"page":{page},"words":'.encode(), b""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            while (at := text.find(marker)) < 0:
                if not (chunk := file.read(CHUNK)):
                    return []
                text = text[-len(marker) :] + chunk
            text = text[at + len(marker) :]
            while (end := _end(text)) < 0:
                if not (chunk := file.read(CHUNK)):
                    return []
                text += chunk
    except (OSError, EOFError, zlib.error):
        return []
    found: list[list[Any]] = json.loads(text[:end])
    return found


def _end(text: bytes) -> int:
    """Behind the list that ``text`` begins with, or -1 where it goes on: rows hold numbers and null, no texts."""
    if text.startswith(b"[]"):
        return 2
    at = text.find(b"]]")
    return at + 2 if at >= 0 else -1


def _around(words: list[Place]) -> Place:
    left, top = min(word[0] for word in words), min(word[1] for word in words)
    right = max(word[0] + word[2] for word in words)
    bottom = max(word[1] + word[3] for word in words)
    return [left, top, round(right - left, DIGITS), round(bottom - top, DIGITS)]
