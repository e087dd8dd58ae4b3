"""What of a document a browser may show, and under which name it is kept.

S3 cannot be told to send ``X-Content-Type-Options: nosniff`` with an object, so the type that it sends has to be right
and harmless by itself: what a browser may run (HTML, SVG, anything that is not on the list) is only ever kept as a
file. The type is that of the document's first bytes, as ``documents`` found it; what its uploader says counts nothing.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

PDF: Final = "application/pdf"
INLINE: Final = {
    PDF: PDF,
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "text/plain": "text/plain; charset=utf-8",
}
"""Media types that are shown, with what they are sent as."""
PICTURES: Final = frozenset({PDF, "image/png", "image/jpeg"})
"""Those of them that show a page as it looks; of all others a page is its text."""
OTHER: Final = "application/octet-stream"
MOST_NAME: Final = 100
"""Characters of a file's name; its end, which says what it is, stays."""


def headers(key: str, media_type: str) -> dict[str, str]:
    """Members of a GetObject request that set its answer's headers: type, disposition, and that nobody keeps it."""
    inline = INLINE.get(media_type)
    how = "inline" if inline else "attachment"
    return {
        "ResponseContentType": inline or OTHER,
        "ResponseContentDisposition": f"{how}; filename*=UTF-8''{_name(key, media_type)}",
        "ResponseCacheControl": "private, no-store",
    }


def _name(key: str, media_type: str) -> str:
    """The last part of a key as RFC 8187 writes it: no sign of it can end the header's value."""
    name = key.rpartition("/")[2] or "document"
    if media_type == PDF and not name.lower().endswith(".pdf"):
        name = f"{name}.pdf"
    return quote(name[-MOST_NAME:].encode("utf-8", "replace"), safe="")
