"""EventBridge: what the targets of a rule may be.

AWS: at most five targets on a rule (LimitExceededException), each with an Id of its own and an ARN; only one of
Input, InputPath and InputTransformer; Input is JSON; a FIFO queue needs a message group, a state machine or a stream
a role, a dead-letter queue is one of SQS (botocore: PutTargets; User Guide, "EventBridge quotas", "Event bus targets").
A rule with targets is not deleted (API reference, DeleteRule). ValidationException.
MiniStack: looks at the ARN's form alone, and at nothing through a template; deletes the targets with their rule.
"""

from __future__ import annotations

import json

from ministack.services import eventbridge

from local.gaps import _doors, _seams
from local.gaps._doors import RefusedError
from local.gaps._types import Json, Record

LEANS_ON = {
    **_doors.LEANS_ON,
    "services.eventbridge.handle_request": "(method, path, headers, body, query_params)",
    "services.eventbridge._rule_key": "(rule_name, bus_name)",
    "services.eventbridge._rules": "AccountRegionScopedDict",
    "services.eventbridge._targets": "AccountRegionScopedDict",
}

MAX_TARGETS = 5
MAX_PATHS = 100

_INPUTS = ("Input", "InputPath", "InputTransformer")
_WITH_ROLE = ("states", "kinesis", "firehose", "ecs", "batch")
_by_model = _doors.by_model("events", "PutTargets")


def _invalid(message: str) -> RefusedError:
    return RefusedError("ValidationException", message)


def _input(target: Record) -> None:
    name = target.get("Id")
    if len([given for given in _INPUTS if target.get(given)]) > 1:
        raise _invalid(f"Only one of Input, InputPath, or InputTransformer must be provided for target {name}.")
    if target.get("Input"):
        try:
            json.loads(target["Input"])
        except (TypeError, ValueError) as error:
            raise _invalid(f"JSON syntax error in input for target {name}") from error
    if target.get("InputPath") and not str(target["InputPath"]).startswith("$"):
        raise _invalid(f"Invalid InputPath for target {name}.")
    transformer = target.get("InputTransformer") or {}
    paths = transformer.get("InputPathsMap") or {}
    if len(paths) > MAX_PATHS:
        raise _invalid(f"InputPathsMap for target {name} has more than {MAX_PATHS} keys.")
    for key, path in paths.items():
        if key.startswith("AWS") or not str(path).startswith("$"):
            raise _invalid(f"Invalid InputPathsMap for target {name} : [{key}={path}].")
    if target.get("InputTransformer") and not transformer.get("InputTemplate"):
        raise _invalid(f"InputTemplate must be specified for target {name}.")


def _target(target: Record) -> None:
    for name in ("Id", "Arn"):
        if not target.get(name):
            raise _invalid(
                f"1 validation error detected: Value null at 'targets.1.member.{name.lower()}' failed to satisfy "
                "constraint: Member must not be null"
            )
    arn = str(target["Arn"])
    service = [*arn.split(":"), "", "", ""][2]
    if not arn.startswith("arn:") or not service:
        raise _invalid(f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")
    if service == "sqs" and arn.endswith(".fifo") and not target.get("SqsParameters"):
        raise _invalid(f"Parameter(s) SqsParameters must be specified for target: {target['Id']}.")
    if service in _WITH_ROLE and not target.get("RoleArn"):
        raise _invalid(f"RoleArn is required for target {arn}.")
    dead_letters = str((target.get("DeadLetterConfig") or {}).get("Arn") or "arn:aws:sqs:")
    if [*dead_letters.split(":"), "", ""][2] != "sqs":
        raise _invalid(f"Parameter {dead_letters} is not valid. Reason: Provided Arn is no queue of Amazon SQS.")
    _input(target)


def check(targets: list[Record], existing: set[str]) -> None:
    """Raise RefusedError for targets that a rule, which has those with the ids ``existing``, may not get."""
    ids = [str(target.get("Id")) for target in targets]
    if len(set(ids)) < len(ids):
        raise _invalid("Target ids in one request must be unique.")
    for target in targets:
        _target(target)
    if len(existing | set(ids)) > MAX_TARGETS:
        raise RefusedError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")


def _put(data: Record) -> None:
    _by_model(data)
    key = eventbridge._rule_key(data.get("Rule"), data.get("EventBusName", "default"))
    stored: Json = eventbridge._targets.get(key) or []
    check(data.get("Targets") or [], {target["Id"] for target in stored})


def _deleting(data: Record) -> None:
    if eventbridge._targets.get(eventbridge._rule_key(data.get("Name"), data.get("EventBusName", "default"))):
        raise _invalid("Rule can't be deleted since it has targets.")


def _known(data: Record) -> None:
    name = data.get("Name")
    if eventbridge._rule_key(name, data.get("EventBusName", "default")) not in eventbridge._rules:
        raise RefusedError("ResourceNotFoundException", f"Rule {name} does not exist.")


_CALLS = {"PutTargets": _put, "DeleteRule": _deleting, "EnableRule": _known, "DisableRule": _known}


def _template(properties: Record) -> None:
    targets = properties.get("Targets")
    if targets:
        check(targets, set())
        _by_model({"Targets": targets})


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.eventbridge.handle_request", _doors.at_json_service(_CALLS))
    _seams.replace(_doors.HANDLERS, _doors.in_templates({"AWS::Events::Rule": _template}))
