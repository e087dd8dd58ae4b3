"""The profile in the bucket: a publisher's own, and each one by which an article was planned."""

from __future__ import annotations

from common.objects import Bucket
from narration.errors import BrokenProfile
from narration.publishing import keys
from narration.publishing.plan_documents import Plan
from narration.reading import profile
from narration.reading.profile import Profile


def of(audio: Bucket, kept: Plan | None) -> Profile:
    """Today's profile, or that of the plan by which the very same message is published already; it is there to stay.

    Raises BrokenProfile where the publisher's is not of its form, or the plan's was deleted.
    """
    if kept and kept.reading:
        return _kept(audio, kept.reading)
    stored = audio.get(keys.PROFILE)
    own = profile.read(stored.body) if stored else profile.house()
    key = keys.kept_profile(own.digest)
    if audio.head(key) is None:
        audio.put_if_absent(key, own.dump())
    return own


def _kept(audio: Bucket, digest: str) -> Profile:
    key = keys.kept_profile(digest)
    stored = audio.get(key)
    if stored is None:
        raise BrokenProfile(f"{key} is gone: put it back and redrive, or publish the article under a new version.")
    return profile.load(stored.json())
