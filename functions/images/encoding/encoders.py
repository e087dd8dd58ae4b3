"""A finished image as the bytes of a file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from images.encoding import npy
from images.model import Profile

if TYPE_CHECKING:
    from PIL.Image import Image

_AVIF_SPEED = 8
"""Of 0 to 10. A quarter of the time of 6, at one in ten bytes more; a request waits for it."""


def encoded(image: Image, profile: Profile) -> bytes:
    """L, RGB, LA or RGBA (the last two for formats of WITH_ALPHA) in the profile's format and quality."""
    if profile.format == "npy":
        return npy.encode(image, profile)
    out = io.BytesIO()
    image.save(out, profile.format, **_options(profile))
    return out.getvalue()


def _options(profile: Profile) -> dict[str, Any]:
    if profile.format == "png":
        return {}
    if profile.format == "avif":
        # One thread: more take memory, and a function at 1,024 MB has less than one processor.
        return {"quality": profile.quality, "speed": _AVIF_SPEED, "max_threads": 1}
    return {"quality": profile.quality}
