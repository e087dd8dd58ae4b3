"""The parts of a DOCX (ECMA-376 part 2), their relations, and their XML under one set of names.

``documents.files.office.check`` goes first: what is opened here has bounded parts and no DTD.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element
    from zipfile import ZipFile

NAMES: Final = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "dgm": "http://schemas.openxmlformats.org/drawingml/2006/diagram",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
}
_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_STRICT = (
    ("http://purl.oclc.org/ooxml/wordprocessingml/main", NAMES["w"]),
    ("http://purl.oclc.org/ooxml/officeDocument/relationships", NAMES["r"]),
    ("http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing", NAMES["wp"]),
    ("http://purl.oclc.org/ooxml/drawingml/main", NAMES["a"]),
    ("http://purl.oclc.org/ooxml/officeDocument/math", NAMES["m"]),
    ("http://purl.oclc.org/ooxml/drawingml/chart", NAMES["c"]),
    ("http://purl.oclc.org/ooxml/drawingml/diagram", NAMES["dgm"]),
)
"""Strict Open XML has other namespaces for the same elements (ISO/IEC 29500-1, annex on namespaces)."""


@cache
def q(name: str) -> str:
    """``w:p`` as ElementTree writes it."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMES[prefix]}}}{local}"


@dataclass(frozen=True, slots=True)
class Relation:
    """``kind`` is the last word of its type (``header``, ``aFChunk``); ``target`` a part's name, "" where outside."""

    kind: str
    target: str


class Package:
    """Reads parts of an open archive; a part that is not there is None."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self.names = frozenset(archive.namelist())
        main = next((each.target for each in self.relations("").values() if each.kind == "officeDocument"), "")
        self.main = main if main in self.names else "word/document.xml"

    def bytes(self, part: str) -> bytes | None:
        return self._archive.read(part) if part in self.names else None

    def xml(self, part: str) -> Element | None:
        data = self.bytes(part)
        return None if data is None else _transitional(_parsed(data))

    def relations(self, part: str) -> dict[str, Relation]:
        """By their ids; ``part`` is "" for the package itself."""
        folder, _, name = part.rpartition("/")
        data = self.bytes(posixpath.join(folder, "_rels", f"{name}.rels"))
        if data is None:
            return {}
        found = {}
        for each in _parsed(data).iter(_RELATIONS):
            outside = each.get("TargetMode") == "External"
            target = posixpath.normpath(posixpath.join("/", folder, each.get("Target", ""))).lstrip("/")
            found[each.get("Id", "")] = Relation(each.get("Type", "").rpartition("/")[2], "" if outside else target)
        return found

    def related(self, kind: str) -> str | None:
        """The part of a kind that the main part names: ``styles``, ``settings``, ``footnotes``."""
        return next((each.target for each in self.relations(self.main).values() if each.kind == kind), None)


def _parsed(data: bytes) -> Element:
    return ElementTree.fromstring(data)  # noqa: S314  ``office.check`` has refused every part with a DTD


def _transitional(root: Element) -> Element:
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        element.tag = _renamed(element.tag)
        for name in [name for name in element.attrib if name.startswith("{http://purl")]:
            element.attrib[_renamed(name)] = element.attrib.pop(name)
    return root


def _renamed(name: str) -> str:
    if name.startswith("{http://purl"):
        for strict, transitional in _STRICT:
            if name.startswith(f"{{{strict}}}"):
                return f"{{{transitional}}}{name[len(strict) + 2 :]}"
    return name


def value(element: Element | None, name: str = "w:val", default: str = "") -> str:
    return default if element is None else element.get(q(name), default)


def is_on(element: Element | None) -> bool:
    """A switch such as ``w:vanish``: there, and not turned off."""
    return element is not None and value(element, default="1") not in {"0", "false", "off"}


def number(text: str) -> float | None:
    """A measure without a unit, or with "pt", in the element's own unit."""
    try:
        return float(text.removesuffix("pt").removesuffix("%"))
    except ValueError:
        return None
