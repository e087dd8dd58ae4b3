"""The commit protocol: one pointer per article that only moves forward, and stable keys that follow it.

1. An edition's objects are written under keys of their own before anything names them.
2. ``advance`` moves ``latest.json`` by compare-and-swap (S3 If-Match). A writer that loses looks again; an older
   version finds that it is superseded. This one write is the commit.
3. ``settle`` makes the stable keys from the pointer. A stable key is written under the condition that it is still the
   object that was looked at, and never replaces one of a newer version. Afterwards the pointer is read again: had it
   moved, the keys are made from it once more. Any writer may settle at any time: one that died in the middle is
   finished by its own retry, by a redrive, or by the next publication.

S3 cannot guard a key that is absent against a writer that saw it absent long ago; that is why the pointer is read again
after the last write, and why every way through the state machine, superseded ones included, ends in ``settle``.
"""

from __future__ import annotations

import json
import tempfile
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from common.errors import ConcurrentUpdate
from common.objects import ABSENT, Bucket, Stored, encode
from narration.article.versions import compare
from narration.errors import EditionGone, VersionConflict
from narration.model import SCHEMA, Pointer
from narration.publishing import keys

MOST_LOOKS = 20
"""How often a lost race is run again before the state machine takes over with a longer pause."""

LOOKERS = 16
"""Threads that look at outgrown editions and remove them: an article that was edited 500 times has 2,500 objects."""

STABLE_CACHE = "public, max-age=60"
EDITION_CACHE = "public, max-age=31536000, immutable"

Outcome = Literal["advanced", "same", "superseded"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A pointer and the entity tag under which it was read."""

    pointer: Pointer
    etag: str


def stamp(version: int | str, sounds_revision: int, edition: str) -> dict[str, str]:
    """User metadata that tells, without opening the object, which state of the article it shows."""
    return {"version": json.dumps(version), "sounds-revision": str(sounds_revision), "edition": edition}


def order(version: int | str, sounds_revision: int, pointer: Pointer) -> int:
    """Negative, zero or positive where that state of the article is older than, the same as, or newer than ``pointer``.

    The article's version decides; between two merges of one version the later state of its sounds does.
    """
    return compare(version, pointer.version) or sounds_revision - pointer.sounds_revision


def _order_of(found: Stored, pointer: Pointer) -> int:
    return order(json.loads(found.metadata["version"]), int(found.metadata["sounds-revision"]), pointer)


def read(bucket: Bucket, article_id: str) -> Seen | None:
    stored = bucket.get(keys.pointer(article_id))
    return None if stored is None else Seen(decode(stored), stored.etag)


def decode(stored: Stored) -> Pointer:
    document = stored.json()
    return Pointer(
        article=document["article"],
        version=document["version"],
        status=document["status"],
        edition=document["edition"],
        message=document["message"],
        premium=document.get("premium", False),
        sounds_revision=document["sounds_revision"],
    )


def dump(pointer: Pointer) -> bytes:
    return encode(
        {
            "schema": SCHEMA,
            "article": pointer.article,
            "version": pointer.version,
            "sounds_revision": pointer.sounds_revision,
            "status": pointer.status,
            "edition": pointer.edition,
            "message": pointer.message,
            "premium": pointer.premium,
        }
    )


def advance(bucket: Bucket, pointer: Pointer, *, only_from: str | None = None) -> Outcome:
    """Moves the article's pointer to ``pointer`` unless something newer is there already.

    ``only_from``: the edition that must still be published, for a commit that builds on it; otherwise EditionGone, so
    that the article is planned again, as where the same message was merged with other sounds meanwhile. Raises
    VersionConflict where the same version is committed with other content, ConcurrentUpdate where the race was lost
    too often.
    """
    for _ in range(MOST_LOOKS):
        latest = read(bucket, pointer.article)
        if latest is not None:
            outcome = _compare(pointer, latest.pointer)
            if outcome is not None:
                return outcome
        if only_from and (latest is None or latest.pointer.edition != only_from):
            raise EditionGone(f"Edition {only_from} was replaced meanwhile; the article is planned again.")
        condition = ABSENT if latest is None else latest.etag
        if bucket.put(keys.pointer(pointer.article), dump(pointer), cache_control="no-cache", if_match=condition):
            return "advanced"
    raise ConcurrentUpdate(f"Other versions of article {pointer.article!r} kept committing; try again.")


def _compare(wanted: Pointer, published: Pointer) -> Outcome | None:
    """None where ``wanted`` may replace what is published."""
    difference = order(wanted.version, wanted.sounds_revision, published)
    if difference:
        return None if difference > 0 else "superseded"
    if (wanted.status, wanted.edition) == (published.status, published.edition):
        return "same"
    if wanted.message == published.message or wanted.sounds_revision:
        # A message or its replay: whoever plans again sees which of the two is published.
        raise EditionGone("Another run of the same words has merged them otherwise; the article is planned again.")
    raise VersionConflict(
        f"Version {wanted.version} was published with other content; send the change under a higher version."
    )


def settle(bucket: Bucket, article_id: str, announce: Callable[[Pointer], None]) -> bool:
    """Makes the stable keys show what the pointer says, and only that; True if there was anything to do.

    ``announce`` is called for each pointer whose keys had to be made, before the last key is written: a crash in
    between announces again, never not at all.
    """
    worked = False
    for _ in range(MOST_LOOKS):
        latest = read(bucket, article_id)
        if latest is None:
            return worked
        outcome = _make_keys(bucket, latest.pointer, announce)
        worked = worked or outcome is not None
        again = read(bucket, article_id)
        if outcome is not False and again is not None and again.etag == latest.etag:
            return worked
    raise ConcurrentUpdate(f"The stable keys of article {article_id!r} kept changing; try again.")


def close(bucket: Bucket, article_id: str) -> None:
    """Takes away what must not be reached any more. For whoever has just written an edition: the commit of a premium or
    withdrawn version may have looked before that, and the execution may be stopped before it publishes."""
    seen = read(bucket, article_id)
    if seen is not None:
        _delete(bucket, _stale_editions(bucket, seen.pointer))


def _delete(bucket: Bucket, stale: list[str]) -> None:
    with ThreadPoolExecutor(LOOKERS) as pool:
        deque(pool.map(bucket.delete, stale), maxlen=0)  # asked for, so that an error is raised


def _make_keys(bucket: Bucket, pointer: Pointer, announce: Callable[[Pointer], None]) -> bool | None:
    """None: all was right. True: made. False: another writer was in the way, look again."""
    edition = pointer.edition if pointer.status == "published" else None
    sources = keys.stable(pointer.article, edition, premium=pointer.premium)
    wrong = [(key, source, bucket.head(key)) for key, source in sources.items()]
    wrong = [entry for entry in wrong if not _is_right(pointer, *entry[1:])]
    stale = _stale_editions(bucket, pointer)
    if not wrong and not stale:
        return None
    # What must vanish goes first; timeline.json goes last, because its being right says that all was announced.
    wrong.sort(key=lambda entry: (entry[1] is not None, entry[0].endswith(keys.TIMELINE)))
    ours = True
    _delete(bucket, stale)
    for number, (key, source, stored) in enumerate(wrong):
        if number == len(wrong) - 1 and ours:
            announce(pointer)
        ours = _replace(bucket, pointer, key, source, stored) and ours
    return ours


def _is_right(pointer: Pointer, source: str | None, found: Stored | None) -> bool:
    if source is None or found is None:
        return source is None and found is None
    return found.metadata.get("edition") == pointer.edition


def _replace(bucket: Bucket, pointer: Pointer, key: str, source: str | None, stored: Stored | None) -> bool:
    """Deletes or rewrites one stable key, if it is still the object that was looked at and not a newer one."""
    if stored is not None and _order_of(stored, pointer) > 0:
        return False
    if source is None:
        return stored is None or bucket.delete(key, if_match=stored.etag)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "object"
        if bucket.download(source, path) is None:
            # Only a newer commit removes an edition: the pointer has moved, the caller will see it.
            return False
        with path.open("rb") as body:
            written = bucket.put(
                key,
                body,
                content_type=keys.CONTENT_TYPES[key.rpartition("/")[2]],
                cache_control=STABLE_CACHE,
                metadata=stamp(pointer.version, pointer.sounds_revision, str(pointer.edition)),
                if_match=ABSENT if stored is None else stored.etag,
            )
    return written is not None


def _stale_editions(bucket: Bucket, pointer: Pointer) -> list[str]:
    """Objects of older editions that must not be reached any more: all once withdrawn, the open ones once premium.

    A newer edition that is just being written must stay, hence the look at each object's version. Editions that a
    public article has outgrown stay where they are: a listener may be in the middle of one.
    """
    if pointer.status == "published" and not pointer.premium:
        return []
    folders = [keys.editions(pointer.article)]
    if pointer.status == "withdrawn":
        folders.append(keys.editions(pointer.article, members=True))
    current = f"{pointer.edition}/" if pointer.edition else None
    older = [
        key
        for folder in folders
        for key in bucket.keys(folder)
        if current is None or not key.startswith(folder + current)
    ]
    with ThreadPoolExecutor(LOOKERS) as pool:
        looks = pool.map(bucket.head, older)
        return [key for key, stored in zip(older, looks, strict=True) if stored and _order_of(stored, pointer) <= 0]
