"""Records of model calls -> gone from log objects, deliveries of log events, outputs of batch inference, and pairs.

A log object is written again without them, or deleted where nothing is left. What is written again is marked as
measured first, where the old one was, so that no call counts twice. Bodies that Bedrock stored beside the log go before
the record that names them, so that a run that is stopped is completed by its repeat.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from common.objects import Bucket
from common.table import Table
from llm.logs import batch_outputs, messages, offloaded_bodies
from llm.logs.claims import REMEMBERED_SECONDS, Claims
from llm.logs.records import timestamp_of
from operate import amounts
from operate.clients import Target
from operate.erase import log_messages, records
from operate.erase.erasure import Erasure, Tally, Wish
from operate.erase.records import Matches, Rewritten
from operate.erase.versions import Version, Versions
from operate.errors import OperateError

PAIRS = "pairs/"
MOST_LATE = timedelta(days=1)
"""A log is delivered after its calls, some on the next day."""


@dataclass(frozen=True)
class _Object:
    bucket: str
    key: str
    what: Rewritten


@dataclass(frozen=True)
class _Place:
    """Where a stack reads: ``logs`` and ``outputs`` of batch inference are (bucket, prefix); ``own``: its own bucket,
    with pairs and events."""

    s3: Any
    logs: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    own: str
    claims: Claims
    app_key: str


def plan(target: Target, wish: Wish) -> Erasure:
    """Raises OperateError where there is no log, the stack does not know applications, or no call is named: a wish that
    names none would match every record."""
    if not (wish.prefix or wish.app or wish.requests):
        raise OperateError("Name the calls: --request, --app with --day, or --prefix with --day.")
    given, place = target.parameters(), _place(target)
    if wish.app and not place.app_key:
        raise OperateError("The stack has no AppKey, so that no record names its application; erase by --request.")
    stays = list(_stays(target, given))
    if wish.prefix:
        return _whole_objects(place, wish, stays)
    found = [each for each in _objects(place, wish) if each.what.removed or each.what.problem]
    removed, bodies = sum(each.what.removed for each in found), sum(len(each.what.bodies) for each in found)
    records, objects = amounts.of(removed, "record"), amounts.of(len(found), "object")
    lines = [f"{records} in {objects}, {amounts.of(bodies, 'body', 'bodies')} beside them"]
    lines.append("what waits to be measured of them, and deliveries among the dead letters that hold them")

    def act(tally: Tally) -> None:
        # First: a pair has no more of its call than the id, and the records say which those are.
        requests = wish.requests.union(*(each.what.requests for each in found))
        _erase_pairs(place, requests, tally)
        for each in found:
            _erase(place, each, wish, tally)
        log_messages.erase(target, _matcher(wish, place.app_key), tally)

    return Erasure(lines, stays, act)


def _place(target: Target) -> _Place:
    uri = target.output("ModelLogsUri", "deploy it with UseLlm=true")
    given, outputs, resources = target.parameters(), target.outputs(), target.resources()
    uris = [uri, *filter(None, [outputs.get("ModelEventsUri", "")])]
    batch = given.get("ExistingBatchBucketName", "")
    batches = ((batch, given.get("ExistingBatchPrefix", "")),) if batch else ()
    logs = tuple(map(_parted, uris))
    claims = Claims(Table(resources["StateTable"], target.client("dynamodb")))
    own, app_key = resources["ModelLogsBucket"], given.get("AppKey", "")
    return _Place(target.client("s3"), logs, batches, own, claims, app_key)


def _parted(uri: str) -> tuple[str, str]:
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return bucket, prefix


def _stays(target: Target, given: Mapping[str, str]) -> Iterator[str]:
    if group := given.get("ExistingModelLogGroupName", ""):
        found = target.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        days = next((each.get("retentionInDays") for each in found if each["logGroupName"] == group), None)
        kept = f"for {days} days" if days else "for ever, since it has no retention"
        yield f"the log group {group} keeps them {kept}: CloudWatch Logs deletes no single event, only whole streams"
    if given.get("UseCompletionsStream") == "true":
        yield "the completions stream keeps its records for 24 hours: Kinesis deletes none"
    yield "metrics stay: they hold counts and no text"
    yield "inputs of batch inference, and copies that you have made of logs, are not looked at"


# Whole objects


def _whole_objects(place: _Place, wish: Wish, stays: list[str]) -> Erasure:
    homes = [(bucket, root) for bucket, root in place.logs if wish.prefix.startswith(root)]
    if not homes or wish.day is None:
        roots = ", ".join(f"{root}..." for _, root in place.logs)
        raise OperateError(f"A prefix is one of the logs' own, with a day: it begins with {roots}.")
    (bucket, _), day = homes[0], f"/{wish.day:%Y/%m/%d}/"
    versions = Versions(place.s3, bucket)
    found = [one for one in versions.below(wish.prefix) if day in one.key]
    number = amounts.of(len(found), "version")
    lines = [f"{number} of objects below s3://{bucket}/{wish.prefix} of {wish.day}, bodies included"]
    return Erasure(lines, stays, lambda tally: versions.delete(found, tally))


# Single records


def _matcher(wish: Wish, app_key: str, job: str = "") -> Matches:
    """Whether a record is of a call that is to be erased; ``job``: of batch inference, whose lines name no request."""

    def matches(record: dict[str, Any]) -> bool:
        if wish.requests:
            name = f"{job}/{record.get('recordId')}" if job else record.get("requestId")
            if name not in wish.requests:
                return False
        if wish.app:
            said = record.get("requestMetadata")
            if not isinstance(said, dict) or said.get(app_key) != wish.app:
                return False
        at = timestamp_of(record.get("timestamp"))
        return wish.day is None or bool(job) or (at is not None and at.date() == wish.day)

    return matches


def _objects(place: _Place, wish: Wish) -> Iterator[_Object]:
    """What each object that may hold such a record would be without it."""
    for bucket, key in _candidates(place, wish):
        with tempfile.TemporaryDirectory() as folder:
            what, _ = _read(place, bucket, key, wish, Path(folder))
        if what is not None:
            yield _Object(bucket, key, what)


def _candidates(place: _Place, wish: Wish) -> Iterator[tuple[str, str]]:
    days = None if wish.day is None else [f"/{wish.day + late:%Y/%m/%d}/" for late in (timedelta(0), MOST_LATE)]
    for name, root in (*place.logs, *place.outputs):
        for key in Bucket(name, place.s3).keys(root):
            kind = messages.kind_of(key)
            is_of_day = days is None or any(day in f"/{key}" for day in days)
            if (kind in ("log", "events") and is_of_day) or (kind == "batch" and wish.requests):
                yield name, key


def _read(place: _Place, bucket: str, key: str, wish: Wish, folder: Path) -> tuple[Rewritten | None, str]:
    """What is left of an object, in the file ``left`` of the folder, and the tag of what was read; None: it went."""
    stored = Bucket(bucket, place.s3).download(key, folder / "whole")
    if stored is None:
        return None, ""
    found = batch_outputs.KEY.fullmatch(key) if messages.kind_of(key) == "batch" else None
    matches = _matcher(wish, place.app_key, found[1] if found else "")
    return records.without(folder / "whole", folder / "left", matches), stored.etag


def _erase(place: _Place, each: _Object, wish: Wish, tally: Tally) -> None:
    """Reads it once more, for it may have changed since it was shown."""
    where = f"s3://{each.bucket}/{each.key}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        what, etag = _read(place, each.bucket, each.key, wish, folder)
        if what is None or not (what.removed or what.problem):
            return
        if what.problem:
            tally.fail(f"{where}: {what.problem}, so it cannot be written again; delete it whole, or leave it")
            return
        if place.claims.is_open(each.bucket, each.key, etag):
            tally.fail(f"{where} is being measured; run this again in some minutes")
            return
        _erase_bodies(place, each, what, tally)
        if _written(place, each, what, etag, folder / "left", tally):
            tally.count("records", what.removed)


def _erase_bodies(place: _Place, each: _Object, what: Rewritten, tally: Tally) -> None:
    versions, ours = Versions(place.s3, each.bucket), f"s3://{each.bucket}/"
    keys = {path.removeprefix(ours) for path in what.bodies if path.startswith(ours)}
    readable = {key for key in keys if offloaded_bodies.KEY.fullmatch(key)}
    for path in what.bodies:
        if path.removeprefix(ours) not in readable:
            tally.fail(f"{path} is named by a record and lies where no log of this stack does; look at it yourself")
    versions.delete_keys(readable, tally)


def _written(place: _Place, each: _Object, what: Rewritten, etag: str, left: Path, tally: Tally) -> bool:
    versions = Versions(place.s3, each.bucket)
    if not what.left:
        versions.delete_keys([each.key], tally)
        return True
    body = left.read_bytes()
    bucket = Bucket(each.bucket, place.s3)
    is_measured = place.claims.is_done(each.bucket, each.key, etag) or _is_old(place, each)
    if is_measured:  # its event is on its way before the answer is
        place.claims.settle(each.bucket, each.key, hashlib.md5(body, usedforsecurity=False).hexdigest())
    tag = bucket.put(each.key, body, content_type="application/gzip", if_match=etag)
    if tag is None:
        tally.fail(f"s3://{each.bucket}/{each.key} was written meanwhile; run the command again")
        return False
    if is_measured:
        place.claims.settle(each.bucket, each.key, tag)  # under a key of KMS the tag is no MD5
    versions.delete([one for one in versions.of([each.key]) if not one.is_latest], tally)
    return True


def _is_old(place: _Place, each: _Object) -> bool:
    """Whether it was measured so long ago that nobody remembers."""
    found = place.s3.head_object(Bucket=each.bucket, Key=each.key)
    return bool((datetime.now(UTC) - found["LastModified"]).total_seconds() > REMEMBERED_SECONDS)


# Pairs


def _erase_pairs(place: _Place, requests: Set[str], tally: Tally) -> None:
    """Pairs wait for a day at most; a batch may be without any."""
    versions = Versions(place.s3, place.own)
    for version, body in versions.read_all(one for one in versions.below(PAIRS) if one.key.endswith(".json")):
        document = json.loads(body)
        kept = [pair for pair in document["pairs"] if pair.get("request_id") not in requests]
        if len(kept) == len(document["pairs"]):
            continue
        if _is_current(version):
            left = json.dumps({**document, "pairs": kept}, sort_keys=True, separators=(",", ":")).encode()
            Bucket(place.own, place.s3).put(version.key, left)
        versions.delete([one for one in versions.of([version.key]) if not one.is_latest], tally)
        tally.count("pairs", len(document["pairs"]) - len(kept))


def _is_current(version: Version) -> bool:
    return version.is_latest and not version.is_marker
