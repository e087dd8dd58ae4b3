"""The format for who asks, where a profile says ``auto``: the smallest that its Accept header names.

RFC 9110, 12.5.1. Browsers name image/avif and image/webp one by one; what only stands behind a star was written before
there were such images, so a star means JPEG, where JPEG is not named.
"""

from __future__ import annotations

import re
from dataclasses import replace

from images.model import Format, Profile

_SMALLEST_FIRST: tuple[Format, ...] = ("avif", "webp")
_RANGE = re.compile(r"\s*(image/avif|image/webp|image/jpeg|image/\*|\*/\*)\s*(;.*)?", re.IGNORECASE)
_MEANS_JPEG = ("image/jpeg", "image/*", "*/*")
"""The one that is named first of these counts, whatever the order in the header."""
_WEIGHT = re.compile(r";\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)", re.IGNORECASE)
_MOST_RANGES = 32
_AVIF_QUALITY = 0.7
"""AVIF's 56 is as near to the original as WebP's 80, in fewer bytes; at 80 it is nearer, and the largest of all."""


def settled(profile: Profile, accept: str | None) -> Profile:
    """The profile with a format, and that format's quality; as it is where it names one."""
    if profile.format != "auto":
        return profile
    settled_format = chosen(accept)
    share = _AVIF_QUALITY if settled_format == "avif" else 1
    return replace(profile, format=settled_format, quality=max(1, round(profile.quality * share)))


def chosen(accept: str | None) -> Format:
    """avif, webp or jpeg: of those that are named the one that is liked best, of several the smallest."""
    weights: dict[str, float] = {}
    for part in (accept or "").split(",")[:_MOST_RANGES]:
        if found := _RANGE.fullmatch(part):
            weight = _WEIGHT.search(found[2] or "")
            weights[found[1].lower()] = float(weight[1]) if weight else 1.0
    best: Format = "jpeg"
    liked = next((weights[name] for name in _MEANS_JPEG if name in weights), 0.0)
    for name in reversed(_SMALLEST_FIRST):
        own = weights.get(f"image/{name}", 0.0)
        if own > 0 and own >= liked:
            best, liked = name, own
    return best
