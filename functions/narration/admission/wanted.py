"""The newest version of each article that anybody has asked for: ``plans/wanted/<id>.json``, which moves forward only.

Between a version's plan and its turn at Polly there may be hours. A newer version or a withdrawal that is planned
meanwhile makes its speech needless; so edits that wait coalesce to the newest. Should the newest one fail, its redrive
publishes it.
"""

from __future__ import annotations

from common.errors import ConcurrentUpdate
from common.objects import ABSENT, Bucket, encode
from narration.article.versions import compare
from narration.errors import VersionConflict
from narration.model import SCHEMA
from narration.publishing import keys, pointers


def note(audio: Bucket, article: str, version: int | str) -> None:
    """Writes that ``version`` is wanted, unless a newer one is. Raises ConcurrentUpdate."""
    key, body = keys.wanted(article), encode({"schema": SCHEMA, "article": article, "version": version})
    for _ in range(pointers.MOST_LOOKS):
        stored = audio.get(key)
        if stored is not None and not _is_newer(version, stored.json()["version"]):
            return
        if audio.put(key, body, if_match=stored.etag if stored else ABSENT) is not None:
            return
    raise ConcurrentUpdate(f"Other versions of article {article!r} kept asking; try again.")


def is_stale(audio: Bucket, article: str, version: int | str) -> bool:
    """Whether something newer than ``version`` is published, withdrawn or wanted."""
    latest = pointers.read(audio, article)
    if latest is not None and _is_newer(latest.pointer.version, version):
        return True
    stored = audio.get(keys.wanted(article))
    return stored is not None and _is_newer(stored.json()["version"], version)


def _is_newer(one: int | str, other: int | str) -> bool:
    try:
        return compare(one, other) > 0
    except VersionConflict:
        return False  # no order between the two kinds; the commit refuses one of them by name
