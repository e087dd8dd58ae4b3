"""A document, what was taken out of it, and all that was made of them -> gone, old versions of objects included.

The object in the inbox is deleted first as a person deletes it, so that the pipeline hears of it and sets its mark
(``documents.outputs.deletions``): an execution that still works on the document then ends without a result. The mark
holds neither key nor text and stays for 90 days. While an execution runs, the claim in the table stays too, and the
command says that it has to be run once more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from common.table import Table
from documents import keys
from documents.errors import KeyTooLong
from documents.model import Source
from documents.outputs import beside, rejections
from operate import amounts
from operate.clients import Target
from operate.erase import batches, knowledge, waiting
from operate.erase.erasure import Erasure, Tally, together
from operate.erase.names import named_in
from operate.erase.versions import Version, Versions
from operate.errors import OperateError

QUEUES = ("DocumentsDeadLetters", "DocumentsFailedQueue", "LanesDeadLetters")
"""Not DocumentsDeletionsQueue: what waits there is what tells the pipeline of this very deletion."""


@dataclass(frozen=True)
class Place:
    """Where a stack keeps documents, with an operator's own clients."""

    inbox: Versions
    summaries: Versions
    table: Table
    stepfunctions: Any


@dataclass
class Found:
    """``keys``: of the document and of what the application took out of it; ``theirs``: what somebody else put into
    those folders; ``works``: names of the pieces of work; ``running``: executions that work on it."""

    keys: list[str]
    inbox: list[Version] = field(default_factory=list)
    results: list[Version] = field(default_factory=list)
    works: set[str] = field(default_factory=set)
    claims: list[str] = field(default_factory=list)
    running: list[str] = field(default_factory=list)
    theirs: list[str] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)

    @property
    def wanted(self) -> dict[str, set[str]]:
        """How messages and lines of batches name it."""
        return {"key": set(self.keys)}


def plan(target: Target, key: str, old_bucket: str = "") -> Erasure:
    """``old_bucket``: a KnowledgeBucket that stayed when its pipeline was switched off. Raises OperateError where
    nothing is known of the document."""
    instead = "documents are not deployed there"
    s3 = target.client("s3")
    inbox = Versions(s3, target.output("InboxBucketName", instead))
    summaries = Versions(s3, target.output("SummariesBucketName", instead))
    table = Table(target.resources()["StateTable"], target.client("dynamodb"))
    place = Place(inbox, summaries, table, target.client("stepfunctions"))
    found = find(place, key)
    folders = frozenset(beside.folder(each, kind) for each in found.keys for kind in beside.FOLDERS)
    family = knowledge.Family(frozenset(found.keys), folders, frozenset(found.theirs))
    asked = knowledge.find(target, table, inbox.bucket, family, old_bucket)
    is_gone = not (found.inbox or found.results or found.claims or found.batches) and asked.is_empty
    if is_gone and not summaries.of([keys.deleted(key)]):
        raise OperateError(f"Nothing is known of a document {key!r} in {inbox.bucket}.")
    inboxes, documents = amounts.of(len(found.inbox), "version"), amounts.of(len(found.keys), "document")
    lines = [f"{inboxes} in the inbox, of {documents}: {', '.join(found.keys)}"]
    results, claims = amounts.of(len(found.results), "version"), amounts.of(len(found.claims), "claim")
    lines.append(f"{results} of what was made of them, {claims} in the table")
    lines.append(
        f"lines about them in {amounts.of(len(found.batches), 'file')} of batches; messages in {', '.join(QUEUES)}"
    )
    stays = [f"not touched, since somebody else has put it there: {each}" for each in found.theirs]
    stays += [
        "a mark of the deletion without name and text stays for 90 days: it keeps late versions away",
        "executions stay in Step Functions for 90 days, log lines as long as the log group keeps them: they hold keys",
        "the table's backups hold the key for 35 days (point-in-time recovery)",
        "Textract keeps the result of a job for seven days",
        "messages that somebody holds just now are not seen: run it again in a quarter of an hour",
        "what you have replicated or backed up elsewhere is not reached",
        "where Bedrock logs the calls of this account, the text is in its log: erase those by --request or --app",
        "manifests of batches that you have written, and what others made of events, are not looked at",
    ]
    mine = Erasure(lines, stays, lambda tally: _erase(target, place, found, tally))
    return together(mine, knowledge.erasure(target, asked))


def find(place: Place, key: str) -> Found:
    found = Found(list(_with_beside(place.inbox, key)))
    found.theirs = _theirs(place.inbox, found.keys)
    found.inbox = place.inbox.of(found.keys)
    for each in found.keys:
        found.results += _results(place.summaries, each)
        item = place.table.get(_claim(place, each))
        if item is not None:
            found.claims.append(each)
            if _runs(place.stepfunctions, item["execution"]):
                found.running.append(item["execution"])
    found.works = {version.key.split("/")[1] for version in found.results if version.key.startswith("steps/")}
    found.batches = batches.files(place.summaries, found.wanted)
    return found


def _erase(target: Target, place: Place, found: Found, tally: Tally) -> None:
    for key in found.keys:
        place.inbox.s3.delete_object(Bucket=place.inbox.bucket, Key=key)  # the pipeline hears of this one
    resources = target.resources()
    queues = [(name, resources[name]) for name in QUEUES if name in resources]
    waiting.delete(target.client("sqs"), queues, lambda body: named_in(body, found.wanted), tally)
    batches.erase(place.summaries, found.batches, found.wanted, tally)
    for key in found.keys:
        place.summaries.delete(list(_results(place.summaries, key)), tally)
    _packets(place.summaries, found.keys, tally)
    for execution in found.running:
        tally.fail(f"{execution} still works on it, and may write until it has seen the mark; run this again then")
    if tally.failed:
        return  # what is left says where the rest of it is
    for work in found.works:
        place.table.delete(f"analysis#{work}")
    for key in found.claims:
        place.table.delete(_claim(place, key))
        tally.count("items of the table")
    place.inbox.delete_keys(found.keys, tally)


def _packets(summaries: Versions, documents: list[str], tally: Tally) -> None:
    """The status of a folder names its documents; the pipeline makes it anew when it hears of a deletion."""
    spelled = {json.dumps(key, ensure_ascii=False).encode() for key in documents}
    of_folders = {version for key in documents for version in _packet(summaries, key)}
    names_it = [one for one, body in summaries.read_all(of_folders) if any(key in body for key in spelled)]
    summaries.delete(names_it, tally)


def _with_beside(inbox: Versions, document: str) -> Iterator[str]:
    """The document, then what the application took out of it, at any depth; also where it is deleted by now."""
    yield document
    seen = {document}
    left = [document]
    while left:
        folders = [beside.folder(left[0], kind) for kind in beside.FOLDERS]
        left = left[1:]
        for key, versions in _by_key(one for folder in folders for one in inbox.below(folder)).items():
            if key not in seen and _is_ours(inbox, versions):
                seen.add(key)
                left.append(key)
                yield key


def _by_key(versions: Iterable[Version]) -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    for version in versions:
        found.setdefault(version.key, []).append(version)
    return found


def _is_ours(inbox: Versions, versions: list[Version]) -> bool:
    """Where nothing but marks of a deletion is left, an earlier run was stopped; then they go too."""
    bodies = [one for one in versions if not one.is_marker]
    heads = (inbox.s3.head_object(Bucket=inbox.bucket, Key=one.key, VersionId=one.id) for one in bodies)
    return not bodies or any(beside.DIGEST in head["Metadata"] for head in heads)


def _theirs(inbox: Versions, ours: list[str]) -> list[str]:
    folders = [beside.folder(key, kind) for key in ours for kind in beside.FOLDERS]
    there = {one.key for folder in folders for one in inbox.below(folder) if one.is_latest and not one.is_marker}
    return sorted(there - set(ours))


def _results(summaries: Versions, key: str) -> Iterator[Version]:
    """All that was made of one document, whatever version of it."""
    try:
        exact = [name(key) for name in (keys.summary, keys.searchable, keys.redacted, keys.boxes, keys.text)]
    except KeyTooLong:
        exact = []  # then nothing was ever made of it but a refusal
    exact.append(rejections.key(Source(summaries.bucket, key, "", "")))
    yield from summaries.of(exact)
    yield from (one for one in summaries.below(keys.tables(key)) if keys.is_table(key, one.key))
    yield from summaries.below(keys.works(key))


def _packet(summaries: Versions, key: str) -> list[Version]:
    try:
        return summaries.of([keys.packet(keys.folder(key))])
    except KeyTooLong:
        return []


def _claim(place: Place, key: str) -> str:
    return f"document#{place.inbox.bucket}/{key}"


def _runs(stepfunctions: Any, execution: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        return bool(stepfunctions.describe_execution(executionArn=execution)["status"] == "RUNNING")
    except ClientError as error:
        if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
            return False
        raise
