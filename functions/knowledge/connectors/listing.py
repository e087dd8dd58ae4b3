"""All that a repository has now: one listing, held in memory, each document with the access file that is for it."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import Final, Literal

from common.errors import ConcurrentUpdate
from common.objects import Listed
from knowledge.connectors import repository
from knowledge.connectors.groups import Groups
from knowledge.connectors.repository import Repository
from knowledge.errors import RepositoryTooLarge
from knowledge.rights import files

MOST_OBJECTS: Final = 250_000
"""About what fits into the function's memory, and, listed twice, into its five minutes."""
MOST_BYTES: Final = 500 << 20
"""Of a document; a larger one the pipeline of documents refuses."""

TRIES: Final = 4

Kind = Literal["document", "access"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A document or an access file. ``key``: in the inbox; ``access``: there, too, of a document's access file, empty
    where it has none. ``etag``: with quotes, of what the repository has. ``mark``: another one is other content;
    empty where it is not known what lies there, or of a document that was changed while it was listed.
    ``problem``: why an access file lets nobody read.
    """

    key: str
    kind: Kind
    etag: str
    mark: str
    size: int = 0
    access: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """``left_out``: how many of what cannot be brought, by reason. ``grouped``: whether there is a groups.json."""

    entries: dict[str, Entry]
    groups: Groups
    left_out: Counter[str]
    grouped: bool

    def documents(self) -> int:
        return sum(entry.kind == "document" for entry in self.entries.values())


def read(place: Repository) -> Listing:
    """Raises RepositoryTooLarge, GroupsUnreadable, ConcurrentUpdate, StorageUnavailable (try again)."""
    objects, settled = _snapshot(place)
    listed = objects.pop(repository.GROUPS, None)
    known = _groups(place, listed) if listed else Groups()
    rights = {name for name in objects if files.is_access_file(name)}
    entries, left_out = dict[str, Entry](), Counter[str]()
    for name, found in objects.items():
        entry = _entry(place, name, found, rights, listed.etag if listed else "")
        if reason := _hindrance(place, entry):
            left_out[reason] += 1
        else:
            entries[entry.key] = entry if name in settled else replace(entry, mark="")
    return Listing(entries, known, left_out, listed is not None)


def _snapshot(place: Repository) -> tuple[dict[str, Listed], set[str]]:
    """Objects by their names in the repository, and the names of those that were there at one and the same moment.

    A listing takes its time, and a document that comes in its midst may have come with other rights than the listing
    has seen. What is equal in two listings was there between them: all of the rights have to be.
    """
    first = _objects(place)
    for _ in range(TRIES):
        second = _objects(place)
        if _rights(first) == _rights(second):
            return second, {name for name, found in second.items() if first.get(name) == found}
        first = second
    raise ConcurrentUpdate("The repository's access files change faster than they can be listed.")


def _rights(objects: dict[str, Listed]) -> dict[str, Listed]:
    return {n: found for n, found in objects.items() if files.is_access_file(n) or n == repository.GROUPS}


def _objects(place: Repository) -> dict[str, Listed]:
    found: dict[str, Listed] = {}
    for each in place.source.objects(place.prefix):
        name = place.name(each.key)
        if not name or name.endswith("/"):
            continue  # folders as consoles make them
        if len(found) == MOST_OBJECTS:
            raise RepositoryTooLarge(
                f"s3://{place.bucket}/{place.prefix} has more than {MOST_OBJECTS:,} objects; give SyncPrefix a smaller"
                " part of it, and each other part a stack of its own."
            )
        found[name] = each
    return found


def _groups(place: Repository, listed: Listed) -> Groups:
    from knowledge.connectors import groups

    if listed.size > groups.MOST_BYTES:
        raise groups.too_large()
    stored = place.source.get(listed.key)
    if stored is None or stored.etag != listed.etag:
        raise ConcurrentUpdate(f"s3://{place.bucket}/{listed.key} was changed while it was read.")
    return groups.parse(stored.body)


def _entry(place: Repository, name: str, found: Listed, rights: set[str], groups: str) -> Entry:
    if files.is_access_file(name):
        mark = hashlib.sha256(f"{found.etag} {groups}".encode()).hexdigest()[:32]
        return Entry(place.key(name), "access", found.etag, mark, found.size)
    access = next((place.key(each) for each in repository.places(name) if each in rights), "")
    return Entry(place.key(name), "document", found.etag, found.etag, found.size, access)


def _hindrance(place: Repository, entry: Entry) -> str:
    """Why it cannot be brought. A document whose own access file cannot be is not left to that of its folder."""
    if max(len(entry.key.encode()), len(entry.access.encode())) > files.MOST_KEY:
        return "key_too_long"
    if entry.kind == "access":
        return ""
    if entry.size > MOST_BYTES:
        return "too_large"
    return "" if entry.access or place.without_access else "without_access"
