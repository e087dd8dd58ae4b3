"""S3: rules of a lifecycle configuration.

AWS: at most 1,000 rules, each with an id of its own of at most 255 characters and one action at least; days are
positive numbers, dates are midnight; objects move to STANDARD_IA or ONEZONE_IA after 30 days at the earliest and expire
after their last move; incomplete uploads have no tags and no sizes (API reference, PutBucketLifecycleConfiguration;
User Guide, "Lifecycle configuration elements"). A template's rules go the same way, by ``s3/template``.
MiniStack: stores most of what breaks these rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring
from ministack.services import s3

from local.gaps import _seams
from local.gaps._types import Answer

LEANS_ON = {
    "services.s3._put_bucket_lifecycle": "(name, body)",
    "services.s3._error": "(code, message, status, resource='', extra=None, headers=None)",
}

_RULES, _ID_LENGTH, _INFREQUENT_DAYS = 1000, 255, 30
_ACTIONS = (
    "Expiration", "Transition", "NoncurrentVersionExpiration", "NoncurrentVersionTransition",
    "AbortIncompleteMultipartUpload",
)  # fmt: skip
_MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
_Refusal = tuple[str, str]


def _named(element: Element, *names: str) -> list[Element]:
    """Elements below ``element``, at any depth, of one of these names, whatever their namespace."""
    return [each for each in element.iter() if each.tag.rpartition("}")[2] in names]


def _text(element: Element, name: str) -> str | None:
    found = _named(element, name)
    return (found[0].text or "") if found else None


def _numbers(rule: Element) -> Iterator[_Refusal]:
    for element in _named(rule, "Days", "NoncurrentDays", "DaysAfterInitiation", "NewerNoncurrentVersions"):
        if not (element.text or "").strip().lstrip("-").isdigit():
            yield "MalformedXML", _MALFORMED
    for date in _named(rule, "Date"):
        try:
            moment = datetime.fromisoformat((date.text or "").strip())
        except ValueError:
            yield "MalformedXML", _MALFORMED
        else:
            if (moment.hour, moment.minute, moment.second, moment.microsecond) != (0, 0, 0, 0):
                yield "InvalidArgument", "'Date' must be at midnight GMT"
    for action in _named(rule, "Expiration", "Transition"):
        if _text(action, "Days") is not None and _text(action, "Date") is not None:
            yield "MalformedXML", _MALFORMED


def _moves(rule: Element) -> Iterator[_Refusal]:
    """What the days of transitions and of the expiration say together; their form is known to be right."""
    expires = next((_text(action, "Days") for action in _named(rule, "Expiration")), None)
    for move in _named(rule, "Transition"):
        days, kind = _text(move, "Days"), _text(move, "StorageClass")
        if days is None:
            continue
        if kind in ("STANDARD_IA", "ONEZONE_IA") and int(days) < _INFREQUENT_DAYS:
            yield (
                "InvalidArgument",
                f"'Days' in Transition action must be greater than or equal to 30 for storageClass '{kind}'",
            )
        if expires is not None and int(expires) <= int(days):
            prefix = _text(rule, "Prefix") or ""
            yield (
                "InvalidArgument",
                f"'Days' in the Expiration action for filter '(prefix={prefix})' must be greater than 'Days' in the "
                "Transition action",
            )


def _rule(rule: Element) -> Iterator[_Refusal]:
    if len(_text(rule, "ID") or "") > _ID_LENGTH:
        yield "InvalidArgument", "ID length should not exceed allowed limit of 255"
    if not _named(rule, *_ACTIONS):
        yield "InvalidRequest", "At least one action needs to be specified in a rule"
    malformed = list(_numbers(rule))
    yield from malformed
    if not malformed:
        yield from _moves(rule)
    if _named(rule, "AbortIncompleteMultipartUpload"):
        if _named(rule, "Tag"):
            yield "InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags."
        if _named(rule, "ObjectSizeGreaterThan", "ObjectSizeLessThan"):
            yield "InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Object Size."


def _refusals(body: bytes) -> Iterator[_Refusal]:
    try:
        rules = _named(fromstring(body), "Rule")
    except ParseError:
        yield "MalformedXML", _MALFORMED
        return
    if not 1 <= len(rules) <= _RULES:
        yield "MalformedXML", _MALFORMED
        return
    ids = [identifier for rule in rules if (identifier := _text(rule, "ID"))]
    if len(ids) > len(set(ids)):
        yield "InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule"
    for rule in rules:
        yield from _rule(rule)


def _looked_at(put: Callable[[str, bytes], Answer]) -> Callable[[str, bytes], Answer]:
    def put_bucket_lifecycle(name: str, body: bytes) -> Answer:
        for code, message in _refusals(body):
            refused: Answer = s3._error(code, message, 400)
            return refused
        return put(name, body)

    return put_bucket_lifecycle


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.s3._put_bucket_lifecycle", _looked_at)
