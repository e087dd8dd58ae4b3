"""One portion of a sync: access files put, documents copied, or removed what is in the repository no more.

Whatever is in the inbox without the connector's mark is somebody else's and stays as it is. Every write carries the
condition that the object is still the one that was looked at, so a portion may run twice, late, or die in the middle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from common import aws
from common.errors import ConcurrentUpdate
from common.objects import ABSENT, Bucket, Stored
from knowledge.connectors import access_form
from knowledge.connectors.groups import Groups
from knowledge.connectors.listing import Entry
from knowledge.connectors.repository import Repository
from knowledge.rights import files

AT_A_TIME: Final = 16
"""Entries side by side, below the client's 32 connections."""

MARK: Final = "connector"
CONNECTOR: Final = "repository"
CONTENT: Final = "source-etag"
"""User metadata of what the connector brought: that it did, and the entity tag of what it is a copy of."""

_REFUSED: Final = frozenset(
    {"AccessDenied", "403", "InvalidObjectState", "InvalidRequest", "400", "KMS.DisabledException"}
)
"""S3's codes for an object that this function may not or cannot read: a right, a key, an archive."""


@dataclass
class Outcome:
    """``done``: how many by what was done. ``skipped``: reasons by key; ``problems``: of access files, for nobody."""

    done: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        return {"done": dict(self.done), "skipped": self.skipped, "problems": self.problems}


@dataclass(frozen=True)
class World:
    """``groups``: read where an access file wants them."""

    place: Repository
    inbox: Bucket
    groups_of: Callable[[], Groups] = Groups

    @cached_property
    def groups(self) -> Groups:
        return self.groups_of()

    @cached_property
    def mine(self) -> dict[str, bool]:
        """Access files of the inbox that were looked at: whether they are the connector's."""
        return {}


def work(world: World, do: str, entries: list[Entry]) -> Outcome:
    """Does it to each. Raises ConcurrentUpdate, StorageUnavailable (try again)."""
    from concurrent.futures import ThreadPoolExecutor

    act: Mapping[str, Callable[[World, Entry, Outcome], None]] = {
        "put_access": put_access,
        "copy": copy,
        "remove": remove,
        "remove_access": remove,
    }
    outcome = Outcome()
    if do == "put_access":
        _ = world.groups  # once, before the threads
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for _ in pool.map(lambda entry: act[do](world, entry, outcome), entries):
            pass
    return outcome


def put_access(world: World, entry: Entry, outcome: Outcome) -> None:
    """Writes what was listed. What cannot be read, or is another by now, lets nobody read, and is looked at again: it
    may never have been for the documents that lie here."""
    there = world.inbox.get(entry.key)
    if there is not None and not _is_mine(there):
        outcome.skipped[entry.key] = "foreign"
        return
    flat, certain = _flat(world, entry)
    if flat.problem:
        outcome.problems[entry.key] = flat.problem
    if not certain:
        outcome.skipped[entry.key] = "changed"
    if there is not None and there.body == flat.body and there.metadata.get(CONTENT) == entry.etag:
        outcome.done["access_unchanged"] += 1
        return
    etag = ABSENT if there is None else there.etag
    if world.inbox.put(entry.key, flat.body, metadata=_metadata(entry), if_match=etag) is None:
        raise _lost(entry.key)
    outcome.done["access_written"] += 1


def copy(world: World, entry: Entry, outcome: Outcome) -> None:
    """Copies the content that was listed, if its access file is there."""
    there = world.inbox.head(entry.key)
    if there is not None and not _is_mine(there):
        outcome.skipped[entry.key] = "foreign"
    elif not _has_access(world, entry):
        outcome.skipped[entry.key] = "without_its_access_file"
    elif there is not None and there.metadata.get(CONTENT) == entry.mark:
        outcome.done["unchanged"] += 1
    elif reason := _copied(world, entry, ABSENT if there is None else there.etag):
        outcome.skipped[entry.key] = reason
    else:
        outcome.done["copied"] += 1


def remove(world: World, entry: Entry, outcome: Outcome) -> None:
    """Deletes what the connector brought; ``entry.mark`` is the content of a document that may stay, and that is copied
    anew where it is another."""
    there = world.inbox.head(entry.key)
    if there is None:
        return
    if not _is_mine(there):
        outcome.skipped[entry.key] = "foreign"
        return
    if entry.mark and there.metadata.get(CONTENT) == entry.mark:
        return
    if not world.inbox.delete(entry.key, if_match=there.etag):
        raise _lost(entry.key)
    outcome.done["access_removed" if entry.kind == "access" else "replaced" if entry.mark else "removed"] += 1


def _flat(world: World, entry: Entry) -> tuple[access_form.Flat, bool]:
    """The access file for the inbox, and whether it is of what was listed."""
    from botocore.exceptions import ClientError

    if entry.size > files.MOST_BYTES:
        return access_form.nobody(f"It has more than {files.MOST_BYTES:,} bytes; name groups, not members."), True
    try:
        stored = world.place.source.get(world.place.source_key(entry.key))
    except ClientError as error:
        if aws.code_of(error) not in _REFUSED:
            raise
        return access_form.nobody(f"It cannot be read in the repository ({aws.code_of(error)})."), False
    if stored is None or stored.etag != entry.etag:
        return access_form.nobody("It was changed while it was read; the next sync reads it again."), False
    return access_form.flatten(stored.body, world.groups), True


def _copied(world: World, entry: Entry, over: str) -> str:
    """An empty text where it was, or why it cannot be. Raises ConcurrentUpdate where a condition was lost."""
    from botocore.exceptions import ClientError

    source, key = world.place.source, world.place.source_key(entry.key)
    try:
        found = source.head(key, if_match=entry.etag)
        if found is None:
            return "changed"
        copied = world.inbox.copy_from(
            source,
            key,
            entry.key,
            source_etag=entry.etag,
            content_type=found.content_type,
            metadata=_metadata(entry),
            if_match=over,
        )
    except ClientError as error:
        if aws.code_of(error) not in _REFUSED:
            raise
        return "refused"
    if not copied:
        raise _lost(entry.key)
    return ""


def _has_access(world: World, entry: Entry) -> bool:
    """Whether the access file lies where the document will look for it, by the connector's own hand."""
    if not entry.access:
        return True
    if entry.access not in world.mine:
        there = world.inbox.head(entry.access)
        world.mine[entry.access] = there is not None and _is_mine(there)
    return world.mine[entry.access]


def _is_mine(there: Stored) -> bool:
    return there.metadata.get(MARK) == CONNECTOR


def _metadata(entry: Entry) -> dict[str, str]:
    return {MARK: CONNECTOR, CONTENT: entry.etag}


def _lost(key: str) -> ConcurrentUpdate:
    return ConcurrentUpdate(f"{key} of the inbox was changed by somebody else meanwhile.")
