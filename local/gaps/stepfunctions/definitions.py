"""Step Functions: definitions and settings that CreateStateMachine and UpdateStateMachine refuse.

AWS (API reference of the two, and ValidateStateMachineDefinition): a definition with an error is InvalidDefinition,
``Invalid State Machine Definition: '<CODE>: <message> at <place>, ...'``; ValidateStateMachineDefinition tells the same
as diagnostics, warnings too where they are asked for. The name, the role's ARN and its trust in Step Functions, the
type, the logging and the description of a version are looked at as well.
MiniStack: parses JSONata and takes everything else; ValidateStateMachineDefinition always answers OK.

What a definition must be stands in ``local/asl``. A template goes by ``cloudformation/types/state_machines``, which
asks ``refusal`` here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions as sfn

from local.asl.check import problems, sentence
from local.gaps import _authority, _seams
from local.gaps._types import Answer, Record, json_answer, json_error
from local.gaps.stepfunctions.names import MAX_CHARACTERS, is_legal

LEANS_ON = {
    **_authority.LEANS_ON,
    "services.stepfunctions._create_state_machine": "(data)",
    "services.stepfunctions._update_state_machine": "(data)",
    "services.stepfunctions._validate_state_machine_definition": "(data)",
    "services.stepfunctions._state_machines": "AccountRegionScopedDict",
}

#: Bytes of a definition, diagnostics of an answer, tags of a machine (botocore; Developer Guide, "Service quotas").
MOST_BYTES = 1_048_576
MOST_DIAGNOSTICS = 100
MOST_TAGS = 50

SERVICE = "states.amazonaws.com"
_ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/[\w+=,.@/-]+")
_LOG_GROUP = re.compile(r"arn:[a-z-]+:logs:[a-z0-9-]*:\d*:log-group:.+")
# Log delivery takes fewer characters for a machine's name than Step Functions does.
_LOGGED_NAME = re.compile(r"[0-9A-Za-z._:/-]+")
_TYPES = ("STANDARD", "EXPRESS")
_LEVELS = ("ALL", "ERROR", "FATAL", "OFF")


def _constraint(member: str, value: Any, what: str) -> Answer:
    shown = f"Value '{value}' at '{member}'" if value is not None else f"Value at '{member}'"
    return json_error(
        "ValidationException", f"1 validation error detected: {shown} failed to satisfy constraint: Member must {what}"
    )


def _length(member: str, value: Any, most: int) -> Answer | None:
    if not isinstance(value, str) or not value:
        return _constraint(member, None, "not be null" if value is None else "have length greater than or equal to 1")
    if len(value) > most:
        return _constraint(member, None, f"have length less than or equal to {most}")
    return None


def _enum(member: str, value: Any, allowed: tuple[str, ...]) -> Answer | None:
    if value in allowed:
        return None
    return _constraint(member, value, f"satisfy enum value set: [{', '.join(allowed)}]")


def _name(data: Record) -> Answer | None:
    name = data.get("name")
    if (refused := _length("name", name, MAX_CHARACTERS)) is not None:
        return refused
    return None if is_legal(str(name)) else json_error("InvalidName", f"Invalid Name: '{name}'")


def _role(data: Record) -> Answer | None:
    role = data.get("roleArn")
    if (refused := _length("roleArn", role, 256)) is not None:
        return refused
    if not _ROLE.fullmatch(str(role)):
        return json_error("InvalidArn", f"Invalid Role Arn: '{role}'")
    if not _authority.trusts(str(role), SERVICE):
        return json_error(
            "AccessDeniedException",
            f"Neither the global service principal {SERVICE}, nor the regional one is authorized to assume the "
            "provided role.",
        )
    return None


def _destination(destinations: Any) -> str | None:
    """AWS's sentence about a list of destinations, None for one that is right."""
    if not isinstance(destinations, list) or len(destinations) != 1:
        return "Must specify exactly one Log Destination."
    group = destinations[0].get("cloudWatchLogsLogGroup") if isinstance(destinations[0], dict) else None
    arn = group.get("logGroupArn") if isinstance(group, dict) else None
    if not isinstance(arn, str) or not arn.startswith("arn:"):
        return "Must set valid CloudWatch Log Group ARN."
    if not _LOG_GROUP.fullmatch(arn):
        return "Provided ARN is not CloudWatch Logs Log Group ARN."
    return None if arn.endswith(":*") else "Log Group ARN must be provided with '*' qualifier."


def _logging(data: Record, name: str) -> Answer | None:
    settings = data.get("loggingConfiguration") or {}
    level = settings.get("level", "OFF")
    if (refused := _enum("loggingConfiguration.level", level, _LEVELS)) is not None:
        return refused
    if level == "OFF":
        return None
    told = _destination(settings.get("destinations"))
    if told is None and not _LOGGED_NAME.fullmatch(name):
        told = f"The name '{name}' of a state machine that logs must match {_LOGGED_NAME.pattern}"
    return None if told is None else json_error("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {told}")


def _definition(text: Any, express: bool) -> Answer | None:
    if (refused := _length("definition", text, MOST_BYTES)) is not None:
        return refused
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        return _constraint("definition", None, f"have length less than or equal to {MOST_BYTES}")
    found = problems(text, express=express)
    return json_error("InvalidDefinition", sentence(found)) if found else None


def _version(data: Record) -> Answer | None:
    if data.get("versionDescription") and not data.get("publish"):
        return json_error("ValidationException", "Version description can only be set when publish is true")
    return None


def refusal(data: Record) -> Answer | None:
    """What AWS answers to a CreateStateMachine that it refuses for its own members; None for one that it takes."""
    kind = data.get("type", "STANDARD")
    tags = data.get("tags") or []
    if len(tags) > MOST_TAGS:
        return json_error("TooManyTags", f"A state machine can have at most {MOST_TAGS} tags")
    return (
        _name(data)
        or _enum("type", kind, _TYPES)
        or _role(data)
        or _definition(data.get("definition"), kind == "EXPRESS")
        or _logging(data, str(data["name"]))
        or _version(data)
    )


def update_refusal(data: Record, machine: Record) -> Answer | None:
    """The same for an UpdateStateMachine: what is not given stays as it is."""
    if not data.keys() & {"definition", "roleArn", "loggingConfiguration", "tracingConfiguration"}:
        return json_error(
            "MissingRequiredParameter",
            "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be "
            "specified",
        )
    express = machine["type"] == "EXPRESS"
    return (
        (_role(data) if "roleArn" in data else None)
        or (_definition(data["definition"], express) if "definition" in data else None)
        or _logging(data, machine["name"])
        or _version(data)
    )


def _checked(create: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    return lambda data: refusal(data) or create(data)


def _checked_update(update: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def update_state_machine(data: Record) -> Answer:
        machine = sfn._state_machines.get(data.get("stateMachineArn"))
        refused = update_refusal(data, machine) if machine else None
        return refused or update(data)

    return update_state_machine


def _diagnosed(_validate: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def validate_state_machine_definition(data: Record) -> Answer:
        text, kind = data.get("definition"), data.get("type", "STANDARD")
        severity, most = data.get("severity", "ERROR"), data.get("maxResults", 0)
        refused = (
            _length("definition", text, MOST_BYTES)
            or _enum("type", kind, _TYPES)
            or _enum("severity", severity, ("ERROR", "WARNING"))
            or (None if 0 <= most <= MOST_DIAGNOSTICS else _constraint("maxResults", most, "be between 0 and 100"))
        )
        if refused is not None:
            return refused
        found = problems(str(text), express=kind == "EXPRESS", warnings=severity == "WARNING")
        shown = found[: most or MOST_DIAGNOSTICS]
        diagnostics = [
            {"severity": each.severity, "code": each.code, "message": each.message}
            | ({"location": each.location} if each.location else {})
            for each in shown
        ]
        fails = any(each.severity == "ERROR" for each in found)
        return json_answer(
            {"result": "FAIL" if fails else "OK", "diagnostics": diagnostics, "truncated": len(found) > len(shown)}
        )

    return validate_state_machine_definition


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.stepfunctions._create_state_machine", _checked)
    _seams.replace("services.stepfunctions._update_state_machine", _checked_update)
    _seams.replace("services.stepfunctions._validate_state_machine_definition", _diagnosed)
