"""Which kind of image some bytes are, by their first ones. Standard library only: it runs in a cold start."""

from __future__ import annotations

_BEGINNINGS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "BigTIFF"),  # more than 4 GB of addresses
    (b"MM\x00+", "BigTIFF"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
)
_BRANDS = dict.fromkeys((b"avif", b"avis"), "AVIF") | dict.fromkeys(
    (b"heic", b"heix", b"hevc", b"heim", b"heis"), "HEIC"
)
"""Brands of ISO 14496-12 files (ISO 23008-12, annex B; AV1 Image File Format, section 6)."""
_EITHER = frozenset({b"mif1", b"msf1", b"miaf", b"MA1A", b"MA1B"})
"""Brands of the container and of profiles: what was coded stands among the compatible ones behind them."""


def kind_of(head: bytes) -> str | None:
    """The kind that the first 16 bytes tell, None for everything else.

    Of AVIF and HEIC behind a brand of both the first 64 tell it; 16 say HEIC, the usual one.

    "BMP" is told by two letters only, which a text may begin with too; so it is asked for last.
    """
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return _branded(head)
    return "BMP" if head.startswith(b"BM") else None


def _branded(head: bytes) -> str | None:
    major = head[8:12]
    if major not in _EITHER:
        return _BRANDS.get(major)
    end = min(len(head), int.from_bytes(head[:4], "big"))
    compatible = (_BRANDS.get(head[place : place + 4]) for place in range(16, end - 3, 4))
    return next((kind for kind in compatible if kind), "AVIF" if major.startswith(b"MA1") else "HEIC")
