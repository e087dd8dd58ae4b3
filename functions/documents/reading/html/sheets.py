"""The style sheets of a page: those in it, and those that it names. Of these only what stands in the name is read."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_IMPORT = re.compile(r"@import\s+(?:url\(\s*)?(?:\"([^\"]*)\"|'([^']*)'|([^\s);\"']+))([^;]*)", re.IGNORECASE)
_DATA = re.compile(r"data:text/css(?:;(?!base64)[^,;]*)*(;base64)?,(.*)", re.IGNORECASE | re.DOTALL)
_FONTS_ALONE: Final = ("https://fonts.googleapis.com/", "//fonts.googleapis.com/")
"""Sheets of these say how letters are drawn, and nothing else."""


def of(tree: LexborHTMLParser) -> tuple[list[str], int]:
    """Texts of style sheets for a screen, in their order, and how many lie elsewhere."""
    found: list[str] = []
    elsewhere = 0
    for node in tree.css("style, link[rel~=stylesheet i][href]"):
        if not _is_for_screen(node.attributes.get("media")) or _is_other(node):
            continue
        if node.tag == "link":
            texts, unread = _named((node.attributes.get("href") or "").strip())
        else:
            texts, unread = _with_imports(node.text() or "")
        found += texts
        elsewhere += unread
    return found, elsewhere


def _named(address: str) -> tuple[list[str], int]:
    data = _DATA.fullmatch(address)
    if data:
        try:
            plain = unquote_to_bytes(data[2])
            text = (base64.b64decode(plain, validate=False) if data[1] else plain).decode("utf-8", "replace")
        except ValueError:
            return [], 1
        return [text], len(_IMPORT.findall(text))
    return [], int(bool(address) and not address.startswith(_FONTS_ALONE))


def _with_imports(text: str) -> tuple[list[str], int]:
    """What a sheet imports comes before its own rules (CSS Cascade 4, 2)."""
    texts: list[str] = []
    elsewhere = 0
    if "@import" in text.lower():
        for match in _IMPORT.finditer(re.sub(r"/\*.*?(?:\*/|\Z)", " ", text, flags=re.DOTALL)):
            if match[4].strip().lower() != "print":
                inner, unread = _named((match[1] or match[2] or match[3] or "").strip())
                texts += inner
                elsewhere += unread
    return [*texts, text], elsewhere


def _is_for_screen(media: str | None) -> bool:
    return (media or "all").strip().lower() != "print"


def _is_other(node: LexborNode) -> bool:
    """A link that a reader would first have to choose, or one that is turned off."""
    return node.tag == "link" and (
        "alternate" in (node.attributes.get("rel") or "").lower() or "disabled" in node.attributes
    )
