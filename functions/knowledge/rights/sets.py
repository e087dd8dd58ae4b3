"""Access sets: what access files say, under the hash of what they say, and which of them a reader is named in.

A passage carries the id of its set, so a search asks for the sets that its reader is named in. These items only narrow
a search: whether a hit may be read is decided by the access file as it is now (``decide``). So a set that nobody needs
any longer is a query that finds nothing, and nothing is ever taken out: which of a thousand documents still carries a
set could only be known by reading all of them.

``knowledge-set#<id>``: ``{access, kept}``; ``knowledge-reader#<kind>#<hash of the name>``: ``{sets, denied}``, ids.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from common.executions import digest
from common.objects import encode
from common.table import EXPIRES, Table
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

USER, GROUP, EVERYONE = "user", "group", "everyone"
ALLOWED, DENIED = "sets", "denied"


def identifier(access: Access) -> str:
    """32 hex of what an access file says; the order of its names and lists does not matter."""
    return hashlib.sha256(encode(files.plain(access))).hexdigest()[:32]


def keep(table: Table, access: Access) -> str:
    """The set's id, with the items by which its readers find it. A set that is there already costs one read.

    The set comes first and is marked as kept when its last reader has it: whoever dies between is repeated in whole,
    and meanwhile fewer readers find the documents, never more. Raises TooManySets, StorageUnavailable.
    """
    name = identifier(access)
    key, said = _set(name), encode(files.plain(access))
    item = {"access": said.decode()} if len(said) <= MOST_SAID else {}
    known = table.get(key)
    if known and known["kept"] and known[EXPIRES] - time.time() > KEPT_SECONDS / 2:
        return name
    table.put(key, {**item, "kept": False}, seconds=KEPT_SECONDS)
    with ThreadPoolExecutor(WORKERS) as pool:
        # Over the results, since a pool keeps errors to itself until somebody asks.
        for _ in pool.map(lambda each: _add(table, name, *each), list(_readers(access))):
            pass
    table.put(key, {**item, "kept": True}, seconds=KEPT_SECONDS)
    return name


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
