"""What both doors do: an original and a profile become an answer, and are counted."""

from __future__ import annotations

import time

from common.observability import count, measure
from images.doors import responses
from images.doors.responses import Answer, Conditions
from images.errors import ImageRefused, InvalidConfiguration, RequestRefused, ResultTooLarge
from images.model import Original, Profile


def serve(original: Original, profile: Profile, conditions: Conditions, *, most_bytes: int | None = None) -> Answer:
    """200 with the result, or 304 without having read the original.

    ``most_bytes``: what the door can carry; more raises ResultTooLarge. Raises PreconditionFailed, ImageRefused.
    """
    from PIL import __version__ as decoder

    from images.transform.image import transform

    tag = responses.entity_tag(original, profile, decoder)
    try:
        unchanged = responses.preliminary(conditions, tag, original, profile)
    except RequestRefused:
        original.close()
        raise
    if unchanged is not None:
        original.close()
        return unchanged
    data = original.read()
    start = time.perf_counter()
    picture = transform(data, profile)
    if most_bytes is not None and len(picture.body) > most_bytes:
        raise ResultTooLarge(
            f"The result has {len(picture.body):,} bytes, this door carries {most_bytes:,}: ask for fewer pixels, a "
            "lower q, or jpeg or webp."
        )
    milliseconds = (time.perf_counter() - start) * 1000
    answer = responses.whole(picture, tag, original, profile)
    measure("TransformMilliseconds", "Milliseconds", milliseconds)
    measure("BytesIn", "Bytes", len(data))
    measure("BytesOut", "Bytes", len(picture.body))
    measure("MegapixelsIn", "Count", picture.megapixels)
    count("ImagesTransformed")
    return answer


def tally(error: Exception) -> None:
    """Counts and logs a failed request. What callers ask wrongly is theirs, and neither counted nor logged."""
    from common.observability import logger

    if isinstance(error, RequestRefused):
        return
    refused = isinstance(error, ImageRefused)
    count("ImagesRefused" if refused else "ImagesFailed")
    # The sentence holds sizes and names of formats, never a key.
    logger().warning("Image refused" if refused else "Image failed", extra={"reason": describe(error)})


def describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def status_of(error: Exception) -> int:
    """HTTP status of one of our errors at the Function URL."""
    if isinstance(error, RequestRefused | ImageRefused):
        return error.status
    return 500 if isinstance(error, InvalidConfiguration) else 503
