"""Why a document is found by search and questions, or is not: what was read, what is indexed, who may read it."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from operate import amounts
from operate.clients import Target
from operate.knowledge.backfill import INSTEAD

if TYPE_CHECKING:
    from common.objects import Bucket
    from common.table import Table
    from knowledge.indexing.pointers import Pointer
    from knowledge.model import Reader
    from knowledge.passages.sources import Read
    from knowledge.rights.files import Ruling
    from services.s3vectors import Index

Told: TypeAlias = Generator[str, None, list[str]]

UNREAD = {
    "NoText": "its summary was made by a release that kept no text: python -m operate replay documents reads it anew",
    "OtherSchema": "its summary is of a form that this release does not know: deploy both pipelines together",
    "InParts": "it was taken apart, and its parts are documents of their own",
    "TextNotYet": "its newest text is there, and its summary is being written: look again in a minute",
}
"""Why there is nothing to index though a document was read (``knowledge.passages.sources``)."""

_ROLE = re.compile(r"(arn:aws[a-z-]*:(?:iam|sts)::\d{12}):(?:role/.+/([^/]+)|assumed-role/([^/]+)(?:/.*)?)")
"""A role's ARN with a path, or that of a session of a role."""
REPLACED = (
    "inbox: another upload than the one that was read, or none; nobody new finds what was read before its summary comes"
)


@dataclass(frozen=True)
class Asker:
    """``name``: a token's ``sub``, or the ARN of who signs; ``groups``: as the token has them."""

    name: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Places:
    """Where what is known of a document lies."""

    inbox: Bucket
    summaries: Bucket
    knowledge: Bucket
    table: Table
    index: Index
    arn: str
    """Of ``index``."""


def command(target: Target, key: str, asker: Asker | None) -> Iterator[str]:
    """Lines for a person; the last one says whether it is found. Names of readers that an access file has are told."""
    from operate.models.judge import clean

    for line in _lines(target, key, asker):
        yield clean(line)  # keys and names are what people wrote, and a terminal obeys


def _lines(target: Target, key: str, asker: Asker | None) -> Iterator[str]:
    from knowledge.indexing import pointers, state
    from knowledge.passages import sources
    from knowledge.rights import defaults, files

    places = _places(target)
    read, pointer = sources.read(places.summaries, key), pointers.read(places.knowledge, key)
    default = defaults.parse(target.parameters().get("DefaultReaders", ""))
    ruling = files.ruling(places.inbox, key, default)
    yield from _document(read)
    troubles = [*_of_rights(ruling, pointer), *_of_text(read), *(yield from _index(places, read, pointer))]
    yield from _ruling(ruling)
    yield from _nobodys(ruling, asker)
    if state.is_replaced(places.inbox, key, read):
        yield REPLACED
    if asker is not None:
        troubles += yield from _reader(places, ruling, asker)
    who = asker.name if asker else "whoever may read it"
    if not troubles:
        yield f"found: by {who}, where a search or a question is near enough to what it says"
        return
    yield f"not found by {who}:"
    yield from (f"- {trouble}" for trouble in troubles)


def _places(target: Target) -> Places:
    from common.objects import Bucket
    from common.table import Table
    from services.s3vectors import Index

    s3, arn = target.client("s3"), target.output("VectorIndexArn", INSTEAD)
    return Places(
        Bucket(target.output("InboxBucketName", INSTEAD), s3),
        Bucket(target.output("SummariesBucketName", INSTEAD), s3),
        Bucket(target.output("KnowledgeBucketName", INSTEAD), s3),
        Table(target.output("StateTableName", INSTEAD), target.client("dynamodb")),
        Index(arn, client=target.client("s3vectors")),
        arn,
    )


def _of_text(read: Read | None) -> Iterator[str]:
    if read is None:
        yield "it has no summary: it was never put in the inbox, is being read, was refused (rejected/), or is deleted"
    elif read.unread:
        yield UNREAD[read.unread]


def _document(read: Read | None) -> Iterator[str]:
    if read is None:
        yield "document: no summary"
        return
    about = read.document
    written = datetime.fromtimestamp(read.written, UTC).isoformat(timespec="seconds")
    yield (
        f"document: version {about.version or '-'}, type {about.type or '-'}, language {about.language or '-'}, "
        f"{amounts.of(len(read.pages), 'page')}, read {written}"
    )


def _index(places: Places, read: Read | None, pointer: Pointer | None) -> Told:
    """Lines, and at the end why it is not found."""
    if pointer is None:
        yield "index: never looked at"
        return ["the index has never looked at it: python -m operate index KEY sends it"] if read else []
    if pointer.version is None:
        yield "index: nothing of it"
        is_wanted = read is not None and not read.unread
        return ["the index has nothing of it yet: python -m operate index KEY sends it"] if is_wanted else []
    there = places.index.get([f"{pointer.doc}/{pointer.version}/{n}" for n in range(pointer.passages)])
    yield f"index: version {pointer.version}, {amounts.of(pointer.passages, 'passage')}, since {pointer.indexed_at}"
    troubles = []
    if pointer.index != places.arn:
        troubles.append(
            "its passages were in an index that is gone, as after another KmsKeyArn: python -m operate index --all"
        )
    if read is not None and not read.unread and read.document.version != pointer.version:
        behind = amounts.of(max(0.0, time.time() - read.written), "second")
        troubles.append(f"the index has an older version, and is {behind} behind; python -m operate index KEY sends it")
    if len(there) < pointer.passages:
        troubles.append(
            f"{pointer.passages - len(there)} of its passages are not in the index: python -m operate index KEY --check"
        )
    for each in pointer.pending:
        yield f"index: version {each.version} is being {'taken away' if each.leaving else 'written'}"
    return troubles


def _ruling(ruling: Ruling) -> Iterator[str]:
    if ruling.trouble:
        yield f"rights: {ruling.path or 'no access file'}: nobody: {ruling.trouble}"
        return
    access = ruling.access
    said = {
        "everyone": ["yes"] if access.everyone else [],
        "users": sorted(access.users),
        "groups": sorted(access.groups),
        "denied users": sorted(access.denied_users),
        "denied groups": sorted(access.denied_groups),
    }
    names = "; ".join(f"{name}: {', '.join(found)}" for name, found in said.items() if found)
    yield f"rights: {ruling.path or 'no access file, so DefaultReaders'}: {names or 'nobody'}"


def _nobodys(ruling: Ruling, asker: Asker | None) -> Iterator[str]:
    """ARNs that no caller has: the door knows a role by its name, without its path and its sessions
    (``common.doors.identity``)."""
    names = ruling.access.users | ruling.access.denied_users | ({asker.name} if asker else set())
    for name in sorted(names):
        if found := _ROLE.fullmatch(name):
            yield f"warning: {name} is nobody: write {found[1].replace(':sts:', ':iam:')}:role/{found[2] or found[3]}"


def _of_rights(ruling: Ruling, pointer: Pointer | None) -> Iterator[str]:
    from knowledge.rights import sets

    if pointer is not None and pointer.version is not None and pointer.acl != sets.identifier(ruling.access):
        yield "its passages still carry other readers: python -m operate index KEY sends it"
    if ruling.trouble:
        yield f"nobody may read it until {ruling.path or 'its access file'} is mended"
    elif _lets_nobody(ruling):
        yield "nobody may read it: " + (
            f"{ruling.path} names nobody" if ruling.path else "it has no access file, and DefaultReaders is empty"
        )


def _lets_nobody(ruling: Ruling) -> bool:
    access = ruling.access
    return not (access.everyone or access.users or access.groups)


def _reader(places: Places, ruling: Ruling, asker: Asker) -> Told:
    """Lines, and at the end why it is not found."""
    from knowledge.model import Reader
    from knowledge.rights import decide, sets

    reader = Reader("", asker.name, asker.groups)
    if not decide.may_read(ruling.access, reader):
        reason = "is denied" if _is_denied(ruling, reader) else "is not among its readers"
        yield f"{asker.name}: {reason}; names are compared sign by sign"
        return [f"{asker.name} {reason}"]
    yield f"{asker.name}: may read it"
    if sets.identifier(ruling.access) in sets.readable(places.table, reader):
        return []
    return ["the index has not taken in what the access file says now: python -m operate index KEY sends it"]


def _is_denied(ruling: Ruling, reader: Reader) -> bool:
    return reader.name in ruling.access.denied_users or bool(set(reader.groups) & ruling.access.denied_groups)
