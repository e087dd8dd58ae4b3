"""Headers, footers and watermarks: those that show, each text once, as paragraphs before and behind the body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from documents.reading.docx.package import Package, is_on, q, value

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_COUNTING = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)
MOST_BESIDE_NUMBER = 12
"""Letters of a paragraph around its page number ("Seite", "von") that say nothing without it."""


def parts(package: Package, main: Element) -> tuple[list[str], list[str]]:
    """Names of the headers' and the footers' parts that show on some page, in the sections' order."""
    relations = package.relations(package.main)
    settings = package.related("settings")
    root = package.xml(settings) if settings else None
    uneven = root is not None and is_on(root.find(q("w:evenAndOddHeaders")))
    found: dict[str, list[str]] = {"w:headerReference": [], "w:footerReference": []}
    for section in main.iter(q("w:sectPr")):
        first = is_on(section.find(q("w:titlePg")))
        for name, known in found.items():
            for each in section.findall(q(name)):
                kind = value(each, "w:type", "default")
                relation = relations.get(value(each, "r:id"))
                shows = kind == "default" or (kind == "first" and first) or (kind == "even" and uneven)
                if shows and relation and relation.target and relation.target not in known:
                    known.append(relation.target)
    return found["w:headerReference"], found["w:footerReference"]


def without_page_numbers(root: Element) -> None:
    """A counted page is no content: what the file remembers of it is some page's, and a DOCX has no pages here."""
    for paragraph in root.iter(q("w:p")):
        if _drop_fields(paragraph):
            texts = list(paragraph.iter(q("w:t")))
            if sum(letter.isalpha() for each in texts for letter in each.text or "") <= MOST_BESIDE_NUMBER:
                for each in texts:
                    each.text = ""


def _drop_fields(paragraph: Element) -> bool:
    """Empties the results of fields that count pages; whether there were any."""
    found = False
    for field in paragraph.iter(q("w:fldSimple")):
        if _COUNTING.match(value(field, "w:instr")):
            found = True
            for each in field.iter(q("w:t")):
                each.text = ""
    code, inside, result = "", 0, False
    for each in paragraph.iter():
        kind = value(each, "w:fldCharType") if each.tag == q("w:fldChar") else ""
        if kind == "begin":
            code, inside, result = "", inside + 1, False
        elif kind == "separate":
            result = _COUNTING.match(code) is not None
            found = found or result
        elif kind == "end":
            inside, result = inside - 1, False
        elif each.tag == q("w:instrText") and inside:
            code += each.text or ""
        elif each.tag == q("w:t") and result:
            each.text = ""
        elif each.tag == q("w:pgNum"):
            found = True
    return found
