"""Which kind of image some bytes are, by their first ones. Only these kinds are ever handed to a decoder."""

from __future__ import annotations

from images.errors import UnsupportedImage

READABLE = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP")
"""Pillow's names. Its other decoders stay closed: each is one more door for hostile bytes."""

_BEGINNINGS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),  # more than 4 GB of addresses
    (b"MM\x00+", "TIFF"),
    (b"BM", "BMP"),
)
_AVIF_BRANDS = (b"avif", b"avis")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def kind_of(data: bytes) -> str:
    """One of READABLE. Raises UnsupportedImage."""
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in _AVIF_BRANDS:
        return "AVIF"
    if not data:
        raise UnsupportedImage("The object is empty; upload the image again.")
    what = "HEIC image, which is" if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS else "kind of file that is"
    raise UnsupportedImage(f"This is a {what} not read here; use one of {', '.join(READABLE)}.")
