"""ICC profiles made from numbers (ICC.1:2001-04), images stored in them, and the distance of colours.

What an image in a matrix profile should look like is computed here without LittleCMS: by the same matrices.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product

from PIL import Image

Triple = tuple[float, float, float]
WHITE: Triple = (0.9642, 1.0, 0.8249)
"""D50, the white of the profile connection space."""


@dataclass(frozen=True)
class Matrix:
    """Primaries as XYZ adapted to D50, and how a stored value (0 to 1) becomes light, and back."""

    red: Triple
    green: Triple
    blue: Triple
    gamma: float | None
    """None: sRGB's curve."""

    def light(self, value: float) -> float:
        if self.gamma is not None:
            return float(value**self.gamma)
        return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

    def stored(self, light: float) -> float:
        light = min(1.0, max(0.0, light))
        if self.gamma is not None:
            return float(light ** (1 / self.gamma))
        return light * 12.92 if light <= 0.0031308 else 1.055 * float(light ** (1 / 2.4)) - 0.055


SRGB = Matrix((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410), None)
MATRICES = {
    "Adobe RGB": Matrix((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457), 2.199),
    "ProPhoto": Matrix((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491), 1.8),
    "Display P3": Matrix((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407), None),
    "Generic RGB": Matrix((0.45427, 0.24263, 0.01482), (0.35332, 0.67442, 0.09042), (0.15662, 0.08336, 0.71953), 1.8),
    "sRGB": SRGB,
    "channels in another order": Matrix(SRGB.green, SRGB.blue, SRGB.red, None),
}


def matrix_profile(matrix: Matrix) -> bytes:
    curve = _curve(matrix.light)
    colours = {b"rXYZ": matrix.red, b"gXYZ": matrix.green, b"bXYZ": matrix.blue, b"wtpt": WHITE}
    tags = {name: _xyz(value) for name, value in colours.items()}
    return _profile(b"RGB ", b"XYZ ", b"mntr", {**tags, b"rTRC": curve, b"gTRC": curve, b"bTRC": curve})


def grey_profile(gamma: float) -> bytes:
    return _profile(b"GRAY", b"XYZ ", b"mntr", {b"wtpt": _xyz(WHITE), b"kTRC": _curve(lambda value: value**gamma)})


# Printing inks, as a table (lut8Type): a Yule-Nielsen mixture of sixteen overprints with dot gain


@dataclass(frozen=True)
class Press:
    gain: float
    """Of a dot of one half."""
    inks: tuple[Triple, Triple, Triple, Triple]
    """Light that is reflected from full cyan, magenta, yellow and black, in linear sRGB."""


PRESSES = {
    "SWOP": Press(0.20, ((0.0, 0.27, 0.60), (0.55, 0.01, 0.15), (0.85, 0.75, 0.02), (0.02, 0.02, 0.02))),
    "FOGRA39": Press(0.14, ((0.0, 0.30, 0.68), (0.60, 0.01, 0.18), (0.92, 0.80, 0.01), (0.01, 0.01, 0.01))),
}
_GRID = 7
_YULE_NIELSEN = 2.0


def printed(press: Press, inks: Iterable[float]) -> Triple:
    """Lab of a mixture of inks from 0 to 1."""
    dots = [min(1.0, ink + press.gain * 4 * ink * (1 - ink)) for ink in inks]
    light = [0.0, 0.0, 0.0]
    for choice in product((0, 1), repeat=4):
        share = 1.0
        paper = [1.0, 1.0, 1.0]
        for chosen, dot, ink in zip(choice, dots, press.inks, strict=True):
            share *= dot if chosen else 1 - dot
            paper = [value * reflected for value, reflected in zip(paper, ink, strict=True)] if chosen else paper
        light = [total + share * value ** (1 / _YULE_NIELSEN) for total, value in zip(light, paper, strict=True)]
    return lab_of_light([value**_YULE_NIELSEN for value in light])


def press_profile(press: Press) -> bytes:
    steps = [number / (_GRID - 1) for number in range(_GRID)]
    table = bytearray()
    for inks in product(steps, repeat=4):
        lightness, a, b = printed(press, inks)
        table += bytes(min(255, max(0, round(value))) for value in (lightness * 2.55, a + 128, b + 128))
    return _profile(b"CMYK", b"Lab ", b"prtr", {b"wtpt": _xyz(WHITE), b"A2B0": _lut(4, bytes(table))})


def opponent_profile() -> bytes:
    """As JPEG XL's XYB profile: three channels that are no red, green and blue, as a table."""
    steps = [number / (_GRID - 1) for number in range(_GRID)]
    table = bytearray()
    for first, second, third in product(steps, repeat=3):
        lightness, a, b = opponent_lab(first, second, third)
        table += bytes(min(255, max(0, round(value))) for value in (lightness * 2.55, a + 128, b + 128))
    return _profile(b"RGB ", b"Lab ", b"scnr", {b"wtpt": _xyz(WHITE), b"A2B0": _lut(3, bytes(table))})


def opponent_lab(first: float, second: float, third: float) -> Triple:
    """More than the second channel is red in the first, yellow in the third; the same in all is grey, none is black."""
    return second * 100, (first - second) * 60, (third - second) * 60


# Images in them


def stored_in(matrix: Matrix, image: Image.Image) -> Image.Image:
    """An sRGB image as the values that mean the same in ``matrix``; what it cannot hold is cut off."""
    to_stored = _inverse(matrix)
    pixels = bytearray()
    data = image.tobytes()
    known: dict[bytes, bytes] = {}
    for place in range(0, len(data), 3):
        pixel = data[place : place + 3]
        if pixel not in known:
            xyz = xyz_of([SRGB.light(value / 255) for value in pixel])
            light = [sum(row[column] * xyz[column] for column in range(3)) for row in to_stored]
            known[pixel] = bytes(round(255 * matrix.stored(value)) for value in light)
        pixels += known[pixel]
    return Image.frombytes("RGB", image.size, bytes(pixels))


def xyz_of(light: Iterable[float], matrix: Matrix = SRGB) -> Triple:
    red, green, blue = light
    columns = zip(matrix.red, matrix.green, matrix.blue, strict=True)
    x, y, z = (r * red + g * green + b * blue for r, g, b in columns)
    return x, y, z


def shown(light: Iterable[float], matrix: Matrix) -> Triple:
    """Lab of light in ``matrix`` on a screen that has sRGB's colours and no others."""
    xyz = xyz_of(light, matrix)
    red, green, blue = (sum(row[column] * xyz[column] for column in range(3)) for row in _inverse(SRGB))
    return lab_of_light([min(1.0, max(0.0, value)) for value in (red, green, blue)])


def lab_of_light(light: Iterable[float]) -> Triple:
    def root(value: float) -> float:
        return float(value ** (1 / 3)) if value > 216 / 24389 else (value * 24389 / 27 + 16) / 116

    x, y, z = (root(value / white) for value, white in zip(xyz_of(light), WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def lab(pixel: Iterable[float]) -> Triple:
    """Of an sRGB pixel."""
    return lab_of_light([SRGB.light(value / 255) for value in pixel])


def distance(left: Triple, right: Triple) -> float:
    """dE76: about 1 is the least that eyes see."""
    return float(sum((a - b) ** 2 for a, b in zip(left, right, strict=True)) ** 0.5)


def mean_distance(left: Image.Image, right: Image.Image) -> float:
    """Mean dE76 of two sRGB images of one size."""
    one, other = left.convert("RGB").tobytes(), right.convert("RGB").tobytes()
    pairs = [(one[at : at + 3], other[at : at + 3]) for at in range(0, len(one), 3)]
    known = {pair: distance(lab(pair[0]), lab(pair[1])) for pair in set(pairs)}
    return sum(known[pair] for pair in pairs) / len(pairs)


def _inverse(matrix: Matrix) -> list[list[float]]:
    (a, d, g), (b, e, h), (c, f, i) = matrix.red, matrix.green, matrix.blue
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    rows = [
        [e * i - f * h, c * h - b * i, b * f - c * e],
        [f * g - d * i, a * i - c * g, c * d - a * f],
        [d * h - e * g, b * g - a * h, a * e - b * d],
    ]
    return [[value / determinant for value in row] for row in rows]


def _profile(space: bytes, connection: bytes, use: bytes, tags: dict[bytes, bytes]) -> bytes:
    text = b"desc" + bytes(4) + struct.pack(">I", 5) + b"made\x00" + bytes(78)
    tags = {b"desc": text, b"cprt": b"text" + bytes(4) + b"none\x00", **tags}
    place = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", place + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = bytearray(128)
    struct.pack_into(">I4sI4s4s4s", header, 0, place + len(body), b"lcms", 0x02400000, use, space, connection)
    struct.pack_into(">HHHHHH4s", header, 24, 2026, 1, 1, 0, 0, 0, b"acsp")
    header[68:80] = b"".join(struct.pack(">i", round(value * 65536)) for value in WHITE)
    return bytes(header) + table + body


def _xyz(values: Triple) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _curve(light: Callable[[float], float]) -> bytes:
    values = [round(65535 * light(number / 1023)) for number in range(1024)]
    return b"curv" + bytes(4) + struct.pack(f">I{len(values)}H", len(values), *values)


def _lut(channels: int, table: bytes) -> bytes:
    straight = bytes(range(256))
    identity = struct.pack(">9i", *(65536 if place % 4 == 0 else 0 for place in range(9)))
    head = b"mft1" + bytes(4) + bytes([channels, 3, _GRID, 0]) + identity
    return head + straight * channels + table + straight * 3
