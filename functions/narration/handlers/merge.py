"""Merge: an edition's fragments and sounds -> an MP3 with timeline, chapters, captions; a teaser if premium."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from common.objects import Bucket
from common.observability import count, measure, observed
from narration.article.versions import compare
from narration.audio import express, mastering, speech_marks
from narration.audio.sounds import MAX_BYTES
from narration.errors import EditionGone
from narration.model import Clip, Item
from narration.publishing import audio_bucket, editions, keys, pointers
from narration.publishing.plan_documents import Plan

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

LOADERS = 16
RESERVE_SECONDS = 15
"""Kept back of the function's time for writing the edition: FFmpeg is stopped with a reason, not by Lambda."""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything an edition is merged from, as files."""

    fragments: dict[str, Path]
    clips: dict[str, Clip]
    sounds: dict[str, Path]
    marks: dict[str, tuple[speech_marks.Mark, ...]]


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Plan's result in, the same out; ``action`` becomes superseded where a newer version has been committed.

    Raises EditionGone where a fragment has vanished, MergeFailed where audio cannot be read or written.
    """
    audio = audio_bucket.bucket()
    plan = audio_bucket.plan(audio, event["edition"])
    seen = pointers.read(audio, plan.article)
    if seen is not None and compare(seen.pointer.version, plan.version) > 0:
        return event | {"action": "superseded", "ranges": []}
    if audio.head(keys.edition(plan.article, plan.edition, members=plan.premium) + keys.TIMELINE) is None:
        begun = time.monotonic()
        deadline = begun + context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
        with tempfile.TemporaryDirectory() as folder:
            _merge(audio, plan, Path(folder), deadline)
        measure("MergeMilliseconds", "Milliseconds", (time.monotonic() - begun) * 1000)
    return event | {"ranges": []}


def _merge(audio: Bucket, plan: Plan, folder: Path, deadline: float) -> None:
    """The teaser first: the full timeline is what says that the edition is whole."""
    material = _fetch(audio, plan, folder)
    if plan.premium:
        _one(audio, plan, plan.teaser, material, folder, deadline, name=keys.TEASER, members=False)
    seconds = _one(audio, plan, plan.items, material, folder, deadline, name=keys.FULL, members=plan.premium)
    measure("AudioSeconds", "Seconds", seconds)


def _one(
    audio: Bucket,
    plan: Plan,
    items: Sequence[Item],
    material: Material,
    folder: Path,
    deadline: float,
    *,
    name: str,
    members: bool,
) -> float:
    out = folder / name
    mode = express if plan.options.merge == "express" else mastering
    merged = mode.merge(
        items,
        material.fragments,
        material.clips,
        material.sounds,
        folder,
        out,
        title=plan.title,
        deadline=deadline,
    )
    if merged.missing_sounds:
        count("SoundsMissing", len(merged.missing_sounds))
    words = plan.options.marks == "word"
    timeline = speech_marks.timed(merged.timeline, merged.placements, material.marks, words=words)
    editions.write(
        audio,
        plan,
        out,
        timeline,
        missing_sounds=merged.missing_sounds,
        name=name,
        members=members,
    )
    return timeline.samples / timeline.sample_rate


def _fetch(audio: Bucket, plan: Plan, folder: Path) -> Material:
    """Fragments with what their sidecars and marks say of them, and the sounds as the plan saw them."""
    hashes = [fragment.hash for fragment in plan.fragments]
    paths = {name: folder / f"{name}.mp3" for name in hashes}
    with ThreadPoolExecutor(LOADERS) as pool:
        clips = dict(zip(hashes, pool.map(lambda name: _fragment(audio, name, paths[name]), hashes), strict=True))
        marked = [one.hash for one in plan.fragments if speech_marks.wanted(plan.options.marks, one)]
        marks = dict(zip(marked, pool.map(lambda name: _marks(audio, name), marked), strict=True))
    sounds = {}
    for number, (key, etag) in enumerate(plan.sounds.items()):
        if not etag:
            continue
        path = folder / f"sound-{number}"
        # An editor's file may be larger than the disk; one byte too many is enough to leave it out with a reason.
        found = audio.download(key, path, at_most=MAX_BYTES + 1)
        if found is None or found.etag != etag:
            raise EditionGone(f"The sound {key} has changed since the plan was made; the article is planned again.")
        sounds[key] = path
    return Material(paths, clips, sounds, marks)


def _fragment(audio: Bucket, name: str, path: Path) -> Clip:
    sidecar = audio.get(keys.fragment_sidecar(name))
    if sidecar is None or audio.download(keys.fragment_audio(name), path) is None:
        raise EditionGone(f"Fragment {name} is gone; the article is planned again.")
    known = sidecar.json()
    return Clip(known["samples"], known["lead_silence"], known["tail_silence"])


def _marks(audio: Bucket, name: str) -> tuple[speech_marks.Mark, ...]:
    stored = audio.get(keys.fragment_marks(name))
    if stored is None:
        raise EditionGone(f"The speech marks of fragment {name} are gone; the article is planned again.")
    return speech_marks.read(stored.json())
