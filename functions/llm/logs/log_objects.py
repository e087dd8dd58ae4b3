"""One log object from the bucket to the metrics, once.

Nothing of an object is sent before all its off-loaded bodies are there or given up, so that a wait never counts
anything twice; an object is then read from its start, or from the last checkpoint of the worker that died over it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from common.objects import CHUNK, Bucket
from llm.emission import measuring
from llm.errors import BodiesPending, ClaimLost, TimeIsUp
from llm.logs import batch_outputs
from llm.logs import records as reader
from llm.logs.claims import Claim, Claims
from llm.logs.lines import Lines
from llm.logs.messages import LogObject, kind_of
from llm.logs.offloaded_bodies import Bodies
from llm.logs.records import BodyMissing
from llm.logs.rules import Rules
from llm.model import FOREIGN, MALFORMED, Answer, Pair, Skipped

MOST_PACKED = 400 << 20
"""Bytes of an object as it is stored; the worker's disk has 512 MB."""

MOST_WAITS = 3
ENOUGH_SECONDS = 30.0
"""A chunk is begun while this much time is left."""


class LogObjects:
    """``bucket`` is where off-loaded bodies are; an object itself lies in the bucket that its message names.
    ``further`` gets the pairs of each chunk once their free metrics are sent; ``seconds_left`` is the worker's."""

    def __init__(self, bucket: Bucket, claims: Claims, rules: Rules, further: Callable[[Sequence[Pair]], None]) -> None:
        self._claims, self._rules, self._further = claims, rules, further
        self._bodies = Bodies(bucket)

    def read(self, log: LogObject, seconds_left: Callable[[], float]) -> str:
        """Measures the object and returns what became of it, as the name of a metric.

        Raises BodiesPending, LogObjectBusy, TimeIsUp (each to be tried again), and what S3 and DynamoDB raise.
        """
        claim = self._claims.take(log.bucket, log.key, log.etag, seconds_left())
        if claim is None:
            return "ObjectsDuplicate"
        holder = _Holder(self._claims, claim)
        try:
            with tempfile.TemporaryDirectory() as folder:
                outcome = self._spooled(log, holder, Path(folder, "log"), seconds_left)
        except ClaimLost:
            raise
        except BodiesPending:
            self._claims.release(holder.claim, waited=True)
            raise
        except BaseException:
            self._claims.release(holder.claim)
            raise
        self._claims.finish(holder.claim)
        return outcome

    def _spooled(self, log: LogObject, holder: _Holder, path: Path, seconds_left: Callable[[], float]) -> str:
        """From a file of the worker: what is read twice is fetched once, and a broken connection costs nothing."""
        stored = Bucket(log.bucket).download(log.key, path, at_most=MOST_PACKED)
        if stored is None:
            return "ObjectsMissing"
        if log.etag and stored.etag.strip('"') != log.etag.strip('"'):
            return "ObjectsReplaced"  # its successor has an event of its own
        if holder.claim.position == 0 and holder.claim.waits < MOST_WAITS:
            paths = reader.offloaded(Lines(_pieces(path)), self._rules)
            if not self._bodies.are_there(paths):
                raise BodiesPending(f"Off-loaded bodies of {log.key} have not landed; it is read again in a minute.")
        lines = Lines(_pieces(path))
        answers = self._answers(log, lines, holder.claim.position)
        foreign = self._measured(answers, holder, seconds_left, logged=kind_of(log.key) != "batch")
        if foreign and not lines.problem:  # of a log that was cut early, half a record may be all there is
            return "ObjectsForeign"
        if stored.size > MOST_PACKED or lines.problem == "too large":
            return "ObjectsTooLarge"
        return "ObjectsDamaged" if lines.problem else "ObjectsRead"

    def _measured(
        self, answers: Iterator[Answer], holder: _Holder, seconds_left: Callable[[], float], *, logged: bool
    ) -> bool:
        """Everything after the last checkpoint, chunk by chunk; True where the object turned out to be no log."""
        for chunk in measuring.chunks(answers):
            pairs = measuring.measure(chunk, logged=logged)
            self._further(pairs)
            if holder.claim.position == 0 and all(_is_foreign(answer) for answer in chunk):
                return True
            holder.advance(len(chunk))
            if seconds_left() < ENOUGH_SECONDS:
                raise TimeIsUp("The object is larger than one run; the next one goes on where this one stopped.")
        return False

    def _answers(self, log: LogObject, lines: Lines, done: int) -> Iterator[Answer]:
        """All but the first ``done``, whose request ids are remembered and whose bodies are not fetched again."""
        fetching = done == 0

        def fetch(path: str) -> object:
            if not fetching:
                raise BodyMissing
            return self._bodies.fetch(path)

        if kind_of(log.key) == "batch":
            found = batch_outputs.read(lines, batch_outputs.job_of(log.key, log.at), self._rules)
        else:
            found = reader.read(lines, self._rules, fetch=fetch)
        answers = measuring.unique(found)
        for _ in islice(answers, done):
            pass
        fetching = True
        yield from answers


class _Holder:
    """The claim as the last checkpoint left it."""

    def __init__(self, claims: Claims, claim: Claim) -> None:
        self._claims = claims
        self.claim = claim

    def advance(self, records: int) -> None:
        self.claim = self._claims.checkpoint(self.claim, self.claim.position + records)


def _is_foreign(answer: Answer) -> bool:
    return isinstance(answer, Skipped) and answer.reason in {FOREIGN, MALFORMED}


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece
