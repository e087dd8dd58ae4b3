"""Colours as CSS writes them (CSS Color, level 4), as far as pages use them to hide a text."""

from __future__ import annotations

import colorsys
import math
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
_FUNCTION = re.compile(r"(rgb|hsl|hwb|oklch|oklab|lch|lab|color)a?\(([^)]*)\)")
_TRANSPARENT = re.compile(
    r"(?:rgb|hsl|hwb|oklch|oklab|lch|lab|color)a?\([^)]*/\s*0?\.?0+%?\s*\)"
    r"|(?:rgb|hsl)a?\((?:[^,)]*,){3}\s*0?\.?0+%?\s*\)"
)


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
    if re.fullmatch("#[0-9a-f]{3}0|#[0-9a-f]{6}00", text):
        return True
    return _TRANSPARENT.search(text) is not None


def _of_function(kind: str, inside: str) -> Colour | None:
    parts = re.findall(r"(?<![a-z0-9.-])-?\d*\.?\d+%?|none", inside)[:3]
    parts = ["0" if part == "none" else part for part in parts]
    if len(parts) < 3:
        return None
    if kind in {"oklch", "oklab", "lch", "lab"}:
        return _of_lightness(kind, parts)
    if kind in {"hsl", "hwb"}:
        return _of_hue(parts) if kind == "hsl" else _of_whiteness(parts)
    if kind == "color" and ("srgb" not in inside or "linear" in inside):
        return None
    return _screen(*(_share(part, 255 if kind == "rgb" else 1) for part in parts))


def _of_hue(parts: list[str]) -> Colour:
    hue, saturation, light = (float(parts[0].rstrip("%")) / 360, _share(parts[1], 100), _share(parts[2], 100))
    made = colorsys.hls_to_rgb(hue % 1, min(max(light, 0), 1), min(max(saturation, 0), 1))
    return _screen(*made)


def _of_whiteness(parts: list[str]) -> Colour:
    white, black = _share(parts[1], 100), _share(parts[2], 100)
    if white + black >= 1:
        return _screen(*[white / (white + black)] * 3)
    pure = colorsys.hls_to_rgb(float(parts[0].rstrip("%")) / 360 % 1, 0.5, 1)
    return _screen(*(part * (1 - white - black) + white for part in pure))


def _of_lightness(kind: str, parts: list[str]) -> Colour:
    """CSS Color 4, 9 and 10: by lightness and two axes, or by lightness, strength and hue."""
    fine = kind.startswith("ok")
    light = _share(parts[0], 1 if fine else 100)
    whole = 0.4 if fine else (150 if kind == "lch" else 125)
    one, two = (float(part.rstrip("%")) / 100 * whole if part.endswith("%") else float(part) for part in parts[1:])
    if kind.endswith("lch"):
        hue = math.radians(float(parts[2].rstrip("%")))
        one, two = one * math.cos(hue), one * math.sin(hue)
    if fine:
        long, middle, short = (
            (light + a * one + b * two) ** 3
            for a, b in ((0.3963377774, 0.2158037573), (-0.1055613458, -0.0638541728), (-0.0894841775, -1.291485548))
        )
        return _from_linear(
            4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short,
        )
    y = (light * 100 + 16) / 116
    x, y, z = (
        each**3 if each > 6 / 29 else (each - 4 / 29) * 3 * (6 / 29) ** 2 for each in (y + one / 500, y, y - two / 200)
    )
    x, z = x * 0.9643, z * 0.8251  # the white of print (D50)
    return _from_linear(
        3.1341359 * x - 1.6172206 * y - 0.4906640 * z,
        -0.9787684 * x + 1.9161415 * y + 0.0334540 * z,
        0.0719453 * x - 0.2289914 * y + 1.4052427 * z,
    )


def _from_linear(*parts: float) -> Colour:
    return _screen(*(12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055 for part in parts))


def _screen(*parts: float) -> Colour:
    red, green, blue = (round(min(max(part, 0), 1) * 255) for part in parts)
    return red, green, blue


def _share(text: str, whole: int) -> float:
    return float(text.rstrip("%")) / (100 if text.endswith("%") else whole)
