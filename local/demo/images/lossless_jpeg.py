"""Lossless JPEGs, as scanners of films and X-rays write them and Pillow does not."""

from __future__ import annotations

import struct

from PIL import Image

_CATEGORIES = 17
_CODE_BITS = 5
"""All Huffman codes have the same length: 17 of the 32."""


def lossless(image: Image.Image) -> bytes:
    """SOF3 with the predictor to the left (ITU-T T.81, annex H), of an image in L or RGB."""
    bands = [band.tobytes() for band in image.split()]
    width, height = image.size
    components = b"".join(bytes([number + 1, 0x11, 0]) for number in range(len(bands)))
    selected = b"".join(bytes([number + 1, 0]) for number in range(len(bands)))
    codes = {difference: _code(difference) for difference in range(-255, 256)}
    rows = []
    for row in range(height):
        lines = [band[row * width : (row + 1) * width] for band in bands]
        above = [band[(row - 1) * width] if row else 128 for band in bands]
        left = [bytes([first]) + line[:-1] for first, line in zip(above, lines, strict=True)]
        pairs = [zip(line, before, strict=True) for line, before in zip(lines, left, strict=True)]
        rows.append("".join([codes[value - near] for sample in zip(*pairs, strict=True) for value, near in sample]))
    return (
        b"\xff\xd8"
        + _segment(0xC3, struct.pack(">BHHB", 8, height, width, len(bands)) + components)
        + _segment(0xC4, b"\x00" + bytes([0] * 4 + [_CATEGORIES] + [0] * 11) + bytes(range(_CATEGORIES)))
        + _segment(0xDA, bytes([len(bands)]) + selected + b"\x01\x00\x00")
        + _packed("".join(rows))
        + b"\xff\xd9"
    )


def _code(difference: int) -> str:
    category = abs(difference).bit_length()
    value = difference if difference >= 0 else difference + (1 << category) - 1
    return format(category, f"0{_CODE_BITS}b") + (format(value, f"0{category}b") if category else "")


def _packed(bits: str) -> bytes:
    """Filled up with ones; a byte of ones is followed by zeros, so that it is no marker."""
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body
