"""Pixels as a NumPy array file, written without NumPy (format version 1.0: NumPy reference, "numpy.lib.format")."""

from __future__ import annotations

import struct
from array import array
from typing import TYPE_CHECKING

from images.model import Profile

if TYPE_CHECKING:
    from PIL.Image import Image

_MAGIC = b"\x93NUMPY\x01\x00"
_ALIGNMENT = 64


def encode(image: Image, profile: Profile) -> bytes:
    """An L or RGB image as uint8, or normalised as little-endian float32, in the layout that ``profile`` wants."""
    width, height = image.size
    bands = image.split()
    if profile.mean:
        planes = [
            band.point([(value / 255 - mean) / std for value in range(256)], "F").tobytes()
            for band, mean, std in zip(bands, profile.mean, profile.std, strict=True)
        ]
    else:
        planes = [band.tobytes() for band in bands]
    if profile.layout == "chw":
        return _header("<f4" if profile.mean else "|u1", (len(bands), height, width)) + b"".join(planes)
    shape = (height, width) if len(bands) == 1 else (height, width, len(bands))
    return _header("<f4" if profile.mean else "|u1", shape) + _interleaved(planes, "f" if profile.mean else "B")


def _interleaved(planes: list[bytes], code: str) -> bytes:
    if len(planes) == 1:
        return planes[0]
    mixed = array(code, bytes(len(planes) * len(planes[0])))
    for number, plane in enumerate(planes):
        mixed[number :: len(planes)] = array(code, plane)
    return mixed.tobytes()


def _header(descr: str, shape: tuple[int, ...]) -> bytes:
    """Padded with blanks so that the data begin on a multiple of 64 bytes."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    padding = -(len(_MAGIC) + 2 + len(text) + 1) % _ALIGNMENT
    return _MAGIC + struct.pack("<H", len(text) + padding + 1) + text + b" " * padding + b"\n"
