"""ICC profiles for colours that a file tells by numbers alone: ``nclx`` in AVIF, ``cICP`` in PNG (ITU-T H.273).

Phones and screens write Display P3 so, without an ICC profile beside it. The profile is made here from the primaries;
from there on it is one like any other.
"""

from __future__ import annotations

import struct
from functools import cache

Triple = tuple[float, float, float]

_SRGB, _UNSPECIFIED = 1, 2
_PRIMARIES: dict[int, tuple[Triple, Triple, Triple]] = {
    9: ((0.67349, 0.27904, -0.00194), (0.16566, 0.67535, 0.02998), (0.12508, 0.04561, 0.79686)),  # BT.2020
    12: ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)),  # Display P3
}
"""Red, green and blue as XYZ, adapted to D50 by Bradford's matrix, which is what a profile holds."""
_LIKE_SRGB = frozenset({1, 6, 13, 14, 15, _UNSPECIFIED})
"""Transfer characteristics: sRGB's own, and those of BT.709 and its relatives, which are shown like it."""
_WHITE: Triple = (0.9642, 1.0, 0.8249)
_CURVE_POINTS = 1024

UNUSABLE = b"colours that are told by numbers, and have no profile here"
"""Instead of a profile, where colours are neither sRGB nor convertible: HDR, or primaries of film and television."""


@cache
def profile_of(primaries: int, transfer: int) -> bytes | None:
    """None for what is sRGB, or as good as that; UNUSABLE for what cannot be converted."""
    if transfer in _LIKE_SRGB and primaries in {_SRGB, _UNSPECIFIED}:
        return None
    if transfer not in _LIKE_SRGB or primaries not in _PRIMARIES:
        return UNUSABLE
    red, green, blue = _PRIMARIES[primaries]
    tags = {b"desc": _text(), b"cprt": b"text" + bytes(4) + b"none\x00", b"wtpt": _xyz(_WHITE)}
    tags |= {b"rXYZ": _xyz(red), b"gXYZ": _xyz(green), b"bXYZ": _xyz(blue)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve())
    return _profile(tags)


def _profile(tags: dict[bytes, bytes]) -> bytes:
    """Version 2.4 of the format, which every reader knows (ICC.1:2001-04)."""
    place, table, body = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", place + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = bytearray(128)
    struct.pack_into(">I4sI4s4s4s", header, 0, place + len(body), b"lcms", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    struct.pack_into(">HHH", header, 24, 2026, 1, 1)
    header[36:40] = b"acsp"
    header[68:80] = _xyz(_WHITE)[8:]
    return bytes(header) + table + body


def _text() -> bytes:
    return b"desc" + bytes(4) + struct.pack(">I", 6) + b"coded\x00" + bytes(78)


def _xyz(values: Triple) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _curve() -> bytes:
    """sRGB's (IEC 61966-2-1)."""
    steps = [number / (_CURVE_POINTS - 1) for number in range(_CURVE_POINTS)]
    light = [step / 12.92 if step <= 0.04045 else ((step + 0.055) / 1.055) ** 2.4 for step in steps]
    points = [round(65535 * value) for value in light]
    return b"curv" + bytes(4) + struct.pack(f">I{len(points)}H", len(points), *points)
