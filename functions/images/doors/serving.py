"""What both doors do: an original and a profile become an answer, and are counted."""

from __future__ import annotations

import time

from common.observability import count, measure
from images.doors import responses
from images.doors.responses import Answer, Conditions
from images.encoding import choice
from images.errors import ImageRefused, InvalidConfiguration, InvalidSignature, RequestRefused, ResultTooLarge
from images.model import Original, Profile

_MOST_CAUSE = 300


def serve(original: Original, profile: Profile, conditions: Conditions, *, most_bytes: int | None = None) -> Answer:
    """200 with the result, or 304 without having read the original.

    ``most_bytes``: what the door can carry; more raises ResultTooLarge. Raises PreconditionFailed, ImageRefused.
    """
    from images.decoding.pixels_of import libraries
    from images.transform.image import transform

    by_caller = profile.format == "auto"
    profile = choice.settled(profile, conditions.accept)
    tag = responses.entity_tag(original, profile, libraries(profile))
    try:
        unchanged = responses.preliminary(conditions, tag, original, profile)
    except RequestRefused:
        original.close()
        raise
    if unchanged is not None:
        original.close()
        count("ImagesUnchanged")
        return responses.varying(unchanged) if by_caller else unchanged
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
    for name in picture.counts:
        count(name)
    return responses.varying(answer) if by_caller else answer


def tally(error: Exception) -> None:
    """Counts and logs a failed request.

    Of what callers ask wrongly forged addresses alone are counted, and nothing is logged.
    """
    from common.observability import logger

    if isinstance(error, InvalidSignature):
        # Many are an attack, or pages that were signed with a key that is gone.
        count("SignaturesRefused")
    if isinstance(error, RequestRefused):
        return
    refused = isinstance(error, ImageRefused)
    count("ImagesRefused" if refused else "ImagesFailed")
    # The sentence holds sizes and names of formats, never a key.
    told = {"reason": describe(error)}
    if error.__cause__ is not None:
        told["cause"] = describe(error.__cause__)[:_MOST_CAUSE]  # a library's own words, for the log alone
    logger().warning("Image refused" if refused else "Image failed", extra=told)


def describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def status_of(error: Exception) -> int:
    """HTTP status of one of our errors at the Function URL."""
    if isinstance(error, RequestRefused | ImageRefused):
        return error.status
    return 500 if isinstance(error, InvalidConfiguration) else 503
