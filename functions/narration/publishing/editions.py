"""The objects of one edition: what it is merged from is fetched; audio, chapters and captions are written first,
timeline.json last.

Every object is written under the condition that it is not there yet. An edition's key holds the hash of all it is made
of, so a second writer has the same bytes and loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.objects import Bucket, encode
from narration.audio import captions, speech_marks, timeline
from narration.audio.codecs import id3
from narration.errors import EditionGone
from narration.model import SCHEMA, Timeline
from narration.publishing import keys
from narration.publishing.plan_documents import Plan
from narration.publishing.pointers import EDITION_CACHE, stamp

if TYPE_CHECKING:
    from narration.audio.merging import Material

LOADERS = 16


def fetch(audio: Bucket, plan: Plan, folder: Path) -> Material:
    """Everything that ``plan`` needs, as files in ``folder``.

    Raises EditionGone where a fragment or a sound has gone or changed since, or where the plan is of a release that
    merges otherwise: its edition may be there in part, and must not be completed with another timeline.
    """
    # These stand for the whole merge, which Retag does not need.
    from narration.audio import recipe
    from narration.audio.merging import Material
    from narration.publishing import fragment_objects

    if plan.recipe != recipe.digest(plan.options.merge):
        raise EditionGone("The plan is of a release that merges otherwise; the article is planned again.")
    hashes = [fragment.hash for fragment in plan.fragments]
    paths = {name: folder / f"{name}.mp3" for name in hashes}
    marked = [one.hash for one in plan.fragments if speech_marks.wanted(plan.options.marks, one)]
    with ThreadPoolExecutor(LOADERS) as pool:
        fetched = pool.map(lambda name: fragment_objects.fetch(audio, name, paths[name]), hashes)
        clips = dict(zip(hashes, fetched, strict=True))
        marks = dict(zip(marked, pool.map(lambda name: fragment_objects.marks(audio, name), marked), strict=True))
    return Material(paths, clips, _sounds(audio, plan, folder), marks)


def document(
    plan: Plan, made: Timeline, missing_sounds: Mapping[str, str], made_with: Mapping[str, str]
) -> dict[str, Any]:
    """``timeline.json``: positions in samples; ``missing_sounds`` names each sound that was left out, and why.

    ``made_with`` names the programs that made the audio, with their versions.
    """
    return {
        "schema": SCHEMA,
        "article": plan.article,
        "version": plan.version,
        "edition": plan.edition,
        "language": plan.language,
        "missing_sounds": [{"sound": key, "reason": reason} for key, reason in missing_sounds.items()],
        "made_with": dict(made_with),
        **timeline.to_members(made),
    }


def write(
    audio: Bucket,
    plan: Plan,
    path: Path,
    merged: Timeline,
    *,
    missing_sounds: Mapping[str, str],
    made_with: Mapping[str, str],
    name: str,
    members: bool,
) -> None:
    """Tags the MP3 at ``path`` (in place) and writes it as ``name`` with its chapters, captions and timeline."""
    tag = id3.Tag(
        title=plan.title,
        samples=merged.samples,
        sample_rate=merged.sample_rate,
        chapters=merged.chapters,
        language=plan.language,
        date=plan.published_at,
        url=plan.url,
    )
    id3.write(path, path, tag)
    with path.open("rb") as body:
        _put(audio, plan, name, body, members=members)
    _put(audio, plan, keys.CHAPTERS, captions.chapters_vtt(merged).encode(), members=members)
    _put(audio, plan, keys.CAPTIONS, captions.captions_vtt(merged).encode(), members=members)
    _put(audio, plan, keys.CHAPTERS_JSON, captions.chapters_json(merged), members=members)
    _put(audio, plan, keys.TIMELINE, encode(document(plan, merged, missing_sounds, made_with)), members=members)


def _sounds(audio: Bucket, plan: Plan, folder: Path) -> dict[str, Path]:
    from narration.audio.sounds import MAX_BYTES

    sounds = {}
    for number, (key, etag) in enumerate(plan.sounds.items()):
        if not etag:
            continue
        path = folder / f"sound-{number}"
        # An editor's file may be larger than the disk; one byte too many is enough to leave it out with a reason.
        stored = audio.download(key, path, at_most=MAX_BYTES + 1)
        if stored is None or stored.etag != etag:
            raise EditionGone(f"The sound {key} has changed since the plan was made; the article is planned again.")
        sounds[key] = path
    return sounds


def _put(audio: Bucket, plan: Plan, name: str, body: Any, *, members: bool) -> None:
    audio.put_if_absent(
        keys.edition(plan.article, plan.edition, members=members) + name,
        body,
        content_type=keys.CONTENT_TYPES[name],
        cache_control=EDITION_CACHE,
        metadata=stamp(plan.version, plan.sounds_revision, plan.edition),
    )
