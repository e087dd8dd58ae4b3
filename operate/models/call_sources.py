"""Where the records of calls are kept: Bedrock's log bucket, log events of a log group, outputs of batch inference.

They are read as the pipeline reads them, under the names that the stack's parameters give. What is not read is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from common.objects import Bucket
from llm.logs import batch_outputs, log_events, messages, records
from llm.logs.offloaded_bodies import Bodies
from llm.logs.rules import Rules
from llm.model import Answer
from llm.model_families import profiles_of
from operate.bedrock_logging import OUTPUT
from operate.clients import Target

EVENTS_OUTPUT = "ModelEventsUri"
EVENT_DAYS = 15
"""How long the stack keeps log events (pipelines/llm.yaml, ForgetEvents)."""

HOUR = timedelta(hours=1)
Read = Callable[[Iterable[bytes | None], str], Iterator[Answer]]


@dataclass(frozen=True, slots=True)
class Source:
    """``objects``: keys of those that may hold calls of the time that is asked for, oldest first; ``read``: the lines
    of one, and its key, to answers."""

    name: str
    bucket: Bucket
    objects: Callable[[], Iterator[str]]
    read: Read


@dataclass(frozen=True, slots=True)
class Found:
    """``unread``: what holds calls and is not read, and why. ``overlap``: whether a call may lie in two sources."""

    sources: tuple[Source, ...]
    unread: tuple[str, ...]
    overlap: bool = False


class StackRules(Rules):
    """Rules with the names that a stack's parameters give. Its own calls are told by the names of its roles; an
    application has the name that the caller gave, also where it has no metrics of its own."""

    __slots__ = ()
    _ROLE = re.compile(r"-Llm(ReadLogs|Evaluate|Canary)Role-\w+$")

    def is_own(self, identity: object) -> bool:
        arn = identity.get("arn") if isinstance(identity, dict) else None
        role = str(arn or "").partition(":assumed-role/")[2].partition("/")[0]
        # CloudFormation shortens a stack's name where the role's would be too long.
        return self._ROLE.search(role) is not None and any(role.startswith(name) for name in self.own_roles)

    def app_of(self, name: object) -> str:
        return name if isinstance(name, str) else ""


def of(target: Target, begin: datetime, end: datetime) -> Found:
    """All sources of a stack. Raises OperateError where there is no such stack, or it has no bucket of logs."""
    given = target.parameters()
    uri = target.output(OUTPUT, "deploy it with UseLlm=true")
    rules = StackRules(
        own_roles=frozenset({target.stack[:20]}),
        app_key=given.get("AppKey", ""),
        profiles=profiles_of(given.get("ModelProfiles", "")),
    )
    s3, group = target.client("s3"), given.get("ExistingModelLogGroupName", "")
    logs = _logs(s3, uri, rules, begin, end)
    sources, unread = [], []
    too = given.get("UseLogsBucketToo") == "true"
    if not group or too:
        sources.append(logs)
    else:
        unread.append(f"the bucket of logs, since the log group {group} is read in its place (UseLogsBucketToo)")
    if group:
        place = target.outputs().get(EVENTS_OUTPUT, "")
        if place:
            sources.append(_events(s3, place, logs, rules, begin, end))
        else:
            unread.append(f"log events of {group}: the stack has no output {EVENTS_OUTPUT}; deploy this release")
        if end - begin > timedelta(days=EVENT_DAYS):
            unread.append(f"log events of more than {EVENT_DAYS} days ago: they are forgotten; the log group has them")
    if batch := given.get("ExistingBatchBucketName", ""):
        sources.append(_outputs(target, batch, given.get("ExistingBatchPrefix", ""), rules, begin, end))
    if given.get("UseCompletionsStream") == "true":
        unread.append("calls of the completions stream, which are kept nowhere")
    return Found(tuple(sources), tuple(unread), overlap=bool(group and too))


def _logs(s3: Any, uri: str, rules: Rules, begin: datetime, end: datetime) -> Source:
    name, _, root = uri.removeprefix("s3://").partition("/")
    bucket = Bucket(name, s3)
    bodies = Bodies(bucket)
    return Source(
        "log objects",
        bucket,
        lambda: log_keys(s3, bucket, root, begin, end),
        lambda lines, _: records.read(lines, rules, fetch=bodies.fetch),
    )


def log_keys(s3: Any, bucket: Bucket, root: str, begin: datetime, end: datetime) -> Iterator[str]:
    """Log objects of the hours from ``begin`` to ``end``, of each account and Region below ``root``, oldest first.

    A log lies below the hour in which it was delivered: never before its calls.
    """
    homes = [
        region
        for account in _below(s3, bucket.name, root)
        for region in _below(s3, bucket.name, f"{account}BedrockModelInvocationLogs/")
    ]
    for hour in _hours(begin, end):
        for home in homes:
            found = bucket.keys(f"{home}{hour:%Y/%m/%d/%H}/")
            yield from sorted(key for key in found if messages.kind_of(key) == "log")


def _below(s3: Any, bucket: str, prefix: str) -> list[str]:
    """The folders right below a prefix, each with its slash."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
    return [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", ())]


def _hours(begin: datetime, end: datetime) -> Iterator[datetime]:
    hour = begin.replace(minute=0, second=0, microsecond=0)
    while hour <= end:
        yield hour
        hour += HOUR


def _events(s3: Any, uri: str, logs: Source, rules: Rules, begin: datetime, end: datetime) -> Source:
    bucket = Bucket(uri.removeprefix("s3://").partition("/")[0], s3)
    bodies = Bodies(logs.bucket)

    def keys() -> Iterator[str]:
        # A delivery lies below the hour of its first event, and may hold some of the next.
        for hour in _hours(begin - HOUR, end):
            found = bucket.keys(f"{log_events.PREFIX}{hour:%Y/%m/%d/%H}/")
            yield from sorted(key for key in found if messages.kind_of(key) == "events")

    return Source(
        "deliveries of log events", bucket, keys, lambda lines, _: records.read(lines, rules, fetch=bodies.fetch)
    )


def _outputs(target: Target, name: str, prefix: str, rules: Rules, begin: datetime, end: datetime) -> Source:
    s3 = target.client("s3")
    written: dict[str, datetime] = {}

    def keys() -> Iterator[str]:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=prefix):
            for each in page.get("Contents", ()):
                if messages.kind_of(each["Key"]) == "batch" and begin <= each["LastModified"] <= end + HOUR:
                    written[each["Key"]] = each["LastModified"].astimezone(UTC)
        yield from sorted(written, key=lambda key: written[key])

    def read(lines: Iterable[bytes | None], key: str) -> Iterator[Answer]:
        return batch_outputs.read(lines, _job(target, key, written[key]), rules)

    return Source("outputs of batch inference", Bucket(name, s3), keys, read)


def _job(target: Target, key: str, at: datetime) -> batch_outputs.Job:
    """As ``batch_outputs.job_of``, with the operator's credentials; a model that is not known counts nowhere here."""
    from botocore.exceptions import ClientError

    match = batch_outputs.KEY.fullmatch(key)
    name = match[1] if match else ""
    try:
        answer: Mapping[str, Any] = target.client("bedrock").get_model_invocation_job(jobIdentifier=name)
    except ClientError:
        return batch_outputs.Job(name, batch_outputs.UNKNOWN_MODEL, at)
    return batch_outputs.Job(name, str(answer["modelId"]), at)
