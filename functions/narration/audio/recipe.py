"""How fragments and sounds are merged, as one hash: an edition's hash holds it, so no edition is merged in two ways.

The hash covers every public number of the modules that compute the audio and its timeline: pauses, guards, loudness,
limiter, bit rate, bounds of sounds. A number that changes, or a new one, changes it by itself; a module's private
numbers (sizes of buffers, bits of a format) are not in it. What no number tells is counted by hand in ``RULES``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Literal

from common.objects import encode
from narration.audio import express, mastering, merging, silence, sounds, speech_marks, timeline
from narration.audio.codecs import encoding, mp3
from narration.audio.levels import gating, loudness, meter

RULES = 3
"""Count it up when a rule of the merge changes that is no number: which pause holds, which filters run in which order.
Articles are then merged again when they are next published; no character is billed."""

_BOTH = (merging, mp3, silence, sounds, loudness, timeline, speech_marks)
_MODULES: Mapping[str, tuple[ModuleType, ...]] = {
    "mastered": (*_BOTH, mastering, meter, encoding),
    "express": (*_BOTH, express, gating, encoding),
}


def digest(merge: Literal["mastered", "express"]) -> str:
    """The hash of the way to merge that a plan's option ``merge`` names."""
    return hashlib.sha256(encode({"rules": RULES, "numbers": numbers(merge)})).hexdigest()


def numbers(merge: Literal["mastered", "express"]) -> dict[str, Any]:
    """Every public constant that is a number, or a table, by its name alone: modules may be moved and renamed."""
    return {
        name: value
        for module in _MODULES[merge]
        for name, value in vars(module).items()
        if name[0] != "_"
        and name.isupper()
        and isinstance(value, int | float | Mapping)
        and not isinstance(value, bool)
    }
