"""What stands in a content control that nobody filled in ("Click to enter a date."): no value (ECMA-376, 17.5.2.39).

Some programs fill a control and leave the mark there. Where the file holds the prompt itself, only that is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from documents.reading.docx.package import Package, is_on, q, value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element


def known(package: Package) -> dict[str, str]:
    """The prompts that the file holds as building blocks, by their names."""
    part = package.related("glossaryDocument")
    root = package.xml(part) if part else None
    if root is None:
        return {}
    blocks = ((each.find(f"{q('w:docPartPr')}/{q('w:name')}"), each) for each in root.iter(q("w:docPart")))
    return {value(name): _text(each) for name, each in blocks if name is not None}


def drop(root: Element, prompts: Mapping[str, str]) -> int:
    """Empties them in place; how many there were."""
    found = 0
    for control in root.iter(q("w:sdt")):
        properties, content = control.find(q("w:sdtPr")), control.find(q("w:sdtContent"))
        if properties is None or content is None or not is_on(properties.find(q("w:showingPlcHdr"))):
            continue
        prompt = prompts.get(value(properties.find(f"{q('w:placeholder')}/{q('w:docPart')}")))
        shown = _text(content)
        if shown and prompt in {None, "", shown}:
            found += 1
            for each in content.iter(q("w:t")):
                each.text = ""
    return found


def _text(element: Element) -> str:
    return " ".join("".join(each.text or "" for each in element.iter(q("w:t"))).split())
