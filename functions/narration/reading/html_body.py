"""An HTML body as paragraphs: what a reader would read aloud, in document order.

Headings, text, list items and quotations are spoken. Code, captions, tables, navigation, scripts, drawings, forms and
what the page hides are left out, as listeners of read-aloud tools ask for. Inline elements join their
text to the paragraph around them; block elements end it. ``lang`` is inherited as the HTML standard says.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from narration.article.language_tags import canonical
from narration.article.text import collapse, printable
from narration.errors import InvalidArticle
from narration.model import Paragraph, ParagraphKind, Run

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LEFT_OUT = """
    aside audio button canvas code datalist embed figcaption footer form head iframe input math meter nav noscript
    object pre progress rp rt script select style svg table template textarea title video
"""
LEFT_OUT = frozenset(_LEFT_OUT.split())
"""Elements that are not read, with all that is in them. ``rt`` and ``rp`` would say an annotated word twice."""
_BLOCKS = """
    address article blockquote body center dd details dialog dir div dl dt fieldset figure header hgroup hr html
    legend li main menu ol p search section summary ul
"""
BLOCKS = HEADINGS | frozenset(_BLOCKS.split())

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


def paragraphs(html: str, language: str, most: int | None = None) -> tuple[Paragraph, ...]:
    """The spoken paragraphs of ``html`` in an article in ``language`` (BCP 47), the first ``most`` of them.

    A run carries a ``lang`` only where it differs from ``language``. Raises InvalidArticle for a body whose
    nesting would keep the parser busy for minutes.
    """
    from selectolax.lexbor import LexborHTMLParser

    _refuse_costly(html)
    root = LexborHTMLParser(html).root
    if root is None:
        return ()
    reader = _Reader(canonical(language) or language)
    reader.read(root, most)
    return tuple(reader.paragraphs[:most])


class _Frame(NamedTuple):
    """An open element: what text in it is, and in which language (None: the article's)."""

    tag: str
    kind: ParagraphKind
    lang: str | None


_Stretch: TypeAlias = "tuple[list[str], str | None]"
"""Parts of text in one language. Joined only once: a paragraph may have very many inline elements."""


@dataclass(slots=True)
class _Reader:
    """Gathers text into the paragraph at hand and ends it where a block begins or ends."""

    language: str
    paragraphs: list[Paragraph] = field(default_factory=list)
    _frames: list[_Frame] = field(default_factory=lambda: [_Frame("", "text", None)])
    _pending: list[_Stretch] = field(default_factory=list)
    _after_break: bool = False

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

    def _enter(self, node: LexborNode) -> LexborNode | None:
        """Read one node; its first child if the element is to be read and has one, and is thus still open."""
        tag = node.tag or ""
        if tag == "-text":
            self._text(node.text_content or "")
            return None
        if tag in LEFT_OUT or not node.is_element_node:
            return None
        attributes = node.attributes
        if attributes and _hidden(attributes):
            return None
        if tag in BLOCKS:
            self.flush()
        elif tag == "br":
            self._line_break()
        child = node.first_child
        if child is not None:
            self._frames.append(self._frame(tag, attributes))
        return child

    def _leave(self) -> None:
        if self._frames[-1].tag in BLOCKS:
            self.flush()
        self._frames.pop()

    def flush(self) -> None:
        """End the paragraph at hand, if there is anything in it."""
        if self._pending:
            runs = _runs(self._pending)
            if runs:
                self.paragraphs.append(Paragraph(self._frames[-1].kind, runs))
            self._pending = []
        self._after_break = False

    def _frame(self, tag: str, attributes: dict[str, str | None]) -> _Frame:
        outer = self._frames[-1]
        kind = outer.kind
        # A heading inside a quotation belongs to the quoted text: it must not become a chapter.
        if tag == "blockquote":
            kind = "quote"
        elif tag in HEADINGS and kind != "quote":
            kind = "heading"
        return _Frame(tag, kind, self._lang(attributes, outer.lang) if attributes else outer.lang)

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
        self._append(text)
        if not text.isspace():
            self._after_break = False

    def _line_break(self) -> None:
        """One <br> is a space; two in a row are how many editors write a new paragraph."""
        if self._after_break:
            self.flush()
        self._append(" ")
        self._after_break = True

    def _append(self, text: str) -> None:
        lang = self._frames[-1].lang
        if self._pending and self._pending[-1][1] == lang:
            self._pending[-1][0].append(text)
        else:
            self._pending.append(([text], lang))


def _hidden(attributes: dict[str, str | None]) -> bool:
    return "hidden" in attributes or (attributes.get("aria-hidden") or "").strip().lower() == "true"


def _runs(pending: list[_Stretch]) -> tuple[Run, ...]:
    """Text as runs: white space collapsed across their borders, neighbours in one language joined."""
    stretches: list[_Stretch] = []
    after_space = True
    for parts, lang in pending:
        text = collapse(printable("".join(parts)))
        if after_space:
            text = text.removeprefix(" ")
        if not text:
            continue
        after_space = text.endswith(" ")
        if stretches and (stretches[-1][1] == lang or text == " "):
            stretches[-1][0].append(text)
        else:
            stretches.append(([text], lang))
    runs = [Run("".join(parts), lang) for parts, lang in stretches]
    if runs:
        runs[-1] = Run(runs[-1].text.removesuffix(" "), runs[-1].lang)
    return tuple(runs)


def _refuse_costly(html: str) -> None:
    """Refuse what HTML's own parsing rules make quadratic; no article comes near these bounds.

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
