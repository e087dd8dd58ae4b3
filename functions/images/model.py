"""The nouns of an image request, in the order in which they come to be: profile, original, picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Fit = Literal["stretch", "cover", "contain", "pad"]
Mode = Literal["grey", "rgb"]
Format = Literal["jpeg", "png", "webp", "avif", "npy", "auto"]
Layout = Literal["hwc", "chw"]
Alpha = Literal["white", "keep"]

FITS: tuple[Fit, ...] = ("stretch", "cover", "contain", "pad")
MODES: tuple[Mode, ...] = ("grey", "rgb")
FORMATS: tuple[Format, ...] = ("jpeg", "png", "webp", "avif", "npy")
"""Those that are written; a profile may say ``auto`` instead, which is one of them (images.encoding.choice)."""
LAYOUTS: tuple[Layout, ...] = ("hwc", "chw")
ALPHAS: tuple[Alpha, ...] = ("white", "keep")
WITH_ALPHA: frozenset[Format] = frozenset({"png", "webp", "avif"})
"""Formats that can hold an alpha channel."""

MEDIA_TYPES: dict[Format, str] = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
    "npy": "application/x-npy",  # unregistered, like every name in use for it
}

WHITE = 255


@dataclass(frozen=True, slots=True)
class Profile:
    """What an image is to become."""

    name: str
    width: int
    height: int
    """Pixels. The result has exactly this size, but for fit ``contain``, which stays inside it."""
    fit: Fit = "stretch"
    mode: Mode = "grey"
    format: Format = "jpeg"
    quality: int = 95
    """1 to 100, of JPEG, WebP and AVIF."""
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    """NPY only, one number per channel, from 0 to 1: ``(value / 255 - mean) / std`` as float32. Empty: uint8."""
    layout: Layout = "hwc"
    """NPY only: shape (height, width, 3) or (3, height, width); grey is (height, width) or (1, height, width)."""
    cache_seconds: int = 3600
    """How long a result may be shown without asking again."""
    overrides: frozenset[str] = frozenset()
    """Query parameters that may change this profile, out of w, h, fit, mode, format, q, focus."""
    alpha: Alpha = "white"
    """What is transparent lies on white, or stays transparent (formats of WITH_ALPHA alone)."""
    enlarge: bool = True
    """Whether a small original is enlarged, so that the profile's size is its size."""
    focus: str = "centre"
    """Fit cover only, what is kept: ``centre``, ``attention`` (the part with the most edges), or the point ``0.3,0.7``,
    shares of the upright picture's width and height."""
    ignores: frozenset[str] = frozenset()
    """Query parameters that mean nothing, such as ``v``, with which pages go round caches."""


@dataclass(frozen=True)
class Original:
    """An object that S3 has begun to send. Exactly one of ``read`` and ``close`` is called, once."""

    etag: str
    """With quotes, as S3 gives it."""
    last_modified: str
    """An HTTP date."""
    read: Callable[[], bytes]
    """The whole object. Raises ImageTooLarge above 50 MB, OriginalUnavailable where S3 stops sending."""
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Picture:
    """A transformed image."""

    body: bytes
    media_type: str
    megapixels: float
    """Of the original, in millions of pixels."""
    counts: tuple[str, ...] = ()
    """Metrics to be counted: what was done otherwise than the file or the plan says, without a refusal."""
