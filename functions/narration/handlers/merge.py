"""Merge: an edition's fragments and sounds -> an MP3 with timeline, chapters, captions; a teaser if premium."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from common.objects import Bucket
from common.observability import Context, count, logger, measure, observed
from narration.article.versions import compare
from narration.audio import express, mastering, merging, speech_marks
from narration.audio.merging import Material
from narration.publishing import audio_bucket, editions, keys, pointers
from narration.publishing.plan_documents import Plan

RESERVE_SECONDS = 15
"""Kept back of the function's time for writing the edition: FFmpeg is stopped with a reason, not by Lambda."""


@observed
def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Plan's result in, the same out; ``action`` becomes superseded where a newer version has been committed.

    Raises EditionGone where a fragment has vanished, MergeFailed where audio cannot be read or written.
    """
    audio = audio_bucket.bucket()
    plan = audio_bucket.plan(audio, event["edition"])
    latest = pointers.read(audio, plan.article)
    if latest is not None and compare(latest.pointer.version, plan.version) > 0:
        pointers.close(audio, plan.article)
        return event | {"action": "superseded", "ranges": []}
    if audio.head(keys.edition(plan.article, plan.edition, members=plan.premium) + keys.TIMELINE) is None:
        start = time.monotonic()
        deadline = start + context.get_remaining_time_in_millis() / 1000 - RESERVE_SECONDS
        with tempfile.TemporaryDirectory() as folder:
            _merge(audio, plan, Path(folder), deadline)
        measure("MergeMilliseconds", "Milliseconds", (time.monotonic() - start) * 1000)
    pointers.close(audio, plan.article)  # a newer premium version may have committed while this was written
    return event | {"ranges": []}


def _merge(audio: Bucket, plan: Plan, folder: Path, deadline: float) -> None:
    """The teaser first: the full timeline is what says that the edition is whole."""
    files = editions.fetch(audio, plan, folder)
    silent = [name for name, clip in files.clips.items() if not clip.samples]
    count("FragmentsSilent", len(silent))
    if silent:
        logger().warning("no sound", extra={"article": plan.article, "fragments": silent[:20]})
    if plan.premium:
        _one(audio, plan, files, folder / keys.TEASER, deadline, members=False)
    seconds = _one(audio, plan, files, folder / keys.FULL, deadline, members=plan.premium)
    measure("AudioSeconds", "Seconds", seconds)


def _one(audio: Bucket, plan: Plan, files: Material, out: Path, deadline: float, *, members: bool) -> float:
    """Merges and writes one MP3 with what belongs to it; its seconds."""
    mode = express if plan.options.merge == "express" else mastering
    items = plan.teaser if out.name == keys.TEASER else plan.items
    merged = mode.merge(items, files, out.parent, out, title=plan.title, deadline=deadline)
    if merged.missing_sounds:
        count("SoundsMissing", len(merged.missing_sounds))
    if not merged.as_promised:
        count("AudioOutsideBounds")
        logger().warning(
            "loudness", extra={"edition": plan.edition, "lufs": merged.loudness_lufs, "peak": merged.true_peak_dbtp}
        )
    made_with = _made_with(plan, ffmpeg=mode is mastering or any(one.kind == "sound" for one in merged.timeline.items))
    words, lost = plan.options.marks == "word", merged.missing_sounds
    timeline = speech_marks.timed(merged.timeline, merged.placements, files.marks, words=words)
    editions.write(audio, plan, out, timeline, missing_sounds=lost, made_with=made_with, name=out.name, members=members)
    return timeline.samples / timeline.sample_rate


def _made_with(plan: Plan, *, ffmpeg: bool) -> dict[str, str]:
    """The programs that made the audio; one that is not of the tested release is counted and named."""
    made_with = merging.tools(ffmpeg=ffmpeg)
    logger().info("made with", extra={"edition": plan.edition, **made_with})
    if others := merging.unexpected(made_with):
        count("AudioToolUnexpected", len(others))
        logger().warning("another version", extra={"edition": plan.edition, "tools": others})
    return made_with
