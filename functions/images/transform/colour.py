"""Colours of an embedded ICC profile become sRGB's, by LittleCMS through Pillow.

It is done on the small image: on photos the mean difference to a conversion before the shrink is below 1 dE76, and the
cost does not grow with the original. The result needs no profile, since sRGB is what readers take for granted.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from images.decoding.raster_headers import MOST_PROFILE_BYTES

if TYPE_CHECKING:
    from PIL.Image import Image

_SPACES = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK"}
"""Colour space of a profile (ICC.1, section 7.2.6) to the mode of the pixels that it is about."""
_WITH_ALPHA = {"LA", "RGBA"}
_MOST_TRANSFORMS = 8
"""Kept ready, of .5 MB each where a printing profile is in it; a set of photos has one or two profiles."""
_transforms: OrderedDict[tuple[bytes, str], Any] = OrderedDict()


def to_srgb(image: Image, profile: bytes) -> Image | None:
    """RGB, or RGBA where there was alpha; None where the profile cannot be used: broken, too long, of other colours."""
    from PIL import ImageCms

    mode = _SPACES.get(profile[16:20]) if len(profile) <= MOST_PROFILE_BYTES else None
    colours = _colours(image, mode)
    if mode is None or colours is None:
        return None
    try:
        converted = ImageCms.applyTransform(colours, _transform(profile, mode))
    except (OSError, ValueError, ImageCms.PyCMSError):
        return None
    if converted is not None and image.mode in _WITH_ALPHA:
        converted.putalpha(image.getchannel("A"))
    return converted


def _colours(image: Image, mode: str | None) -> Image | None:
    """The image without alpha in ``mode``; None where that would be another picture."""
    plain = image.mode.removesuffix("A") if image.mode in _WITH_ALPHA else image.mode
    if plain == "YCbCr":
        plain = "RGB"
    if mode == plain or (mode == "RGB" and plain == "L"):  # grey beside a profile of colours is as much of each
        return image if image.mode == mode else image.convert(mode)
    return None


def _transform(profile: bytes, mode: str) -> Any:
    """Perceptual: of printing profiles the one that keeps gradients, of matrix profiles the same as the others."""
    from io import BytesIO

    from PIL import ImageCms

    key = hashlib.blake2b(profile, digest_size=16).digest(), mode
    if key not in _transforms:
        source, target = ImageCms.getOpenProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
        _transforms[key] = ImageCms.buildTransform(source, target, mode, "RGB", ImageCms.Intent.PERCEPTUAL)
    _transforms.move_to_end(key)
    while len(_transforms) > _MOST_TRANSFORMS:
        _transforms.popitem(last=False)
    return _transforms[key]
