"""The objects of one edition, as Merge and Retag write them: audio, chapters and captions first, timeline.json last.

Every object is written under the condition that it is not there yet. An edition's key holds the hash of all it is made
of, so whoever comes second has the same bytes and loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from common.objects import Bucket, encode
from narration.audio import captions, id3, timeline
from narration.model import SCHEMA, Timeline
from narration.publishing import keys
from narration.publishing.plan_documents import Plan
from narration.publishing.pointers import EDITION_CACHE, stamp


def document(plan: Plan, made: Timeline, missing_sounds: Mapping[str, str]) -> dict[str, Any]:
    """``timeline.json``: positions in samples; ``missing_sounds`` names each sound that was left out, and why."""
    return {
        "schema": SCHEMA,
        "article": plan.article,
        "version": plan.version,
        "edition": plan.edition,
        "language": plan.language,
        "missing_sounds": [{"sound": key, "reason": reason} for key, reason in missing_sounds.items()],
        **timeline.to_members(made),
    }


def write(
    audio: Bucket,
    plan: Plan,
    path: Path,
    made: Timeline,
    *,
    missing_sounds: Mapping[str, str],
    name: str,
    members: bool,
) -> None:
    """Tags the MP3 at ``path`` (in place) and writes it as ``name`` with its chapters, captions and timeline."""
    id3.tag(
        path,
        path,
        plan.title,
        samples=made.samples,
        sample_rate=made.sample_rate,
        chapters=made.chapters,
        language=plan.language,
        date=plan.published_at,
        url=plan.url,
    )
    with path.open("rb") as body:
        _put(audio, plan, name, body, members=members)
    _put(audio, plan, keys.CHAPTERS, captions.chapters_vtt(made).encode(), members=members)
    _put(audio, plan, keys.CAPTIONS, captions.captions_vtt(made).encode(), members=members)
    _put(audio, plan, keys.CHAPTERS_JSON, captions.chapters_json(made), members=members)
    _put(audio, plan, keys.TIMELINE, encode(document(plan, made, missing_sounds)), members=members)


def _put(audio: Bucket, plan: Plan, name: str, body: Any, *, members: bool) -> None:
    audio.put_if_absent(
        keys.edition(plan.article, plan.edition, members=members) + name,
        body,
        content_type=keys.CONTENT_TYPES[name],
        cache_control=EDITION_CACHE,
        metadata=stamp(plan.version, plan.sounds_revision, plan.edition),
    )
