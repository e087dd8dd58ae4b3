"""Resource types that MiniStack's CloudFormation does not know and that do nothing locally.

CloudFormation refuses a whole template for one unknown type. The types below are accepted as stubs that only have
a name; any other unknown type stays refused, since it may be a mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from local.gaps import _seams

LEANS_ON = {"services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict"}

# What goes missing locally, for the warning line.
STUBS = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "nothing scales",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "nothing scales",
    "AWS::Budgets::Budget": "nothing costs money here",
    "AWS::CloudWatch::AnomalyDetector": "no band is learnt",
    "AWS::CloudWatch::CompositeAlarm": "the alarm never changes state",
    "AWS::CodeDeploy::Application": "aliases move at once",
    "AWS::CodeDeploy::DeploymentGroup": "aliases move at once",
    "AWS::Logs::QueryDefinition": "the saved query cannot be listed",
    "AWS::ResourceGroups::Group": "the group cannot be listed",
    "AWS::StepFunctions::StateMachineAlias": "the alias cannot be started",
    "AWS::StepFunctions::StateMachineVersion": "the version cannot be started",
    "AWS::XRay::SamplingRule": "nothing is sampled",
}


class UnknownTypeError(Exception):
    """The template has a resource type that is neither known nor stubbed."""


def accept(types: Iterable[str], tell: Callable[[str], None]) -> None:
    """Put stubs in the place of `types`, with one warning line each; raises UnknownTypeError for any other."""
    from ministack.services.cloudformation import provisioners

    _seams.check(LEANS_ON)
    for kind in sorted(types):
        if kind not in STUBS:
            raise UnknownTypeError(
                f"The local cloud does not know the resource type {kind}; put it behind a condition that is off"
                " under [local.deploy.parameters], or add it to local/cloud/deploying/stubs.py."
            )
        tell(f"warning: {kind} is only a stub here: {STUBS[kind]}")
        provisioners._RESOURCE_HANDLERS[kind] = _stub(kind)


def _stub(kind: str) -> dict[str, Callable[..., Any]]:
    def attributes(name: str) -> dict[str, str]:
        return {"Arn": f"arn:aws:local:::{kind.replace('::', '/')}/{name}", "Id": name, "Name": name}

    def create(logical_id: str, _properties: dict[str, Any], stack: str, *_: Any) -> tuple[str, dict[str, str]]:
        name = f"{stack}-{logical_id}"
        return name, attributes(name)

    def update(name: str, *_: Any) -> tuple[str, dict[str, str]]:
        return name, attributes(name)

    def delete(*_: Any) -> None:
        """There is nothing to delete."""

    return {"create": create, "update": update, "delete": delete}
