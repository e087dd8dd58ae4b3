"""An event of events/ as a running stack needs it.

A sample names outputs of the stack, as `${InboxBucketName}`. A few names more are known: `${Now}` is the time,
`${Sequencer}` the place among an object's versions that S3 would give now, `${TaskToken}` that of an execution that
waits, `${SpeechFirstQueueName}` and the like the names of the lanes, `${AnalysisJobId}` the job of Textract that the
seed has started, `${AnsweredQuery}` a query of Athena that has ended, `${SyncExecution}` the beginning of ARNs of the
machine that brings a repository, `${TrainExecution}` of that which trains, `${SamplePackage}` a package of its model;
those of a request to an access point or to a signed address (`local.samples.requests`). What a sample says of an object
(its entity tag and its size) is what the object has that lies there; and a message's digest is that of the text that it
holds in the end.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from local.cloud import stacks
from local.cloud.clients import client
from local.cloud.deploying.deploy import outputs
from local.samples import tokens
from local.samples.requests import answers, signatures

_NAME = re.compile(r"\$\{([A-Z][A-Za-z0-9]+)\}")


class FillError(Exception):
    """The event cannot be filled in; the message says what is missing."""


def filled(event: bytes, stack: str, url: str, region: str, seen_at: str = "") -> bytes:
    """`event` (JSON, or anything else, which is left as it is) for the stack at `url`.

    `seen_at`: that address as the function sees it, where it is another one. Raises FillError where the event names
    what the stack has not, botocore's ClientError where there is no such stack.
    """
    try:
        document = json.loads(event)
    except ValueError:
        return event  # a function may be asked what it does with such a thing
    names = {name for text in _texts(document) for name in _NAME.findall(text)}
    if not names:
        return event
    values = _values(names - {signatures.NAME}, stack, url, region, seen_at or url)
    if signatures.NAME in names:
        values[signatures.NAME] = _signature(document, stack, url, region)
    document = _replaced(document, lambda text: _NAME.sub(lambda found: values[found[1]], text))
    _completed(document, client("s3", url, region))
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _values(names: set[str], stack: str, url: str, region: str, seen_at: str) -> dict[str, str]:
    known = {
        **outputs(url, stack, region),
        "Now": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "Sequencer": f"{time.time_ns() // 1000:018X}",
    }
    if "TaskToken" in names:
        known["TaskToken"], _ = tokens.fresh(lambda service: client(service, url, region))
    for name in names & QUEUES.keys():
        known[name] = stacks.physical_id(client("cloudformation", url, region), stack, QUEUES[name]).rpartition("/")[2]
    if "AnalysisJobId" in names:
        known["AnalysisJobId"] = _analysis_job(stack, url, region)
    if "AnsweredQuery" in names and "QuestionsWorkGroupName" in known:
        from local.samples import questions

        athena = client("athena", url, region)
        known["AnsweredQuery"] = questions.answered_query(
            athena, known["QuestionsWorkGroupName"], known["TripsDatabaseName"]
        )
    if names & answers.NAMES and "ImagesBucketName" in known:
        known |= answers.values(known, stack, url, region, seen_at)
    if "SyncExecution" in names and "SyncRepositoryArn" in known:
        known["SyncExecution"] = known["SyncRepositoryArn"].replace(":stateMachine:", ":execution:")
    if "TrainExecution" in names and "TrainModelArn" in known:
        known["TrainExecution"] = known["TrainModelArn"].replace(":stateMachine:", ":execution:")
    if "SamplePackage" in names and "TrainingPrefix" in known:
        known["SamplePackage"] = _package(client("sagemaker", url, region), known["TrainingPrefix"])
    missing = sorted(names - known.keys())
    if missing:
        raise FillError(
            f"The event names {', '.join(f'${{{name}}}' for name in missing)}, and the stack {stack!r} has no such "
            "output: is its pipeline switched off, or has another stack the name?"
        )
    return known


def _package(sagemaker: Any, prefix: str) -> str:
    """ARN of the package of the model that the seed has trained."""
    from local.samples import training

    found = sagemaker.list_model_packages(ModelPackageGroupName=f"{prefix}-{training.LIVE}")["ModelPackageSummaryList"]
    return str(found[0]["ModelPackageArn"])


def _signature(document: Any, stack: str, url: str, region: str) -> str:
    secret = outputs(url, stack, region).get(signatures.OUTPUT)
    if secret is None:
        raise FillError(f"The event is signed, and the stack {stack!r} signs nothing: give it UseSignedVariants=true.")
    return signatures.signature(document, secret, lambda service: client(service, url, region))


QUEUES: Mapping[str, str] = {
    f"{name}Name": name
    for name in (
        "SpeechFirstQueue",
        "SpeechDeadLetters",
        "AnalysisFirstQueue",
        "JobsFirstQueue",
        "SummariesFirstQueue",
        "LanesDeadLetters",
        "GenerateFirstQueue",
        "GenerateDeadLetters",
        "IndexFirstQueue",
        "ComposeFirstQueue",
        "ComposeDeadLetters",
        "TrainingStartQueue",
    )
}
"""Queues that no output names, because nobody but the application has to do with them."""

ANALYSIS = "analysis#0ad3029239047cc90328e2897b2bec11d134b674"
"""The item in the table of the work that events/documents/start_analysis.json is a sample of."""


def _analysis_job(stack: str, url: str, region: str) -> str:
    table = stacks.physical_id(client("cloudformation", url, region), stack, "StateTable")
    item = client("dynamodb", url, region).get_item(TableName=table, Key={"pk": {"S": ANALYSIS}}).get("Item", {})
    job = str(item.get("job", {}).get("S", ""))
    if not job:
        raise FillError("The event names a job of Textract that was not started yet; run: python -m local seed")
    return job


def _completed(document: Any, s3: Any) -> None:
    """Puts in what the objects have that the event tells of."""
    for entry in _objects(document):
        if isinstance(entry.get("body"), str) and "md5OfBody" in entry:
            _complete_message(entry, s3)
        place = _place(entry)
        if place is None:
            continue
        bucket, about = place
        try:
            found = s3.head_object(Bucket=bucket, Key=about["key"])
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in {"404", "NoSuchKey", "NoSuchBucket"}:
                raise
            continue  # a sample may tell of an object that is gone
        about["etag"] = found["ETag"].strip('"')
        if "size" in about:
            about["size"] = found["ContentLength"]


def _complete_message(record: dict[str, Any], s3: Any) -> None:
    """A message of SQS whose text is JSON itself."""
    try:
        content = json.loads(record["body"])
    except ValueError:
        content = None
    before = json.dumps(content)
    _completed(content, s3)
    if json.dumps(content) != before:
        record["body"] = json.dumps(content)
    record["md5OfBody"] = hashlib.md5(record["body"].encode(), usedforsecurity=False).hexdigest()


def _place(entry: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Bucket and description of an object, as EventBridge tells of it or as our state machines hand it on."""
    bucket, about = entry.get("bucket"), entry.get("object")
    if isinstance(bucket, dict) and isinstance(about, dict) and {"key", "etag"} <= about.keys():
        return str(bucket["name"]), about
    if isinstance(bucket, str) and {"key", "etag"} <= entry.keys():
        return bucket, entry
    return None


def _objects(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        yield document
    for child in document.values() if isinstance(document, dict) else document if isinstance(document, list) else ():
        yield from _objects(child)


def _texts(document: Any) -> Iterator[str]:
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    _replaced(document, note)
    yield from found


def _replaced(document: Any, change: Callable[[str], str]) -> Any:
    """The document with every text changed, that of a record of Kinesis too, which is base64 of bytes."""
    if isinstance(document, str):
        return change(document)
    if isinstance(document, list):
        return [_replaced(child, change) for child in document]
    if not isinstance(document, dict):
        return document
    changed = {name: _replaced(child, change) for name, child in document.items()}
    if isinstance(document.get("data"), str) and "sequenceNumber" in document:
        changed["data"] = _record(document["data"], change)
        changed["approximateArrivalTimestamp"] = round(time.time(), 3)  # CloudWatch takes no value of long ago
    return changed


def _record(data: str, change: Callable[[str], str]) -> str:
    try:
        text = base64.b64decode(data, validate=True).decode()
    except ValueError:  # no base64, or no text
        return data
    return base64.b64encode(change(text).encode()).decode()
