"""CloudFormation: a resource that belongs to another one, which must be there.

AWS: a permission, alias, version, mapping, URL or setting of a function, a policy of a bucket, queue or topic, a
subscription of a topic, a rule of an event bus, a filter or stream of a log group, a permission of a layer and a saved
query of a workgroup are made by calls that fail where that other one is not there: ResourceNotFoundException,
NoSuchBucket, NotFound, "The specified queue does not exist" (API references of the calls).
MiniStack: writes these resources into its stores, or nowhere, and the stack is CREATE_COMPLETE.

Open: what belongs to another account or Region is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable

from ministack.core.responses import get_account_id, get_region
from ministack.services import athena, cloudwatch_logs, eventbridge, lambda_svc, s3, sns, sqs
from ministack.services.cloudformation import provisioners

from local.gaps import _doors, _seams
from local.gaps._doors import Check, RefusedError
from local.gaps._types import Json, Record

LEANS_ON = {
    **_doors.LEANS_ON,
    "services.athena._ensure_default_workgroup": "()",
    "services.athena._workgroups": "AccountRegionScopedDict",
    "services.cloudformation.provisioners._lambda_function_for_cfn_ref": "(function_ref)",
    "services.cloudwatch_logs._log_groups": "AccountRegionScopedDict",
    "services.eventbridge._event_buses": "AccountRegionScopedDict",
    "services.lambda_svc._layers": "AccountRegionScopedDict",
    "services.s3._buckets": "AccountScopedDict",
    "services.sns._topics": "AccountRegionScopedDict",
    "services.sqs._queues": "AccountRegionScopedDict",
}


def _missing(message: str) -> RefusedError:
    return RefusedError("ResourceNotFoundException", message, 404)


def _is_foreign(arn: str) -> bool:
    """An ARN of another account or Region."""
    parts = arn.split(":")
    return len(parts) > 5 and (parts[3] not in ("", get_region()) or parts[4] not in ("", get_account_id()))


def _function(member: str) -> Check:
    def check(properties: Record) -> None:
        name = str(properties.get(member) or "")
        if not name or _is_foreign(name):
            return
        if provisioners._lambda_function_for_cfn_ref(name)[0] is None:
            arn = f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{name}"
            raise _missing(f"Function not found: {name if name.startswith('arn:') else arn}")

    return check


def _bucket(properties: Record) -> None:
    if properties.get("Bucket") not in s3._buckets:
        raise RefusedError("NoSuchBucket", "The specified bucket does not exist", 404)


def _every(members: str, known: Callable[[str], bool], message: str) -> Check:
    """Each of a list of names, or of one."""

    def check(properties: Record) -> None:
        named: Json = properties.get(members) or []
        for name in named if isinstance(named, list) else [named]:
            if not _is_foreign(str(name)) and not known(str(name)):
                raise _missing(message.format(name))

    return check


def _layer(properties: Record) -> None:
    arn = str(properties.get("LayerVersionArn") or "")
    name, _, version = arn.rpartition(":")
    layer = lambda_svc._layers.get(name.rpartition(":")[2])
    versions = [] if layer is None else layer["versions"]
    if not _is_foreign(arn) and version not in [str(one["Version"]) for one in versions]:
        raise _missing(f"Layer version {arn} does not exist.")


def _bus(name: str) -> bool:
    return name.rpartition("/")[2] in ("", "default", *eventbridge._event_buses)


def _workgroup(name: str) -> bool:
    athena._ensure_default_workgroup()
    return name in athena._workgroups


def _log_group(name: str) -> bool:
    return name in cloudwatch_logs._log_groups


_of_a_function = _function("FunctionName")
_of_a_log_group = _every("LogGroupName", _log_group, "The specified log group does not exist.")
_of_a_topic = "Topic does not exist"

CHECKS: dict[str, Check] = {
    "AWS::Lambda::Alias": _of_a_function,
    "AWS::Lambda::EventInvokeConfig": _of_a_function,
    "AWS::Lambda::EventSourceMapping": _of_a_function,
    "AWS::Lambda::LayerVersionPermission": _layer,
    "AWS::Lambda::Permission": _of_a_function,
    "AWS::Lambda::Url": _function("TargetFunctionArn"),
    "AWS::Lambda::Version": _of_a_function,
    "AWS::S3::BucketPolicy": _bucket,
    "AWS::SQS::QueuePolicy": _every("Queues", lambda url: url in sqs._queues, "The specified queue does not exist."),
    "AWS::SNS::TopicPolicy": _every("Topics", lambda arn: arn in sns._topics, _of_a_topic),
    "AWS::SNS::Subscription": _every("TopicArn", lambda arn: arn in sns._topics, _of_a_topic),
    "AWS::Events::Rule": _every("EventBusName", _bus, "Event bus {} does not exist."),
    "AWS::Logs::LogStream": _of_a_log_group,
    "AWS::Logs::MetricFilter": _of_a_log_group,
    "AWS::Logs::SubscriptionFilter": _of_a_log_group,
    "AWS::Athena::NamedQuery": _every("WorkGroup", _workgroup, "WorkGroup {} is not found."),
}


def install() -> None:
    """Close the gap in this process."""
    _seams.replace(_doors.HANDLERS, _doors.in_templates(CHECKS))
