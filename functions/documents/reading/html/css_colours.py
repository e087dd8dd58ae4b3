"""Colours as CSS writes them (CSS Color, level 4), as far as pages use them to hide a text."""

from __future__ import annotations

import colorsys
import re

Colour = tuple[int, int, int]

_NAMED = {
    "white": "ffffff", "black": "000000", "red": "ff0000", "green": "008000", "blue": "0000ff", "yellow": "ffff00",
    "gray": "808080", "grey": "808080", "silver": "c0c0c0", "navy": "000080", "maroon": "800000", "lime": "00ff00",
    "aqua": "00ffff", "cyan": "00ffff", "teal": "008080", "purple": "800080", "fuchsia": "ff00ff",
    "magenta": "ff00ff", "olive": "808000", "orange": "ffa500", "snow": "fffafa", "ivory": "fffff0",
    "whitesmoke": "f5f5f5", "ghostwhite": "f8f8ff", "floralwhite": "fffaf0", "azure": "f0ffff",
    "lightgray": "d3d3d3", "lightgrey": "d3d3d3", "darkgray": "a9a9a9", "dimgray": "696969", "gainsboro": "dcdcdc",
    "mintcream": "f5fffa", "seashell": "fff5ee", "beige": "f5f5dc", "linen": "faf0e6", "pink": "ffc0cb",
}  # fmt: skip
_HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})(?![0-9a-f])")
_FUNCTION = re.compile(r"(rgb|hsl)a?\(([^)]*)\)")


def colour(text: str) -> Colour | None:
    """The first colour in a value; None where it is none that is known here."""
    text = text.strip().lower()
    if match := _HEX.search(text):
        digits = match[1] if len(match[1]) > 4 else "".join(2 * digit for digit in match[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    if match := _FUNCTION.search(text):
        return _of_function(match[1], match[2])
    word = next((word for word in re.findall("[a-z]+", text) if word in _NAMED), "")
    return colour(f"#{_NAMED[word]}") if word else None


def is_clear(text: str) -> bool:
    """Whether a background lets what is behind it through."""
    text = text.strip().lower()
    if text in {"none", "transparent", "inherit", "initial", "unset", "0"}:
        return True
    return bool(re.search(r"(?:rgb|hsl)a?\([^)]*[,/]\s*0?\.?0+%?\s*\)", text)) and text.count(",") == 3


def _of_function(kind: str, inside: str) -> Colour | None:
    parts = re.findall(r"-?\d*\.?\d+%?", inside)[:3]
    if len(parts) < 3:
        return None
    if kind == "rgb":
        red, green, blue = (round(min(max(_share(part, 255), 0), 1) * 255) for part in parts)
        return red, green, blue
    hue, saturation, light = (float(parts[0].rstrip("%")) / 360, _share(parts[1], 100), _share(parts[2], 100))
    made = colorsys.hls_to_rgb(hue % 1, min(max(light, 0), 1), min(max(saturation, 0), 1))
    return round(made[0] * 255), round(made[1] * 255), round(made[2] * 255)


def _share(text: str, whole: int) -> float:
    return float(text.rstrip("%")) / (100 if text.endswith("%") else whole)
