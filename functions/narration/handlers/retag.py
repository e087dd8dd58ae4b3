"""Retag: new title, section or dates on the published edition's audio; its frames stay byte for byte as they are."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from common.objects import Bucket
from common.observability import Context, observed
from narration.audio import timeline
from narration.errors import EditionGone
from narration.publishing import audio_bucket, editions, keys, pointers
from narration.publishing.plan_documents import Plan


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """Plan's result in (``from`` is the edition whose audio is kept), the same out.

    Raises EditionGone where that edition was removed by a newer commit; the article is then planned again.
    """
    audio = audio_bucket.bucket()
    plan = audio_bucket.plan(audio, event["edition"])
    with tempfile.TemporaryDirectory() as folder:
        if plan.premium:
            _retag(audio, plan, event["from"], Path(folder), name=keys.TEASER, members=False)
        _retag(audio, plan, event["from"], Path(folder), name=keys.FULL, members=plan.premium)
    pointers.close(audio, plan.article)
    return event


def _retag(audio: Bucket, plan: Plan, source: str, folder: Path, *, name: str, members: bool) -> None:
    home = keys.edition(plan.article, source, members=members)
    path = folder / name
    old = audio.get(home + keys.TIMELINE)
    if old is None or audio.download(home + name, path) is None:
        raise EditionGone(f"Edition {source} was removed meanwhile; the article is planned again.")
    document = old.json()
    made = timeline.retitle(timeline.from_members(document), plan.title)
    missing = {entry["sound"]: entry["reason"] for entry in document["missing_sounds"]}
    made_with = document.get("made_with", {})  # earlier releases did not keep it
    editions.write(audio, plan, path, made, missing_sounds=missing, made_with=made_with, name=name, members=members)
