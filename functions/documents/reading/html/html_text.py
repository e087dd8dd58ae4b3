"""HTML, and what DOCX and Markdown become as HTML, as lines, tables and pairs: what a browser would show, no more."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from common.content import costly_html
from documents.errors import BrokenDocument
from documents.model import NOT_SELECTED, SELECTED, Table
from documents.reading import key_values
from documents.reading.html import hidden_html, unread

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

MOST_DEPTH: Final = 200
"""Nested elements; what lies deeper is read as text of the one above."""
MOST_SPAN: Final = 100
MOST_CELLS: Final = 200_000
MOST_TABLES: Final = 10_000
"""Each becomes a file of its own; what further ones hold is read as text."""
_UNSEEN = frozenset({
    "script", "style", "template", "noscript", "head", "title", "meta", "link", "svg", "math", "iframe",
    "object", "embed", "audio", "video", "canvas", "-comment", "_comment", "datalist", "map",
})  # fmt: skip
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "button", "cite", "code", "data", "del", "dfn", "em",
    "font", "i", "img", "input", "ins", "kbd", "label", "mark", "meter", "output", "q", "ruby", "rp", "rt", "s",
    "samp", "select", "small", "span", "strike", "strong", "sub", "sup", "textarea", "time", "tt", "u", "var",
    "wbr", "progress",
})  # fmt: skip


@dataclass(slots=True)
class Content:
    """``rows`` are for ``key_values.find``: a line each, or a row of a table that holds labels and values.

    ``hidden``: words that do not show, by the way in which they are hidden; ``unread``: what was left out, by kind;
    ``pictures``: those that nobody read.
    """

    lines: list[str] = field(default_factory=list)
    rows: list[list[key_values.Cell]] = field(default_factory=list)
    forms: list[tuple[str, str]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    hidden: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    pictures: int = 0


def read(html: str) -> Content:
    """Raises BrokenDocument for what ``common.content.costly_html`` finds costly."""
    tree = _parsed(html)
    hidden, unlooked = hidden_html.strip(tree)
    reader = _Reader()
    root = tree.body
    if root is not None:
        reader.walk(root, 0)
        reader.end_line()
    reader.content.hidden = hidden
    reader.content.unread = unlooked
    unread.count(tree, reader.content)
    return reader.content


def shown(html: str) -> tuple[str, Counter[str]]:
    """The body with every element closed and without what does not show, and the words that were hidden, by way.

    Raises as ``read`` does.
    """
    tree = _parsed(html)
    hidden, _ = hidden_html.strip(tree)
    body = tree.body
    return "" if body is None else str(body.inner_html or ""), hidden


def _parsed(html: str) -> LexborHTMLParser:
    from selectolax.lexbor import LexborHTMLParser

    if fault := costly_html.fault(html):
        raise BrokenDocument(f"The HTML {fault}.")
    return LexborHTMLParser(html)


class _Reader:
    def __init__(self) -> None:
        self.content = Content()
        self._text: list[str] = []
        self._term = ""

    def walk(self, node: LexborNode, depth: int) -> None:
        child = node.child
        while child is not None:
            self._visit(child, depth)
            child = child.next

    def _visit(self, node: LexborNode, depth: int) -> None:
        tag = str(node.tag)
        if tag == "-text":
            self._text.append(node.text_content or "")
        elif _is_unseen(node, tag):
            return
        elif tag == "br":
            self.end_line()
        elif tag in ("input", "textarea", "select"):
            self._text.append(f" {_input(node, tag)} ")
        elif depth >= MOST_DEPTH:
            self._text.append(_flat(node))
        elif tag == "table" and self._is_table(node):
            self.end_line()
            self._table(node)
        elif tag == "pre":
            self._pre(node)
        elif tag in _INLINE:
            self.walk(node, depth + 1)
        else:
            self._block(node, tag, depth)

    def _is_table(self, node: LexborNode) -> bool:
        known = len(self.content.tables)
        return known < MOST_TABLES and not node.css_matches("table table") and _is_data(node)

    def _block(self, node: LexborNode, tag: str, depth: int) -> None:
        self.end_line()
        before = len(self.content.lines)
        self.walk(node, depth + 1)
        if tag in ("td", "th"):
            self._text.append(" ")
        self.end_line()
        if tag in ("dt", "dd"):
            text = " ".join(self.content.lines[before:])
            if tag == "dt":
                self._term = text.rstrip(" :")
            elif self._term and key_values.is_label(self._term):
                self.content.forms.append((self._term, text))
                del self.content.rows[-(len(self.content.lines) - before) :]

    def end_line(self) -> None:
        text = " ".join("".join(self._text).split())
        self._text.clear()
        if text:
            self.content.lines.append(text)
            self.content.rows.append([key_values.Cell(text)])

    def _pre(self, node: LexborNode) -> None:
        self.end_line()
        for line in (node.text() or "").split("\n"):
            if line.strip():
                self.content.lines.append(line.rstrip())
                self.content.rows.append(key_values.cells_of(line))

    def _table(self, node: LexborNode) -> None:
        caption = node.css_first("caption")
        rows, headed = _grid(node)
        if not rows:
            return
        title = _flat(caption) if caption is not None else ""
        self.content.tables.append(Table(1, rows, title))
        if title:
            self.content.lines.append(title)
        self.content.lines += [text for row in rows if (text := "  ".join(_distinct(row)))]
        if not headed or all(row[0].endswith(":") for row in rows if row[0]):
            # A table of two or four columns without a head is how forms are laid out.
            self.content.rows += [[]] * key_values.APART
            self.content.rows += [
                [key_values.Cell(text, number / 10, number / 10) for number, text in enumerate(row) if text]
                for row in rows
            ]
            self.content.rows += [[]] * key_values.APART


def _is_unseen(node: LexborNode, tag: str) -> bool:
    if tag in _UNSEEN or tag.startswith(("-", "!", "_")):
        return True
    kind = node.attributes.get("type")
    return tag == "input" and kind in ("hidden", "password", "submit", "button", "image", "reset")


def _input(node: LexborNode, tag: str) -> str:
    attributes = node.attributes
    if tag == "input" and attributes.get("type") in ("checkbox", "radio"):
        return SELECTED if "checked" in attributes else NOT_SELECTED
    if tag == "input":
        return attributes.get("value") or ""
    if tag == "textarea":
        return node.text() or ""
    chosen = node.css_first("option[selected]") or node.css_first("option")
    return _flat(chosen) if chosen is not None else ""


def _is_data(table: LexborNode) -> bool:
    """Tables that only lay out a page hold other tables, or headings and long texts in one cell."""
    return (
        table.css_first("table table, td h1, td h2, td section, td article") is None
        or table.css_first("th") is not None
    )


def _grid(table: LexborNode) -> tuple[tuple[tuple[str, ...], ...], bool]:
    """Rows of equal length, and whether the first is a head; spans repeat their text."""
    texts: dict[tuple[int, int], str] = {}
    headed, row = False, -1
    for tr in table.css("tr"):
        cells = [cell for cell in _children(tr) if cell.tag in ("td", "th") and not _is_unseen(cell, str(cell.tag))]
        if not cells:
            continue
        row += 1
        if row == 0:
            headed = len(cells) > 1 and all(cell.tag == "th" for cell in cells)
        column = 0
        for cell in cells:
            while (row, column) in texts:
                column += 1
            text = _flat(cell)
            for down in range(_span(cell, "rowspan")):
                for right in range(_span(cell, "colspan")):
                    texts.setdefault((row + down, column + right), text)
            if len(texts) > MOST_CELLS:
                break
    rows = [place for place in texts if place[0] <= row]  # a span may reach below the last row
    columns = max((place[1] for place in rows), default=-1) + 1
    return tuple(tuple(texts.get((y, x), "") for x in range(columns)) for y in range(row + 1)), headed


def _children(node: LexborNode) -> list[LexborNode]:
    found, child = [], node.child
    while child is not None:
        found.append(child)
        child = child.next
    return found


def _span(cell: LexborNode, name: str) -> int:
    text = cell.attributes.get(name) or "1"
    return min(max(int(text), 1), MOST_SPAN) if text.isascii() and text.isdigit() else 1


def _flat(node: LexborNode) -> str:
    """All text below on one line, as it shows."""
    parts: list[str] = []
    stack = [node.child]
    while stack:
        each = stack.pop()
        if each is None:
            continue
        stack.append(each.next)
        tag = str(each.tag)
        if tag == "-text":
            parts.append(each.text_content or "")
        elif tag in ("input", "textarea", "select"):
            parts.append("" if _is_unseen(each, tag) else f" {_input(each, tag)} ")
        elif not _is_unseen(each, tag):
            parts.append("" if tag in _INLINE else " ")
            stack.append(each.child)
    return " ".join("".join(parts).split())


def _distinct(row: tuple[str, ...]) -> list[str]:
    """A span's text once."""
    return [text for number, text in enumerate(row) if text and (not number or row[number - 1] != text)]
