"""What both ways to an original share: at most 50 MB, 10 seconds without a byte, our names for what S3 refuses."""

from __future__ import annotations

from typing import Any

from images.errors import AccessDenied, ImageTooLarge, NoSuchKey, NotModified, OriginalUnavailable, PreconditionFailed

MOST_BYTES = 50_000_000
"""Of an original; cameras stay below 30 MB."""
TIMEOUT_SECONDS = 10


def capped(body: Any, length: int | None) -> bytes:
    """The whole of a body that has to be no longer than MOST_BYTES, whatever it says about itself."""
    if length is None or length <= MOST_BYTES:
        data = bytes(body.read(MOST_BYTES + 1))
        if length is not None and len(data) < length:
            raise OriginalUnavailable("S3 stopped sending; try again.")  # reading a part of a body never says so itself
        if len(data) <= MOST_BYTES:
            return data
    body.close()
    raise ImageTooLarge(f"The object has more than {MOST_BYTES // 1_000_000} MB; upload a smaller one.")


def refusal(status: int, code: str) -> Exception:
    """Our name for what S3 answered."""
    if status == 404 or code in {"NoSuchKey", "NoSuchVersion", "KeyTooLongError"}:
        return NoSuchKey("No image has this key; look at its spelling and at the percent-encoding.")
    if status == 304:
        return NotModified("The original has not changed.")
    if status == 412:
        return PreconditionFailed("The original has changed since; ask without If-Match and If-Unmodified-Since.")
    if status in {429, 503} or status >= 500 or status in {301, 307}:
        return OriginalUnavailable(f"S3 could not serve the original just now ({code}); try again.")
    return AccessDenied(f"S3 does not give the original out ({code}); look at the permissions and the storage class.")
