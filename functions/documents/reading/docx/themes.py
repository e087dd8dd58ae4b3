"""The colours of a document's theme (ECMA-376, 20.1.6.2) by the names that runs and fills call them by."""

from __future__ import annotations

import colorsys
import re
from typing import TYPE_CHECKING, Final

from documents.reading.docx.package import Package, q, value

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Colour = tuple[int, int, int]
_MAPPED: Final = {
    "background1": "bg1", "background2": "bg2", "text1": "t1", "text2": "t2", "hyperlink": "hyperlink",
    "followedHyperlink": "followedHyperlink", **{f"accent{number}": f"accent{number}" for number in range(1, 7)},
    "bg1": "bg1", "bg2": "bg2", "tx1": "t1", "tx2": "t2",
}  # fmt: skip
"""Names in a text and in a drawing to the attributes of ``w:clrSchemeMapping``."""
_USUAL: Final = {"bg1": "light1", "bg2": "light2", "t1": "dark1", "t2": "dark2"}
_SHORT: Final = {
    "light1": "lt1", "light2": "lt2", "dark1": "dk1", "dark2": "dk2",
    "hyperlink": "hlink", "followedHyperlink": "folHlink",
}  # fmt: skip
_WITHOUT_THEME: Final[dict[str, Colour]] = {"lt1": (255, 255, 255), "dk1": (0, 0, 0)}


class Theme:
    def __init__(self, package: Package) -> None:
        part = package.related("theme")
        root = package.xml(part) if part else None
        scheme = None if root is None else root.find(f".//{q('a:clrScheme')}")
        self._colours = dict(_WITHOUT_THEME)
        for each in scheme if scheme is not None else ():
            if (found := _said(each)) is not None:
                self._colours[str(each.tag).rpartition("}")[2]] = found
        settings = package.related("settings")
        told = package.xml(settings) if settings else None
        self._mapping = None if told is None else told.find(q("w:clrSchemeMapping"))

    def colour(self, name: str, tint: str = "", shade: str = "") -> Colour | None:
        """``tint`` and ``shade``: how much of the colour's light is kept towards white or black, as two hex digits."""
        slot = _MAPPED.get(name)
        mapped = name if slot is None else value(self._mapping, f"w:{slot}", _USUAL.get(slot, slot))
        found = self._colours.get(_SHORT.get(mapped, mapped))
        if found is None:
            return None
        hue, light, saturation = colorsys.rgb_to_hls(*(part / 255 for part in found))
        if (kept := _share(tint)) is not None:
            light = light * kept + 1 - kept
        if (kept := _share(shade)) is not None:
            light *= kept
        red, green, blue = (round(part * 255) for part in colorsys.hls_to_rgb(hue, light, saturation))
        return red, green, blue


def _said(slot: Element) -> Colour | None:
    for each in slot:
        text = each.get("lastClr", "") or each.get("val", "")
        if re.fullmatch("[0-9A-Fa-f]{6}", text):
            return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)
    return None


def _share(text: str) -> float | None:
    return int(text, 16) / 255 if re.fullmatch("[0-9A-Fa-f]{1,2}", text) else None
