"""What knowledge keeps of a document: passages in the index, answers and work that show them, turns -> gone.

The vectors are the index's: the document is gone, so it takes them away, also those that a worker is writing just now
or left when it died. The pointer names them all, and goes only when it says that none is left. An answer that cites the
document becomes what its asker is told of it anyway (SourcesGone), without its text; so does one that is being made.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from operate import amounts
from operate.clients import Target
from operate.erase import waiting
from operate.erase.erasure import Erasure, Tally
from operate.erase.names import Wanted, named, named_in
from operate.erase.versions import Version, Versions

if TYPE_CHECKING:
    from common.objects import Bucket
    from common.table import Table

WAIT_SECONDS, PAUSE_SECONDS = 60.0, 2.0
"""How long the index is waited for, and between two looks."""
QUEUES = ("KnowledgeDeadLetters",)
"""Not the index's lanes: what waits there is what has it take passages away."""
WORK = ("/found.json", "/completion.json")
"""What the steps of a question leave below steps/; a sync of another repository has its own there."""
SESSION = "ask-session#"

OLD = (
    "a KnowledgeBucket that stayed when UseKnowledge was switched off is looked at only where it is named: "
    "--knowledge-bucket NAME; aws s3 ls shows it"
)
STAYS = (
    "embeddings of its passages stay for 180 days below embeddings/ in the knowledge bucket, without its key: what a "
    "text is about, and some of its words, can be guessed from them; delete that folder where this is too much",
    "who asked keeps the question, and is told SourcesGone instead of the answer; erase --asker takes both",
    "its access file stays in the inbox, and another repository may bring it again, with whose notes (connectors/) its "
    "key stays: delete it there, too",
    "who was answered from it has read that already",
    "an answer that is being made just now, and a pointer that is written just now, are not seen: run it again in a "
    "quarter of an hour",
)


@dataclass(frozen=True)
class Family:
    """``keys``: of the document and of what was taken out of it, as far as the inbox has it; ``folders``: where that
    lies; ``theirs``: what somebody else put there."""

    keys: frozenset[str]
    folders: frozenset[str] = frozenset()
    theirs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shelf:
    """One knowledge bucket. ``has_index``: False of one that stayed when its pipeline was switched off. ``answers``:
    versions that cite the documents; ``works``: ids of questions whose work shows them; ``pointers``: keys of documents
    that have one."""

    versions: Versions
    has_index: bool
    answers: list[Version]
    works: list[str]
    pointers: list[str]

    def bucket(self) -> Bucket:
        from common.objects import Bucket

        return Bucket(self.versions.bucket, self.versions.s3)


@dataclass(frozen=True)
class Found:
    """``sessions``: names of items with turns that rest on one of the documents. ``inbox``: the name of its bucket."""

    keys: frozenset[str]
    inbox: str
    table: Table
    shelves: list[Shelf]
    sessions: list[str]

    @property
    def wanted(self) -> Wanted:
        return {"key": self.keys}

    @property
    def is_empty(self) -> bool:
        return not (self.sessions or any(each.answers or each.works or each.pointers for each in self.shelves))


def find(target: Target, table: Table, inbox: str, family: Family, old_bucket: str = "") -> Found:
    """``old_bucket``: one that stayed when its pipeline was switched off. Nothing where there is neither this nor the
    pipeline."""
    current, s3 = target.outputs().get("KnowledgeBucketName", ""), target.client("s3")
    places = [Versions(s3, name) for name in dict.fromkeys((current, old_bucket)) if name]
    found = family.keys | {key for versions in places for key in _below(versions, family)}
    shelves = [_shelf(versions, found, has_index=versions.bucket == current) for versions in places]
    sessions = sorted(_sessions(target.client("dynamodb"), table, found)) if shelves else []
    return Found(found, inbox, table, shelves, sessions)


def _below(versions: Versions, family: Family) -> Iterator[str]:
    """What was taken out of it, by pointers: an earlier run may have ended when the inbox had none of it any more."""
    from knowledge.indexing import pointers

    for folder in family.folders:
        for one in versions.below(pointers.PREFIX + folder):
            if (key := pointers.key_of(one.key)) not in family.theirs:
                yield key


def erasure(target: Target, found: Found) -> Erasure:
    """Of ``found``; where there was nowhere to look it says so."""
    shelves = found.shelves
    lines = [
        f"{amounts.of(sum(len(each.answers) for each in shelves), 'version')} of answers that cite it, the work on "
        f"{amounts.of(sum(len(each.works) for each in shelves), 'question')}, turns of "
        f"{amounts.of(len(found.sessions), 'session')}, passages in the index of "
        f"{amounts.of(sum(len(each.pointers) for each in shelves), 'document')}"
    ]
    stays = list(STAYS) if shelves else []
    if not any(each.has_index for each in shelves) or len(shelves) > 1:
        stays.append(OLD)
    return Erasure(lines if shelves else [], stays, lambda tally: _erase(target, found, tally))


def _shelf(versions: Versions, keys: frozenset[str], *, has_index: bool) -> Shelf:
    from knowledge.indexing import pointers
    from knowledge.rights import files

    wanted = {"key": keys}
    steps = (one for one in versions.below("steps/") if one.key.endswith(WORK))
    works = {one.key.split("/")[1] for one, body in versions.read_all(steps) if named_in(body, wanted)}
    answers = versions.read_all(versions.below("answers/"))
    # No document with a longer key was ever read, and S3 does not take it in a listing.
    places = {place: key for key in keys if len((place := pointers.place(key)).encode()) <= files.MOST_KEY}
    return Shelf(
        versions,
        has_index,
        [one for one, body in answers if named_in(body, wanted)],
        sorted(works),
        sorted({places[one.key] for one in versions.of(places)}),
    )


def _sessions(dynamodb: Any, table: Table, keys: frozenset[str]) -> Iterator[str]:
    """The whole table is read: no key leads from a document to sessions."""
    from boto3.dynamodb.types import TypeDeserializer

    read = TypeDeserializer().deserialize
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table.name,
        ConsistentRead=True,
        FilterExpression="begins_with(pk, :kind)",
        ExpressionAttributeValues={":kind": {"S": SESSION}},
    )
    for item in (each for page in pages for each in page["Items"]):
        if named(read(item["turns"]), {"key": keys}):
            yield item["pk"]["S"]


def _erase(target: Target, found: Found, tally: Tally) -> None:
    from common.doors import sessions

    resources = target.resources()
    queues = [(name, resources[name]) for name in QUEUES if name in resources]
    names = {"document": found.keys, "source": {f"s3://{found.inbox}/{key}" for key in found.keys}}
    waiting.delete(target.client("sqs"), queues, lambda body: named_in(body, names), tally)
    for shelf in found.shelves:
        for work in shelf.works:
            _end(shelf, found.table, work, tally)
        for key in sorted({one.key for one in shelf.answers}):
            _withhold(shelf, key, found.wanted, tally)
    for name in found.sessions:
        tally.count("turns of sessions", sessions.forget(found.table, name, lambda turn: named(turn, found.wanted)))
    for shelf in found.shelves:
        _take_pointers(target, shelf, tally)


def _end(shelf: Shelf, table: Table, work: str, tally: Tally) -> None:
    """The work goes. A question that has no answer yet gets one: without its work it would fail, and whoever asked
    would wait for somebody who redrives it. What an execution writes later does not replace it."""
    from common.doors import kept, taken
    from knowledge.answers import documents
    from knowledge.answers.asked import Ask

    item = table.get(f"ask#{work}") if shelf.has_index else None
    if item is not None:
        answer = documents.refused(Ask.of(item), "SourcesGone", documents.GONE, 0, taken.moment(time.time()))
        kept.put(shelf.bucket(), answer)
    shelf.versions.delete_below(f"steps/{work}/", tally)


def _withhold(shelf: Shelf, key: str, wanted: Wanted, tally: Tally) -> None:
    """The answer without its text in place of the one that is told, then every version that has the text.

    Nobody reads the answers of a pipeline that was switched off: those go as they are."""
    from common.objects import encode
    from knowledge.answers import documents

    versions = shelf.versions
    there = versions.of([key])
    if shelf.has_index:
        told = shelf.bucket().get(key)
        if told is not None and named_in(told.body, wanted):
            without = encode(documents.without_sources(told.json()))
            if shelf.bucket().put(key, without, if_match=told.etag) is None:
                tally.fail(f"s3://{versions.bucket}/{key} was written meanwhile; run the command again")
                return
            tally.count("answers whose text is withheld")
    named_by = [one for one, body in versions.read_all(there) if named_in(body, wanted)]
    versions.delete(named_by if shelf.has_index else there, tally)


def _take_pointers(target: Target, shelf: Shelf, tally: Tally, clock: Callable[[], float] = time.monotonic) -> None:
    """Each when the index has taken the document's passages away; a message has it look at once."""
    from operate.knowledge import backfill

    left = [key for key in shelf.pointers if not _is_taken(shelf, key, tally)]
    if left and shelf.has_index:
        queue = target.resources()["IndexFirstQueue"]
        backfill.send(target.client("sqs"), queue, left)
    until = clock() + WAIT_SECONDS
    while left:
        time.sleep(PAUSE_SECONDS)
        left = [key for key in left if not _is_taken(shelf, key, tally)]
        if clock() >= until:
            break
    for key in left:
        tally.fail(
            f"the index has not taken the passages of {key} away yet; run this again in a minute, and where a worker "
            "has died, in a quarter of an hour"
        )


def _is_taken(shelf: Shelf, key: str, tally: Tally) -> bool:
    """Whether the document's pointer is gone, or goes now. The versions that were looked at are deleted, and none that
    a worker wrote meanwhile: it may name vectors."""
    from knowledge.indexing import pointers

    versions, place = shelf.versions, pointers.place(key)
    there = versions.of([place])
    current = next((one for one in there if one.is_latest and not one.is_marker), None)
    if current is not None and shelf.has_index:
        body = versions.read(current)
        said = json.loads(body) if body is not None else None
        if said is None or said["version"] is not None or said["pending"]:
            return False
    versions.delete(there, tally)
    return {one.id for one in versions.of([place])} <= {one.id for one in there}
