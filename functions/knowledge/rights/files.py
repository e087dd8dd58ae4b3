"""Access files in the inbox: which one rules over a document, and what it says.

``<key>.access.json`` rules over the document ``<key>``; where there is none, ``access.json`` in its folder does, else
the one in the next folder upwards. The nearest one alone counts: nothing is added up over folders, so that a folder can
be narrower than the one that it lies in. What came out of a document (``mail.eml.attachments/``, ``scan.pdf.parts/``)
is read by whoever may read that document, unless a nearer file says otherwise. Where none is, DefaultReaders read.

A file that cannot be read (no JSON, a member that is not known, too large) lets nobody read until it is mended: what
somebody meant to deny there is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import strict_json
from common.objects import Bucket
from knowledge.errors import AccessUnreadable
from knowledge.model import SCHEMA, Access

FOLDER_FILE = "access.json"
SUFFIX = ".access.json"

BESIDE = ("attachments", "parts")
"""What came out of a document lies in ``<key>.attachments/`` and ``<key>.parts/`` (docs/documents.md)."""
MOST_BYTES = 1_000_000
"""Of an access file."""
MOST_KEY = 1_024
"""Bytes of a key in UTF-8 (S3 user guide, "Naming Amazon S3 objects")."""
MOST_PLACES = 65
"""Where an access file is looked for: each is a request, and a key can name a thousand folders."""

NOBODY = Access()

Seen = dict[str, "Access | AccessUnreadable | None"]
"""Access files that one request has read, by their keys; None where there is none."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """Who may read a document. ``path``: of the access file that says so; None: DefaultReaders or nobody.

    ``trouble``: why nobody may read, as a sentence for whoever writes access files; else empty.
    """

    path: str | None
    access: Access
    trouble: str = ""


def is_access_file(key: str) -> bool:
    """Whether an object of the inbox is an access file, and so no document."""
    name = key.rpartition("/")[2]
    return name == FOLDER_FILE or name.endswith(SUFFIX)


def parse(body: bytes) -> Access:
    """What an access file says. Raises AccessUnreadable with a sentence on what to mend."""
    # Late: pydantic, which only a request that meets an access file needs.
    from knowledge.rights import access_form

    return access_form.read(load(body))


def load(body: bytes) -> Any:
    """The JSON of an access file. Raises AccessUnreadable with a sentence on what to mend."""
    if len(body) > MOST_BYTES:
        raise AccessUnreadable(f"An access file has {MOST_BYTES:,} bytes at most: name groups, not members.")
    try:
        # Editors on Windows begin a file with a byte order mark.
        return strict_json.read(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise AccessUnreadable(f"An access file is JSON in UTF-8, each member once: {error}.") from error


def plain(access: Access) -> dict[str, Any]:
    """An access file that says this; the same access gives the same document."""
    return {
        "schema": SCHEMA,
        "users": sorted(access.users),
        "groups": sorted(access.groups),
        "everyone": access.everyone,
        "denied_users": sorted(access.denied_users),
        "denied_groups": sorted(access.denied_groups),
    }


def governing(inbox: Bucket, key: str, default: Access, seen: Seen | None = None) -> tuple[str | None, Access]:
    """The key of the access file that rules over the document ``key`` now (None: no file), and who may read it.

    ``seen`` as in ``ruling``. Raises StorageUnavailable.
    """
    found = ruling(inbox, key, default, seen)
    return found.path, found.access


def ruling(inbox: Bucket, key: str, default: Access, seen: Seen | None = None) -> Ruling:
    """Who may read the document ``key``, by what lies in the inbox now.

    ``seen`` keeps what was read, for several documents of one request; never for longer, as a right that was taken away
    counts at once. An access file is nobody's document. Raises StorageUnavailable.
    """
    if is_access_file(key):
        return Ruling(None, NOBODY, "An access file is no document; nobody finds it.")
    known: Seen = {} if seen is None else seen
    found = places(key)
    for path in found[:MOST_PLACES]:
        if path not in known:
            known[path] = _read(inbox, path)
        match known[path]:
            case Access() as access:
                return Ruling(path, access)
            case AccessUnreadable() as error:
                return Ruling(path, NOBODY, str(error))
    if len(found) > MOST_PLACES:
        return Ruling(None, NOBODY, f"None of the {MOST_PLACES} nearest places has an access file; put one there.")
    return Ruling(None, default)


def places(key: str) -> list[str]:
    """Where an access file of a document may lie, the nearest first; what would be too long for a key lies nowhere."""
    paths = [f"{key}{SUFFIX}"]
    for end in reversed([place for place, sign in enumerate(key) if sign == "/"]):
        folder = key[:end]
        paths.append(f"{folder}/{FOLDER_FILE}")
        source = _source(folder)
        if source:
            paths.append(f"{source}{SUFFIX}")
    paths.append(FOLDER_FILE)
    return [path for path in paths if len(path.encode("utf-8", "surrogatepass")) <= MOST_KEY]


def _source(folder: str) -> str:
    """The document that a folder, without its slash, holds the parts or attachments of; empty for any other folder."""
    for kind in BESIDE:
        source = folder.removesuffix(f".{kind}")
        if source != folder and source.rpartition("/")[2]:
            return source
    return ""


def _read(inbox: Bucket, path: str) -> Access | AccessUnreadable | None:
    stored = inbox.get(path, at_most=MOST_BYTES + 1)
    if stored is None:
        return None
    try:
        return parse(stored.body)
    except AccessUnreadable as error:
        return error
