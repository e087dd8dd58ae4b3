"""Access sets: what access files say, under the hash of what they say, and which of them a reader is named in.

A passage carries the id of its set, so a search asks for the sets that its reader is named in. These items only narrow
a search: whether a hit may be read is decided by the access file as it is now (``decide``). A set that no passage
carries any longer does no harm but costs a place in every query of its readers, so it is forgotten.

``knowledge-set#<id>``: ``{access, kept, leaving, turn}``; ``knowledge-reader#<kind>#<hash of the name>``: ``{sets,
denied}``, ids. A set may be kept and forgotten by several workers at the same time. Those that keep it share a
``turn``, and look at their end whether it is still the last; who forgets begins another one, and takes each id out in
one transaction with a look at the turn. So nothing that belongs to a later turn is ever taken out.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from common.errors import ConcurrentUpdate
from common.executions import digest
from common.objects import encode
from common.table import EXPIRES, TRIES, Table
from knowledge.errors import TooManySets
from knowledge.model import Access, Reader
from knowledge.rights import files

KEPT_SECONDS: Final = 10 * 365 * 86_400
"""A set is needed as long as a document carries it, and one that is never changed is never indexed again. So the
table's dates, which every item has, are far away, and are moved on where a set is met in the second half of them."""
MOST_SETS: Final = 6_000
"""Ids in each of the two sets of a reader's item: 33 bytes for one, 400 KB for an item (DynamoDB developer guide,
"Item sizes and formats"). A search asks for 5,000 at most."""
MOST_SAID: Final = 350_000
"""Bytes of what a set says that its item keeps, for people; nothing is decided by it."""
WORKERS: Final = 16

_MINE: Final = "#turn = :turn"

USER, GROUP, EVERYONE = "user", "group", "everyone"
ALLOWED, DENIED = "sets", "denied"


def identifier(access: Access) -> str:
    """32 hex of what an access file says; the order of its names and lists does not matter."""
    return hashlib.sha256(encode(files.plain(access))).hexdigest()[:32]


def keep(table: Table, access: Access) -> str:
    """The set's id, with the items by which its readers find it. A set that is there already costs one read.

    The set comes first and is marked as kept when its last reader has it: whoever dies between is repeated in whole,
    and meanwhile fewer readers find the documents, never more. To be called before a passage carries the id, and once
    more behind: what was forgotten between is then kept again. Raises TooManySets, StorageUnavailable,
    ConcurrentUpdate.
    """
    name = identifier(access)
    for _ in range(TRIES):
        known = table.get(_set(name))
        if known and known["kept"] and known[EXPIRES] - time.time() > KEPT_SECONDS / 2:
            return name
        shared = known and not known["kept"] and not known["leaving"]
        turn = known["turn"] if known and shared else _begin(table, access, leaving=False)
        _add_all(table, name, access)
        if table.amend(_set(name), {"kept": True}, seconds=KEPT_SECONDS, condition=_MINE, values={"turn": turn}):
            return name
    raise ConcurrentUpdate("A set of readers was kept and forgotten again and again; the next try finds it quieter.")


def _begin(table: Table, access: Access, *, leaving: bool) -> str:
    """The set's item, not kept, under a new turn."""
    turn, said = uuid.uuid4().hex, encode(files.plain(access))
    shown = {"access": said.decode()} if len(said) <= MOST_SAID else {}
    item = {**shown, "kept": False, "leaving": leaving, "turn": turn}
    table.put(_set(identifier(access)), item, seconds=KEPT_SECONDS)
    return turn


def forget(table: Table, name: str, carried: Callable[[str], bool]) -> bool:
    """Takes the set ``name`` out where no passage carries it; False where one does, or where nobody can tell whose it
    is. ``carried``: whether the index has a passage with this set.

    To be called when a passage that carried it no longer does. Whoever dies in the middle leaves a set that is kept
    anew when it is needed. Raises what ``carried`` raises, TooManySets, StorageUnavailable, ConcurrentUpdate.
    """
    access = read(table, name)
    if access is None or carried(name):
        return False
    turn = _begin(table, access, leaving=True)
    # Once more, since from here on whoever lets a passage carry it finds it leaving, and keeps it behind that.
    if carried(name):
        keep(table, access)
        return False
    members = [(_reader(kind, who), of, name) for kind, who, of in reversed(list(_readers(access)))]
    mine: dict[str, Any] = {"condition": _MINE, "values": {"turn": turn}}
    return table.remove_members(members, key=_set(name), **mine) and table.delete(_set(name), **mine)


def read(table: Table, name: str) -> Access | None:
    """What the set ``name`` says; None where nobody kept it, or where that is too long for an item."""
    item = table.get(_set(name)) or {}
    return files.parse(item["access"].encode()) if "access" in item else None


def readable(table: Table, reader: Reader) -> list[str]:
    """Ids of the sets that allow the reader, without those that deny it, sorted. Raises StorageUnavailable."""
    keys = [_reader(USER, reader.name), _reader(EVERYONE, ""), *(_reader(GROUP, name) for name in reader.groups)]
    with ThreadPoolExecutor(WORKERS) as pool:
        items = [item for item in pool.map(table.get, dict.fromkeys(keys)) if item]
    allowed = {name for item in items for name in item.get(ALLOWED, ())}
    denied = {name for item in items for name in item.get(DENIED, ())}
    return sorted(allowed - denied)


def _add_all(table: Table, name: str, access: Access) -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        # Over the results, since a pool keeps errors to itself until somebody asks.
        for _ in pool.map(lambda each: _add(table, name, *each), list(_readers(access))):
            pass


def _readers(access: Access) -> Iterator[tuple[str, str, str]]:
    """Kind and name of everybody whom an access file names, and the set of the item that the id belongs to.

    Who is denied comes first, so that nobody asks for a set in vain meanwhile.
    """
    yield from ((USER, name, DENIED) for name in sorted(access.denied_users))
    yield from ((GROUP, name, DENIED) for name in sorted(access.denied_groups))
    yield from ((USER, name, ALLOWED) for name in sorted(access.users))
    yield from ((GROUP, name, ALLOWED) for name in sorted(access.groups))
    if access.everyone:
        yield (EVERYONE, "", ALLOWED)


def _add(table: Table, name: str, kind: str, who: str, member_of: str) -> None:
    if not table.add_member(_reader(kind, who), member_of, name, seconds=KEPT_SECONDS, at_most=MOST_SETS):
        raise TooManySets(
            f"The {kind} {who} is in {MOST_SETS:,} different access files already. Name groups in them instead of "
            "people, and one access.json for a folder instead of one for each document."
        )


def _set(name: str) -> str:
    return f"knowledge-set#{name}"


def _reader(kind: str, name: str) -> str:
    """Hashed, since a name may have any sign and length; a token's may be no UTF-8, and then is nobody's here."""
    return f"knowledge-reader#{kind}#{digest(name.encode('utf-8', 'surrogatepass'))}"
