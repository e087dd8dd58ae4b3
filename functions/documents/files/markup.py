"""HTML that would keep its parser busy for minutes, told by its tags before it is parsed.

The parsing rules of HTML make some of it quadratic: deep nesting, inline elements that are never closed and are opened
again in every block, elements of very many attributes. No document comes near these bounds.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from documents.errors import BrokenDocument

MOST_DEPTH: Final = 512
"""Elements within each other: where Chromium's parser stops nesting."""
MOST_ATTRIBUTES: Final = 1000
MOST_OPENED_AGAIN: Final = 4_000_000
"""Inline elements that are open, added up over all tags that follow them."""

_TAG = re.compile(
    r"""<!--.*?(?:-->|\Z)|<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*)(?P<rest>(?>[^>"']+|"[^"]*"|'[^']*'|["'])*)>?""",
    re.DOTALL,
)
_QUOTED = re.compile(r""""[^"]*"|'[^']*'""")
# Elements without an end tag, or whose end tag may be left out, do not nest by being repeated.
_FLAT = frozenset({
    "area", "base", "body", "br", "caption", "col", "colgroup", "dd", "dt", "embed", "head", "hr", "html",
    "img", "input", "li", "link", "meta", "optgroup", "option", "p", "param", "rb", "rp", "rt", "rtc", "source",
    "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
})  # fmt: skip
_INLINE = frozenset({
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
})  # fmt: skip


def refuse_costly(html: str) -> None:
    """Raises BrokenDocument. Counted by the tags as they stand, whatever the parser makes of them."""
    depth: Counter[str] = Counter()
    opened = inline = again = 0
    for tag in _TAG.finditer(html):
        name = (tag["name"] or "").lower()
        if not name:
            continue
        if len(tag["rest"]) > MOST_ATTRIBUTES and len(_QUOTED.sub("", tag["rest"]).split()) > MOST_ATTRIBUTES:
            raise BrokenDocument(f"An element of the HTML has over {MOST_ATTRIBUTES:,} attributes; save it anew.")
        again += inline
        if name not in _FLAT:
            step = 1 if not tag["end"] else -1 if depth[name] else 0
            depth[name] += step
            opened += step
            inline += step if name in _INLINE else 0
        if opened > MOST_DEPTH or again > MOST_OPENED_AGAIN:
            raise BrokenDocument("The HTML leaves too many elements open within each other; close some.")
