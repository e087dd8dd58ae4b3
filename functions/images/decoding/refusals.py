"""What decoders raise becomes one of our names, in words of our own.

A library's text is no answer to a caller: it changes with its version, and some of it holds addresses of memory. It
stays in the chain of causes, for the log.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from images.errors import DamagedImage, ImageRefused, ImageTooLarge, UnsupportedImage

SHOWN = {"WEBP": "WebP"}
"""Names of kinds as people write them, where Pillow's differ."""


@contextmanager
def named(kind: str) -> Iterator[None]:
    """Hostile bytes make decoders raise many kinds of exceptions."""
    import PIL.Image

    shown = SHOWN.get(kind, kind)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata, which are not looked at
            yield
    except ImageRefused:
        raise
    except (MemoryError, PIL.Image.DecompressionBombError) as error:
        raise ImageTooLarge(f"The {shown} takes more memory than there is to decode it; send a smaller one.") from error
    except NotImplementedError as error:
        raise UnsupportedImage(f"This variety of {shown} is not read here; save it as PNG or JPEG.") from error
    except Exception as error:
        raise DamagedImage(f"The {shown} is cut off or broken; upload it again.") from error
