"""Which elements of one body are left out: the rules that ask for an element, held back by their guards.

Guards look into the element, which costs; so they are only asked once a rule's own data holds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from narration.reading.rules import MOSTLY, Guard, Match, Rule, Rules

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

PROSE = 120
"""Letters of one paragraph outside of links from which on it is the article's own text."""

MOST_COMPARED = 200
"""Quotations that are looked for in the whole text; no article sets more of them large, and each takes as long."""

_NO_WORD = re.compile(r"\W+")
_MOST_KEPT = 1_000
HARDLY_ANYTHING = 10
"""A rule that took more than half of the letters piece by piece is not believed where less than this part is left."""
_WHOLE = frozenset({"html", "body", "main", "article", "h1", "h2"})


def words(node: LexborNode) -> str:
    """The text of an element in one line."""
    return " ".join((node.text(separator=" ") or "").split())


def letters(node: LexborNode) -> int:
    """Characters of an element's text, white space apart."""
    return sum(map(len, (node.text() or "").split()))


def linked(node: LexborNode) -> float:
    """The share of an element's letters that stand in links."""
    whole = letters(node)
    return sum(letters(link) for link in node.css("a")) / whole if whole else 0.0


class Sieve:
    """Asks the rules about one body. ``kept``: what a rule asked for and a guard kept, as rule, guard, text.

    ``frames``: rules whose names are what a page builder puts around everything here; their guard "half" keeps all.
    """

    def __init__(self, rules: Rules, root: LexborNode, frames: frozenset[str] = frozenset()) -> None:
        self._rules = rules
        self._root = root
        self._frames = frames
        self._taken: Counter[str] = Counter()
        self.kept: list[tuple[str, Guard, str]] = []
        self._compared = 0

    def takes(self, node: LexborNode, tag: str, attributes: Mapping[str, str | None]) -> Rule | None:
        """The rule by which an element is left out with all that is in it; None where it is read."""
        for match in self._rules.of(tag, attributes):
            if not self._holds(match, node):
                continue
            guard = self._guard(match, node, tag)
            if guard is None:
                if match.by_name and "half" in match.rule.guards:
                    self._taken[match.rule.name] += letters(node)
                return match.rule
            if len(self.kept) < _MOST_KEPT:
                self.kept.append((match.rule.name, guard, words(node)[:80]))
        return None

    def frame(self, spoken: int) -> str | None:
        """The rule that took more than half of the body by its names, where next to nothing is ``spoken``."""
        if not self._taken or HARDLY_ANYTHING * spoken >= self._letters:
            return None
        name, taken = self._taken.most_common(1)[0]
        return name if 2 * taken > self._letters else None

    def _holds(self, match: Match, node: LexborNode) -> bool:
        if match.logic == "figure":
            return not any(_outside_caption(found) for found in node.css("p, blockquote"))
        return match.logic != "repeated" or self._said_elsewhere(node)

    def _guard(self, match: Match, node: LexborNode, tag: str) -> Guard | None:
        """The first guard that keeps the element. What an element, role or style says itself, only "half" keeps."""
        for guard in match.rule.guards:
            if (match.by_name or guard == "half") and self._keeps(guard, node, tag):
                return guard
            if guard == "half" and match.by_name and match.rule.name in self._frames:
                return guard
        return None

    def _keeps(self, guard: Guard, node: LexborNode, tag: str) -> bool:
        if guard == "paragraph":
            return tag == "p"
        if guard == "heading":
            return tag in _WHOLE or node.css_first("h1, article, main") is not None
        if guard == "quote":
            return tag == "blockquote" or node.css_first("blockquote") is not None
        if guard == "prose":
            found = [node] if tag == "p" else node.css("p")
            return any(_own(one) >= PROSE for one in found)
        return 2 * letters(node) > self._letters

    @cached_property
    def _letters(self) -> int:
        return letters(self._root)

    @cached_property
    def _text(self) -> str:
        return _folded(words(self._root))

    def _said_elsewhere(self, node: LexborNode) -> bool:
        self._compared += 1
        if self._compared > MOST_COMPARED:
            return False
        said = max((words(one) for one in (node.css("p") or [node])), key=len)
        return not said or self._text.count(_folded(said)) > 1


def links_only(node: LexborNode) -> bool:
    """Whether a list is nothing but links to other pages."""
    return linked(node) >= MOSTLY


def _own(paragraph: LexborNode) -> int:
    return letters(paragraph) - sum(letters(link) for link in paragraph.css("a"))


def _outside_caption(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None and parent.tag != "figure":
        if parent.tag == "figcaption":
            return False
        parent = parent.parent
    return True


def _folded(text: str) -> str:
    """For comparing: a quotation is set with other marks than the text that it repeats."""
    return _NO_WORD.sub(" ", text).strip().lower()
