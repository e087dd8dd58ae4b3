"""Footnotes of one body: the marks in the text, and the notes that they lead to.

A mark is a short number, letter or sign that links to a place on the page and stands in a raised position, in
brackets, or under a class or role for notes; without a link only where the page has a list of notes. So "H2O", "m2"
and "1st" stay, which are raised as well. A note stands behind its mark: the same link the other way round leads back
into the text, which is no note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

from narration.reading.sieve import letters, words

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_SIGN = re.compile(r"[\[(]?\s*(?:\d{1,3}|[a-z]|[ivx]{1,4}|[*†‡§¶]{1,3})\s*[\])]?", re.IGNORECASE)
_PARTS = re.compile(r"[\s,]+")
_BRACKETED = re.compile(r"[\[(].*[\])]")
_NAMED = re.compile(
    r"(?:^|[-_\s])(?:foot|end|side)?(?:note|fn|noteref|footnoteref|cite)s?(?:[-_\s]?(?:ref|anchor|link|\d)|$)",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\W*(?:foot\s?notes?|end\s?notes?|notes?|references|fußnoten|anmerkungen|einzelnachweise|"
    r"notes\ de\ bas\ de\ page|références|notas|notas\ al\ pie|referencias|note|riferimenti|voetnoten|noten|przypisy|"
    r"сноски|примечания|脚注|注释)\W*",
    re.IGNORECASE,
)
_BLOCKS = frozenset({"li", "p", "dd", "div", "aside", "section", "td"})
_NEVER = frozenset({"html", "body", "main", "article", "h1", "h2", "h3"})
_WORD_BEFORE = re.compile(r"(\w+)[^\w\s]*$")
_UNIT_LETTERS = 2
"""A raised number behind a shorter word, or behind a digit, is a power: m2, km2, 10 to the 6th."""


def found(root: LexborNode) -> frozenset[int]:
    """The ``mem_id`` of each element that is a mark, a note or a list of notes."""
    page = _Page(root)
    marks = [link for link in root.css('a[href*="#"]') if page.is_mark(link)]
    sups = root.css("sup")
    if not marks and not sups:
        return frozenset()
    notes = page.notes(marks)
    left = {node.mem_id for link in marks for node in page.chain(link)} | notes.keys()
    if notes or root.css_first("ol.footnotes, .footnotes, [role=doc-endnotes], .wp-block-footnotes") is not None:
        left |= {sup.mem_id for sup in sups if _is_bare_mark(sup)}
    return frozenset(left)


def is_title(text: str) -> bool:
    """Whether a paragraph only announces notes."""
    return _TITLE.fullmatch(text) is not None


class _Page:
    """One body; what is asked of an element is looked up once, for thousands of marks may stand in one."""

    def __init__(self, root: LexborNode) -> None:
        self._root = root
        self._only_marks: dict[int, bool] = {}
        self._links: dict[int, frozenset[int]] = {}

    def is_mark(self, link: LexborNode) -> bool:
        text = words(link)
        if not text or not _SIGN.fullmatch(text):
            return False
        raised = link.css_first("sup") is not None or any(node.tag == "sup" for node in self.chain(link))
        if raised or _BRACKETED.fullmatch(text):
            return True
        attributes = link.attributes
        role = (attributes.get("role") or "") + (attributes.get("epub:type") or "")
        return "noteref" in role or any(_NAMED.search(attributes.get(name) or "") for name in ("class", "id", "rel"))

    def chain(self, link: LexborNode) -> Iterator[LexborNode]:
        """The link, and the elements around it that hold nothing but marks."""
        node: LexborNode | None = link
        while node is not None and self._has_only_marks(node):
            yield node
            node = node.parent
            if node is None or node.tag not in {"sup", "span", "small"}:
                return

    def _has_only_marks(self, node: LexborNode) -> bool:
        if node.mem_id not in self._only_marks:
            parts = _PARTS.split(words(node))
            self._only_marks[node.mem_id] = all(_SIGN.fullmatch(part) for part in parts if part)
        return self._only_marks[node.mem_id]

    def notes(self, marks: list[LexborNode]) -> dict[int, LexborNode]:
        """The blocks behind marks that these lead to, by ``mem_id``; none that holds half of the body, or the mark."""
        if not marks:
            return {}
        whole = letters(self._root)
        nodes = self._root.css('a[href*="#"], [id], a[name]')
        order = {node.mem_id: at for at, node in enumerate(nodes)}
        places = {node.attributes.get("name") or "": node for node in nodes if node.tag == "a"}
        places |= {node.attributes.get("id") or "": node for node in nodes}
        notes: dict[int, LexborNode] = {}
        for link in marks:
            target = places.get(unquote((link.attributes.get("href") or "").rpartition("#")[2]))
            if target is None or order[target.mem_id] < order[link.mem_id]:
                continue
            for block in _blocks_of(target):
                key = block.mem_id
                if key not in self._links:
                    self._links[key] = frozenset(one.mem_id for one in block.css("a"))
                if link.mem_id not in self._links[key] and (key in notes or 2 * letters(block) <= whole):
                    notes[key] = block
        return notes


def _blocks_of(target: LexborNode) -> Iterator[LexborNode]:
    """The block that a mark leads to, and the list that it is an item of; none where that is no note: a heading, or
    the article itself."""
    node: LexborNode | None = target
    while node is not None and node.tag not in _BLOCKS:
        if node.tag in _NEVER:
            return
        node = node.parent
    if node is None:
        return
    yield node
    if node.tag == "li" and node.parent is not None and node.parent.tag in {"ol", "ul"}:
        yield node.parent


def _is_bare_mark(sup: LexborNode) -> bool:
    """A raised number without a link, behind a whole word or a sentence."""
    if not re.fullmatch(r"[\[(]?\d{1,3}[\])]?|[*†‡§¶]{1,3}", words(sup)) or sup.css_first("a") is not None:
        return False
    before = sup.prev
    if before is None or before.is_element_node:
        return before is not None
    text = before.text_content or ""
    word = _WORD_BEFORE.search(text)
    if word is None or text[-1:].isspace():
        return False
    ends = not text.endswith(word[1])
    return not word[1][-1].isdigit() and (ends or len(word[1]) > _UNIT_LETTERS)
