"""What mammoth would leave out of a part, turned into what it reads: paragraphs, runs and texts in plain places.

mammoth reads the elements that it knows and drops all others with what is in them, a mail merge's fields among them. So
whatever stands around text is taken away here, unless the page does not show it either; what cannot be read is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element

from documents.reading.docx import mathematics, prompts
from documents.reading.docx.package import number, q, value

if TYPE_CHECKING:
    from documents.reading.docx.hiding import Hiding

SMALL_PICTURE: Final = 0.01 * 612 * 792
"""Square points, one per cent of a page: marks and rules below that say nothing."""
UNFILLED: Final = "prompts of fields that nobody filled in"
_POINT: Final = 12_700
"""English metric units."""

_DROPPED = {
    q("w:del"): "tracked deletions",
    q("w:moveFrom"): "tracked moves",
    q("w:commentReference"): "comments",
}
_READ = frozenset(map(q, (
    "w:p", "w:r", "w:t", "w:tbl", "w:tr", "w:tc", "w:sdt", "w:sdtContent", "w:hyperlink", "w:footnotes", "w:endnotes",
    "w:footnote", "w:endnote", "w:document", "w:body", "w:hdr", "w:ftr",
)))  # fmt: skip
"""Elements around text that mammoth reads."""
_PROPERTIES = frozenset(map(q, (
    "w:rPr", "w:pPr", "w:tblPr", "w:trPr", "w:tcPr", "w:sectPr", "w:tblGrid", "w:sdtPr", "w:sdtEndPr", "w:tblPrEx",
)))  # fmt: skip
_DRAWN = frozenset(map(q, ("w:drawing", "w:pict", "w:object")))


class Rewriting:
    """Rewrites the parts of one document. ``skipped``: what is not read, by kind; ``pictures``: not read either.

    ``chunks``: relation ids of parts in other formats, in the order of their places, which hold ``mark(n)``.
    """

    def __init__(self, hiding: Hiding, mark: str, known: Mapping[str, str] | None = None) -> None:
        """``known``: what ``prompts.known`` finds."""
        self.hiding = hiding
        self._prompts = known or {}
        self._mark = mark
        self.skipped: Counter[str] = Counter()
        self.pictures = 0
        self.chunks: list[str] = []

    def mark(self, number: int) -> str:
        return f"{self._mark}{number}."

    def rewrite(self, root: Element, *, linked: bool = True) -> None:
        """Changes the tree in place. ``linked``: its relations are at hand; links become plain text without them."""
        _one_of_two(root)
        _drop_codes(root)
        self._drop_rows(root)
        self.skipped[UNFILLED] += prompts.drop(root, self._prompts)
        self.hiding.strip(root)
        self._read(root, linked)

    def _drop_rows(self, root: Element) -> None:
        for parent in root.iter():
            for row in parent.findall(q("w:tr")):
                if row.find(f"{q('w:trPr')}/{q('w:del')}") is not None:
                    self.skipped["tracked deletions"] += 1
                    parent.remove(row)

    def _read(self, parent: Element, linked: bool) -> None:
        """Rewrites all children; what a child becomes stands in its place."""
        made: list[Element] = []
        for child in parent:
            if isinstance(child.tag, str) and child.tag in _PROPERTIES:
                made.append(child)
                continue
            made += self._instead(child, linked)
        parent[:] = made

    def _instead(self, child: Element, linked: bool) -> list[Element]:
        tag = child.tag
        if tag in _SIGNS:
            return [_SIGNS[tag](child)]
        if tag in {q("m:oMath"), q("m:oMathPara")}:
            return [_run(mathematics.line(child))]
        if tag in _DRAWN:
            return self._drawn(child, linked)
        if tag in _DROPPED:
            self.skipped[_DROPPED[tag]] += bool(tag == q("w:commentReference") or _holds_text(child))
            return []
        if tag == q("w:altChunk"):
            self.chunks.append(value(child, "r:id"))
            return [_paragraph(self.mark(len(self.chunks) - 1))]
        if tag == q("w:ruby"):
            base = child.find(q("w:rubyBase"))
            child[:] = list(child if base is None else base)
        self._read(child, linked)
        return _as_read(child, linked)

    def _drawn(self, drawing: Element, linked: bool) -> list[Element]:
        """The paragraphs of a drawing's boxes, for ``_lifted``; its pictures are counted, its other contents told."""
        self.pictures += _pictures(drawing)
        for name, kind in (("c:chart", "charts"), ("dgm:relIds", "diagrams"), ("o:OLEObject", "embedded objects")):
            self.skipped[kind] += len(list(drawing.iter(q(name))))
        boxes = list(_boxes(drawing))
        for box in boxes:
            self._read(box, linked)
        return boxes


def _as_read(element: Element, linked: bool) -> list[Element]:
    """An element whose children are rewritten, or they alone where mammoth would drop them with it."""
    if element.tag == q("w:p"):
        return _lifted(element)
    if element.tag == q("w:r"):
        return _flat_run(element)
    if element.tag == q("w:fldChar") and (chosen := _chosen(element)):
        return [element, _text(chosen)]
    keep = element.tag in _READ and (linked or element.tag != q("w:hyperlink"))
    return [element] if keep or not _holds_text(element) else list(element)


def _boxes(element: Element) -> Iterator[Element]:
    """Boxes of text that lie in no other box, and what is set as a picture of letters (a watermark)."""
    for child in element:
        if child.tag == q("w:txbxContent"):
            yield child
        elif child.tag == q("v:textpath") and child.get("string", "").strip():
            box = Element(q("w:txbxContent"))
            box.append(_paragraph(child.get("string", "")))
            yield box
        else:
            yield from _boxes(child)


def _one_of_two(root: Element) -> None:
    """Of what is there for old and new programs (``mc:AlternateContent``) the newer; the older where that is empty."""
    for parent in root.iter():
        if parent.find(q("mc:AlternateContent")) is None:
            continue
        made: list[Element] = []
        for child in parent:
            if child.tag != q("mc:AlternateContent"):
                made.append(child)
                continue
            ways = [*child.findall(q("mc:Choice")), *child.findall(q("mc:Fallback"))]
            chosen = next((way for way in ways if len(way)), None)
            made += [] if chosen is None else list(chosen)
        parent[:] = made


def _drop_codes(root: Element) -> None:
    """Empties what stands in a field's code, where another field may give a part of it: only the result shows.

    ``IF { MERGEFIELD sex } = "f" "Mrs" "Mr"`` shows Mrs or Mr. What no field ends stays as it is.
    """
    codes: list[list[Element] | None] = []  # of each field that is open; None once its result has begun
    for each in root.iter():
        if each.tag == q("w:t"):
            for code in codes:
                if code is not None:
                    code.append(each)
                    break
        elif each.tag == q("w:fldChar"):
            kind = value(each, "w:fldCharType")
            if kind == "begin":
                codes.append([])
            elif codes and kind == "separate":
                _empty(codes[-1])
                codes[-1] = None
            elif codes and kind == "end":
                _empty(codes.pop())


def _empty(texts: list[Element] | None) -> None:
    for text in texts or ():
        text.text = ""


def _lifted(paragraph: Element) -> list[Element]:
    """The paragraph, and behind it the paragraphs of the boxes that hang on it."""
    made = [paragraph]
    for box in [each for each in paragraph.iter() if each.tag == q("w:txbxContent")]:
        made += list(box)
    for parent in list(paragraph.iter()):
        for box in parent.findall(q("w:txbxContent")):
            parent.remove(box)
    return made


def _flat_run(run: Element) -> list[Element]:
    """A run without runs in it, as ruby and fields leave them: each becomes one beside the other."""
    if run.find(q("w:r")) is None:
        return [run]
    properties = run.find(q("w:rPr"))
    made: list[Element] = []
    for child in run:
        if child.tag == q("w:r"):
            made.append(child)
        elif child is not properties:
            piece = Element(q("w:r"))
            piece[:] = [child] if properties is None else [properties, child]
            made.append(piece)
    return made


def _pictures(drawing: Element) -> int:
    found = len(list(drawing.iter(q("a:blip")))) + len(list(drawing.iter(q("v:imagedata"))))
    sizes = [
        (number(each.get("cx", "")) or 0) / _POINT * (number(each.get("cy", "")) or 0) / _POINT
        for each in drawing.iter(q("wp:extent"))
    ]
    return 0 if sizes and max(sizes) < SMALL_PICTURE else found


def _chosen(field: Element) -> str:
    """What a drop-down field of a form shows; the file keeps it as a number (ECMA-376, 17.16.9)."""
    choices = field.find(f"{q('w:ffData')}/{q('w:ddList')}")
    if choices is None:
        return ""
    entries = [value(each) for each in choices.findall(q("w:listEntry"))]
    told = choices.find(q("w:result"))
    at = value(told if told is not None else choices.find(q("w:default")), default="0")
    return entries[int(at)] if at.isdecimal() and int(at) < len(entries) else ""


def _holds_text(element: Element) -> bool:
    names: Iterable[str] = ("w:t", "m:t", "w:delText")
    return any((each.text or "").strip() for name in names for each in element.iter(q(name)))


def _text(text: str) -> Element:
    made = Element(q("w:t"), {"{http://www.w3.org/XML/1998/namespace}space": "preserve"})
    made.text = text
    return made


def _run(text: str) -> Element:
    run = Element(q("w:r"))
    run.append(_text(text))
    return run


def _paragraph(text: str) -> Element:
    made = Element(q("w:p"))
    made.append(_run(text))
    return made


def _line_break(_element: Element) -> Element:
    return Element(q("w:br"))


def _tab(_element: Element) -> Element:
    return Element(q("w:tab"))


_SIGNS = {q("w:cr"): _line_break, q("w:ptab"): _tab}
