"""What makes a state machine of this project right: neither `sam validate` nor cfn-lint open a DefinitionUri.

What AWS refuses and remarks is found by `local.asl`, as in the local cloud; the other checks hold what this project
asks of its machines beyond that. Every check takes a definition as plain data and yields one sentence a problem.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from local.asl.check import problems

State = dict[str, Any]
Problems = Iterator[str]

# Step Functions developer guide, "Handling errors in Step Functions workflows", and the Lambda best practices there
# ("Handle transient Lambda service exceptions"): every name that the platform itself can report.
PLATFORM_ERRORS = frozenset(
    {
        "States.ALL",
        "States.BranchFailed",
        "States.DataLimitExceeded",
        "States.ExceedToleratedFailureThreshold",
        "States.HeartbeatTimeout",
        "States.Http.Socket",
        "States.ItemReaderFailed",
        "States.Permissions",
        "States.QueryEvaluationError",
        "States.ResultWriterFailed",
        "States.Runtime",
        "States.TaskFailed",
        "States.Timeout",
        "Lambda.AWSLambdaException",
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.SdkClientException",
        "Lambda.ServiceException",
        "Lambda.TooManyRequestsException",
        "Lambda.Unknown",
        "Sandbox.Timedout",
        "Runtime.ExitError",
        # Of sqs:sendMessage, likewise.
        "SQS.AmazonSQSException",
        "SQS.SdkClientException",
        # Of states:startExecution: the names of the AWS SDK for Java, as of every optimised integration.
        "StepFunctions.AWSStepFunctionsException",
        "StepFunctions.ExecutionLimitExceededException",
        "StepFunctions.SdkClientException",
        "StepFunctions.ThrottlingException",
        # Of sagemaker:createTrainingJob, likewise; ResourceLimitExceeded is in AWS's own samples.
        "SageMaker.AmazonSageMakerException",
        "SageMaker.ResourceInUseException",
        "SageMaker.ResourceLimitExceededException",
        "SageMaker.SdkClientException",
        # Of aws-sdk:athena, likewise.
        "Athena.AthenaException",
        "Athena.InternalServerException",
        "Athena.SdkClientException",
        "Athena.TooManyRequestsException",
    }
)

QUEUED = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
"""A task behind a queue calls no function: what its worker waits for never reaches the machine as an error."""

KEPT = "arn:aws:states:::sqs:sendMessage"
"""A task that puts something into a queue calls no function either; its Retry names what SQS may answer."""

KEEPING_RETRY = {
    "ErrorEquals": ["SQS.AmazonSQSException", "SQS.SdkClientException", "States.Timeout"],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "MaxAttempts": 6,
    "JitterStrategy": "FULL",
}

SDK = "arn:aws:states:::aws-sdk:"
"""A task that calls a service itself calls no function; its Retry names what that service may answer."""

TRAINED = "arn:aws:states:::sagemaker:createTrainingJob.sync"
"""A task that waits for a training job calls no function, and a job that failed has but one name: States.TaskFailed."""

NESTED = "arn:aws:states:::states:startExecution"
"""A task that starts a machine calls no function, and a child that failed has but one name: States.TaskFailed."""

STANDARD_RETRY = {
    "ErrorEquals": [
        "ConcurrentUpdate",
        "StorageUnavailable",
        "ServiceUnavailable",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.TooManyRequestsException",
        "Sandbox.Timedout",
        "States.Timeout",
        "Runtime.ExitError",
    ],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxDelaySeconds": 60,
    "MaxAttempts": 6,
    "JitterStrategy": "FULL",
}
"""What every Task waits for. Written out in each state, since ASL has no way to share it, and equal in all of them."""


WAITING_RETRY = {
    "ErrorEquals": ["Lambda.TooManyRequestsException", "StorageUnavailable", "ServiceUnavailable"],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxDelaySeconds": 300,
    "MaxAttempts": 2000,
    "JitterStrategy": "FULL",
}
"""What a Task may wait for in days, not in tries: a place among the account's functions, a service that is away."""


class _UniqueKeys(yaml.SafeLoader):
    """YAML takes the last of two equal keys without a word; a state that is defined twice would lose one."""


def _mapping(loader: _UniqueKeys, node: yaml.MappingNode) -> dict[Any, Any]:
    twice = [name for name, times in Counter(key.value for key, _ in node.value).items() if times > 1]
    if twice:
        raise ValueError(f"{', '.join(twice)} stands twice in one mapping{node.start_mark}")
    return loader.construct_mapping(node, deep=True)


_UniqueKeys.add_constructor("tag:yaml.org,2002:map", _mapping)


def parse(text: str, substitutions: Mapping[str, str]) -> State:
    """A definition with its `${Name}` replaced, as CloudFormation does. Raises KeyError for one that is not given."""
    filled = re.sub(r"\$\{(\w+)\}", lambda found: substitutions[found[1]], text)
    return dict(yaml.load(filled, Loader=_UniqueKeys))  # noqa: S506 - a SafeLoader


def placeholders(path: Path) -> set[str]:
    return set(re.findall(r"\$\{(\w+)\}", path.read_text()))


def scopes(definition: State) -> Iterator[State]:
    """The machine and, below it, every processor of a Map and branch of a Parallel: each has states of its own."""
    yield definition
    for state in definition["States"].values():
        inner = [state[name] for name in ("ItemProcessor", "Iterator") if name in state]
        for scope in (*inner, *state.get("Branches", [])):
            yield from scopes(scope)


def states(definition: State) -> Iterator[tuple[str, State]]:
    for scope in scopes(definition):
        yield from scope["States"].items()


def tasks(definition: State) -> Iterator[tuple[str, State]]:
    yield from ((name, state) for name, state in states(definition) if state["Type"] == "Task")


def successors(state: State) -> list[str]:
    found = [state[name] for name in ("Next", "Default") if name in state]
    return found + [branch["Next"] for branch in (*state.get("Choices", []), *state.get("Catch", []))]


def sound(definition: State) -> Problems:
    """Nothing that AWS refuses, and nothing that it warns of."""
    yield from map(str, problems(json.dumps(definition), warnings=True))


def endings(definition: State) -> Problems:
    """From every state an end can be reached."""
    for scope in scopes(definition):
        known = scope["States"]
        ending = {n for n, s in known.items() if s.get("End") or s.get("Type") in {"Succeed", "Fail"}}
        while more := {n for n, s in known.items() if n not in ending and ending & set(successors(s))}:
            ending |= more
        yield from (f"{name} never comes to an end" for name in known if name not in ending)


def choices(definition: State) -> Problems:
    """A Choice without Default fails under States.NoChoiceMatched, which says nothing."""
    for name, state in states(definition):
        if state["Type"] == "Choice" and "Default" not in state:
            yield f"{name} has no Default"


def failures(definition: State) -> Problems:
    for name, state in states(definition):
        if state["Type"] == "Fail":
            yield from (f"{name} has no {part}" for part in ("Error", "Cause") if not state.get(part))


def timeouts(definition: State) -> Problems:
    """ASL has no timeout of its own: a Task without one waits for a year."""
    limit = definition.get("TimeoutSeconds")
    if not isinstance(limit, int):
        yield "The machine has no TimeoutSeconds"
        limit = None
    for name, state in tasks(definition):
        own = _number(state.get("TimeoutSeconds"))
        if own is None:
            yield f"{name} has no TimeoutSeconds"
        elif limit is not None and own >= limit:
            yield f"{name} may take {own} s, the whole machine {limit} s"


def _number(timeout: Any) -> int | None:
    """Seconds, also where a parameter gives them: an expression with nothing but a number in it; or the most that one
    that shrinks with time may be (`$max([least, most - ...])`)."""
    bound = r"\{% (?:(\d+)|\$max\(\[\d+, (\d+) - .+\]\)) %\}"
    if isinstance(timeout, str) and (sum_of := re.fullmatch(r"\{% (\d+) ([+*]) (\d+) %\}", timeout)):
        one, sign, other = sum_of.groups()
        return int(one) + int(other) if sign == "+" else int(one) * int(other)
    if isinstance(timeout, str) and (literal := re.fullmatch(bound, timeout)):
        return int(literal[1] or literal[2])
    return timeout if isinstance(timeout, int) else None


def _standard(state: State) -> State:
    """The standard Retry without the errors that the state waits for in another way, or takes by a Catch."""
    elsewhere = {error for entry in state.get("Catch", []) for error in entry["ErrorEquals"]}
    for retrier in state.get("Retry", []):
        if "ConcurrentUpdate" in retrier["ErrorEquals"]:
            elsewhere -= set(retrier["ErrorEquals"])  # tried again first, caught after that
        else:
            elsewhere |= set(retrier["ErrorEquals"])
    names = STANDARD_RETRY["ErrorEquals"]
    assert isinstance(names, list)
    return {**STANDARD_RETRY, "ErrorEquals": [error for error in names if error not in elsewhere]}


def _is_nested(state: State) -> bool:
    return str(state["Resource"]).startswith(NESTED)


def retries(definition: State, additional: Collection[str]) -> Problems:
    """Every Task has the standard Retry, to the letter; `additional` names the states that may have more of them.

    Only WAITING_RETRY needs no reason.
    """
    for name, state in tasks(definition):
        retriers = state.get("Retry", [])
        standard = _standard(state)
        calls_a_function = not _is_nested(state) and state["Resource"] not in (QUEUED, KEPT, TRAINED)
        calls_a_function = calls_a_function and not state["Resource"].startswith(SDK)
        if state["Resource"] == KEPT and retriers != [KEEPING_RETRY]:
            yield f"{name} has no Retry that equals that of a task that keeps something"
        if STANDARD_RETRY not in retriers and standard not in retriers and calls_a_function:
            yield f"{name} has no Retry that equals the standard one"
        known = (STANDARD_RETRY, standard, WAITING_RETRY, KEEPING_RETRY)
        others = [retrier for retrier in retriers if retrier not in known]
        if others and name not in additional:
            yield f"{name} has a Retry of its own for {others[0]['ErrorEquals']}"
        for retrier in retriers:
            if retrier.get("JitterStrategy") != "FULL":
                yield f"{name} retries {retrier['ErrorEquals']} without JitterStrategy FULL"
            if "MaxDelaySeconds" not in retrier or "MaxAttempts" not in retrier:
                yield f"{name} retries {retrier['ErrorEquals']} without MaxAttempts and MaxDelaySeconds"
        seen = Counter(error for retrier in retriers for error in retrier["ErrorEquals"])
        yield from (f"{name} retries {error} in two places" for error, times in seen.items() if times > 1)


def handled(definition: State) -> Iterator[tuple[str, str, str]]:
    """(state, "Retry" or "Catch", error name) for every name that the machine reacts to."""
    for name, state in states(definition):
        for part in ("Retry", "Catch"):
            for entry in state.get(part, []):
                yield from ((name, part, error) for error in entry["ErrorEquals"])


def errors(definition: State, transient: Collection[str], permanent: Collection[str]) -> Problems:
    """Every name is an error class of ours or one of the platform's; what will never succeed is not tried again."""
    waits = [name for name, state in tasks(definition) if _is_nested(state) or state["Resource"] == TRAINED]
    nested = {(name, "Catch", "States.TaskFailed") for name in waits}
    for name, part, error in handled(definition):
        if error not in PLATFORM_ERRORS | set(transient) | set(permanent):
            yield f"{name} names {error} in {part}, which is neither a class of ours nor reported by AWS"
        if part == "Retry" and error in permanent:
            yield f"{name} retries {error}, which is permanent"
        if error in {"States.ALL", "States.TaskFailed"} and (name, part, error) not in nested:
            yield f"{name} takes every error for one by {error} in {part}; name those that are meant"


def transient_errors_are_tried_again(definition: State, transient: Collection[str]) -> Problems:
    """A transient error that nobody names would fail the execution at its first appearance."""
    seen = {error for _, _, error in handled(definition)}
    yield from (f"{error} is transient, and no Retry or Catch names it" for error in transient if error not in seen)


def caught_at(definition: State, state: str, wanted: Collection[str], target: str) -> Problems:
    """`state` catches every one of `wanted` and goes to `target` with it."""
    catches = definition["States"][state].get("Catch", [])
    caught = {error for catch in catches if catch["Next"] == target for error in catch["ErrorEquals"]}
    yield from (f"{state} does not send {error} to {target}" for error in wanted if error not in caught)


def expressions(definition: State) -> Problems:
    """No text holds an expression in its midst, which Step Functions would take for plain text."""
    for place, text in _strings(definition, ""):
        if ("{%" in text or "%}" in text) and not re.fullmatch(r"\{%(.*)%\}", text, re.DOTALL):
            yield f"{place} mixes text with an expression: {text}"


def _strings(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, f"{place}[{index}]")


def language(definition: State) -> Problems:
    """JSONata only; nothing that looks like JSONPath, which a JSONata state would hand on as text."""
    if definition.get("QueryLanguage") != "JSONata":
        yield "The machine does not say QueryLanguage: JSONata"
    for name, state in states(definition):
        for place, text in _strings(state, name):
            if text.startswith(("$.", "$$.")):
                yield f"{place} is a JSONPath: {text}"
        yield from (f"{name} has {key}, which is JSONPath" for key in _members(state) if key.endswith(".$"))


def _members(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _members(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _members(inner)


PLAIN_CHECKS: tuple[Callable[[State], Problems], ...] = (
    sound,
    endings,
    choices,
    failures,
    timeouts,
    expressions,
    language,
)
"""Those that need nothing but the definition."""
