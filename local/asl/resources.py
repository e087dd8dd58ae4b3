"""The ARN of a task, its pattern and arguments, and what Express machines cannot do.

AWS: Developer Guide, "Integrating services with Step Functions" (the tables of optimised integrations and patterns)
and "Choosing workflow type" (Express: Request Response only, no activities). Services that stand in these tables with
many actions are checked for their name and their patterns only.
"""

from __future__ import annotations

import re
from typing import Any

from local.asl import sdk
from local.asl.problem import Problem, Problems
from local.asl.tree import State

_FUNCTION = re.compile(r"arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w$-]+(:[\w$-]+)?")
_ACTIVITY = re.compile(r"arn:[a-z-]+:states:[a-z0-9-]+:\d{12}:activity:[^\s:]+")
_INTEGRATION = re.compile(r"arn:[a-z-]+:states:[a-z0-9-]*:(?:\d{12})?:(.+)")
_PATTERN = re.compile(r"(.+?)(\.sync|\.sync:2|\.waitForTaskToken)?")

SYNC, SYNC_2, TOKEN = ".sync", ".sync:2", ".waitForTaskToken"
_ANY: frozenset[str] = frozenset()

_SAGEMAKER_JOBS = (
    "createTrainingJob",
    "createTransformJob",
    "createProcessingJob",
    "createHyperParameterTuningJob",
    "createLabelingJob",
)
_SAGEMAKER_CALLS = ("createModel", "createEndpointConfig", "createEndpoint", "updateEndpoint")

#: Service -> its actions (empty: not listed here) and the patterns beside Request Response.
OPTIMISED: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "lambda": (frozenset({"invoke"}), frozenset({TOKEN})),
    "dynamodb": (frozenset({"getItem", "putItem", "updateItem", "deleteItem"}), frozenset()),
    "sns": (frozenset({"publish"}), frozenset({TOKEN})),
    "sqs": (frozenset({"sendMessage"}), frozenset({TOKEN})),
    "events": (frozenset({"putEvents"}), frozenset({TOKEN})),
    "states": (frozenset({"startExecution"}), frozenset({SYNC, SYNC_2, TOKEN})),
    "http": (frozenset({"invoke"}), frozenset()),
    "apigateway": (frozenset({"invoke"}), frozenset({TOKEN})),
    "athena": (
        frozenset({"startQueryExecution", "stopQueryExecution", "getQueryExecution", "getQueryResults"}),
        frozenset({SYNC}),
    ),
    "batch": (frozenset({"submitJob"}), frozenset({SYNC})),
    "bedrock": (_ANY, frozenset({SYNC, TOKEN})),
    "bedrock-agentcore": (_ANY, frozenset()),
    "codebuild": (_ANY, frozenset({SYNC})),
    "databrew": (frozenset({"startJobRun"}), frozenset({SYNC})),
    "ecs": (frozenset({"runTask"}), frozenset({SYNC, TOKEN})),
    "eks": (_ANY, frozenset({SYNC, TOKEN})),
    "elasticmapreduce": (_ANY, frozenset({SYNC})),
    "emr-containers": (_ANY, frozenset({SYNC})),
    "emr-serverless": (_ANY, frozenset({SYNC})),
    "glue": (frozenset({"startJobRun"}), frozenset({SYNC})),
    "mediaconvert": (frozenset({"createJob"}), frozenset({SYNC})),
    "sagemaker": (frozenset({*_SAGEMAKER_JOBS, *_SAGEMAKER_CALLS}), frozenset({SYNC})),
}
#: What a service that can wait for some calls cannot wait for.
_NO_SYNC = frozenset(f"sagemaker:{call}" for call in _SAGEMAKER_CALLS)

#: Integrations whose arguments are the members of the service's own call, by its name in botocore. Step Functions has
#: not all of them everywhere; what is no member at all it has nowhere.
_SAME = {
    "lambda": "lambda", "dynamodb": "dynamodb", "sns": "sns", "sqs": "sqs", "events": "eventbridge", "states": "sfn",
    "athena": "athena", "batch": "batch", "ecs": "ecs", "glue": "glue", "sagemaker": "sagemaker",
}  # fmt: skip

#: In the Developer Guide's list for SQS, and in no model.
_ALSO = frozenset({"messageattribute"})

#: Arguments that the calls cannot do without, where a task gives them as an object.
NEEDED = {
    "lambda:invoke": ("FunctionName",),
    "sqs:sendMessage": ("QueueUrl", "MessageBody"),
    "sns:publish": ("Message",),
    "dynamodb:putItem": ("TableName", "Item"),
    "dynamodb:getItem": ("TableName", "Key"),
    "dynamodb:updateItem": ("TableName", "Key"),
    "dynamodb:deleteItem": ("TableName", "Key"),
    "states:startExecution": ("StateMachineArn",),
    "events:putEvents": ("Entries",),
    "ecs:runTask": ("TaskDefinition",),
    "glue:startJobRun": ("JobName",),
    "sagemaker:createTrainingJob": ("TrainingJobName", "RoleArn", "OutputDataConfig"),
    "sagemaker:createModel": ("ModelName",),
    "sagemaker:createEndpointConfig": ("EndpointConfigName", "ProductionVariants"),
    "sagemaker:createEndpoint": ("EndpointName", "EndpointConfigName"),
    "sagemaker:updateEndpoint": ("EndpointName", "EndpointConfigName"),
}


def _unrecognised(resource: str, place: str) -> Problem:
    return Problem(
        f"The resource provided {resource} is not recognized. The value is not a valid resource ARN, or the resource "
        "is not available in this region.",
        place,
    )


def _given(state: State) -> Any:
    return state.body.get("Arguments" if state.is_jsonata else "Parameters")


def _arguments(state: State, resource: str, needed: tuple[str, ...]) -> Problems:
    """An integration needs arguments; those that are written as one expression are known at run time only."""
    field = "Arguments" if state.is_jsonata else "Parameters"
    given = _given(state)
    if field not in state.body:
        yield Problem(f"{field} field is required for resource ARN: {resource}", state.place)
    for name in needed if isinstance(given, dict) else ():
        if name not in given and f"{name}.$" not in given:
            yield Problem(f"The field '{name}' is required but was missing", state.at(field))


def _names(state: State, shape: Any, also: frozenset[str] = frozenset()) -> Problems:
    """Arguments are the members of the call, in PascalCase (Developer Guide, "Learning to use AWS service SDK
    integrations", and the pages of the optimised ones).
    """
    field = "Arguments" if state.is_jsonata else "Parameters"
    given = _given(state)
    members = also | ({name.lower() for name in shape.members} if shape is not None else set())
    for written in given if isinstance(given, dict) else ():
        name = written.removesuffix(".$")
        if name.lower() not in members or name[:1].islower():
            yield Problem(f"The field '{name}' is not supported by Step Functions", state.at(f"{field}/{written}"))


def _sdk(state: State, resource: str, call: str, pattern: str) -> Problems:
    service, _, action = call.removeprefix("aws-sdk:").partition(":")
    operations = sdk.operations(service)
    operation = (operations or {}).get(action.lower())
    if operation is None or action[:1].isupper() or pattern not in ("", TOKEN):
        yield _unrecognised(resource, state.at("Resource"))
        return
    shape = operation.input_shape
    members = {name: name[:1].upper() + name[1:] for name in (shape.required_members if shape is not None else ())}
    # Java's spelling of a member may differ from botocore's, "DBInstanceIdentifier" from "DbInstanceIdentifier".
    given = _given(state)
    lower = {written.removesuffix(".$").lower() for written in given} if isinstance(given, dict) else set()
    missing = tuple(named for name, named in members.items() if name.lower() not in lower)
    yield from _arguments(state, resource, missing)
    yield from _names(state, shape)


def _express(state: State, pattern: str, place: str) -> Problems:
    if state.express and pattern:
        kind = TOKEN if pattern == TOKEN else SYNC
        yield Problem(f"Express state machine does not support '{kind}' service integration", place)


def _integration(state: State, resource: str, named: str) -> Problems:
    split = _PATTERN.fullmatch(named)
    call, pattern = (split[1], split[2] or "") if split else (named, "")
    place = state.at("Resource")
    if call.startswith("aws-sdk:"):
        yield from _sdk(state, resource, call, pattern)
    else:
        service, _, action = call.partition(":")
        actions, patterns = OPTIMISED.get(service, (None, _ANY))
        if (
            actions is None
            or not action
            or (actions and action not in actions)
            or (pattern and (pattern not in patterns or call in _NO_SYNC))
        ):
            yield _unrecognised(resource, place)
            return
        yield from _arguments(state, resource, NEEDED.get(call, ()))
        if service in _SAME:
            operation = (sdk.operations(_SAME[service]) or {}).get(action.lower())
            yield from _names(state, operation.input_shape if operation is not None else None, _ALSO)
    yield from _express(state, pattern, place)


def state(found: State) -> Problems:
    resource = found.body.get("Resource")
    if found.type != "Task" or not isinstance(resource, str):
        return
    place = found.at("Resource")
    integration = _INTEGRATION.fullmatch(resource)
    if _ACTIVITY.fullmatch(resource):
        if found.express:
            yield Problem("Express state machine does not support Activity ARN", place)
    elif integration is not None:
        yield from _integration(found, resource, integration[1])
    elif not _FUNCTION.fullmatch(resource):
        # Also a ${Name} that no DefinitionSubstitutions has replaced.
        is_arn = resource.startswith("arn:")
        yield _unrecognised(resource, place) if is_arn else Problem("Value is not a valid resource ARN", place)
