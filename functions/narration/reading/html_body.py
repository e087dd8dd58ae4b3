"""An HTML body as paragraphs: what a reader would read aloud, in document order.

Headings, text, list items and quotations are spoken; what is left out, and why, the rules say
(``narration.reading.rules``). Inline elements join their text to the paragraph around them; block elements end it.
``lang`` is inherited as the HTML standard says.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from common.content import costly_html
from narration.article.language_tags import canonical
from narration.errors import InvalidArticle
from narration.model import Paragraph, ParagraphKind, Run
from narration.reading import footnotes, joined, sieve, text_rules
from narration.reading.rules import Rule, Rules, own

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
NO_TEXT = frozenset({"head", "noscript", "rp", "rt", "script", "style", "template", "title"})
"""Elements that hold nothing for a reader and are not counted. ``rt`` and ``rp`` would say an annotated word twice."""
_BLOCKS = """
    address article blockquote body center dd details dialog dir div dl dt fieldset figure header hgroup hr html
    legend li main menu ol p search section summary ul
"""
BLOCKS = HEADINGS | frozenset(_BLOCKS.split())
_LINES = HEADINGS | {"li", "dd", "dt", "p", "summary", "legend"}
"""Blocks in which a blank line is only white space, also where nothing is marked as a paragraph."""
_BLANK_LINE = re.compile(r"\n[ \t\r\f]*\n\s*")


class LeftOut(NamedTuple):
    """Something that is not read: by which rule, behind how many paragraphs, in which element, and what it says."""

    rule: str
    after: int
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What is spoken of a body, and what is not. ``kept``: what a rule asked for and a guard of it kept."""

    paragraphs: tuple[Paragraph, ...]
    left_out: tuple[LeftOut, ...] = ()
    kept: tuple[tuple[str, str, str], ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How often each rule left something out, by its name."""
        return dict(sorted(Counter(one.rule for one in self.left_out).items()))


def read(html: str, language: str, most: int | None = None, rules: Rules | None = None) -> Reading:
    """What is read aloud of ``html`` in an article in ``language`` (BCP 47), the first ``most`` paragraphs of it.

    A run carries a ``lang`` only where it differs from ``language``. A paragraph of kind pause says nothing. Raises
    InvalidArticle for a body whose nesting would keep the parser busy for minutes.
    """
    from selectolax.lexbor import LexborHTMLParser

    if fault := costly_html.fault(html):
        raise InvalidArticle(f"The HTML body {fault}.")
    root = LexborHTMLParser(html).root
    if root is None:
        return Reading(())
    reader = _Reader(canonical(language) or language, root, rules or own())
    reader.read(root, most)
    frames: set[str] = set()
    while (frame := reader.frame()) and frame not in frames:
        frames.add(frame)
        reader = _Reader(reader.language, root, rules or own(), frozenset(frames))
        reader.read(root, most)
    return Reading(tuple(reader.paragraphs[:most]), tuple(reader.left_out), tuple(reader.kept))


def paragraphs(html: str, language: str, most: int | None = None) -> tuple[Paragraph, ...]:
    """The spoken paragraphs of ``html`` by the rules of the house."""
    return read(html, language, most).paragraphs


class _Frame(NamedTuple):
    """An open element: what text in it is, and in which language (None: the article's)."""

    tag: str
    kind: ParagraphKind
    lang: str | None
    link: bool


_SHOWN = 200
"""Characters of what is left out that are kept for the list of it."""
_SET_APART = frozenset({"aside", "button", "footer", "form", "math", "nav", "pre", "table", "video"})
"""Elements that are no blocks of text, but end the paragraph in front of them."""
_INLINE_MARKS = frozenset({"a", "sup", "span", "small"})


class _Reader:
    """Gathers text into the paragraph at hand and ends it where a block begins or ends."""

    def __init__(self, language: str, root: LexborNode, rules: Rules, frames: frozenset[str] = frozenset()) -> None:
        self.language = language
        self.paragraphs: list[Paragraph] = []
        self.left_out: list[LeftOut] = []
        self._rules = rules
        self._sieve = sieve.Sieve(rules, root, frames)
        self._notes = footnotes.found(root) if rules.footnotes else frozenset()
        self._classic = root.css_first("p") is None
        self._frames = [_Frame("", "text", None, False)]
        self._pending: list[joined.Stretch] = []
        self._linked = 0
        self._after_break = False
        self._label: Rule | None = None
        """The rule that took the last paragraph as a label: a list of links right behind it belongs to it."""

    @property
    def kept(self) -> list[tuple[str, str, str]]:
        return [(rule, guard, text) for rule, guard, text in self._sieve.kept]

    def frame(self) -> str | None:
        """A rule that took the article itself, and must be asked no more (``sieve.Sieve.frame``)."""
        return self._sieve.frame(sum(len(one.text) for one in self.paragraphs))

    def read(self, root: LexborNode, most: int | None = None) -> None:
        """Everything under ``root`` that is read, without recursion: HTML may nest deeper than Python's stack."""
        path: list[LexborNode] = []
        node: LexborNode | None = root
        while node is not None and (most is None or len(self.paragraphs) < most):
            child = self._enter(node)
            if child is not None:
                path.append(node)
                node = child
                continue
            node = node.next if path else None
            while node is None and path:
                self._leave()
                parent = path.pop()
                node = parent.next if path else None
        while len(self._frames) > 1:
            self._leave()
        self.flush()
        if self.paragraphs and self.paragraphs[-1].kind == "pause":
            self.paragraphs.pop()

    def _enter(self, node: LexborNode) -> LexborNode | None:
        """Read one node; its first child if the element is to be read and has one, and is thus still open."""
        tag = node.tag or ""
        if tag == "-text":
            self._text(node.text_content or "")
            return None
        if tag in NO_TEXT or not node.is_element_node:
            return None
        attributes = node.attributes
        rule = self._rule(node, tag, attributes)
        if rule is not None:
            self._leave_out(node, tag, attributes, rule)
            return None
        if tag in BLOCKS:
            self.flush()
        if tag == "br":
            self._line_break()
        elif tag == "hr":
            self._pause()
        child = node.first_child
        if child is not None:
            self._frames.append(self._frame(tag, attributes))
        return child

    def _rule(self, node: LexborNode, tag: str, attributes: dict[str, str | None]) -> Rule | None:
        if self._notes and node.mem_id in self._notes:
            return self._rules.footnotes
        if self._label and tag in {"ul", "ol"} and sieve.links_only(node):
            return self._label
        if tag == "button" and self._is_heading(node):
            return None
        return self._sieve.takes(node, tag, attributes)

    def _is_heading(self, node: LexborNode) -> bool:
        """Whether a button is all that its heading says: the question that an accordion opens below."""
        outer = node.parent
        return outer is not None and outer.tag in HEADINGS and sieve.letters(node) == sieve.letters(outer)

    def _leave_out(self, node: LexborNode, tag: str, attributes: dict[str, str | None], rule: Rule) -> None:
        if tag in BLOCKS or tag in _SET_APART:
            self.flush()
        text = sieve.words(node)
        if rule.logic == "footnotes" and tag not in _INLINE_MARKS:
            self._without_title(rule)
        if text:
            name = attributes.get("class") or attributes.get("id") if attributes else None
            self._note(rule, text, f"<{tag} {name.strip()[:60]}>" if name else f"<{tag}>")

    def _without_title(self, rule: Rule) -> None:
        """Takes back the heading that announced the notes."""
        if self.paragraphs and footnotes.is_title(self.paragraphs[-1].text):
            text = self.paragraphs.pop().text
            self._note(rule, text)

    def _note(self, rule: Rule, text: str, where: str = "text") -> None:
        self.left_out.append(LeftOut(rule.name, len(self.paragraphs), where, text[:_SHOWN]))

    def _leave(self) -> None:
        if self._frames[-1].tag in BLOCKS:
            self.flush()
        self._frames.pop()

    def flush(self) -> None:
        """End the paragraph at hand, if there is anything in it."""
        if self._pending:
            self._end(joined.runs(self._pending))
            self._pending = []
            self._linked = 0
        self._after_break = False

    def _end(self, runs: tuple[Run, ...]) -> None:
        length = sum(len(run.text) for run in runs)
        share = self._linked / length if length else 0.0
        cut = text_rules.cut(runs, self._rules, self._note, linked=share)
        if cut.pause:
            self._pause()
        elif cut.runs:
            self.paragraphs.append(Paragraph(self._frames[-1].kind, cut.runs))
        if cut.runs:
            self._label = None
        elif cut.rule and cut.rule.most:
            self._label = cut.rule

    def _pause(self) -> None:
        """Ornaments side by side are one pause; none stands before the first paragraph or behind the last."""
        if self.paragraphs and self.paragraphs[-1].kind != "pause":
            self.paragraphs.append(Paragraph("pause"))

    def _frame(self, tag: str, attributes: dict[str, str | None]) -> _Frame:
        outer = self._frames[-1]
        kind = outer.kind
        # A heading inside a quotation belongs to the quoted text: it must not become a chapter.
        if tag == "blockquote":
            kind = "quote"
        elif tag in HEADINGS and kind != "quote":
            kind = "heading"
        lang = self._lang(attributes, outer.lang) if attributes else outer.lang
        return _Frame(tag, kind, lang, outer.link or (tag == "a" and "href" in attributes))

    def _lang(self, attributes: dict[str, str | None], inherited: str | None) -> str | None:
        if "lang" not in attributes:
            return inherited
        given = (attributes["lang"] or "").strip()
        if not given:
            return None  # the HTML standard: lang="" is "unknown"; the article's language is the best guess
        tag = canonical(given)
        if tag is None:
            return inherited
        return None if tag == self.language else tag

    def _text(self, text: str) -> None:
        """In a body without a single <p>, a blank line ends a paragraph: so editors of old write, and CMSs read."""
        if self._classic and "\n" in text and self._block() not in _LINES:
            first, *others = _BLANK_LINE.split(text)
            self._words(first)
            for words in others:
                self.flush()
                self._words(words)
            return
        self._words(text)

    def _words(self, text: str) -> None:
        if not text.isspace():
            self._append(text)
            self._after_break = False
        elif self._pending:
            self._append(text)

    def _block(self) -> str:
        """The block that the text at hand stands in."""
        return next((frame.tag for frame in reversed(self._frames) if frame.tag in BLOCKS), "")

    def _line_break(self) -> None:
        """One <br> is the end of a line; two in a row are how many editors write a new paragraph."""
        if self._after_break:
            self.flush()
        self._append(joined.BR)
        self._after_break = True

    def _append(self, text: str) -> None:
        frame = self._frames[-1]
        if frame.link:
            self._linked += len(text)
        if self._pending and self._pending[-1][1] == frame.lang:
            self._pending[-1][0].append(text)
        else:
            self._pending.append(([text], frame.lang))
