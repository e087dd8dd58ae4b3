"""One log object without the records of some calls: read as the pipeline reads it, written with what is left."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llm.logs import lines, log_events, records

MOST_LINE = 64 << 20
"""Bytes of a record that is still rewritten; the pipeline itself passes over those of more than 1 MB."""

LEVEL = 6
Matches = Callable[[dict[str, Any]], bool]


@dataclass
class Rewritten:
    """``removed``: records, ``requests``: the ids of their calls; ``left``: records or lines that stay; ``bodies``:
    paths of what Bedrock stored beside the removed ones; ``problem``: why the object cannot be rewritten, or ""."""

    removed: int = 0
    requests: set[str] = field(default_factory=set)
    left: int = 0
    bodies: list[str] = field(default_factory=list)
    problem: str = ""


def without(source: Path, result: Path, matches: Matches) -> Rewritten:
    """Writes what is left of ``source`` to ``result``, as gzip where it was. A line that cannot be read stays."""
    done = Rewritten()
    unpacked = lines.Lines(_pieces(source), most_line=MOST_LINE)
    with result.open("wb") as file, _as_it_was(source, file) as out:
        for line in lines.records(unpacked, MOST_LINE):
            if line is None:
                done.problem = f"a line of it has more than {MOST_LINE >> 20} MB"
                break
            for kept in _kept(line, matches, done):
                out.write(kept + b"\n")
    done.problem = done.problem or (f"it is {unpacked.problem}" if unpacked.problem else "")
    return done


def _as_it_was(source: Path, file: Any) -> Any:
    """A gzip file without name and time in it, so that the same records give the same bytes; or the file itself."""
    with source.open("rb") as start:
        packed = start.read(2) == log_events.GZIP
    return gzip.GzipFile("", "wb", LEVEL, file, 0) if packed else nullcontext(file)


def _kept(line: bytes, matches: Matches, done: Rewritten) -> Iterator[bytes]:
    """The line where none of its records is removed; what is left of it otherwise."""
    value = records.parse(line.strip())
    found = value if isinstance(value, list) else [value]
    left = [each for each in found if not (isinstance(each, dict) and matches(each))]
    done.left += len(left)
    if len(left) == len(found):
        yield line
        return
    for each in found:
        if isinstance(each, dict) and matches(each):
            done.removed += 1
            done.bodies += _bodies(each)
            done.requests.add(str(each.get("requestId", "")))
    for each in left:
        yield json.dumps(each, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _bodies(record: dict[str, Any]) -> Iterator[str]:
    for side in ("input", "output"):
        part = record.get(side)
        path = part.get(f"{side}BodyS3Path") if isinstance(part, dict) else None
        if isinstance(path, str) and path:
            yield path


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece
