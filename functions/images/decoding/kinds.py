"""Which kind of image some bytes are, by their first ones, or by its boxes. Only known kinds reach a decoder."""

from __future__ import annotations

from common.content import image_kinds
from images.decoding.boxes import Container, read_container
from images.errors import UnsupportedImage

READABLE = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP")
"""Pillow's names. Its other decoders stay closed: each is one more door for hostile bytes."""
_SAVE_AS = "save it as JPEG, PNG, WebP or AVIF, and upload that"
_CLOSED = {
    "HEIC": "on an iPhone choose Settings, Camera, Formats, Most Compatible, or save it as JPEG, and upload that",
    "JPEG 2000": _SAVE_AS,
    "JPEG XL": _SAVE_AS,
    "SVG": "it is a drawing without pixels; export it as PNG, and upload that",
    "PDF": "export the page as PNG or JPEG, and upload that",
    "Photoshop": _SAVE_AS,
    "camera raw": "develop it, and save it as JPEG",
    "icon": "save it as PNG, and upload that",
}
"""What to do with kinds that people do send (docs/decisions/013-image-kinds.md says why each is closed)."""
_BEGINNINGS = (
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"8BPS", "Photoshop"),
    (b"%PDF-", "PDF"),
    (b"\x00\x00\x01\x00", "icon"),
    (b"FUJIFILMCCD-RAW", "camera raw"),
    (b"IIRO", "camera raw"),
    (b"IIU\x00", "camera raw"),
)
_SVG_WITHIN = 1024


def kind_of(data: bytes, container: Container | None = None) -> str:
    """One of READABLE. Raises UnsupportedImage with what to do."""
    container = container or read_container(data)
    kind = container.kind if container else image_kinds.kind_of(data)
    if kind == "BigTIFF":
        kind = "TIFF"
    if kind in READABLE:
        return kind
    if not data:
        raise UnsupportedImage("The object is empty; upload the image again.")
    name = kind or _closed_kind(data)
    if name in _CLOSED:
        raise UnsupportedImage(f"This is a {name} file, which is not read here: {_CLOSED[name]}.")
    raise UnsupportedImage(f"This is a kind of file that is not read here; use one of {', '.join(READABLE)}.")


def _closed_kind(data: bytes) -> str | None:
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return kind
    if data[4:12] == b"ftypcrx ":
        return "camera raw"
    head = data[:_SVG_WITHIN].lstrip(b"\xef\xbb\xbf \t\r\n")
    return "SVG" if head.startswith(b"<") and b"<svg" in head else None
