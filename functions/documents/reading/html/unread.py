"""What an HTML page shows by other means than text: pictures, drawings, other pages within it. It is told, not read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from documents.reading.html.html_text import Content

LEAST_AREA: Final = 8_000
"""Pixels, about one per cent of a page: what says that it is smaller is an ornament, or counts its readers."""
LEAST_DATA: Final = 1_500
"""Letters of a picture that stands in the page itself; a shorter one is an ornament."""
_KINDS: Final = {
    "pages within the page": "iframe[src], iframe[srcdoc], frame[src]",
    "embedded objects": "object[data], embed[src]",
    "recordings": "video, audio",
    "formulas": "math",
}
_PIXELS = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:px)?\s*")


def count(tree: LexborHTMLParser, content: Content) -> None:
    """Once what is hidden was taken out of the tree. Pictures of a mail (``cid:``) are its attachments."""
    content.pictures = sum(map(_is_picture, tree.css("img, input[type=image]")))
    content.pictures += sum(map(_is_drawing, tree.css("svg")))
    for kind, selector in _KINDS.items():
        content.unread[kind] += len(tree.css(selector))


def _is_picture(node: LexborNode) -> bool:
    source = (node.attributes.get("src") or node.attributes.get("srcset") or "").strip()
    if not source or source.lower().startswith("cid:"):
        return False
    if source.lower().startswith("data:") and len(source) < LEAST_DATA:
        return False
    area = _area(node)
    return area is None or area >= LEAST_AREA


def _is_drawing(node: LexborNode) -> bool:
    """Most are signs beside words."""
    return node.css_first("text") is not None or (_area(node) or 0) >= LEAST_AREA


def _area(node: LexborNode) -> float | None:
    """None where it is not told. One side alone tells a line or a dot."""
    sides = [_side(node, name) for name in ("width", "height")]
    if None not in sides:
        return (sides[0] or 0) * (sides[1] or 0)
    return 0.0 if any(side is not None and side <= 3 for side in sides) else None


def _side(node: LexborNode, name: str) -> float | None:
    own = re.search(rf"(?:^|[;\s]){name}\s*:\s*(\d+(?:\.\d+)?)px", node.attributes.get("style") or "")
    match = _PIXELS.fullmatch(own[1] if own else node.attributes.get(name) or "")
    return float(match[1]) if match else None
