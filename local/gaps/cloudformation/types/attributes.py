"""CloudFormation: Fn::GetAtt of what was given, and of what is not known here.

AWS: for some types every property is an attribute, such as CidrBlock of a VPC or QueueName of a queue (CloudFormation
Template Reference, "Return values" of each type; the types are those that cfn-lint found to be so). An attribute that
no type has fails the resource with "Requested attribute X does not exist in schema".
MiniStack: has the attributes that it makes itself, and says this sentence of every other.

An attribute that AWS has and this cloud has not is refused by another sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_region

from local.gaps import _seams
from local.gaps._types import Record
from local.gaps.cloudformation._template import schemas

_CREATE = "(resource_type, logical_id, props, stack_name)"
_UPDATE = "(resource_type, physical_id, old_props, new_props, stack_name, logical_id=None, old_attrs=None)"
LEANS_ON = {
    **{
        f"services.cloudformation.{module}.{name}": shape
        for module in ("stacks", "provisioners")
        for name, shape in (("_provision_resource", _CREATE), ("_update_resource", _UPDATE))
    },
    "services.cloudformation.engine._unknown_attribute_message": "(res, logical_id, attr)",
}

#: Types of this cloud whose every property is an attribute.
_ALL = frozenset(
    {
        "AWS::AppSync::FunctionConfiguration",
        "AWS::AppSync::Resolver",
        "AWS::AutoScaling::AutoScalingGroup",
        "AWS::Backup::BackupVault",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::Subnet",
        "AWS::EC2::VPC",
        "AWS::EFS::MountTarget",
        "AWS::EKS::Nodegroup",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::Events::EventBus",
        "AWS::RDS::DBInstance",
        "AWS::RDS::DBParameterGroup",
        "AWS::S3::AccessPoint",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::SSM::Parameter",
        "AWS::StepFunctions::Activity",
    }
)

_Made = tuple[str, Record]


def _with_given(kind: str, given: Record, made: Any) -> Any:
    """The attributes of a resource with the properties that are attributes as well."""
    if kind not in _ALL or not isinstance(made, tuple):
        return made
    physical_id, attributes, *rest = made
    return (physical_id, {**given, **attributes}, *rest)


def _creating(provision: Callable[..., Any]) -> Callable[..., Any]:
    def provision_resource(resource_type: str, logical_id: str, props: Record, stack_name: str) -> Any:
        return _with_given(resource_type, props, provision(resource_type, logical_id, props, stack_name))

    return provision_resource


def _updating(update: Callable[..., Any]) -> Callable[..., Any]:
    def update_resource(
        resource_type: str,
        physical_id: str,
        old_props: Record,
        new_props: Record,
        stack_name: str,
        logical_id: str | None = None,
        old_attrs: Record | None = None,
    ) -> Any:
        made = update(resource_type, physical_id, old_props, new_props, stack_name, logical_id, old_attrs)
        return _with_given(resource_type, new_props, made)

    return update_resource


def _has(kind: str, attribute: str) -> bool:
    """Whether AWS has this attribute."""
    schema = schemas.schema(kind, get_region()) or {}
    pointers = {pointer.removeprefix("/properties/") for pointer in schema.get("readOnlyProperties") or ()}
    names = {pointer.replace("/", ".") for pointer in pointers}
    return attribute in names or (kind in _ALL and attribute.partition(".")[0] in (schema.get("properties") or {}))


def _truthful(message: Callable[..., str]) -> Callable[..., str]:
    def unknown_attribute_message(res: Record, logical_id: str, attr: str) -> str:
        kind = res.get("ResourceType") or ""
        if _has(kind, attr):
            return f"The local cloud does not know the attribute {attr} of {logical_id}, which {kind} has on AWS."
        return message(res, logical_id, attr)

    return unknown_attribute_message


def install() -> None:
    """Close the gap in this process."""
    for path in LEANS_ON:
        if path.endswith("_message"):
            _seams.replace(path, _truthful)
        else:
            _seams.replace(path, _creating if path.endswith("_provision_resource") else _updating)
