"""CloudFormation: resource types that MiniStack refuses and that do something here.

AWS: AWS::CloudWatch::CompositeAlarm, AWS::StepFunctions::StateMachineVersion and
AWS::StepFunctions::StateMachineAlias are created from a template (SAM makes the last two for AutoPublishAlias
of a state machine); a version is replaced by every change, an alias moves (CloudFormation Template Reference
of these types).
MiniStack: has the three in its services but not in CloudFormation, and one unknown type refuses the whole
template.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from ministack.services import cloudwatch as cw
from ministack.services import stepfunctions as sfn
from ministack.services.cloudformation import provisioners

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record

LEANS_ON = {
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
    "services.cloudformation.provisioners._physical_name": (
        "(stack_name, logical_id, *, lowercase=False, max_len=128, seeded=True)"
    ),
    "services.cloudwatch._put_composite_alarm": "(params, cbor_data, is_cbor, is_json=False)",
    "services.cloudwatch._composite_alarms": "AccountRegionScopedDict",
    "services.stepfunctions._publish_state_machine_version": "(data)",
    "services.stepfunctions._delete_state_machine_version": "(data)",
    "services.stepfunctions._create_state_machine_alias": "(data)",
    "services.stepfunctions._update_state_machine_alias": "(data)",
    "services.stepfunctions._delete_state_machine_alias": "(data)",
}

_COMPOSITE = ("AlarmRule", "AlarmDescription", "AlarmActions", "OKActions", "InsufficientDataActions", "ActionsEnabled")

#: Physical id and attributes of a resource.
_Made = tuple[str, Record]


def _body(answer: Answer, what: str) -> Record:
    """The JSON body of a service's answer. Raises ValueError with its message when it is an error."""
    if answer[0] >= 400:
        raise ValueError(f"{what}: {answer[2].decode('utf-8', 'replace')}")
    return dict(json.loads(answer[2] or b"{}"))


def _alarm_create(logical_id: str, props: Record, stack_name: str) -> _Made:
    name = props.get("AlarmName") or provisioners._physical_name(stack_name, logical_id, max_len=255)
    request: Record = {key: props[key] for key in _COMPOSITE if key in props}
    if "ActionsEnabled" in request:
        request["ActionsEnabled"] = str(request["ActionsEnabled"]).lower() == "true"
    _body(cw._put_composite_alarm({}, {**request, "AlarmName": name}, False, True), "AWS::CloudWatch::CompositeAlarm")
    return name, {"Arn": cw._composite_alarms[name]["AlarmArn"]}


def _alarm_update(physical_id: str, old: Record, new: Record, stack_name: str) -> _Made:
    made = _alarm_create(physical_id, {"AlarmName": physical_id, **new}, stack_name)
    if made[0] != physical_id:
        _alarm_delete(physical_id, old)
    return made


def _alarm_delete(physical_id: str, _props: Record) -> None:
    cw._composite_alarms.pop(physical_id, None)


def _version_create(_logical_id: str, props: Record, _stack_name: str) -> _Made:
    request = {"stateMachineArn": props["StateMachineArn"], "description": props.get("Description", "")}
    if props.get("StateMachineRevisionId"):
        request["revisionId"] = props["StateMachineRevisionId"]
    made = _body(sfn._publish_state_machine_version(request), "AWS::StepFunctions::StateMachineVersion")
    arn = made["stateMachineVersionArn"]
    return arn, {"Arn": arn}


def _version_update(_physical_id: str, _old: Record, new: Record, stack_name: str) -> _Made:
    # Every property replaces. The old version stays: an alias may still point to it until it is updated.
    return _version_create("", new, stack_name)


def _version_delete(physical_id: str, _props: Record) -> None:
    request = {"stateMachineVersionArn": physical_id}
    _body(sfn._delete_state_machine_version(request), "AWS::StepFunctions::StateMachineVersion")


def _routing(props: Record) -> list[Record]:
    """Where an alias leads; a gradual DeploymentPreference moves all at once here."""
    if preference := props.get("DeploymentPreference"):
        return [{"stateMachineVersionArn": preference["StateMachineVersionArn"], "weight": 100}]
    return [
        {"stateMachineVersionArn": entry["StateMachineVersionArn"], "weight": int(entry["Weight"])}
        for entry in props.get("RoutingConfiguration", [])
    ]


def _alias_create(logical_id: str, props: Record, stack_name: str) -> _Made:
    name = props.get("Name") or provisioners._physical_name(stack_name, logical_id, max_len=80)
    request = {
        "name": name,
        "description": props.get("Description", ""),
        "routingConfiguration": _routing(props),
    }
    made = _body(sfn._create_state_machine_alias(request), "AWS::StepFunctions::StateMachineAlias")
    arn = made["stateMachineAliasArn"]
    return arn, {"Arn": arn}


def _alias_update(physical_id: str, old: Record, new: Record, stack_name: str) -> _Made:
    if new.get("Name", old.get("Name")) != old.get("Name"):
        made = _alias_create(physical_id, new, stack_name)
        _alias_delete(physical_id, old)
        return made
    request = {
        "stateMachineAliasArn": physical_id,
        "description": new.get("Description", ""),
        "routingConfiguration": _routing(new),
    }
    _body(sfn._update_state_machine_alias(request), "AWS::StepFunctions::StateMachineAlias")
    return physical_id, {"Arn": physical_id}


def _alias_delete(physical_id: str, _props: Record) -> None:
    request = {"stateMachineAliasArn": physical_id}
    _body(sfn._delete_state_machine_alias(request), "AWS::StepFunctions::StateMachineAlias")


TYPES: dict[str, dict[str, Callable[..., Json]]] = {
    "AWS::CloudWatch::CompositeAlarm": {
        "create": _alarm_create,
        "update": _alarm_update,
        "delete": _alarm_delete,
    },
    "AWS::StepFunctions::StateMachineVersion": {
        "create": _version_create,
        "update": _version_update,
        "delete": _version_delete,
    },
    "AWS::StepFunctions::StateMachineAlias": {
        "create": _alias_create,
        "update": _alias_update,
        "delete": _alias_delete,
    },
}


def _extended(handlers: dict[str, Json]) -> dict[str, Json]:
    for kind, made in TYPES.items():
        if kind in handlers:
            raise _seams.SeamMovedError(f"MiniStack now knows {kind}: take it out of {__name__}.")
        handlers[kind] = made
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.provisioners._RESOURCE_HANDLERS", _extended)
