"""CloudFormation: a change set whose template fails validation is itself FAILED.

AWS: CreateChangeSet answers, then the change set is FAILED and cannot be executed; its StatusReason names the
validations that failed, and DescribeEvents has an event for each fault (CloudFormation user guide, "Validate stack
deployments").
MiniStack: says CREATE_COMPLETE, and the stack rolls back when the change set is executed; DescribeEvents answers
nothing for a change set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, engine, stacks

from local.gaps import _seams
from local.gaps._types import Answer, Json, Record
from local.gaps.cloudformation._stack import NAME

LEANS_ON = {
    "services.cloudformation.handlers._ACTION_HANDLERS": "dict",
    "services.cloudformation._change_sets": "AccountRegionScopedDict",
    "services.cloudformation._stacks": "AccountRegionScopedDict",
    "services.cloudformation.changesets._find_change_set": "(cs_name, stack_name='')",
    "services.cloudformation.engine._evaluate_conditions": "(template, params)",
    "services.cloudformation.engine._topological_sort": "(resources, conditions)",
    "services.cloudformation.stacks._validation_errors": (
        "(resources_defs, ordered, param_values, conditions, mappings, stack_name, stack_id, owned_buckets=frozenset())"
    ),
    "services.cloudformation.stacks._operation_event": (
        "(stack_id, operation_id, event_type, operation_type='CREATE_STACK', **fields)"
    ),
    "services.cloudformation.stacks._stack_region_context": "(stack, stack_id=None)",
}

_FAILED = (
    "The following hook(s)/validation failed: [{hooks}]. To troubleshoot Early Validation errors, use the"
    " DescribeEvents API for detailed failure information."
)
_PROPERTIES, _NAMES = "AWS::EarlyValidation::PropertyValidation", "AWS::EarlyValidation::ResourceExistenceCheck"


def _validating(create: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def create_change_set(params: Record) -> Answer:
        before = set(cloudformation._change_sets)
        answer = create(params)
        for made in set(cloudformation._change_sets) - before:
            _validate(cloudformation._change_sets[made])
        return answer

    return create_change_set


def _validate(made: Record) -> None:
    if made["Status"] != "CREATE_COMPLETE" or made["_disable_validation"] or made["ChangeSetType"] == "IMPORT":
        return
    template, parameters = made["_template"], made["_resolved_params"]
    stack = cloudformation._stacks[made["StackName"]]
    resources = template.get("Resources", {})
    with stacks._stack_region_context(stack, made["StackId"]):
        conditions = engine._evaluate_conditions(template, parameters)
        adopted = made.get("_import_existing", {})
        ordered = [name for name in engine._topological_sort(resources, conditions) if name not in adopted]
        owned = {
            one.get("PhysicalResourceId")
            for one in stack.get("_resources", {}).values()
            if one.get("ResourceType") == "AWS::S3::Bucket"
        }
        errors = stacks._validation_errors(
            resources,
            ordered,
            parameters,
            conditions,
            template.get("Mappings", {}),
            made["StackName"],
            made["StackId"],
            frozenset(owned),
        )
    if errors:
        _fail(made, stack, errors)


def _fail(made: Record, stack: Record, errors: list[tuple[str, str, str, str, str]]) -> None:
    hooks = sorted({_NAMES if validation == NAME else _PROPERTIES for _, _, validation, _, _ in errors})
    made["_operation"] = new_uuid()
    made.update(Status="FAILED", ExecutionStatus="UNAVAILABLE", StatusReason=_FAILED.format(hooks=", ".join(hooks)))
    events: list[Any] = stack.setdefault("_operation_events", [])
    for logical_id, kind, validation, path, reason in errors:
        events.append(
            stacks._operation_event(
                made["StackId"],
                made["_operation"],
                "VALIDATION_ERROR",
                "CREATE_CHANGESET",
                LogicalResourceId=logical_id,
                ResourceType=kind,
                ValidationFailureMode="FAIL",
                ValidationName=validation,
                ValidationStatus="FAILED",
                ValidationStatusReason=reason,
                ValidationPath=path,
            )
        )


def _of_change_sets(describe: Callable[[Record], Answer]) -> Callable[[Record], Answer]:
    def describe_events(params: Record) -> Answer:
        wanted = (params.get("ChangeSetName") or [""])[0]
        _, found = changesets._find_change_set(wanted, "") if wanted else (None, None)
        if found is None:
            return describe(params)
        operation = found.get("_operation", "none")
        return describe({**params, "StackName": [found["StackId"]], "OperationId": [operation]})

    return describe_events


def _extended(actions: dict[str, Json]) -> dict[str, Json]:
    actions["CreateChangeSet"] = _validating(actions["CreateChangeSet"])
    actions["DescribeEvents"] = _of_change_sets(actions["DescribeEvents"])
    return actions


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("services.cloudformation.handlers._ACTION_HANDLERS", _extended)
