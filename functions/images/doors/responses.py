"""What goes back to the caller, in HTTP's terms and for both doors alike: entity tags, conditions, ranges, errors.

Rules: RFC 9110, sections 8.8.3 (entity tags), 13 (conditional requests) and 14 (ranges).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from images.errors import InvalidParameter, InvalidPartNumber, InvalidRange, PreconditionFailed
from images.model import Original, Picture, Profile
from images.transform import VERSION

PART_BYTES = 5 * 1024 * 1024
"""A part of a result, for partNumber; S3's own parts are at least this long."""
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_TAG = re.compile(r'(?:W/)?"[^"]*"')


@dataclass(frozen=True)
class Conditions:
    """The request headers that decide what is sent; ``part`` is the query parameter partNumber of the S3 API."""

    if_match: str | None = None
    if_none_match: str | None = None
    if_range: str | None = None
    range: str | None = None
    part: str | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str], part: str | None = None, range_: str | None = None) -> Conditions:
        """From headers in any spelling; ``range_`` is used where the header is absent."""
        found = {name.lower(): value for name, value in headers.items()}
        return cls(
            if_match=found.get("if-match"),
            if_none_match=found.get("if-none-match"),
            if_range=found.get("if-range"),
            range=found.get("range", range_),
            part=part,
        )


@dataclass(frozen=True)
class Answer:
    """A status, headers in their usual spelling, and a body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    parts: int | None = None
    """Parts of the whole, where one was asked for."""


def entity_tag(original: Original, profile: Profile, decoder: str) -> str:
    """The tag of a result before it is made: it follows from the original's, the profile, and the code's versions.

    So "not modified" costs no decoding. ``decoder`` is Pillow's version.
    """
    recipe = repr((VERSION, decoder, original.etag, replace(profile, name="", overrides=frozenset(), cache_seconds=0)))
    return f'"{hashlib.sha256(recipe.encode()).hexdigest()[:32]}"'


def preliminary(conditions: Conditions, tag: str, original: Original, profile: Profile) -> Answer | None:
    """304 where the caller has the result already; None where it has to be made. Raises PreconditionFailed."""
    if conditions.if_match is not None and not _is_named(tag, conditions.if_match):
        raise PreconditionFailed("The image or its profile has changed since; ask without If-Match.")
    if conditions.if_none_match is not None and _is_named(tag, conditions.if_none_match):
        return Answer(304, _validators(tag, original, profile))
    return None


def whole(picture: Picture, tag: str, original: Original, profile: Profile) -> Answer:
    """200 with the result."""
    headers = {
        "Content-Type": picture.media_type,
        "Content-Length": str(len(picture.body)),
        **_validators(tag, original, profile),
    }
    return Answer(200, headers, picture.body)


def partial(answer: Answer, conditions: Conditions) -> Answer:
    """The stretch of a whole answer that was asked for, by Range or by part.

    A Range that cannot be read, names several stretches, or belongs to another version (If-Range) is ignored, as RFC
    9110 allows. Raises InvalidRange, InvalidPartNumber, InvalidParameter.
    """
    answer = replace(answer, headers={**answer.headers, "Accept-Ranges": "bytes"})
    size = len(answer.body)
    if conditions.part is not None:
        if conditions.range is not None:
            raise InvalidParameter("Ask for a Range or for a partNumber, not for both.")
        return replace(_cut(answer, *_part(conditions.part, size)), parts=_parts(size))
    if conditions.range is None or conditions.if_range not in (None, answer.headers["ETag"]):
        return answer
    match = _RANGE.fullmatch(conditions.range.strip())
    if match is None or match.group(1) == match.group(2) == "":
        return answer
    first, last = match.groups()
    if first and last and int(first) > int(last):
        return answer
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= size:
        raise InvalidRange(f"The result has {size} bytes; ask for a range inside it.", size)
    return _cut(answer, start, end)


def _cut(answer: Answer, start: int, end: int) -> Answer:
    size = len(answer.body)
    headers = {
        **answer.headers,
        "Content-Length": str(end - start),
        "Content-Range": f"bytes {start}-{end - 1}/{size}",
    }
    return Answer(206, headers, answer.body[start:end])


def _part(text: str, size: int) -> tuple[int, int]:
    # 10,000 is the most parts that an S3 object can have.
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and 1 <= int(text) <= 10_000):
        raise InvalidParameter("partNumber must be a whole number from 1 to 10000.")
    start = (int(text) - 1) * PART_BYTES
    if start >= size:
        raise InvalidPartNumber(f"The result has {_parts(size)} part(s); ask for one of them.", size)
    return start, min(size, start + PART_BYTES)


def _parts(size: int) -> int:
    return -(-size // PART_BYTES)


def _validators(tag: str, original: Original, profile: Profile) -> dict[str, str]:
    return {
        "ETag": tag,
        "Last-Modified": original.last_modified,
        "Cache-Control": f"public, max-age={profile.cache_seconds}",
    }


def _is_named(tag: str, header: str) -> bool:
    """Compared weakly: what CloudFront compresses on the way comes back as W/"..."."""
    return header.strip() == "*" or tag in {found.removeprefix("W/") for found in _TAG.findall(header)}
