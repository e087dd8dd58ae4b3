"""CloudFormation: resource types that do nothing here, and types that are not here at all.

AWS: has some 1,900 resource types; one that does not exist refuses the template with "Unrecognized resource types"
(CloudFormation Template Reference; a SAM function with a DeploymentPreference brings two types of CodeDeploy).
MiniStack: has about 190, and says of every other that it does not exist.

The types below are made as stubs: they have the name and the attributes that their schema promises, and nothing more.
The log says so, once for each type. Any other type that AWS has and this cloud has not is refused by a sentence that
is not AWS's, so that it is not taken for a typing error.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners

from local.gaps import _seams
from local.gaps._types import Json, Record
from local.gaps.cloudformation._template import schemas
from local.gaps.cloudformation._template.nodes import section

LEANS_ON = {
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
    **{
        f"services.cloudformation.{module}.validate_template_support": "(template, conditions, params=None)"
        for module in ("handlers", "changesets", "engine")
    },
}

# What goes missing locally, for the warning line.
STUBS = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "nothing scales",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "nothing scales",
    "AWS::ApplicationInsights::Application": "nothing is watched",
    "AWS::Budgets::Budget": "nothing costs money here",
    "AWS::CE::AnomalyMonitor": "nothing costs money here",
    "AWS::CE::AnomalySubscription": "nothing costs money here",
    "AWS::CloudTrail::Trail": "no call is recorded",
    "AWS::CloudWatch::AnomalyDetector": "no band is learnt",
    "AWS::CloudWatch::InsightRule": "nothing is counted",
    "AWS::CodeDeploy::Application": "it cannot be listed",
    "AWS::CodeDeploy::DeploymentConfig": "an alias that is moved by it fails",
    "AWS::CodeDeploy::DeploymentGroup": "its deployments cannot be listed; aliases move by steps all the same",
    "AWS::EC2::FlowLog": "no traffic is recorded",
    "AWS::Lambda::CodeSigningConfig": "signatures are not checked",
    "AWS::Logs::LogAnomalyDetector": "no band is learnt",
    "AWS::Logs::QueryDefinition": "the saved query cannot be listed",
    "AWS::ResourceGroups::Group": "the group cannot be listed",
    "AWS::SSM::Document": "the document cannot be run",
    "AWS::WAFv2::WebACLAssociation": "no request is filtered",
    "AWS::XRay::Group": "nothing is traced",
    "AWS::XRay::SamplingRule": "nothing is sampled",
}

_log = logging.getLogger("local.gaps.cloudformation.types.stubs")
_told: set[str] = set()

_Made = tuple[str, Record]


def _pointers(kind: str, keyword: str) -> list[str]:
    """The members that a keyword of the type's schema lists, as Fn::GetAtt names them."""
    found = (schemas.schema(kind, get_region()) or {}).get(keyword) or ()
    return [pointer.removeprefix("/properties/").replace("/", ".") for pointer in found if "*" not in pointer]


def _attributes(kind: str, name: str) -> Record:
    _, service, what = kind.lower().split("::")
    arn = f"arn:aws:{service}:{get_region()}:{get_account_id()}:{what}/{name}"
    return {one: arn if one.lower().endswith("arn") else name for one in _pointers(kind, "readOnlyProperties")}


def _made(kind: str, name: str, props: Record) -> _Made:
    """Physical id and attributes; the id is the last part of the type's identifier, as Ref gives it."""
    attributes = _attributes(kind, name)
    identifier = _pointers(kind, "primaryIdentifier")[-1:]
    known = {**attributes, **{key: value for key, value in props.items() if isinstance(value, str)}}
    return next((known[one] for one in identifier if one in known), name), attributes


def _stub(kind: str) -> dict[str, Json]:
    def create(logical_id: str, props: Record, stack: str, *_: Any) -> _Made:
        if kind not in _told:
            _told.add(kind)
            _log.warning("%s is only a stub here: %s.", kind, STUBS[kind])
        return _made(kind, f"{stack}-{logical_id}", props)

    def update(physical_id: str, _old: Record, new: Record, stack: str, logical_id: str) -> _Made:
        return create(logical_id or physical_id, new, stack)

    def delete(*_: Any) -> None:
        """There is nothing to delete."""

    return {"create": create, "update": update, "delete": delete, "update_with_logical_id": True}


def _with_stubs(handlers: dict[str, Json]) -> dict[str, Json]:
    for kind in STUBS:
        if kind in handlers:
            raise _seams.SeamMovedError(f"MiniStack now knows {kind}: take it out of cloudformation/types/stubs.py.")
        handlers[kind] = _stub(kind)
    return handlers


def absent(template: Record, conditions: Record) -> str | None:
    """Why a template cannot be made here though AWS could make it."""
    known = schemas.types(get_region())
    found = set()
    for resource in section(template, "Resources").values():
        kind = resource.get("Type") if isinstance(resource, dict) else None
        if kind not in known or kind in provisioners._RESOURCE_HANDLERS:
            continue
        if conditions.get(resource.get("Condition"), True):
            found.add(kind)
    if not found:
        return None
    return (
        f"The local cloud does not have the resource types [{', '.join(sorted(found))}], which AWS has: leave them out"
        " here by a condition, or add stubs for them to local/gaps/cloudformation/types/stubs.py."
    )


def _truthful(validate: Callable[..., None]) -> Callable[..., None]:
    def validate_template_support(template: Record, conditions: Record, params: Record | None = None) -> None:
        sentence = None if template.get("Transform") else absent(template, conditions)
        if sentence is not None:
            raise ValueError(sentence)
        validate(template, conditions, params)

    return validate_template_support


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.provisioners._RESOURCE_HANDLERS", _with_stubs)
    for module in ("handlers", "changesets", "engine"):
        _seams.replace(f"services.cloudformation.{module}.validate_template_support", _truthful)
