"""The pixels of a file by the decoder that its plan names."""

from __future__ import annotations

from dataclasses import replace

from images.decoding import libvips, libwebp, with_pillow
from images.decoding.decoded import Decoded, LeastSize
from images.decoding.memory_limits import check_header
from images.decoding.plan import Plan
from images.decoding.refusals import named
from images.model import Profile


def decode(data: bytes, plan: Plan, profile: Profile, least_size: LeastSize) -> Decoded:
    """``least_size``: at how many pixels ``profile`` can do with it. Raises the classes of ``images.errors``."""
    with named(plan.kind):
        if plan.decoder == "libvips" and libvips.is_wanted(profile):
            return libvips.decode(data, plan, profile, least_size)
        if plan.decoder != "libwebp":
            return with_pillow.decode(data, plan, profile, least_size)
        if libwebp.library() is not None:
            return libwebp.decode(data, plan, profile, least_size)
        check_header(plan.kind, plan.size, is_whole=True)
        return replace(with_pillow.decode(data, plan, profile, least_size), fell_back=True)


def libraries(profile: Profile) -> str:
    """The library, and the release, that may decode for ``profile``: another one may give pixels a little different."""
    from PIL import __version__

    return f"{__version__} libvips" if libvips.is_wanted(profile) else __version__
