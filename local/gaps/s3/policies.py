"""S3: policies and notifications of a bucket.

AWS: a policy is JSON about this bucket, with S3's actions and principals (API reference, PutBucketPolicy:
MalformedPolicy; User Guide, "Policies and permissions in Amazon S3"). Notifications have known events, filters by
prefix and suffix, ids of their own, and no two of them would tell of the same new object (User Guide, "Event
notification types and destinations", "Configuring event notifications using object key name filtering":
InvalidArgument).
MiniStack: takes any policy and all notifications whose destination is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from itertools import combinations
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring
from ministack.services import s3

from local.gaps import _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Answer, Json, Record
from local.gaps.iam import _documents

LEANS_ON = {
    **_doors.LEANS_ON,
    "services.s3._error": "(code, message, status, resource='', extra=None, headers=None)",
    "services.s3._put_bucket_notification": "(name, body, headers=None)",
    "services.s3._put_bucket_policy": "(name, body)",
}

_CONFIGURATIONS = ("TopicConfiguration", "QueueConfiguration", "CloudFunctionConfiguration")


def _says(code: str, message: str, status: int) -> Answer:
    answer: Answer = s3._error(code, message, status)
    return answer


def _invalid(message: str) -> RefusedError:
    return RefusedError("InvalidArgument", message)


def _root(body: bytes) -> Element | None:
    """The document without its namespace; None for what is no XML, which MiniStack answers itself."""
    try:
        parsed: Element = fromstring(body)
    except ParseError:
        return None
    for element in parsed.iter():
        element.tag = element.tag.rpartition("}")[2]
    return parsed


def _texts(parent: Element, path: str) -> Iterator[str]:
    return (element.text or "" for element in parent.iterfind(path))


def _notifications(_bucket: str, body: bytes, headers: Record | None = None) -> None:
    del headers
    root = _root(body)
    found = [one for kind in _CONFIGURATIONS for one in root.findall(kind)] if root is not None else []
    for one in found:
        for event in _texts(one, "Event"):
            if event not in _events():
                raise _invalid("The event is not supported for notifications")
        for rule in one.iterfind("Filter/S3Key/FilterRule"):
            if (rule.findtext("Name") or "").lower() not in ("prefix", "suffix"):
                raise _invalid("filter rule name must be either prefix or suffix")
    ids = [one.findtext("Id") for one in found if one.findtext("Id")]
    if len(set(ids)) < len(ids):
        raise _invalid("Same ID used for multiple configurations. IDs must be unique")
    for first, second in combinations(found, 2):
        if _overlap(first, second):
            raise _invalid(
                "Configurations overlap. Configurations on the same bucket cannot share a common event type."
            )


@cache
def _events() -> frozenset[str]:
    from botocore.loaders import Loader

    return frozenset(Loader().load_service_model("s3", "service-2", "2006-03-01")["shapes"]["Event"]["enum"])


def _overlap(first: Element, second: Element) -> bool:
    """Whether one new object could be an event of both."""
    share = any(
        fnmatchcase(one, other) or fnmatchcase(other, one)
        for one in _texts(first, "Event")
        for other in _texts(second, "Event")
    )
    (start, end), (other_start, other_end) = _affixes(first), _affixes(second)
    starts = start.startswith(other_start) or other_start.startswith(start)
    return share and starts and (end.endswith(other_end) or other_end.endswith(end))


def _affixes(configuration: Element) -> tuple[str, str]:
    rules = {
        (rule.findtext("Name") or "").lower(): rule.findtext("Value") or ""
        for rule in configuration.iterfind("Filter/S3Key/FilterRule")
    }
    return rules.get("prefix", ""), rules.get("suffix", "")


def check_policy(bucket: str, document: Json) -> None:
    """Raise RefusedError for what is no policy of this bucket."""
    try:
        statements = _documents.of_resource(document)
    except RefusedError as refused:
        no_json = refused.message == _documents.SYNTAX
        says = "Policies must be valid JSON and the first byte must be '{'" if no_json else refused.message
        raise RefusedError("MalformedPolicy", says) from refused
    for statement in statements:
        actions = _documents.listed(statement.get("Action", statement.get("NotAction")))
        if not actions or not all(action == "*" or str(action).lower().startswith("s3") for action in actions):
            raise RefusedError("MalformedPolicy", "Policy has invalid action")
        resources = _documents.listed(statement.get("Resource", statement.get("NotResource")))
        if not resources or not all(_about(bucket, str(resource)) for resource in resources):
            raise RefusedError("MalformedPolicy", "Policy has invalid resource")


def _about(bucket: str, resource: str) -> bool:
    arn, _, name = resource.rpartition(":::")
    return arn.startswith("arn:aws") and arn.endswith(":s3") and fnmatchcase(bucket, name.partition("/")[0])


def _policy(bucket: str, body: bytes) -> None:
    check_policy(bucket, body.decode("utf-8", "replace"))


def _bucket_policy(properties: Record) -> None:
    document = properties.get("PolicyDocument")
    check_policy(str(properties.get("Bucket")), json.dumps(document) if isinstance(document, dict) else document)


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.s3._put_bucket_notification", _doors.at_call(_notifications, _says))
    _seams.replace("services.s3._put_bucket_policy", _doors.at_call(_policy, _says))
    # A template's notifications come through the call; its policies do not.
    _seams.replace(_doors.HANDLERS, _doors.in_templates({"AWS::S3::BucketPolicy": _bucket_policy}))
