"""Refuses what HTML's own parsing rules make quadratic, before a parser sees it."""

from __future__ import annotations

import re
from collections import Counter

from narration.errors import InvalidArticle

MAX_DEPTH = 512
"""Open elements inside each other: where Chromium's parser stops nesting, and far beyond any article."""
MAX_ATTRIBUTES = 1_000
"""Of one element. The parser compares each with all before it."""
MAX_REPEATED = 2_000_000
"""Elements the parser may have to open again: unclosed inline elements times the tags that follow them."""

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
_NOT_NESTING = frozenset(_OPEN_ENDED.split())
_FORMATTING = frozenset(
    ("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u")
)


def refuse(html: str) -> None:
    """Raises InvalidArticle for what would keep the parser busy for minutes; no article comes near these bounds.

    The count is an estimate from the tags as written: an end tag that the parser would ignore counts as well.
    """
    depth: Counter[str] = Counter()
    open_elements = open_formatting = repeated = 0
    for tag in _TAG.finditer(html):
        name = (tag["name"] or "").lower()
        if not name:
            continue
        if len(tag["rest"]) > MAX_ATTRIBUTES and _attributes(tag["rest"]) > MAX_ATTRIBUTES:
            raise InvalidArticle(f"The HTML body has an element with over {MAX_ATTRIBUTES} attributes: remove some.")
        repeated += open_formatting
        if name not in _NOT_NESTING:
            step = 1 if not tag["end"] else -1 if depth[name] else 0
            depth[name] += step
            open_elements += step
            open_formatting += step if name in _FORMATTING else 0
        if open_elements > MAX_DEPTH:
            raise InvalidArticle(
                f"The HTML body nests over {MAX_DEPTH} elements, the last a <{name[:20]}>: close some."
            )
        if repeated > MAX_REPEATED:
            raise InvalidArticle(
                "The HTML body leaves too many inline elements open: close <b>, <i>, <a> and the like."
            )


def _attributes(rest: str) -> int:
    return len(_QUOTED.sub("", rest).replace("/", " ").split())
