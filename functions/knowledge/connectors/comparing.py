"""What a repository had at the last sync beside what it has now -> what to do, in which order.

At no time lies a document in the inbox under rights that it never had in the repository, and it comes after its access
file and goes before it. So first go the documents that vanished, and those of which both the content and the rights
have changed. Then access files are put, those that are nearer to their documents before those further up, so that none
comes under a folder's new rights that has its own by now. Then those go that gave way to others, the other way round.
At last documents are copied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from knowledge.connectors.listing import Entry, Kind, Listing
from knowledge.errors import GroupsGone, RepositoryShrank
from knowledge.rights import files

Do = Literal["remove", "put_access", "remove_access", "copy"]


@dataclass(frozen=True, slots=True)
class Phase:
    """``entries``, in any order or side by side; the next phase begins when all are done. Of ``remove``, an entry's
    ``mark`` is the content that may stay, empty where none may."""

    do: Do
    entries: list[Entry]


def phases(before: Mapping[str, Entry], now: Listing) -> list[Phase]:
    """Those with something to do. ``before``: what the last sync left, an empty ``mark`` where that is not certain;
    what it does not name is never removed."""
    marks = {key: entry.mark for key, entry in before.items()}
    changed = [entry for key, entry in now.entries.items() if not entry.mark or marks.get(key) != entry.mark]
    vanished = [replace(entry, mark="") for key, entry in before.items() if key not in now.entries]
    moved = [entry for entry in changed if entry.kind == "document" and _has_other_rights(entry, before, now)]
    found = [
        Phase("remove", [*_of(vanished, "document"), *moved]),
        *(Phase("put_access", level) for level in reversed(_levels(_of(changed, "access")))),
        *(Phase("remove_access", level) for level in _levels(_of(vanished, "access"))),
        Phase("copy", [entry for entry in _of(changed, "document") if entry.mark]),
    ]
    return [phase for phase in found if phase.entries]


def check(before: Mapping[str, Entry], now: Listing, *, grouped_before: bool, confirmed: int) -> None:
    """Whether what vanished can be true. ``confirmed``: so many documents may go, as a person said.

    Raises RepositoryShrank, GroupsGone.
    """
    if grouped_before and not now.grouped:
        raise GroupsGone(
            "The repository's groups.json is gone, and with it who is denied by a group. Put it back, or put one that"
            " holds {} if there are no groups any more."
        )
    had = [key for key, entry in before.items() if entry.kind == "document"]
    vanished = sum(key not in now.entries for key in had)
    if vanished > confirmed and (not now.documents() or 2 * vanished > len(had)):
        raise RepositoryShrank(
            f"{vanished:,} of the {len(had):,} documents that were brought are not there any more, or have no access"
            " file. Nothing was changed. Look at the repository, SyncBucketName and SyncPrefix; if it is true, start"
            f' the machine with {{"confirm": {vanished}}}.'
        )


def _has_other_rights(entry: Entry, before: Mapping[str, Entry], now: Listing) -> bool:
    """Whether what lies there may be under other rights than the document is to have."""
    old = before.get(entry.key)
    if old is None:
        return False
    if not old.mark or old.access != entry.access:
        return True
    if not entry.access:
        return False
    known = before.get(entry.access)
    return known is None or not known.mark or known.mark != now.entries[entry.access].mark


def _of(entries: Iterable[Entry], kind: Kind) -> Iterator[Entry]:
    return (entry for entry in entries if entry.kind == kind)


def _levels(entries: Iterable[Entry]) -> list[list[Entry]]:
    """By how near they are to their documents, the furthest first: a folder's by how deep it lies, one document's
    between that of its folder and those of its parts."""
    found: dict[int, list[Entry]] = {}
    for entry in entries:
        sidecar = entry.key.endswith(files.SUFFIX)
        found.setdefault(2 * entry.key.count("/") + sidecar, []).append(entry)
    return [found[level] for level in sorted(found)]
