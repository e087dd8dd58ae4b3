"""Pillow's decoders: whole, or a JPEG at a fraction of its size. Opened with the one reader that the plan names."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from common.content.jpeg_markers import has_all_scans
from images.decoding import memory_limits, raster_headers
from images.decoding.decoded import Decoded, LeastSize, Size
from images.decoding.plan import Plan
from images.errors import DamagedImage, ImageRefused, UnsupportedImage
from images.model import Profile

if TYPE_CHECKING:
    from PIL.Image import Image

ORIENTATION = 0x0112
_PILLOW_MODES = {"grey": "L", "rgb": "RGB"}
_DECIDED_BY_HEADERS = {"BMP", "TIFF"}
"""Kinds with so many varieties that Pillow opens fewer of them than there are. What the plan has let through is not
broken, then, but unknown to it."""
_TAILS = (bytes(256), b"\xff\x00" * 128, b"\x55" * 256)
"""Entropy-coded data that go on in three ways: pixels that do not depend on them were all there."""
_TIMES_KEPT = 4
"""The first attempt, the one before, the one that is compared, and its bytes."""
_END = b"\xff\xd9"
_FILLED_IN = {128, (128, 128, 128), (127, 127, 127, 127), (128, 128, 128, 128)}
"""In the modes L, RGB and CMYK, the latter upside down or not."""
UNREADABLE = b"a profile that cannot be read"
"""Instead of a profile: it is left out, and counted, as one that LittleCMS does not understand."""


def decode(data: bytes, plan: Plan, profile: Profile, least_size: LeastSize) -> Decoded:
    """Raises UnsupportedImage, DamagedImage, ImageTooLarge, and whatever Pillow does (``images.decoding.refusals``)."""
    if plan.kind != "PNG":
        return _decoded(data, plan, profile, least_size)
    import PIL.Image

    try:
        return _decoded(data, plan, profile, least_size)
    except (ImageRefused, MemoryError, PIL.Image.DecompressionBombError):
        raise
    except Exception:
        plain, lost_profile = raster_headers.png_without_extras(data)
        if len(plain) == len(data):
            raise
        decoded = _decoded(plain, plan, profile, least_size)
        return replace(decoded, profile=UNREADABLE) if lost_profile else decoded


def _decoded(data: bytes, plan: Plan, profile: Profile, least_size: LeastSize) -> Decoded:
    image = opened(data, plan)
    if plan.frame is not None:
        return _jpeg(image, data, plan, profile, least_size)
    memory_limits.check_other(image, profile)
    image.load()
    # A PNG may tell its orientation behind its pixels.
    return Decoded(image, 1.0, 1.0, orientation_of(image.getexif), _profile_of(image))


def opened(data: bytes, plan: Plan) -> Image:
    """The image with its header read, no more."""
    import PIL.Image
    from PIL import PngImagePlugin

    # Pillow's own limit warns at this, and refuses at twice this, before some decoders allocate anything.
    PIL.Image.MAX_IMAGE_PIXELS = memory_limits.SCALED_JPEG_PIXELS
    # It is the limit for colour profiles too: a PNG with one of more than 1 MB is not broken.
    PngImagePlugin.MAX_TEXT_CHUNK = raster_headers.MOST_PROFILE_BYTES
    if plan.brand is not None:
        data = data[:8] + plan.brand + data[12:]
    try:
        image = PIL.Image.open(io.BytesIO(data), formats=(plan.kind,))
    except PIL.UnidentifiedImageError as error:
        if plan.kind in _DECIDED_BY_HEADERS:
            raise UnsupportedImage(
                f"This variety of {plan.kind} is not read here; save the image as PNG or JPEG."
            ) from error
        raise
    if all(plan.size) and plan.kind not in {"GIF", "AVIF", "TIFF"} and image.size != plan.size:
        raise DamagedImage(f"The {plan.kind}'s headers do not fit together; save the image anew.")
    return image


def _jpeg(image: Image, data: bytes, plan: Plan, profile: Profile, least_size: LeastSize) -> Decoded:
    """Decodes at the smallest scale that will do, without the padding of the last blocks."""
    frame = plan.frame
    assert frame is not None  # noqa: S101 - the caller has looked
    orientation, embedded = orientation_of(image.getexif), _profile_of(image)
    # Colours can be converted as colours alone; without a profile the grey of the file itself is cheaper.
    mode = "RGB" if embedded else _PILLOW_MODES[profile.mode]
    least = least_size(plan.size, orientation) if plan.decoder == "draft" else None
    extent = _draft(image, mode, least)
    memory_limits.check_jpeg(image, frame, profile)
    try:
        image.load()
    except OSError:
        if not frame.lacks_only_its_end(data):
            raise
        memory_limits.check_jpeg(image, frame, profile, times=_TIMES_KEPT)
        image = _without_end(data, plan, mode, least)
    else:
        if frame.is_sequential and _ends_in_grey(image):
            memory_limits.check_jpeg(image, frame, profile, times=_TIMES_KEPT)
            image = _with_end(data, plan, mode, least)
    is_coarse = frame.buffered and not has_all_scans(frame, data)
    if is_coarse and _ends_in_grey(image):
        raise DamagedImage("The JPEG is cut off; upload it again.")
    across, down = extent[0] / frame.width, extent[1] / frame.height
    return Decoded(_whole_pixels(image, extent), across, down, orientation, embedded, is_coarse=is_coarse)


def _draft(image: Image, mode: str, least: Size | None) -> tuple[float, float]:
    """Sets the scale; the width and height of what is no padding, in decoded pixels."""
    drafted = image.draft(mode, least) if least else None
    return drafted[1][2:] if drafted else (float(image.width), float(image.height))


def _whole_pixels(image: Image, extent: tuple[float, float]) -> Image:
    """Without a last column and row that are half padding.

    They are cut off, since resizing reads beyond its box by the width of its filter.
    """
    width, height = (max(1, int(side)) for side in extent)
    return image if image.size == (width, height) else image.crop((0, 0, width, height))


def _ends_in_grey(image: Image) -> bool:
    """Whether the last pixel may be made up: libjpeg fills in what it misses before the end marker, and tells nobody.

    No coefficient at all is the middle of every component, which a photo's last corner hardly ever is to the bit.
    """
    return image.getpixel((image.width - 1, image.height - 1)) in _FILLED_IN


def _with_end(data: bytes, plan: Plan, mode: str, least: Size | None) -> Image:
    """A sequential JPEG with an end marker, behind all its pixels or behind some. Raises DamagedImage."""
    frame = plan.frame
    assert frame is not None  # noqa: S101 - the caller has looked
    end = frame.end_of_pixels(data)
    pixels = data if end < 0 else data[:end]
    if not frame.has_its_restarts(pixels):
        raise DamagedImage("The JPEG is cut off; upload it again.")
    return _without_end(pixels, plan, mode, least)


def _without_end(data: bytes, plan: Plan, mode: str, least: Size | None) -> Image:
    """A sequential JPEG whose end marker is missing. Raises DamagedImage where pixels are missing too."""
    digests, image = set(), None
    data = data.rstrip(b"\xff")  # the first half of the marker, or fillers before it
    for tail in _TAILS:
        image = opened(data + tail + _END, plan)
        _draft(image, mode, least)
        image.load()
        digests.add(hashlib.blake2b(image.tobytes()).digest())
    if image is None or len(digests) > 1:
        raise DamagedImage("The JPEG is cut off; upload it again.")
    return image


def orientation_of(read: Callable[[], Mapping[int, Any]]) -> int:
    """EXIF's orientation, 1 to 8, of what ``read`` gives; 1 (upright) where there is none."""
    try:
        return int(read().get(ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - a broken EXIF block, in any of Pillow's ways, does not make a picture unreadable
        return 1


def _profile_of(image: Image) -> bytes | None:
    if "icc_profile" not in image.info:
        return None
    found = image.info["icc_profile"]
    # Pillow says None of one that does not inflate, or whose pieces are not all there.
    return found if found and isinstance(found, bytes) else UNREADABLE
