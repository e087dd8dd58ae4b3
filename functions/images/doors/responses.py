"""What goes back to the caller, in HTTP's terms and for both doors alike: entity tags, conditions, ranges.

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
_RANGE = re.compile(r"bytes=([0-9]{0,30})-([0-9]{0,30})", re.IGNORECASE)
"""Longer numbers are no place in anything, and Python reads none of some thousand digits."""
_TAG = re.compile(r'(?:W/)?"[^"]*"')


@dataclass(frozen=True)
class Conditions:
    """The request headers that decide what is sent; ``part`` is the query parameter partNumber of the S3 API."""

    if_match: str | None = None
    if_none_match: str | None = None
    if_range: str | None = None
    range: str | None = None
    part: str | None = None
    if_modified_since: str | None = None
    if_unmodified_since: str | None = None
    accept: str | None = None

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
            if_modified_since=found.get("if-modified-since"),
            if_unmodified_since=found.get("if-unmodified-since"),
            accept=found.get("accept"),
        )


@dataclass(frozen=True)
class Answer:
    """A status, headers in their usual spelling, and a body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    parts: int | None = None
    """Parts of the whole, where one was asked for."""


def entity_tag(original: Original, profile: Profile, libraries: str) -> str:
    """The tag of a result before it is made: it follows from the original's, the profile, and the code's versions.

    So "not modified" costs no decoding. ``libraries`` decode it.
    """
    made = replace(profile, name="", overrides=frozenset(), ignores=frozenset(), cache_seconds=0)
    recipe = repr((VERSION, libraries, original.etag, made))
    return f'"{hashlib.sha256(recipe.encode()).hexdigest()[:32]}"'


def preliminary(conditions: Conditions, tag: str, original: Original, profile: Profile) -> Answer | None:
    """304 where the caller has the result already; None where it has to be made. Raises PreconditionFailed.

    A tag is asked before a date, which is then not looked at (RFC 9110, 13.2.2; S3's GetObject says the same). The date
    is the original's: it says nothing of a changed profile, which the tag does.
    """
    if conditions.if_match is not None:
        if not _is_named(tag, conditions.if_match):
            raise PreconditionFailed("The image or its profile has changed since; ask without If-Match.")
    elif _changed_since(original, conditions.if_unmodified_since):
        raise PreconditionFailed("The image has changed since; ask without If-Unmodified-Since.")
    if conditions.if_none_match is not None:
        unchanged = _is_named(tag, conditions.if_none_match)
    else:
        unchanged = _changed_since(original, conditions.if_modified_since) is False
    return Answer(304, _validators(tag, original, profile)) if unchanged else None


def whole(picture: Picture, tag: str, original: Original, profile: Profile) -> Answer:
    """200 with the result."""
    headers = {
        "Content-Type": picture.media_type,
        "Content-Length": str(len(picture.body)),
        **_validators(tag, original, profile),
    }
    return Answer(200, headers, picture.body)


def varying(answer: Answer) -> Answer:
    """The answer, where another Accept header may get another one."""
    return replace(answer, headers={**answer.headers, "Vary": "Accept"})


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


def _changed_since(original: Original, date: str | None) -> bool | None:
    """None where there is no date, or none that can be read: it is ignored then."""
    since, changed = _seconds(date), _seconds(original.last_modified)
    return None if since is None or changed is None else changed > since


def _seconds(date: str | None) -> float | None:
    """Of an HTTP date in any of its three forms (RFC 9110, 5.6.7)."""
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    try:
        found = parsedate_to_datetime(date or "")
    except (ValueError, IndexError, OverflowError):
        return None
    # The oldest form names no zone: it is always Greenwich's.
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
