from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.content.jpeg_markers import Frame, read_frame
from tests.unit.images.builders import corners, encoded, jpeg_header, segment


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize(("subsampling", "sampling"), [(0, (1, 1)), (1, (2, 1)), (2, (2, 2))])
def test_what_pillow_writes(subsampling, sampling, progressive):
    found = read_frame(encoded(corners(70, 50), "JPEG", subsampling=subsampling, progressive=progressive))
    assert found is not None
    assert (found.width, found.height) == (70, 50)
    assert found.sampling == (sampling, (1, 1), (1, 1))
    assert found.buffered is progressive
    assert found.scans == (10 if progressive else 1)


def test_blocks_and_their_memory():
    frame = Frame(4000, 3000, ((2, 2), (1, 1), (1, 1)), buffered=True, scans=10)
    assert frame.blocks == 250 * 188 * 6
    assert frame.buffer_bytes == 250 * 188 * 6 * 128
    assert Frame(4000, 3000, ((2, 2), (1, 1), (1, 1)), buffered=False, scans=1).buffer_bytes == 0
    assert Frame(8, 8, ((1, 1),), buffered=True, scans=1).blocks == 1


def test_a_scan_of_one_component_is_buffered():
    found = read_frame(jpeg_header(100, 100, scan=1))
    assert found is not None
    assert found.buffered


def test_a_thumbnail_in_the_exif_block_is_not_the_image():
    inner = encoded(corners(20, 20), "JPEG", progressive=True)
    outer = encoded(corners(90, 80), "JPEG")
    found = read_frame(outer[:2] + segment(0xE1, b"Exif\x00\x00" + inner) + outer[2:])
    assert found is not None
    assert (found.width, found.buffered) == (90, False)


def test_stray_bytes_between_segments_are_skipped():
    header = jpeg_header(100, 60)
    found = read_frame(header[:2] + b"junk\xff\x00\xff\xff" + header[2:])
    assert found is not None
    assert (found.width, found.height) == (100, 60)


@pytest.mark.parametrize("sampling", [(0x00, 0x11), (0x10,), (0x01,), ()])
def test_factors_of_nothing_are_no_frame(sampling):
    assert read_frame(jpeg_header(8, 8, sampling=sampling)) is None


@given(st.binary(max_size=300))
def test_any_bytes(rest):
    for data in (rest, b"\xff\xd8" + rest, jpeg_header(9, 9)[:-8] + rest):
        found = read_frame(data)
        assert found is None or found.blocks >= 0
