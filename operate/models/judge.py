"""From an alarm to the calls: which completions were refused, why, how sure that is, and where each call is logged.

It reads what the pipeline reads (``operate.models.call_sources``) with the pipeline's own reader and detector, so that
a call is here what it was in the metrics. Nothing is written, and texts, which are what people wrote, are printed only
when they are asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from common.errors import TransientError
from llm import model_families
from llm.emission import measuring
from llm.logs.lines import Lines
from llm.logs.log_objects import MOST_PACKED
from llm.model import Pair, Skipped, Verdict
from llm.refusals import of_pair
from operate import amounts
from operate.clients import Target
from operate.errors import OperateError
from operate.models import call_sources
from operate.models.call_sources import Source

HEADER = (
    f"{'time':<20} {'request':<36} {'model':<40} {'outcome':<13} {'score':<5} {'reason':<12} {'cue':<36} object:line"
)
_PIECE = 1 << 20
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What could move a terminal's cursor, or turn the direction of what it shows: people write anything."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """``outcome``: of the verdict, "" for all; ``model``: part of a model's id; ``text``: texts too; ``most``: calls
    that are listed, what is over is counted; ``app``: the application that the caller named, "" for all."""

    outcome: str = ""
    model: str = ""
    text: bool = False
    most: int = 200
    app: str = ""


@dataclass(slots=True)
class _Seen:
    """What was read: ``objects`` by their source, ``outcomes`` of the judged, ``reasons`` of the rest, and objects that
    were not read whole; ``ids`` of calls where they may lie in two sources, ``twice`` of those that do."""

    objects: Counter[str] = field(default_factory=Counter)
    listed: int = 0
    twice: int = 0
    ids: set[str] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def command(target: Target, since: int, wanted: Wanted, now: float) -> Iterator[str]:
    """Lines: one per call of the last ``since`` seconds that is ``wanted``, then what they were chosen from.

    Raises OperateError where the stack has no bucket of logs, or S3 is busy.
    """
    begin, end = datetime.fromtimestamp(now - since, UTC), datetime.fromtimestamp(now, UTC)
    found = call_sources.of(target, begin, end)
    seen = _Seen()
    yield HEADER
    try:
        for source in found.sources:
            before = set(seen.ids)
            for key in source.objects():
                seen.objects[f"{source.name} in s3://{source.bucket.name}"] += 1
                for pair, line in _calls(source, key, begin, seen):
                    if found.overlap and _twice(pair, before, seen):
                        continue
                    yield from _told(pair, f"{key}:{line}", wanted, seen)
    except TransientError as error:
        raise OperateError(f"{error} Ask again in a minute.") from error
    yield ""
    yield from _summary(seen, wanted, begin)
    yield from (f"note: not read: {place}" for place in found.unread)


def _twice(pair: Pair, before: set[str], seen: _Seen) -> bool:
    """Whether a call lies in an earlier source too."""
    if pair.request_id in before:
        seen.twice += 1
        return True
    seen.ids.add(pair.request_id)
    return False


class _Counted:
    """Lines as they are read, which leaves out empty ones; ``number`` is that of the last one, from 1."""

    def __init__(self, lines: Iterable[bytes | None]) -> None:
        self._lines = lines
        self.number = 0

    def __iter__(self) -> Iterator[bytes | None]:
        for line in self._lines:
            self.number += 1
            yield line


def _calls(source: Source, key: str, begin: datetime, seen: _Seen) -> Iterator[tuple[Pair, int]]:
    """Pairs of an object since ``begin``, each with the line on which its record ends."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "log")
        stored = source.bucket.download(key, path, at_most=MOST_PACKED)
        if stored is None:
            seen.problems.append(f"{key} went meanwhile")
            return
        unpacked = Lines(_pieces(path))
        lines = _Counted(unpacked)
        for answer in measuring.unique(source.read(lines, key)):
            at = answer.timestamp
            if at is not None and at < begin:
                continue
            if isinstance(answer, Skipped):
                seen.reasons[answer.reason] += 1
            else:
                yield answer, lines.number
        problem = "too large" if stored.size > MOST_PACKED else unpacked.problem
        if problem:
            seen.problems.append(f"{key} is {problem}: what is in front of it was read")


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _told(pair: Pair, place: str, wanted: Wanted, seen: _Seen) -> Iterator[str]:
    """The lines about one call, none where it is not wanted or there are too many."""
    if wanted.model.lower() not in f"{pair.model_id} {pair.model_family}".lower() or wanted.app not in ("", pair.app):
        return
    verdict = _verdict(pair)
    seen.outcomes[verdict.outcome] += 1
    # RefusalCount holds what a filter cut short, too, though nothing is known of the model there.
    counted = "refused" if verdict.reason == "filtered" else verdict.outcome
    if wanted.outcome not in ("", verdict.outcome, counted):
        return
    seen.listed += 1
    if seen.listed > wanted.most:
        return
    request, model = clean(pair.request_id) or "-", clean(_model(pair))
    yield (
        f"{pair.timestamp:%Y-%m-%dT%H:%M:%SZ} {request:<36} {model:<40} {verdict.outcome:<13} "
        f"{verdict.score:<5.2f} {verdict.reason or '-':<12} {verdict.cue:<36} {place}"
    )
    if wanted.text:
        for who, text in (("prompt", pair.prompt), ("completion", pair.completion)):
            yield from (f"    {who}: {line}" for line in clean(text).splitlines() or [""])


def _model(pair: Pair) -> str:
    """The id; behind a profile the name that ModelProfiles has for it, and its last part."""
    last = pair.model_id.rpartition("/")[2]
    return last if model_families.family(last) == pair.model_family else f"{pair.model_family}/{last}"


def _verdict(pair: Pair) -> Verdict:
    """As the refusal module judges it."""
    return of_pair(pair)


def clean(text: str) -> str:
    """A text that a terminal shows and does not obey."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _summary(seen: _Seen, wanted: Wanted, begin: datetime) -> Iterator[str]:
    judged = sum(seen.outcomes.values())
    shares = ", ".join(f"{number:,} {name}" for name, number in seen.outcomes.most_common())
    objects = ", ".join(f"{number:,} {name}" for name, number in seen.objects.items()) or "0 log objects"
    yield f"Since {begin:%Y-%m-%d %H:%M} UTC: {objects}, {amounts.of(judged, 'call')} judged: {shares or 'none'}"
    if seen.listed > wanted.most:
        yield f"{seen.listed - wanted.most:,} more are like these; list them with --most {seen.listed}"
    for reason, number in seen.reasons.most_common():
        yield f"{number:>7,} without a verdict: {reason} (docs/llm.md)"
    if seen.twice:
        calls = amounts.of(seen.twice, "call")
        yield f"note: {calls} in bucket and log group, counted twice; set UseLogsBucketToo=false"
    yield from (f"note: {problem}" for problem in seen.problems)
    if not seen.objects:
        yield "No log object lies there: does Bedrock log here (make bedrock-logging), or is it late (LlmLagAlarm)?"
