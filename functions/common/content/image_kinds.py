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
    (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"), "HEIC"
)
"""Major brands of ISO 14496-12 files (ISO 23008-12, annex B; AV1 Image File Format, section 6)."""


def kind_of(head: bytes) -> str | None:
    """The kind that the first 16 bytes tell, None for everything else.

    "BMP" is told by two letters only, which a text may begin with too; so it is asked for last.
    """
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    return "BMP" if head.startswith(b"BM") else None
