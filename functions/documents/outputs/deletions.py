"""A document that was deleted: marks that say so, and everything made of it taken away.

``deleted/<hash of the key>/all.json`` is of the newest deletion of a key: no version that is older may leave anything.
``deleted/<hash>/<hash of a version>.json`` is of one version that was deleted while others are left, or that a tag
forbids to keep. Marks hold no key and no text. A deletion sets its mark before it takes anything away, and whoever
writes a summary or a refusal looks for the mark afterwards: of two that race, the later one sees the other. Marks are
kept for 90 days, longer than any event, message or execution of an old version can be late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from common.objects import Bucket, encode
from common.sequencers import OLDEST, newer
from documents import keys
from documents.errors import KeyTooLong
from documents.model import SCHEMA, Source
from documents.outputs import rejections, versioned_writes

AT_A_TIME = 16
"""Objects that are taken away side by side: a report of 3,000 pages has thousands of tables."""

Runs = Callable[[str], bool]
"""Whether the execution with this ARN is still running."""


@dataclass(frozen=True, slots=True)
class Mark:
    """``upto``: the newest place that goes; None where nothing of the version was known when it was deleted."""

    upto: str | None


def newest_of(bucket: Bucket, key: str) -> str:
    """The place of the newest deletion of all versions, OLDEST where there was none."""
    stored = bucket.head(keys.deleted(key))
    return OLDEST if stored is None else versioned_writes.place(stored)


def covers(bucket: Bucket, source: Source) -> bool:
    """Whether nothing of this version may stay."""
    return _is_past(bucket, source) or _is_marked(bucket, source)


def _is_past(bucket: Bucket, source: Source) -> bool:
    deleted = newest_of(bucket, source.key)
    return deleted != OLDEST and not newer(source.sequencer, deleted)


def _is_marked(bucket: Bucket, source: Source) -> bool:
    version = source.version_id
    return version is not None and bucket.head(keys.deleted(source.key, version)) is not None


def mark_all(bucket: Bucket, key: str, sequencer: str) -> None:
    """All versions up to this place are deleted. A newer mark stays. Raises ConcurrentUpdate (try again)."""
    versioned_writes.put(bucket, keys.deleted(key), encode({"schema": SCHEMA}), Source(bucket.name, key, "", sequencer))


def mark_version(bucket: Bucket, key: str, version: str, upto: str | None) -> Mark:
    """One version is deleted. What an earlier call has found out stays: a repeated one finds less."""
    place, body = keys.deleted(key, version), encode({"schema": SCHEMA, "upto": upto})
    if bucket.put_if_absent(place, body):
        return Mark(upto)
    seen = bucket.get(place)
    known = seen.json()["upto"] if seen else None
    if known is None and upto is not None:
        bucket.put(place, body)
        return Mark(upto)
    return Mark(known)


def place_of(bucket: Bucket, key: str, version: str) -> str | None:
    """The place of the version whose summary is there, None where it is of another one."""
    try:
        stored = bucket.get(keys.summary(key))
    except KeyTooLong:
        return None
    about = stored.json()["document"] if stored else {}
    return str(about["sequencer"]) if about.get("version_id") == version else None


def sweep(bucket: Bucket, key: str, sequencer: str, runs: Runs, *, alone: bool = False) -> int:
    """Takes away whatever was made of the versions up to this place; how many objects it took.

    ``alone``: of the version at this place, and not of older ones. The summary goes first: nothing names the rest any
    more. The work of an execution that still runs, and has written no result, is left to its own end (``settle``).
    Raises ConcurrentUpdate (try again).
    """
    written = versioned_writes.sequencers(bucket, key)
    taken = _forget_results(bucket, Source(bucket.name, key, "", sequencer), alone)
    works = {found.split("/")[1] for found in bucket.keys(keys.works(key))}
    for work in sorted(works):
        about = _claim_of(bucket, work)
        if about is None or newer(about["sequencer"], sequencer) or (alone and newer(sequencer, about["sequencer"])):
            continue
        if about["sequencer"] in written or not runs(about["execution"]):
            taken += forget_work(bucket, work)
    return taken


def settle(bucket: Bucket, source: Source, work: str) -> bool:
    """To be called after an execution wrote its last: True, and all of it gone, where the document was deleted."""
    past = _is_past(bucket, source)
    if not past and not _is_marked(bucket, source):
        return False
    _forget_results(bucket, source, alone=not past)
    forget_work(bucket, work)
    return True


def _forget_results(bucket: Bucket, source: Source, alone: bool) -> int:
    """The summary before all others."""
    from concurrent.futures import ThreadPoolExecutor

    def forget(found: str) -> bool:
        return versioned_writes.forget(bucket, found, source, alone=alone)

    first, *rest = _results(bucket, source.key)
    taken = forget(first)
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return taken + sum(pool.map(forget, rest))


def forget_work(bucket: Bucket, work: str) -> int:
    """What the steps of one execution left to each other."""
    found = list(bucket.keys(keys.step_folder(work)))
    for key in found:
        bucket.delete(key)
    return len(found)


def claimed(bucket: Bucket, work: str, sequencer: str, execution: str) -> None:
    """Says whose work it is, so that a deletion can tell whether anybody still needs it."""
    body = {"schema": SCHEMA, "sequencer": sequencer, "execution": execution}
    bucket.put(keys.step(work, "claim"), encode(body))


def _claim_of(bucket: Bucket, work: str) -> dict[str, str] | None:
    """None for work of a release that did not say whose it is: it goes within a week."""
    stored = bucket.get(keys.step(work, "claim"))
    about: dict[str, str] | None = stored.json() if stored else None
    return about


def _results(bucket: Bucket, key: str) -> Iterable[str]:
    """Keys of all results, the summary first, whether they are there or not."""
    names = (keys.summary, keys.searchable, keys.redacted, keys.boxes, keys.text)
    try:
        yield from (name(key) for name in names)
    except KeyTooLong:
        pass  # then nothing was ever made of it but a refusal
    else:
        yield from (found for found in bucket.keys(keys.tables(key)) if keys.is_table(key, found))
    yield rejections.key(Source(bucket.name, key, "", OLDEST))
