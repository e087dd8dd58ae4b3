"""Small machines in both languages, and one change to them at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Definition = dict[str, Any]
Change = Callable[[Definition], object]

INVOKE = "arn:aws:states:::lambda:invoke"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:a"


def scope(**states: Definition) -> Definition:
    """The first state is where it starts."""
    return {"StartAt": next(iter(states)), "States": states}


def jsonata() -> Definition:
    """A bit of everything that a JSONata machine may have."""
    inner = scope(Each={"Type": "Pass", "Output": {"n": "{% $states.input.n + 1 %}"}, "End": True})
    child = {
        **scope(Child={"Type": "Pass", "End": True}),
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
    }
    invoke = {
        "Type": "Task",
        "Resource": INVOKE,
        "Arguments": {"FunctionName": FUNCTION, "Payload": "{% $states.input %}"},
        "TimeoutSeconds": 20,
        "HeartbeatSeconds": 5,
        "Assign": {"seen": "{% $states.result.Payload %}"},
        "Output": "{% $merge([$states.input, $states.result.Payload]) %}",
        "Retry": [
            {
                "ErrorEquals": ["A"],
                "IntervalSeconds": 1,
                "MaxAttempts": 2,
                "BackoffRate": 1.5,
                "MaxDelaySeconds": 9,
                "JitterStrategy": "FULL",
            },
            {"ErrorEquals": ["States.ALL"]},
        ],
        "Catch": [
            {"ErrorEquals": ["States.ALL"], "Output": {"e": "{% $states.errorOutput.Error %}"}, "Next": "Broken"}
        ],
        "Next": "Choose",
    }
    choose = {
        "Type": "Choice",
        "Choices": [
            {"Condition": "{% $states.input.n > 1 %}", "Next": "Sleep", "Assign": {"x": 1}, "Output": {"a": 1}}
        ],
        "Default": "Spread",
    }
    everywhere = scope(
        Invoke=invoke,
        Choose=choose,
        Sleep={"Type": "Wait", "Seconds": "{% $seen.seconds %}", "Next": "Spread"},
        Spread={
            "Type": "Map",
            "Items": "{% $states.input.items %}",
            "MaxConcurrency": "{% 4 %}",
            "ItemSelector": {"n": "{% $states.context.Map.Item.Value %}"},
            "ItemProcessor": inner,
            "Next": "Many",
        },
        Many={
            "Type": "Map",
            "Label": "Many",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"], "MaxItems": 9},
                "Arguments": {"Bucket": "b", "Key": "{% $seen.key %}"},
            },
            "ItemBatcher": {"MaxItemsPerBatch": 10, "BatchInput": {"k": "{% $states.input.k %}"}},
            "ItemProcessor": child,
            "ResultWriter": {
                "Resource": "arn:aws:states:::s3:putObject",
                "WriterConfig": {"Transformation": "COMPACT", "OutputType": "JSONL"},
                "Arguments": {"Bucket": "b", "Prefix": "p"},
            },
            "ToleratedFailurePercentage": 5,
            "ToleratedFailureCount": 2,
            "Next": "Both",
        },
        Both={
            "Type": "Parallel",
            "Branches": [
                scope(Left={"Type": "Succeed", "Output": {"a": 1}}),
                scope(Right={"Type": "Pass", "End": True}),
            ],
            "Next": "Until",
        },
        Until={"Type": "Wait", "Timestamp": "2030-01-01T00:00:00Z", "End": True},
        Broken={"Type": "Fail", "Error": "{% $states.input.e %}", "Cause": "for a reason"},
    )
    return {"Comment": "c", "Version": "1.0", "QueryLanguage": "JSONata", "TimeoutSeconds": 60, **everywhere}


def jsonpath() -> Definition:
    """The same in JSONPath, the language that a machine has unless it says otherwise."""
    return scope(
        Invoke={
            "Type": "Task",
            "Resource": FUNCTION,
            "InputPath": "$.detail",
            "Parameters": {
                "name.$": "$.name",
                "id.$": "$$.Execution.Id",
                "text.$": "States.Format('{}-{}', $.a, $.b[0])",
            },
            "ResultSelector": {"size.$": "$.Payload.size"},
            "ResultPath": "$.found",
            "OutputPath": "$",
            "TimeoutSecondsPath": "$.limit",
            "Assign": {"seen.$": "$.size"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Broken"}],
            "Next": "Choose",
        },
        Choose={
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.found.size", "NumericGreaterThan": 1, "Next": "Sleep"},
                {
                    "And": [
                        {"Variable": "$.a", "IsPresent": True},
                        {"Not": {"Variable": "$.b", "StringEqualsPath": "$.c"}},
                    ],
                    "Next": "Spread",
                },
            ],
            "Default": "Keep",
        },
        Sleep={"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Spread"},
        Spread={
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": 2,
            "Iterator": scope(Each={"Type": "Task", "Resource": ACTIVITY, "End": True}),
            "Next": "Keep",
        },
        Keep={"Type": "Pass", "Result": {"a": 1}, "ResultPath": "$.kept", "End": True},
        Broken={"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "States.JsonToString($)"},
    )


def changed(definition: Definition, *changes: Change) -> Definition:
    found = copy.deepcopy(definition)
    for change in changes:
        change(found)
    return found


def put(path: str, value: object) -> Change:
    """Sets ``States/Invoke/Retry/0/MaxAttempts`` to a value."""
    *way, last = path.split("/")

    def change(definition: Definition) -> None:
        place: Any = definition
        for step in way:
            place = place[int(step) if isinstance(place, list) else step]
        place[int(last) if isinstance(place, list) else last] = value

    return change


def drop(path: str) -> Change:
    *way, last = path.split("/")

    def change(definition: Definition) -> None:
        place: Any = definition
        for step in way:
            place = place[int(step) if isinstance(place, list) else step]
        del place[int(last) if isinstance(place, list) else last]

    return change
