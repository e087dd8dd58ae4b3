"""Bytes of an image and a profile in, bytes of the result out.

Pillow decodes, since it can decode a JPEG at 1/2, 1/4 or 1/8 of its size: a twelve-megapixel photo costs a third of
the time and a fifth of the memory of a full decode (docs/images.md, "Measured"). Nothing is decoded before
``images.decoding.memory_limits`` has seen the headers. What comes out is a valid image, or a class of ``images.errors``
with a sentence; metadata of the original never reach it.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from images.decoding import jpeg_markers, memory_limits
from images.decoding.kinds import kind_of
from images.errors import DamagedImage, ImageRefused, ImageTooLarge, UnsupportedImage
from images.model import MEDIA_TYPES, WHITE, Picture, Profile
from images.transform import npy, pixels
from images.transform.geometry import Placement, Size, decode_size, place

if TYPE_CHECKING:
    from PIL.Image import Image

_JPEGS = {"JPEG", "MPO"}  # MPO: a JPEG with more JPEGs behind it, as phones write
_PILLOW_MODES = {"grey": "L", "rgb": "RGB"}
_ORIENTATION = 0x0112
_SIDEWAYS = frozenset({5, 6, 7, 8})


def transform(data: bytes, profile: Profile) -> Picture:
    """The image in ``data`` as ``profile`` wants it.

    Raises UnsupportedImage, DamagedImage, or ImageTooLarge where decoding would cost more than
    ``images.decoding.memory_limits`` has.
    """
    with _named_errors():
        image = _opened(data)
        megapixels = image.width * image.height / 1e6
        decoded = _decoded_jpeg if image.format in _JPEGS else _decoded
        placement, orientation = decoded(image, data, profile)
    small = pixels.resized(image, placement, _PILLOW_MODES[profile.mode])
    return Picture(_encoded(_finished(small, placement, orientation), profile), MEDIA_TYPES[profile.format], megapixels)


def _opened(data: bytes) -> Image:
    """The image with its header read, no more."""
    import PIL.Image

    # Pillow's own limit warns at this, and refuses at twice this, before some decoders allocate anything.
    PIL.Image.MAX_IMAGE_PIXELS = memory_limits.SCALED_JPEG_PIXELS
    return PIL.Image.open(io.BytesIO(data), formats=(kind_of(data),))


def _decoded_jpeg(image: Image, data: bytes, profile: Profile) -> tuple[Placement, int]:
    """Decodes at the smallest scale that will do; the placement is in pixels of what was decoded."""
    frame = jpeg_markers.read_frame(data)
    if frame is None or (frame.width, frame.height) != image.size:
        raise DamagedImage("The JPEG's headers do not fit together; save the image anew.")
    orientation = _orientation(image)
    placement = place(image.size, profile, turned=orientation in _SIDEWAYS)
    drafted = image.draft(_PILLOW_MODES[profile.mode], decode_size(image.size, placement))
    memory_limits.check_jpeg(image, frame, profile)
    image.load()
    extent: Size | tuple[float, float] = drafted[1][2:] if drafted else image.size
    return placement.scaled(extent[0] / frame.width, extent[1] / frame.height, image.size), orientation


def _decoded(image: Image, _data: bytes, profile: Profile) -> tuple[Placement, int]:
    memory_limits.check_decoder(image)
    memory_limits.check_other(image, profile)
    image.load()
    orientation = _orientation(image)  # a PNG may tell it behind its pixels
    return place(image.size, profile, turned=orientation in _SIDEWAYS), orientation


def _orientation(image: Image) -> int:
    """EXIF's orientation, 1 to 8; 1 (upright) where there is none."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - a broken EXIF block, in any of Pillow's ways, does not make a picture unreadable
        return 1


def _finished(small: Image, placement: Placement, orientation: int) -> Image:
    import PIL.Image

    if placement.canvas != placement.size:
        canvas = PIL.Image.new(small.mode, placement.canvas, WHITE if small.mode == "L" else (WHITE,) * 3)
        canvas.paste(small, placement.offset)
        small = canvas
    turn = {
        2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
        3: PIL.Image.Transpose.ROTATE_180,
        4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
        5: PIL.Image.Transpose.TRANSPOSE,
        6: PIL.Image.Transpose.ROTATE_270,
        7: PIL.Image.Transpose.TRANSVERSE,
        8: PIL.Image.Transpose.ROTATE_90,
    }.get(orientation)
    upright = small if turn is None else small.transpose(turn)
    upright.info.clear()  # comments, colour profiles and the like, which encoders would write
    return upright


def _encoded(image: Image, profile: Profile) -> bytes:
    if profile.format == "npy":
        return npy.encode(image, profile)
    out = io.BytesIO()
    options = {} if profile.format == "png" else {"quality": profile.quality}
    image.save(out, profile.format, **options)
    return out.getvalue()


@contextmanager
def _named_errors() -> Iterator[None]:
    """What a decoder raises becomes one of our names. Hostile bytes make Pillow raise many kinds of exceptions."""
    import PIL.Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata, which are not looked at
            yield
    except ImageRefused:
        raise
    except (MemoryError, PIL.Image.DecompressionBombError) as error:
        raise ImageTooLarge(f"The image is too large to decode ({_reason(error)}); send a smaller one.") from error
    except NotImplementedError as error:
        raise UnsupportedImage(f"Images of this kind are not read here ({error}); save it as PNG or JPEG.") from error
    except Exception as error:
        raise DamagedImage(f"The image is cut off or broken ({_reason(error)}); upload it again.") from error


def _reason(error: Exception) -> str:
    """A decoder's own words on one line of ASCII, for they travel in headers."""
    text = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    return ascii(" ".join(text.split())[:120])[1:-1]
