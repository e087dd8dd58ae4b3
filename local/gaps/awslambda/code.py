"""Lambda: the code of a function or a layer is there, and its caller may read it.

AWS: code in S3 is read when a function or a layer is made or changed, with the rights of who calls: "Error occurred
while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.", NoSuchBucket,
NoSuchVersion; "Your access has been denied by S3, please make sure your request credentials have permission to
GetObject for ..."; "Please provide a source for function code." All are InvalidParameterValueException.
MiniStack: makes the function without code, in templates and layers too, and reads whatever object a caller names.

Open: in a template nobody's rights are asked (docs: stacks act with the rights of nobody).
"""

from __future__ import annotations

from ministack.services import s3

from local.gaps import _authority, _doors, _seams
from local.gaps._doors import Check, RefusedError
from local.gaps._types import Record

LEANS_ON = {
    **_doors.LEANS_ON,
    **_authority.LEANS_ON,
    "services.lambda_svc._create_function": "(data)",
    "services.lambda_svc._update_code": "(name, data)",
    "services.lambda_svc._publish_layer_version": "(layer_name, data)",
    "services.s3._buckets": "AccountScopedDict",
    "services.s3._get_object_data": "(bucket_name, key, version_id=None)",
}

_SENTENCES = {
    "NoSuchBucket": "The specified bucket does not exist",
    "NoSuchKey": "The specified key does not exist.",
    "NoSuchVersion": "The specified version does not exist.",
}


def _invalid(message: str) -> RefusedError:
    return RefusedError("InvalidParameterValueException", message)


def there(code: Record) -> None:
    """The object that ``S3Bucket`` and ``S3Key`` name."""
    bucket, key, version = (code.get(name) for name in ("S3Bucket", "S3Key", "S3ObjectVersion"))
    if not bucket or not key:
        return
    if bucket not in s3._buckets:
        wrong = "NoSuchBucket"
    elif s3._get_object_data(bucket, key) is None and not version:
        wrong = "NoSuchKey"
    elif version and s3._get_object_data(bucket, key, version_id=version) is None:
        wrong = "NoSuchVersion"
    else:
        return
    raise _invalid(f"Error occurred while GetObject. S3 Error Code: {wrong}. S3 Error Message: {_SENTENCES[wrong]}")


def _readable(code: Record) -> None:
    bucket, key = code.get("S3Bucket"), code.get("S3Key")
    if bucket and key and not _authority.caller_may("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}"):
        raise _invalid(
            "Your access has been denied by S3, please make sure your request credentials have permission to GetObject "
            f"for {bucket}/{key}. S3 Error Code: AccessDenied. S3 Error Message: Access Denied"
        )


def _given(code: Record) -> None:
    sources = ("ZipFile", "ImageUri", "S3Key")
    if not any(code.get(name) is not None for name in sources):
        raise _invalid("Please provide a source for function code.")


_called = _doors.both(_given, _readable, there)


def _creating(data: Record) -> None:
    _called(data.get("Code") or {})


def _updating(_name: str, data: Record) -> None:
    _called(data)


def _publishing(_name: str, data: Record) -> None:
    _doors.both(_readable, there)(data.get("Content") or {})


def _member(name: str) -> Check:
    def check(properties: Record) -> None:
        there(properties.get(name) or {})

    return check


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.lambda_svc._create_function", _doors.at_call(_creating))
    _seams.replace("services.lambda_svc._update_code", _doors.at_call(_updating))
    _seams.replace("services.lambda_svc._publish_layer_version", _doors.at_call(_publishing))
    templates = {"AWS::Lambda::Function": _member("Code"), "AWS::Lambda::LayerVersion": _member("Content")}
    _seams.replace(_doors.HANDLERS, _doors.in_templates(templates))
