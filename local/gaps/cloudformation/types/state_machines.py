"""CloudFormation: state machines of a template are refused as CreateStateMachine refuses them, and may be YAML in S3.

AWS: the resource fails with the message of the Step Functions error (``Resource handler returned message: "Invalid
State Machine Definition: ..."``). The object of a DefinitionS3Location may be JSON or YAML; its ``${Name}`` are
replaced from DefinitionSubstitutions first (Template Reference, AWS::StepFunctions::StateMachine). That is what
``sam deploy`` makes of a DefinitionUri: it uploads the file as it is.
MiniStack: writes the machine's record past CreateStateMachine, whatever is in it; keeps YAML as it is, which no
execution can read; and keeps LoggingConfiguration under the names of the template, so that nothing reads it.

Not known is how AWS reads a date in YAML: here it stays the text that it was. ``yes`` and ``on`` are true, as in YAML
1.1.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml
from ministack.services import stepfunctions as sfn
from ministack.services.cloudformation import provisioners

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record
from local.gaps.cloudformation._template import yaml_text
from local.gaps.stepfunctions.definitions import refusal, update_refusal

LEANS_ON = {
    "services.cloudformation.provisioners._RESOURCE_HANDLERS": "dict",
    "services.cloudformation.provisioners._sfn_definition": "(props)",
    "services.cloudformation.provisioners._sfn_service_error": "(resp)",
    "services.cloudformation.provisioners._sfn_handler_error": "(message)",
    "services.cloudformation.provisioners._physical_name": (
        "(stack_name, logical_id, *, lowercase=False, max_len=128, seeded=True)"
    ),
    "services.stepfunctions._state_machines": "AccountRegionScopedDict",
}

_TYPE = "AWS::StepFunctions::StateMachine"
_SOURCES = ("DefinitionString", "Definition", "DefinitionS3Location")

_Made = tuple[str, Record]


_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Plain(_Safe):  # type: ignore[misc]
    """YAML without dates."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the shape that PyYAML gives it
        first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def as_json(text: str) -> str:
    """A definition in YAML as JSON; what is JSON already, or neither, stays as it is."""
    try:
        json.loads(text)
    except ValueError:
        try:
            # On AWS a definition with an alias is SCHEMA_VALIDATION_FAILED, as one that is not JSON.
            found = yaml_text.load(text, _Plain, aliases=False)
        except (yaml.YAMLError, yaml_text.AliasError, yaml_text.TooLargeError):
            return text
        return json.dumps(found, ensure_ascii=False) if isinstance(found, dict) else text
    return text


def _readable(definition: Callable[[Record], str]) -> Callable[[Record], str]:
    def sfn_definition(props: Record) -> str:
        text = definition(props)
        return as_json(text) if props.get("DefinitionS3Location") else text

    return sfn_definition


def _lower_camel(value: Json) -> Json:
    """Names of a template as names of the API: LogGroupArn -> logGroupArn; texts that mean true are true."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _lower_camel(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_lower_camel(inner) for inner in value]
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _request(props: Record, stack_name: str, logical_id: str) -> Record:
    """The CreateStateMachine that the resource's handler sends."""
    given = [name for name in _SOURCES if props.get(name)]
    if len(given) != 1:
        raise provisioners._sfn_handler_error(
            "Property validation failure: exactly one of the properties "
            f"{', '.join(_SOURCES)} must be specified, {len(given)} are"
        )
    name = props.get("StateMachineName") or provisioners._physical_name(stack_name, logical_id, max_len=80)
    request: Record = {
        "name": name,
        "definition": provisioners._sfn_definition(props),
        "roleArn": props.get("RoleArn"),
        "type": props.get("StateMachineType", "STANDARD"),
        "tags": props.get("Tags") or [],
    }
    if "LoggingConfiguration" in props:
        request["loggingConfiguration"] = props["LoggingConfiguration"]
    return request


def _named(props: Record) -> Record:
    """The properties as MiniStack's handler may store them."""
    if "LoggingConfiguration" not in props:
        return props
    return {**props, "LoggingConfiguration": _lower_camel(props["LoggingConfiguration"])}


def _raise(refused: Answer | None) -> None:
    if refused is not None:
        raise provisioners._sfn_service_error(refused)


def _create(create: Callable[..., _Made]) -> Callable[..., _Made]:
    def state_machine_create(logical_id: str, props: Record, stack_name: str) -> _Made:
        props = _named(props)
        _raise(refusal(_request(props, stack_name, logical_id)))
        return create(logical_id, props, stack_name)

    return state_machine_create


def _update(update: Callable[..., _Made]) -> Callable[..., _Made]:
    def state_machine_update(
        physical_id: str, old_props: Record, new_props: Record, stack_name: str, logical_id: str | None = None
    ) -> _Made:
        old_props, new_props = _named(old_props), _named(new_props)
        request = _request(new_props, stack_name, logical_id or physical_id)
        machine: Any = sfn._state_machines.get(physical_id)
        same = machine is not None and machine["name"] == request["name"]
        _raise(update_refusal(request, machine) if same else refusal(request))
        return update(physical_id, old_props, new_props, stack_name, logical_id=logical_id)

    return state_machine_update


def _guarded(handlers: dict[str, Json]) -> dict[str, Json]:
    own = handlers[_TYPE]
    handlers[_TYPE] = {**own, "create": _create(own["create"]), "update": _update(own["update"])}
    return handlers


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.provisioners._sfn_definition", _readable)
    _seams.replace("services.cloudformation.provisioners._RESOURCE_HANDLERS", _guarded)
