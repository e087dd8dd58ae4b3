"""Formulas (ECMA-376, 22.1) as one line of text: fractions with a slash, powers with a caret, roots with their sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from documents.reading.docx.package import q, value

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def line(formula: Element) -> str:
    """``formula``: ``m:oMath`` or anything within it."""
    return "".join(map(_piece, formula))


def _piece(element: Element) -> str:
    special = _SPECIAL.get(element.tag)
    if special is not None:
        return special(element)
    if element.tag in _TEXTS:
        return element.text or ""
    return "" if element.tag in _PROPERTIES else line(element)


def _part(element: Element, name: str) -> str:
    found = element.find(q(name))
    return "" if found is None else line(found)


def _grouped(text: str) -> str:
    return text if len(text) < 2 or text.replace(".", "").replace(",", "").isalnum() else f"({text})"


def _fraction(element: Element) -> str:
    return f"{_grouped(_part(element, 'm:num'))}/{_grouped(_part(element, 'm:den'))}"


def _above(element: Element) -> str:
    return f"{_part(element, 'm:e')}^{_grouped(_part(element, 'm:sup'))}"


def _below(element: Element) -> str:
    return f"{_part(element, 'm:e')}_{_grouped(_part(element, 'm:sub'))}"


def _both(element: Element) -> str:
    return f"{_below(element)}^{_grouped(_part(element, 'm:sup'))}"


def _root(element: Element) -> str:
    return f"{_part(element, 'm:deg')}\u221a{_grouped(_part(element, 'm:e'))}"


def _large(element: Element) -> str:
    sign = value(element.find(f"{q('m:naryPr')}/{q('m:chr')}"), "m:val") or "\u222b"
    low, high = _part(element, "m:sub"), _part(element, "m:sup")
    limits = (f"_{_grouped(low)}" if low else "") + (f"^{_grouped(high)}" if high else "")
    return f"{sign}{limits} {_part(element, 'm:e')}"


def _bracketed(element: Element) -> str:
    properties = element.find(q("m:dPr"))

    def sign(name: str, usual: str) -> str:
        found = None if properties is None else properties.find(q(name))
        return usual if found is None else value(found, "m:val")

    inner = sign("m:sepChr", "|").join(line(each) for each in element.findall(q("m:e")))
    return f"{sign('m:begChr', '(')}{inner}{sign('m:endChr', ')')}"


def _matrix(element: Element) -> str:
    return "; ".join(", ".join(line(cell) for cell in row.findall(q("m:e"))) for row in element.findall(q("m:mr")))


_TEXTS = frozenset({q("m:t"), q("w:t")})
_PROPERTIES = frozenset({q("w:rPr"), q("w:del"), q("w:moveFrom")})
_SPECIAL: dict[object, Callable[[Element], str]] = {
    q("m:f"): _fraction,
    q("m:sSup"): _above,
    q("m:sSub"): _below,
    q("m:sSubSup"): _both,
    q("m:rad"): _root,
    q("m:nary"): _large,
    q("m:d"): _bracketed,
    q("m:m"): _matrix,
}
