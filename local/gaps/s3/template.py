"""S3: BucketEncryption and LifecycleConfiguration of a template.

AWS: CloudFormation applies both (AWS::S3::Bucket, properties of these names).
MiniStack: drops them, so a test that reads them back from the stack sees the defaults. Rules are kept here
and can be read back; no object expires (see docs/local-cloud.md).
"""

from __future__ import annotations

from collections.abc import Callable
from xml.sax.saxutils import escape

from ministack.services import s3

from local.gaps import _seams
from local.gaps._types import Json, Record

LEANS_ON = {
    "services.cloudformation.provisioners._s3_apply_configurations": "(name, props, old_props=None)",
    "services.s3._put_bucket_encryption": "(name, body)",
    "services.s3._delete_bucket_encryption": "(name)",
    "services.s3._put_bucket_lifecycle": "(name, body)",
    "services.s3._delete_bucket_lifecycle": "(name)",
}

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

#: Member of a CloudFormation rule -> element of the S3 API; what is not here has the same name in both.
_RULE = {
    "Id": "ID",
    "ExpirationInDays": "Expiration/Days",
    "ExpirationDate": "Expiration/Date",
    "ExpiredObjectDeleteMarker": "Expiration/ExpiredObjectDeleteMarker",
    "NoncurrentVersionExpirationInDays": "NoncurrentVersionExpiration/NoncurrentDays",
}
_TRANSITION = {"TransitionInDays": "Days", "TransitionDate": "Date"}
_OLD_TRANSITION = {"TransitionInDays": "NoncurrentDays"}
_FILTERS = ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan")


def _xml(name: str, value: Json) -> str:
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else value
        inner = "".join(_xml(key, item) for key, item in pairs)
    elif isinstance(value, bool):
        inner = str(value).lower()
    else:
        inner = escape(str(value))
    return f"<{name}>{inner}</{name}>"


def _filter(rule: Record) -> Record:
    conditions: list[tuple[str, Json]] = [(name, rule[name]) for name in _FILTERS if name in rule]
    conditions += [("Tag", tag) for tag in rule.get("TagFilters", [])]
    if len(conditions) <= 1:
        return dict(conditions or [("Prefix", "")])
    return {"And": conditions}


def _renamed(item: Record, names: Record) -> Record:
    return {names.get(key, key): value for key, value in item.items()}


def _rule_xml(rule: Record) -> str:
    merged: Record = {}
    rest = {name: value for name, value in rule.items() if name not in (*_FILTERS, "TagFilters")}
    transitions = [_renamed(item, _TRANSITION) for item in rest.pop("Transitions", [])]
    old = [_renamed(item, _OLD_TRANSITION) for item in rest.pop("NoncurrentVersionTransitions", [])]
    for name, value in rest.items():
        outer, _, leaf = _RULE.get(name, name).partition("/")
        if leaf:
            merged.setdefault(outer, {})[leaf] = value
        else:
            merged[outer] = value
    parts = [_xml("Filter", _filter(rule)), *(_xml(name, value) for name, value in merged.items())]
    parts += [_xml("Transition", item) for item in transitions]
    parts += [_xml("NoncurrentVersionTransition", item) for item in old]
    return "<Rule>" + "".join(parts) + "</Rule>"


def lifecycle_xml(configuration: Record) -> bytes:
    """The body of a PutBucketLifecycleConfiguration request for a template's LifecycleConfiguration."""
    rules = "".join(_rule_xml(rule) for rule in configuration.get("Rules", []))
    return f'<LifecycleConfiguration xmlns="{_NAMESPACE}">{rules}</LifecycleConfiguration>'.encode()


def encryption_xml(configuration: Record) -> bytes:
    """The body of a PutBucketEncryption request for a template's BucketEncryption."""
    rules = []
    for rule in configuration.get("ServerSideEncryptionConfiguration", []):
        default = rule.get("ServerSideEncryptionByDefault", {})
        body: Record = {"ApplyServerSideEncryptionByDefault": default}
        if "BucketKeyEnabled" in rule:
            body["BucketKeyEnabled"] = rule["BucketKeyEnabled"]
        rules.append(_xml("Rule", body))
    name = "ServerSideEncryptionConfiguration"
    return f'<{name} xmlns="{_NAMESPACE}">{"".join(rules)}</{name}>'.encode()


def _refused(answer: tuple[int, Json, bytes], bucket: str, what: str) -> None:
    if answer[0] >= 400:
        raise ValueError(f"{what} of bucket {bucket} was refused: {answer[2].decode('utf-8', 'replace')}")


def _with_both(apply: Callable[..., None]) -> Callable[..., None]:
    def apply_configurations(name: str, props: Record, old_props: Record | None = None) -> None:
        apply(name, props, old_props)
        if "BucketEncryption" in props:
            body = encryption_xml(props["BucketEncryption"])
            _refused(s3._put_bucket_encryption(name, body), name, "BucketEncryption")
        elif "BucketEncryption" in (old_props or {}):
            s3._delete_bucket_encryption(name)
        if "LifecycleConfiguration" in props:
            body = lifecycle_xml(props["LifecycleConfiguration"])
            _refused(s3._put_bucket_lifecycle(name, body), name, "LifecycleConfiguration")
        elif "LifecycleConfiguration" in (old_props or {}):
            s3._delete_bucket_lifecycle(name)

    return apply_configurations


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.provisioners._s3_apply_configurations", _with_both)
