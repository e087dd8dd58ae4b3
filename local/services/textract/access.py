"""What Textract does in other services, and with whose rights.

On AWS it reads and writes S3 with the rights of the caller (developer guide, "Configure Access to Amazon S3"), and
publishes to SNS with the role of the NotificationChannel. MiniStack's evaluator decides here: for the caller inside
the request that named the object, for the role by requests signed as that role.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.cloud import clients
from local.cloud.http import Request
from local.cloud.settings import DEFAULT_PORT, HOST
from local.services.textract.errors import InvalidParameter, InvalidS3Object

_SERVICE = "textract.amazonaws.com"
_KEY = re.compile(r"Credential=([^/,]+)/")
_SESSION = "textract"


@dataclass(frozen=True, slots=True)
class Reference:
    """An object, one of its versions where it is given."""

    bucket: str
    key: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An object that the caller may read: its size in bytes, and the ETag it had when it was looked at."""

    size: int
    etag: str


def reference(given: Mapping[str, Any]) -> Reference:
    """The S3Object of a request.

    Raises:
        InvalidParameter: without bucket or name.
    """
    bucket, key = given.get("Bucket"), given.get("Name")
    if not bucket or not key:
        raise InvalidParameter
    return Reference(bucket, key, given.get("Version"))


def look(request: Request, wanted: Reference) -> Found:
    """The object, if it is there and the caller may read it.

    Raises:
        InvalidS3Object: not there, or not for this caller.
    """
    from botocore.exceptions import ClientError

    action = "s3:GetObjectVersion" if wanted.version else "s3:GetObject"
    _require(request, action, f"arn:aws:s3:::{wanted.bucket}/{wanted.key}")
    try:
        head = _s3(request.region).head_object(**_named(wanted))
    except ClientError as error:
        raise InvalidS3Object from error
    return Found(int(head["ContentLength"]), str(head["ETag"]))


def read(region: str, wanted: Reference, found: Found) -> bytes:
    """The bytes that look() has seen.

    Raises:
        InvalidS3Object: the object is gone or another since then.
    """
    from botocore.exceptions import ClientError

    try:
        answer = _s3(region).get_object(**_named(wanted), IfMatch=found.etag)
    except ClientError as error:
        raise InvalidS3Object from error
    data: bytes = answer["Body"].read()
    return data


def allow_output(request: Request, bucket: str, prefix: str) -> None:
    """Write ``<prefix>/.s3_access_check`` with the caller's rights, as Textract does before it starts a job.

    Raises:
        InvalidS3Object: the caller may not, or there is no such bucket.
    """
    from botocore.exceptions import ClientError

    _require(request, "s3:PutObject", f"arn:aws:s3:::{bucket}/{prefix}/.s3_access_check")
    try:
        write(request.region, bucket, f"{prefix}/.s3_access_check", b"")
    except ClientError as error:
        raise InvalidS3Object from error


def write(region: str, bucket: str, key: str, body: bytes) -> None:
    """Put one object of an OutputConfig; allow_output() has asked for the right to."""
    _s3(region).put_object(Bucket=bucket, Key=key, Body=body)


def check_role(request: Request, role: str) -> None:
    """Whether there is such a role that lets Textract assume it.

    Raises:
        InvalidParameter: there is none, or its trust policy does not name textract.amazonaws.com.
    """
    from ministack import app
    from ministack.services import iam as iam_service

    from local.gaps import _authority

    if not app.AUTH:
        return
    stored = iam_service._roles.get(role.rsplit("/", 1)[-1])
    if stored is None or stored["Arn"] != role:
        raise InvalidParameter("Invalid parameter: there is no role with the RoleArn of NotificationChannel")
    if not _authority.trusts(role, _SERVICE, f"arn:aws:textract:{request.region}:{request.account}:*"):
        raise InvalidParameter(f"Invalid parameter: the RoleArn of NotificationChannel does not trust {_SERVICE}")


def publish(region: str, role: str, topic: str, message: str) -> None:
    """Publish to ``topic`` with the rights of ``role``.

    Raises:
        botocore.exceptions.ClientError: the role may not, or there is no such topic.
    """
    import boto3
    from botocore.config import Config

    from local.gaps import _authority

    session: Any = boto3.session.Session()
    client = session.client(
        "sns",
        endpoint_url=_url(),
        region_name=region,
        config=Config(proxies={}, inject_host_prefix=False),
        **_authority.role_credentials(role, _SESSION),
    )
    client.publish(TopicArn=topic, Message=message)


def _require(request: Request, action: str, resource: str) -> None:
    from ministack import app
    from ministack.core import iam_evaluator as iam

    from local.gaps import _authority, _keys

    if not app.AUTH:
        return
    signed = _KEY.search(request.headers.get("authorization", ""))
    key = signed.group(1) if signed else ""
    if iam.enforce(key, action, "s3", request.region, resource_arn=resource) is not None:
        raise InvalidS3Object
    if _authority.keys_refuse(key, _keys.uses(action, resource)) is not None:
        raise InvalidS3Object


def _named(wanted: Reference) -> dict[str, str]:
    version = {"VersionId": wanted.version} if wanted.version else {}
    return {"Bucket": wanted.bucket, "Key": wanted.key, **version}


def _url() -> str:
    return os.environ.get("AWS_ENDPOINT_URL") or f"http://{HOST}:{DEFAULT_PORT}"


def _s3(region: str) -> Any:
    return clients.client("s3", _url(), region)
