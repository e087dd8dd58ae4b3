"""One log object from the bucket to the metrics, once.

Nothing of an object is sent before all its off-loaded bodies are there or given up, so that a wait never counts
anything twice; an object is then read from its start, or from the last checkpoint of whoever died over it.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from common.objects import CHUNK, Bucket
from llm.emission import measuring
from llm.errors import BodiesPending, ClaimLost, NotAnObjectEvent, TimeIsUp
from llm.logs import records as reader
from llm.logs.claims import Claim, Claims
from llm.logs.lines import Lines
from llm.logs.offloaded_bodies import Bodies
from llm.logs.records import FOREIGN, MALFORMED, BodyMissing, Rules, Skipped
from llm.model import Pair

MOST_PACKED = 400 << 20
"""Bytes of an object as it is stored; the worker's disk has 512 MB."""

MOST_WAITS = 3
ENOUGH_SECONDS = 30.0
"""A chunk is begun while this much time is left."""

_HOUR = r"(?:.*/)?AWSLogs/[^/]+/BedrockModelInvocationLogs/[^/]+/\d{4}/\d\d/\d\d/\d\d/"
LOG = re.compile(_HOUR + r"[^/]+\.json(?:\.gz)?")
BODY = re.compile(_HOUR + r"data/.+")
MARKER = "amazon-bedrock-logs-permission-check"


@dataclass(frozen=True, slots=True)
class Found:
    """An object that EventBridge told of."""

    bucket: str
    key: str
    etag: str


def found_in(message: str) -> Found:
    """The object in an S3 event of EventBridge. Raises NotAnObjectEvent."""
    try:
        detail = json.loads(message)["detail"]
        bucket, key = detail["bucket"]["name"], detail["object"]["key"]
        if not (isinstance(bucket, str) and isinstance(key, str)):
            raise NotAnObjectEvent("The event's bucket and key are no text; delete the message.")
        return Found(bucket, key, str(detail["object"].get("etag", "")))
    except (ValueError, KeyError, TypeError, AttributeError):
        sentence = "This message is no S3 event of EventBridge; delete it, or upload its object again."
        raise NotAnObjectEvent(sentence) from None


def kind_of(key: str) -> str:
    """ "log"; "beside" for what Bedrock writes beside its logs; "foreign" for all else."""
    if BODY.fullmatch(key) or key.rpartition("/")[2] == MARKER:
        return "beside"
    return "log" if LOG.fullmatch(key) else "foreign"


class LogObjects:
    """``further`` gets the pairs of each chunk once their free metrics are sent; ``seconds_left`` is the worker's."""

    def __init__(self, bucket: Bucket, claims: Claims, rules: Rules, further: Callable[[Sequence[Pair]], None]) -> None:
        self._bucket, self._claims, self._rules, self._further = bucket, claims, rules, further
        self._bodies = Bodies(bucket)

    def read(self, found: Found, seconds_left: Callable[[], float]) -> str:
        """Measures the object and returns what became of it, as the name of a metric.

        Raises BodiesPending, LogObjectBusy, TimeIsUp (each to be tried again), and what S3 and DynamoDB raise.
        """
        claim = self._claims.take(found.bucket, found.key, found.etag)
        if claim is None:
            return "ObjectsDuplicate"
        holder = _Holder(self._claims, claim)
        try:
            with tempfile.TemporaryDirectory() as folder:
                outcome = self._spooled(found, holder, Path(folder, "log"), seconds_left)
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

    def _spooled(self, found: Found, holder: _Holder, path: Path, seconds_left: Callable[[], float]) -> str:
        """From a file of the worker: what is read twice is fetched once, and a broken connection costs nothing."""
        stored = self._bucket.download(found.key, path, at_most=MOST_PACKED)
        if stored is None:
            return "ObjectsMissing"
        if found.etag and stored.etag.strip('"') != found.etag.strip('"'):
            return "ObjectsReplaced"  # its successor has an event of its own
        if holder.claim.position == 0 and holder.claim.waits < MOST_WAITS:
            paths = reader.offloaded(Lines(_pieces(path)), self._rules)
            if not self._bodies.are_there(paths):
                raise BodiesPending(f"Off-loaded bodies of {found.key} have not landed; it is read again in a minute.")
        lines = Lines(_pieces(path))
        if self._measured(lines, holder, seconds_left):
            return "ObjectsForeign"
        if stored.size > MOST_PACKED or lines.problem == "too large":
            return "ObjectsTooLarge"
        return "ObjectsDamaged" if lines.problem else "ObjectsRead"

    def _measured(self, lines: Lines, holder: _Holder, seconds_left: Callable[[], float]) -> bool:
        """Everything after the last checkpoint, chunk by chunk; True where the object turned out to be no log."""
        for chunk in measuring.chunks(self._answers(lines, holder.claim.position)):
            pairs = measuring.measure(chunk)
            self._further(pairs)
            if holder.claim.position == 0 and all(_is_foreign(answer) for answer in chunk):
                return True
            holder.advance(len(chunk))
            if seconds_left() < ENOUGH_SECONDS:
                raise TimeIsUp("The object is larger than one run; the next one goes on where this one stopped.")
        return False

    def _answers(self, lines: Lines, done: int) -> Iterator[Pair | Skipped]:
        """All but the first ``done``, whose request ids are remembered and whose bodies are not fetched again."""
        fetching = done == 0

        def fetch(path: str) -> object:
            if not fetching:
                raise BodyMissing
            return self._bodies.fetch(path)

        answers = measuring.unique(reader.read(lines, self._rules, fetch=fetch))
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


def _is_foreign(answer: Any) -> bool:
    return isinstance(answer, Skipped) and answer.reason in {FOREIGN, MALFORMED}


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece
