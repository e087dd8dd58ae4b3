"""Run as a script: a hostile log object through the reader, and how much memory that took at most.

``python hostile.py KIND MEGABYTES`` prints ``{"peak": MB, "base": MB, "reasons": ..., "problem": ...}``. The
object is made while it is read, so that it is nowhere whole.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[3] / "functions"), str(Path(__file__).parents[3])]

from llm.emission import measuring  # noqa: E402
from llm.logs import records  # noqa: E402
from llm.logs.lines import Lines  # noqa: E402
from tests.unit.llm import builders  # noqa: E402

MEGABYTE = 1 << 20


def peak() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1000


def log(megabytes: int) -> Iterator[bytes]:
    """Good records, about 2 KB each, as many as fill the megabytes."""
    answered = "Water it from below, and give it light. " * 40
    number = done = 0
    while done < megabytes * MEGABYTE:
        record = builders.converse(answered=answered, request_id=f"req-{number}")
        line = json.dumps(record).encode() + b"\n"
        number, done = number + 1, done + len(line)
        yield line


def zeros(megabytes: int) -> Iterator[bytes]:
    yield from (bytes(MEGABYTE) for _ in range(megabytes))


def ends(megabytes: int) -> Iterator[bytes]:
    yield from (b"\n" * MEGABYTE for _ in range(megabytes))


def long_record(megabytes: int) -> Iterator[bytes]:
    """A record of so many megabytes between two good ones."""
    good = json.dumps(builders.converse()).encode() + b"\n"
    yield good
    yield b'{"schemaType": "ModelInvocationLog", "input": "'
    yield from (b"x" * MEGABYTE for _ in range(megabytes))
    yield b'"}\n'
    yield good.replace(b"req-1", b"req-2")


def another_tools(megabytes: int) -> Iterator[bytes]:
    line = b'{"eventVersion": "1.08", "eventSource": "s3.amazonaws.com", "eventName": "GetObject"}\n'
    yield from (line * (MEGABYTE // len(line)) for _ in range(megabytes))


def nested(megabytes: int) -> Iterator[bytes]:
    yield from (b"[" * (MEGABYTE // 2) + b"\n" for _ in range(2 * megabytes))


KINDS = {f.__name__: f for f in (log, zeros, ends, long_record, another_tools, nested)}


def packed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def main(kind: str, megabytes: int) -> None:
    lines = Lines(packed(KINDS[kind](megabytes)))
    base = peak()
    reasons: Counter[str] = Counter()
    for chunk in measuring.chunks(measuring.unique(records.read(lines))):
        reasons.update(getattr(answer, "reason", "pair") for answer in chunk)
    print(json.dumps({"peak": peak(), "base": base, "reasons": reasons, "problem": lines.problem}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
