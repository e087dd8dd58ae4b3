"""Kinds of images by their first bytes: what encoders write is known, and nothing else is taken for an image."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from common.content.image_kinds import kind_of


def written(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (10, 20, 30)).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "AVIF"])
def test_what_pillow_writes_is_known(kind: str):
    data = written(kind)
    assert kind_of(data) == kind
    assert kind_of(data[:16]) == kind, "16 bytes tell it"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"GIF87a", "GIF"),
        (b"MM\x00*\x00\x00\x00\x08", "TIFF"),
        (b"II+\x00\x08\x00\x00\x00", "BigTIFF"),
        (b"MM\x00+\x00\x08\x00\x00", "BigTIFF"),
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\x00\x00\x00\x18ftypheic", "HEIC"),
        (b"\x00\x00\x00\x18ftypmif1", "HEIC"),
        (b"\x00\x00\x00\x1cftypavis", "AVIF"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avif", "AVIF"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"\x00\x00\x00\x1cftypmiaf\x00\x00\x00\x00mif1avif", "AVIF"),
        (b"\x00\x00\x00\x14ftypmif1\x00\x00\x00\x00mif1avif", "HEIC"),  # behind the end of the box
        (b"\x00\x00\x00\x18ftypMA1B", "AVIF"),
        (b"\x00\x00\x00\x18ftypisom", None),  # an MP4
        (b"RIFF\x24\x00\x00\x00WAVE", None),
        (b"RIFF\x24\x00\x00\x00WEB", None),
        (b"%PDF-1.7", None),
        (b"PK\x03\x04", None),
        (b"<svg xmlns=", None),
        (b"GIF88a", None),
        (b"", None),
    ],
)
def test_a_beginning_tells_the_kind(head: bytes, kind: str | None):
    assert kind_of(head) == kind


@given(st.binary(max_size=40))
def test_any_bytes_have_a_kind_or_none(data: bytes):
    assert kind_of(data) == kind_of(data[:16])


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).filter(lambda text: text[:2] != "BM"))
def test_plain_text_is_no_image(text: str):
    """But for GIF, whose beginning is text, and the two letters of BMP."""
    assert kind_of(text.encode()) in ({"GIF"} if text.startswith(("GIF87a", "GIF89a")) else {None})


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "AVIF"])
def test_one_byte_less_of_a_beginning_is_nothing(kind: str):
    beginning = {"JPEG": 3, "PNG": 8, "GIF": 6, "TIFF": 4, "WEBP": 12, "AVIF": 12}[kind]
    data = written(kind)
    assert kind_of(data[:beginning]) == kind
    assert kind_of(data[: beginning - 1]) is None
