"""Which kind of image some bytes are, by their first ones. Only these kinds are ever handed to a decoder."""

from __future__ import annotations

from common.content import image_kinds
from images.errors import UnsupportedImage

READABLE = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP")
"""Pillow's names. Its other decoders stay closed: each is one more door for hostile bytes."""


def kind_of(data: bytes) -> str:
    """One of READABLE. Raises UnsupportedImage."""
    kind = image_kinds.kind_of(data)
    if kind == "BigTIFF":
        kind = "TIFF"
    if kind in READABLE:
        return kind
    if not data:
        raise UnsupportedImage("The object is empty; upload the image again.")
    what = "HEIC image, which is" if kind == "HEIC" else "kind of file that is"
    raise UnsupportedImage(f"This is a {what} not read here; use one of {', '.join(READABLE)}.")
