"""What knowledge keeps of documents: answers that cite them, work that shows them, turns of sessions, pointers -> gone.

The vectors are the index's: a message has it look once more, and it takes them away since their documents are gone. A
pointer goes when it says that this is done; before that nobody else would find the vectors. An answer that cites a
document becomes what its asker is told of it anyway (``SourcesGone``), without its text.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from common.objects import Bucket
from common.table import EXPIRES, Table
from operate import amounts
from operate.clients import Target
from operate.erase.erasure import Tally
from operate.erase.names import named_in
from operate.erase.versions import Version, Versions
from operate.knowledge import backfill

WAIT_SECONDS, PAUSE_SECONDS = 60.0, 2.0
"""How long the index is waited for, and between two looks."""
SESSION = "ask-session#"
STAYS = (
    "numbers of its passages stay under hashes of their text for 180 days (embeddings/)",
    "its access file stays in the inbox, and a repository that is synced may bring it again: delete both yourself",
    "a question that waits with its passages fails as WorkGone; redrive asks it anew",
)
OFF = "a KnowledgeBucket that stayed when UseKnowledge was switched off is not looked at"


@dataclass(frozen=True)
class Found:
    """``answers``: versions that cite them; ``works``: ids of questions whose work shows them; ``sessions``: names of
    items; ``pointers``: keys of documents that have one."""

    versions: Versions
    table: Table
    keys: frozenset[str]
    answers: list[Version]
    works: list[str]
    sessions: list[str]
    pointers: list[str]

    @property
    def is_empty(self) -> bool:
        return not (self.answers or self.works or self.sessions or self.pointers)

    def told(self) -> str:
        return (
            f"{amounts.of(len(self.answers), 'version')} of answers that cite them, the work on "
            f"{amounts.of(len(self.works), 'question')}, turns of {amounts.of(len(self.sessions), 'session')}, "
            f"passages in the index of {amounts.of(len(self.pointers), 'document')}"
        )


def find(target: Target, table: Table, keys: Collection[str]) -> Found | None:
    """None where the stack has no knowledge."""
    from knowledge.indexing import pointers

    bucket = target.outputs().get("KnowledgeBucketName")
    if bucket is None:
        return None
    versions, wanted = Versions(target.client("s3"), bucket), {"key": set(keys)}
    shown = (one for one in versions.below("steps/") if one.key.endswith((".json",)))
    works = {one.key.split("/")[1] for one, body in versions.read_all(shown) if named_in(body, wanted)}
    answers = versions.read_all(versions.below("answers/"))
    places = {pointers.place(key): key for key in keys}
    return Found(
        versions,
        table,
        frozenset(keys),
        [one for one, body in answers if named_in(body, wanted)],
        sorted(works),
        sorted(_sessions(target.client("dynamodb"), table, wanted)),
        sorted({places[one.key] for one in versions.of(places)}),
    )


def erase(target: Target, found: Found, tally: Tally, clock: Callable[[], float] = time.monotonic) -> None:
    """May be repeated. What the index still has when it was waited for in vain is told."""
    for work in found.works:
        found.versions.delete_below(f"steps/{work}/", tally)
    for version in found.answers:
        if version.is_latest:
            _withhold(found.versions, version)
    # The version that was current is an old one by now.
    found.versions.delete([one for one in found.answers if not one.is_marker], tally)
    for name in found.sessions:
        _forget_turns(found, name, tally)
    if found.pointers:
        backfill.send(target, found.pointers)
        _take_pointers(found, tally, clock)


def _withhold(versions: Versions, version: Version) -> None:
    from common.objects import encode
    from knowledge.answers import documents

    body = versions.read(version)
    if body is not None:
        told = documents.without_sources(json.loads(body))
        versions.s3.put_object(Bucket=versions.bucket, Key=version.key, Body=encode(told))


def _sessions(dynamodb: Any, table: Table, wanted: dict[str, set[str]]) -> Iterator[str]:
    """The whole table is read: no key leads from a document to sessions."""
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table.name,
        ConsistentRead=True,
        ProjectionExpression="pk",
        FilterExpression="begins_with(pk, :kind)",
        ExpressionAttributeValues={":kind": {"S": SESSION}},
    )
    for page in pages:
        for item in page["Items"]:
            name = item["pk"]["S"]
            if _names(table.get(name), wanted):
                yield name


def _names(item: dict[str, Any] | None, wanted: dict[str, set[str]]) -> bool:
    from operate.erase.names import named

    return item is not None and named(item["turns"], wanted)


def _forget_turns(found: Found, name: str, tally: Tally) -> None:
    item, wanted = found.table.get(name), {"key": set(found.keys)}
    if item is None:
        return
    turns = [turn for turn in item["turns"] if not _names({"turns": [turn]}, wanted)]
    changed = {"turns": turns, "revision": item["revision"] + 1}
    seconds = int(item[EXPIRES] - time.time())
    seen = {"seen": item["revision"]}
    if found.table.put(name, changed, seconds=seconds, condition="#revision = :seen", values=seen):
        tally.count("turns of sessions", len(item["turns"]) - len(turns))
    else:
        tally.fail("a session went on at the same moment, and has turns about it; run this again")


def _take_pointers(found: Found, tally: Tally, clock: Callable[[], float]) -> None:
    """Each when the index has taken the document's vectors away."""
    from knowledge.indexing import pointers

    bucket, until = Bucket(found.versions.bucket, found.versions.s3), clock() + WAIT_SECONDS
    left = list(found.pointers)
    while True:
        there = {key: pointers.read(bucket, key) for key in left}
        done = [key for key, one in there.items() if one is None or (one.version is None and not one.pending)]
        found.versions.delete_keys((pointers.place(key) for key in done), tally)
        left = [key for key in left if key not in done]
        if not left or clock() > until:
            break
        time.sleep(PAUSE_SECONDS)
    for key in left:
        tally.fail(f"the index has not yet taken the passages of {key} away; run this again in a minute")
