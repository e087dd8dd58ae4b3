"""CloudWatch Logs: a log group takes only a key that lets CloudWatch Logs in.

AWS: CreateLogGroup and AssociateKmsKey, in templates too, try the key, whose policy has to let the Region's principal
of CloudWatch Logs encrypt, decrypt and describe for the group (User Guide, "Encrypt log data in CloudWatch Logs using
AWS Key Management Service"): InvalidParameterException.
MiniStack: keeps any key.
"""

from __future__ import annotations

from ministack.core.responses import get_account_id, get_region

from local.gaps import _authority, _doors, _keys, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Record

LEANS_ON = {
    **_doors.LEANS_ON,
    **_authority.LEANS_ON,
    "services.cloudwatch_logs.handle_request": "(method, path, headers, body, query_params)",
}

_NEEDED = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:GenerateDataKey", "kms:DescribeKey")


def _check(key: str | None, group: str) -> None:
    if not key:
        return
    arn = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}"
    context = {"kms:encryptioncontext:aws:logs:arn": arn}
    service = f"logs.{get_region()}.amazonaws.com"
    found = tuple(_keys.Use(action, key, context) for action in _NEEDED)
    if not _authority.keys_let_in(service, found, arn):
        why = f"The specified KMS key does not exist or is not allowed to be used with '{arn}'"
        raise RefusedError("InvalidParameterException", why)


def _call(data: Record) -> None:
    _check(data.get("kmsKeyId"), str(data.get("logGroupName") or ""))


def _template(properties: Record) -> None:
    """CloudFormation chooses the name of a group that has none: any name stands for it."""
    _check(properties.get("KmsKeyId"), str(properties.get("LogGroupName") or "made-by-cloudformation"))


def install() -> None:
    """Close the gap in this process."""
    calls = {"CreateLogGroup": _call, "AssociateKmsKey": _call}
    _seams.replace("services.cloudwatch_logs.handle_request", _doors.at_json_service(calls))
    _seams.replace(_doors.HANDLERS, _doors.in_templates({"AWS::Logs::LogGroup": _template}))
