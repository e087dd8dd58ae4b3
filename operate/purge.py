"""All that is left of a withdrawn article's text and speech -> gone, old versions of objects included.

A withdrawal takes away what listeners can reach. The messages, the plans, and the fragments of speech stay: a fragment
may be spoken again, and paid for, if the article comes back. `python -m operate purge` takes them away, but for
fragments that another article's plan names, and for `latest.json`: this tombstone keeps late versions away.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import quote

from operate.clients import Target
from operate.errors import OperateError

READERS = 16
MOST_DELETES = 1_000
"""Objects of one DeleteObjects (S3 API reference)."""


T = TypeVar("T")


@dataclass
class Found:
    """What belongs to the article: keys of its messages, plans and fragments."""

    messages: set[str] = field(default_factory=set)
    plans: set[str] = field(default_factory=set)
    fragments: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    """Fragments that another article names too."""
    elsewhere: set[str] = field(default_factory=set)
    """Bodies in other buckets, which are the publisher's."""


def command(target: Target, article: str, *, confirm: bool) -> Iterator[str]:
    """Lines for a person: what is found, and with ``confirm`` that it is gone. May be repeated at any point.

    Raises OperateError where the article is not withdrawn, or is not known.
    """
    s3 = target.client("s3")
    bucket = target.output("AudioBucketName", "narration is not deployed there")
    _check_withdrawn(s3, bucket, article)
    found = find(s3, bucket, article)
    counts = len(found.messages), len(found.plans), len(found.fragments)
    yield "{} messages, bodies and refusals, {} plans, {} fragments of speech".format(*counts)
    if found.kept:
        yield f"{len(found.kept)} fragments stay, since other articles use them"
    for place in sorted(found.elsewhere):
        yield f"not touched, since it is in a bucket of yours: {place}"
    home = f"articles/{quote(article, safe='')}/"
    if not confirm:
        yield f"and the old versions of everything below {home}; nothing is deleted without --confirm"
        return
    # Plans last: they say what belongs to the article, should this be stopped.
    speech = [f"fragments/{name}{end}" for name in sorted(found.fragments) for end in (".mp3", ".json", ".marks.json")]
    gone = (
        delete(s3, bucket, speech)
        + delete(s3, bucket, sorted(found.messages))
        + delete(s3, bucket, sorted(found.plans))
    )
    gone += _delete_old(s3, bucket, home)
    yield f"{gone} versions of objects are deleted"


def find(s3: Any, bucket: str, article: str) -> Found:
    """Reads every plan and message of the bucket once."""
    found = Found()
    documents = _documents(s3, bucket, "plans/")
    plans = [(key, document) for key, document in documents if document.get("article") == article]
    found.plans = {key for key, _ in plans}
    named = {one["hash"] for _, document in plans for one in document.get("fragments", ())}
    for _, document in _documents(s3, bucket, "plans/") if named else ():
        if document.get("article") != article:
            found.kept |= named & {one["hash"] for one in document.get("fragments", ())}
    found.fragments = named - found.kept
    for key, document in _documents(s3, bucket, "inbox/"):
        if document.get("id") == article and document.get("status") != "withdrawn":
            found.messages |= {key, f"rejected/{key.rpartition('/')[2]}"}
            body = str(document.get("body_s3") or "")
            if body.startswith(f"s3://{bucket}/"):
                found.messages.add(body.removeprefix(f"s3://{bucket}/"))
            elif body:
                found.elsewhere.add(body)
    return found


def delete(s3: Any, bucket: str, keys: Sequence[str]) -> int:
    """Deletes every version of each key; how many there were. Raises OperateError for one that S3 refuses."""
    with ThreadPoolExecutor(READERS) as pool:
        groups = pool.map(lambda key: _versions(s3, bucket, key), keys)
        versions = [one for key, group in zip(keys, groups, strict=True) for one in group if one["Key"] == key]
    return _delete_versions(s3, bucket, versions)


def _delete_old(s3: Any, bucket: str, prefix: str) -> int:
    """What is below ``prefix`` and is not current any more, the marks of what was deleted included."""
    listed = _versions(s3, bucket, prefix)
    return _delete_versions(s3, bucket, [one for one in listed if not one["IsLatest"] or "Size" not in one])


def _versions(s3: Any, bucket: str, prefix: str) -> list[dict[str, Any]]:
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
    return [one for page in pages for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))]


def _delete_versions(s3: Any, bucket: str, versions: list[dict[str, Any]]) -> int:
    for some in _in_groups(versions, MOST_DELETES):
        objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in some]
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
        for error in answer.get("Errors", ()):
            raise OperateError(
                f"S3 does not delete {error['Key']}: {error['Code']}. Mend it and run the command again."
            )
    return len(versions)


def _documents(s3: Any, bucket: str, prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every JSON object below ``prefix``; what is none belongs to nobody here."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = (one["Key"] for page in pages for one in page.get("Contents", ()) if one["Key"].endswith(".json"))
    with ThreadPoolExecutor(READERS) as pool:
        for some in _in_groups(keys, 256):
            for key, document in zip(some, pool.map(lambda key: _json(s3, bucket, key), some), strict=True):
                if isinstance(document, dict):
                    yield key, document


def _in_groups(items: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(items)
    while some := list(islice(left, size)):
        yield some


def _json(s3: Any, bucket: str, key: str) -> Any:
    from botocore.exceptions import ClientError

    try:
        return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except ValueError:
        return None  # a message that was refused as no JSON
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise


def _check_withdrawn(s3: Any, bucket: str, article: str) -> None:
    pointer = _json(s3, bucket, f"articles/{quote(article, safe='')}/latest.json")
    if pointer is None:
        raise OperateError(f"No article {article!r} was ever published or withdrawn in {bucket}.")
    if pointer["status"] != "withdrawn":
        raise OperateError(f"The article {article!r} is published; withdraw it first (docs/operations.md).")
