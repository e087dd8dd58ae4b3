"""Bytes of an image and a profile in, bytes of the result out.

Decoding at a fraction of the size is what makes it cheap: a twelve-megapixel photo costs a quarter of the time and a
sixth of the memory of a full decode (docs/images.md, "Measured"). No library sees a file before
``images.decoding.plan`` has seen its headers. What comes out is a valid image, or a class of ``images.errors`` with a
sentence; metadata of the original never reach it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from images.decoding import pixels_of
from images.decoding.plan import plan_for
from images.encoding import encoders
from images.model import MEDIA_TYPES, WHITE, WITH_ALPHA, Picture, Profile
from images.transform import pixels
from images.transform.geometry import CENTRE, Placement, Point, Size, decode_size, place, stored

if TYPE_CHECKING:
    from PIL.Image import Image

    from images.decoding.decoded import Decoded

_PILLOW_MODES = {"grey": "L", "rgb": "RGB"}
_FALLBACKS = {"WEBP": "WebpFallbacks", "PNG": "PngFallbacks"}
"""What is counted where Pillow stood in for the decoder of the plan."""
_SIDEWAYS = frozenset({5, 6, 7, 8})


def transform(data: bytes, profile: Profile) -> Picture:
    """The image in ``data`` as ``profile`` wants it.

    Raises UnsupportedImage, DamagedImage, or ImageTooLarge where decoding would cost more than
    ``images.decoding.memory_limits`` has.
    """
    plan = plan_for(data)

    def least_size(source: Size, orientation: int) -> Size:
        return decode_size(source, place(source, profile, turned=orientation in _SIDEWAYS))

    decoded = pixels_of.decode(data, plan, profile, least_size)
    if plan.colours and not decoded.profile:
        from images.transform import coded_profiles

        decoded.profile = coded_profiles.profile_of(*plan.colours)
    across, down, size = decoded.across, decoded.down, decoded.image.size
    # Of what is decoded whole the decoder itself knows the size best: it may have turned it.
    source = plan.size if (across, down) != (1.0, 1.0) else size
    focus = _focus(decoded, source, profile)
    placement = place(source, profile, turned=decoded.orientation in _SIDEWAYS, focus=focus).scaled(across, down, size)
    keeps_alpha = profile.alpha == "keep" and profile.format in WITH_ALPHA
    small, ignored = pixels.resized(decoded, placement, _PILLOW_MODES[profile.mode], keeps_alpha=keeps_alpha)
    return Picture(
        encoders.encoded(_finished(small, placement, decoded.orientation), profile),
        MEDIA_TYPES[profile.format],
        source[0] * source[1] / 1e6,
        counts=tuple(
            name
            for name, happened in (
                ("ColourProfilesIgnored", ignored),
                (_FALLBACKS.get(plan.kind, ""), decoded.fell_back),
                ("ScansMissing", decoded.is_coarse),
            )
            if happened
        ),
    )


def _focus(decoded: Decoded, source: Size, profile: Profile) -> Point:
    """Where the kept part's middle should be, as shares of the stored picture, which is not upright yet."""
    if profile.focus == "centre" or profile.fit != "cover":
        return CENTRE
    if profile.focus == "attention":
        from images.transform import attention

        kept = place(source, profile, turned=decoded.orientation in _SIDEWAYS).box
        return attention.middle(decoded, (kept[2] - kept[0]) / source[0], (kept[3] - kept[1]) / source[1])
    across, down = map(float, profile.focus.split(","))
    return stored((across, down), decoded.orientation)


def _finished(small: Image, placement: Placement, orientation: int) -> Image:
    import PIL.Image

    if placement.canvas != placement.size:
        # White, and where alpha is kept fully transparent.
        canvas = PIL.Image.new(
            small.mode, placement.canvas, (WHITE,) * len(small.mode.rstrip("A")) + (0,) * small.mode.endswith("A")
        )
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
