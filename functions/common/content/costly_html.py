"""HTML that would keep its parser busy for minutes, told by its tags before a parser sees it. Pure.

The parsing rules of HTML make some of it quadratic: deep nesting, inline elements that are never closed and are opened
again in every block, elements of very many attributes. Nothing that a person wrote comes near these bounds.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

MOST_DEPTH: Final = 512
"""Open elements inside each other: where Chromium's parser stops nesting."""
MOST_ATTRIBUTES: Final = 1_000
"""Of one element. The parser compares each with all before it."""
MOST_OPENED_AGAIN: Final = 4_000_000
"""Elements that may have to be opened again: unclosed inline ones times the tags behind them; a second or so."""

_TAG = re.compile(
    r"""<!--.*?(?:-->|\Z)|<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*)(?P<rest>(?>[^>"']+|"[^"]*"|'[^']*'|["'])*)>?""",
    re.DOTALL,
)
_QUOTED = re.compile(r""""[^"]*"|'[^']*'""")
# Elements that have no end tag, or whose end tag may be left out, do not nest by being repeated.
_OPEN_ENDED = """
    area base body br caption col colgroup dd dt embed head hr html img input li link meta optgroup option p param rb
    rp rt rtc source tbody td tfoot th thead tr track wbr
"""
_FLAT = frozenset(_OPEN_ENDED.split())
_FORMATTING = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
)


def fault(html: str) -> str | None:
    """What makes ``html`` costly and what to change, as the end of a sentence; None where nothing does.

    The count is an estimate from the tags as written: an end tag that the parser would ignore counts as well.
    """
    depth: Counter[str] = Counter()
    opened = inline = again = 0
    for tag in _TAG.finditer(html):
        name = (tag["name"] or "").lower()
        if not name:
            continue
        if len(tag["rest"]) > MOST_ATTRIBUTES and _attributes(tag["rest"]) > MOST_ATTRIBUTES:
            return f"has an element with over {MOST_ATTRIBUTES} attributes: remove some"
        again += inline
        if name not in _FLAT:
            step = 1 if not tag["end"] else -1 if depth[name] else 0
            depth[name] += step
            opened += step
            inline += step if name in _FORMATTING else 0
        if opened > MOST_DEPTH:
            return f"nests over {MOST_DEPTH} elements, the last a <{name[:20]}>: close some"
        if again > MOST_OPENED_AGAIN:
            return "leaves too many inline elements open: close <b>, <i>, <a> and the like"
    return None


def _attributes(rest: str) -> int:
    return len(_QUOTED.sub("", rest).replace("/", " ").split())
