"""Arrays for NumPy, read back by the description of the format alone."""

from __future__ import annotations

import ast
import struct
from array import array

import pytest
from PIL import Image

from images.encoding import npy
from images.model import MODES
from tests.unit.images.builders import CORNERS, corners, profile

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def read(body: bytes):
    """Header and values, as numpy.lib.format describes version 1.0."""
    assert body[:8] == b"\x93NUMPY\x01\x00"
    (length,) = struct.unpack("<H", body[8:10])
    assert (10 + length) % 64 == 0
    header = ast.literal_eval(body[10 : 10 + length].decode("ascii"))
    assert set(header) == {"descr", "fortran_order", "shape"}
    assert header["fortran_order"] is False
    values = array({"|u1": "B", "<f4": "f"}[header["descr"]], body[10 + length :])
    product = 1
    for side in header["shape"]:
        product *= side
    assert len(values) == product
    return header["descr"], header["shape"], values


@pytest.mark.parametrize(
    ("mode", "layout", "shape"),
    [
        ("grey", "hwc", (30, 20)),
        ("grey", "chw", (1, 30, 20)),
        ("rgb", "hwc", (30, 20, 3)),
        ("rgb", "chw", (3, 30, 20)),
    ],
)
def test_shapes(mode, layout, shape):
    image = corners(20, 30, {"grey": "L", "rgb": "RGB"}[mode])
    assert read(npy.encode(image, profile(format="npy", mode=mode, layout=layout)))[:2] == ("|u1", shape)


def test_pixels_stand_in_rows_with_their_channels_together():
    _, _, values = read(npy.encode(corners(20, 20), profile(format="npy", mode="rgb")))
    assert tuple(values[:3]) == CORNERS[0]
    assert tuple(values[19 * 3 : 20 * 3]) == CORNERS[1]
    assert tuple(values[-3:]) == CORNERS[3]


def test_channels_first():
    _, _, values = read(npy.encode(corners(20, 20), profile(format="npy", mode="rgb", layout="chw")))
    assert tuple(values[::400]) == CORNERS[0]


@pytest.mark.parametrize("layout", ["hwc", "chw"])
def test_normalised_values(layout):
    want = profile(format="npy", mode="rgb", layout=layout, mean=MEAN, std=STD)
    descr, _, values = read(npy.encode(corners(20, 20), want))
    assert descr == "<f4"
    found = values[:3] if layout == "hwc" else values[::400]
    expected = [(value / 255 - mean) / std for value, mean, std in zip(CORNERS[0], MEAN, STD, strict=True)]
    assert list(found) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(1, 1), (2048, 3), (7, 1999)])
def test_headers_are_aligned_for_any_shape(mode, size):
    read(npy.encode(Image.new({"grey": "L", "rgb": "RGB"}[mode], size), profile(format="npy", mode=mode)))
