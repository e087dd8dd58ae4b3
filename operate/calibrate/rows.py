"""What a fit sees of a labelled pair: features, label, model; never a text. So rows of others' pairs may be kept."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from llm.model import Outcome
from llm.refusals import asked, features, languages
from llm.refusals.english import is_english
from llm.refusals.envelope import opened
from llm.refusals.forms import ask
from llm.refusals.head import Head, Scored
from llm.refusals.judge import DATA, SETTLED, costlier, foreign
from llm.refusals.phrases import Encoder
from llm.refusals.text import plain
from operate.calibrate.pairs import Labelled, read_own, sources
from operate.errors import OperateError

KEPT: Final = Path(__file__).with_name("real.jsonl.gz")
FOLDS: Final = 5


@dataclass(frozen=True, slots=True)
class Row:
    """``settled``: the outcome that the prompt, or another language, gave alone, or ""; ``fold``: of the prompt, where
    there is one, else of the completion; ``extra``: the features that cost more, as for ``Head.chance``."""

    group: str
    source: str
    model: str
    kind: str
    refused: bool
    reason: str
    fold: int
    settled: Outcome | Literal[""]
    features: dict[str, float]
    extra: dict[str, float]

    @property
    def family(self) -> str:
        """The model's family: variants of one model are one."""
        name: str = sources()["families"].get(self.model, self.model)
        return name


def row_of(pair: Labelled, encoder: Encoder | None = None) -> Row:
    """A pair as a row."""
    wanted, said = ask(pair.prompt), opened(pair.completion)
    settled = asked.settled(plain(said), wanted, bool(pair.prompt.strip())) if said else asked.Settled("answered", DATA)
    reading = features.read(said or pair.completion, wanted)
    english = is_english(reading.text) and not languages.brief(reading.text)
    abroad = None if english else foreign(reading.text)
    fold = zlib.crc32((pair.prompt or pair.completion).encode()) % FOLDS
    return Row(
        pair.group,
        pair.source,
        pair.model,
        pair.kind,
        pair.refused,
        pair.reason,
        fold,
        settled.outcome if settled else abroad.outcome if abroad else "",
        {name: round(value, 4) for name, value in reading.features.items()},
        {name: round(value, 4) for name, value in costlier(reading, encoder).items()},
    )


def outcome(row: Row, head: Head) -> Scored:
    """What a head says of a row: the same as ``judge`` says of its pair."""
    if row.settled:
        return Scored(row.settled, SETTLED[row.settled], False)
    return head.said(head.chance(row.features, lambda: row.extra)[0])


def digest() -> str:
    """Names what the features of the project's own completions are now: kept rows of other features are stale."""
    own = [row_of(pair) for pair in read_own()]
    told = [[row.settled, sorted(row.features.items()), sorted(row.extra.items())] for row in own]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def keep(rows: Sequence[Row], path: Path) -> None:
    """Write rows: the first line names the features, each other one is a row by their places."""
    names = sorted({name for row in rows for name in (*row.features, *row.extra)})
    place = {name: number for number, name in enumerate(names)}
    lines: list[Any] = [{"schema": 1, "digest": digest(), "names": names}]
    for row in rows:
        values = [{str(place[name]): value for name, value in part.items()} for part in (row.features, row.extra)]
        lines.append([row.group, row.model, row.kind, int(row.refused), row.reason, row.fold, row.settled, *values])
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def kept(path: Path = KEPT) -> tuple[str, list[Row]]:
    """The digest of kept rows, and the rows. Raises OperateError where they cannot be read."""
    try:
        lines = [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
        names = lines[0]["names"]
        return lines[0]["digest"], [_kept(line, names) for line in lines[1:]]
    except (OSError, EOFError, ValueError, KeyError, IndexError, zlib.error) as error:
        raise OperateError(f"The kept rows '{path}' cannot be read: write them anew with --data and --keep.") from error


def _kept(line: list[Any], names: Sequence[str]) -> Row:
    group, model, kind, refused, reason, fold, settled, *values = line
    found = [{names[int(place)]: value for place, value in part.items()} for part in values]
    return Row(group, group, model, kind, bool(refused), reason, fold, settled, *found)


def rows_of(pairs: Iterable[Labelled], encoder: Encoder | None = None) -> list[Row]:
    """Each pair as a row."""
    return [row_of(pair, encoder) for pair in pairs]
