"""Which articles use an editor's sound, and in which state: where it is replaced, they are merged again."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from common.objects import Bucket
from narration.model import Pointer
from narration.publishing import audio_bucket, keys, pointers
from narration.publishing.plan_documents import Plan


def states(audio: Bucket, sounds: Iterable[str]) -> dict[str, str]:
    """The entity tag of each sound as it is now; empty where it is not there."""
    heads = {key: audio.head(key) for key in dict.fromkeys(sounds)}
    return {key: head.etag if head else "" for key, head in heads.items()}


def note(audio: Bucket, plan: Plan) -> None:
    """Before the commit, so that the article is found when a sound is replaced afterwards."""
    for sound in plan.sounds:
        audio.put_if_absent(keys.use(sound, plan.article), b"")


def articles(audio: Bucket, sound: str) -> list[str]:
    """Every article that was ever planned with ``sound``."""
    folder = keys.users_of(sound)
    return [unquote(key.removeprefix(folder)) for key in audio.keys(folder)]


def outdated(audio: Bucket, article: str, sound: str, etag: str) -> Pointer | None:
    """The article's pointer, where its published edition was made with another state of ``sound`` than ``etag``."""
    seen = pointers.read(audio, article)
    plan = audio_bucket.published_plan(audio, seen.pointer if seen else None)
    if seen is None or plan is None or plan.sounds.get(sound, etag) == etag:
        return None
    return seen.pointer
