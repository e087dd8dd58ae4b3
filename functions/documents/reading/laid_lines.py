"""The lines of a document with their words' places, in a file that one step leaves for another.

To find places again a PDF would have to be painted again. JSON, packed, an array per line: its page, its text, and four
sides of each word one after the other; words are what blanks part. What is read is what was written, to the last digit.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from documents.model import SCHEMA, Box, LaidLine, Word

LEVEL: Final = 1
"""Of packing: the file is read once and lies for a week."""


class Keep(Protocol):
    def __call__(self, line: LaidLine, /) -> None: ...


@contextmanager
def writing(path: Path) -> Iterator[Keep]:
    """What takes the lines, one after the other."""
    with gzip.open(path, "wt", compresslevel=LEVEL, encoding="utf-8", newline="\n") as file:

        def write(value: Any) -> None:
            file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")

        write({"schema": SCHEMA})
        yield lambda line: write([line.page, line.text, [side for word in line.words for side in _sides(word.box)]])


def read(path: Path) -> list[LaidLine] | None:
    """None where another version of the code wrote it, or where it is damaged: it can be made again."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
            if json.loads(file.readline()) != {"schema": SCHEMA}:
                return None
            return [_line(*json.loads(line)) for line in file]
    except (OSError, EOFError, zlib.error, ValueError, TypeError):
        return None


def _line(page: int, text: str, sides: list[float]) -> LaidLine:
    four = iter(sides)
    boxes = map(Box, four, four, four, four)
    words = text.split(" ") if sides else ()
    return LaidLine(page, text, tuple(Word(word, box) for word, box in zip(words, boxes, strict=True)))


def _sides(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.width, box.height
