"""What JSONPath machines give for one input, and how they fail for it."""

from __future__ import annotations

import json
from typing import Any

from tests.local.asl.builders import scope

INPUT = {
    "one": 1,
    "text": "text",
    "list": [1, 2, 3],
    "object": {"key": "value"},
    "rows": [{"p": 1}, {"p": 5}],
    "negative": -1,
    "null": None,
    "no-json": "{",
    "moment": "2020-01-01T00:00:00Z",
    "half": "2020-01-01T00:00:00",
}
SHOWN = json.dumps(INPUT, separators=(",", ":"))
EACH = scope(E={"Type": "Pass", "End": True})
RUNTIME, INTRINSIC, MATCH = "States.Runtime", "States.IntrinsicFailure", "States.ResultPathMatchFailure"


def state(kind: str, **fields: Any) -> dict[str, Any]:
    """A machine of one state."""
    return scope(S={"Type": kind, "End": True, **fields})


def give(value: str) -> dict[str, Any]:
    """A machine whose output has under "x" what ``value`` gives."""
    return state("Pass", Parameters={"x.$": value})


def choose(**rule: Any) -> dict[str, Any]:
    """A machine that gives whether the rule applies."""
    return scope(
        S={"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"},
        Yes={"Type": "Pass", "Result": True, "End": True},
        No={"Type": "Pass", "Result": False, "End": True},
    )


def over(**fields: Any) -> dict[str, Any]:
    return state("Map", ItemProcessor=EACH, **fields)


def parallel(**fields: Any) -> dict[str, Any]:
    return state("Parallel", Branches=[EACH], **fields)


def caught(error: str, **fields: Any) -> dict[str, Any]:
    """A task whose failure of the name ``error`` is caught; the output is its error."""
    catch = [{"ErrorEquals": [error], "Next": "Caught"}]
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Catch": catch, "End": True, **fields}
    return scope(S=task, Caught={"Type": "Pass", "InputPath": "$.Error", "End": True})


def send(body: str) -> dict[str, Any]:
    return {"QueueUrl": "q", "MessageBody.$": body}


def then(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return scope(S={**first, "Next": "T"}, T={**second, "End": True})


READ = {"Type": "Pass", "Parameters": {"x.$": "$v"}}


def nowhere(path: str, field: str = "x.$", shown: str = f"'{SHOWN}'") -> str:
    return f"The JSONPath '{path}' specified for the field '{field}' could not be found in the input {shown}"


def wrong(call: str, error: str = "") -> str:
    return f"The function '{call}' had the following error: {error}"


def no_argument(call: str, path: str) -> str:
    said = f"The JsonPath argument for the field '{path}' could not be found in the input '{SHOWN}'"
    return wrong(call, said)


MISSING = "Invalid path '$.nope': The choice state's condition path references an invalid value."

#: What a machine gives for INPUT.
FOUND: dict[str, tuple[dict[str, Any], Any]] = {
    "a descent": (give("$..p"), {"x": [1, 5]}),
    "a descent to nothing": (give("$..nope"), {"x": []}),
    "a slice": (give("$.list[0:1]"), {"x": [1]}),
    "the last one": (give("$.list[-1:]"), {"x": [3]}),
    "a negative index": (give("$.list[-1]"), {"x": 3}),
    "two indices": (give("$.list[0,2]"), {"x": [1, 3]}),
    "two names": (give("$['one','text']"), {"x": {"one": 1, "text": "text"}}),
    "a filter": (give("$.rows[?(@.p > 2)]"), {"x": [{"p": 5}]}),
    "a filter of two": (give("$.rows[?(@.p > 2 && @.p < 4)].p"), {"x": []}),
    "a wildcard": (give("$.rows[*].p"), {"x": [1, 5]}),
    "a wildcard to nothing": (give("$.rows[*].nope"), {"x": []}),
    "a length": (give("$.list.length()"), {"x": 3}),
    "null is a value": (give("$.null"), {"x": None}),
    "past the end": (give("$.list[9]"), {"x": None}),
    "names with signs": (give("$.no-json"), {"x": "{"}),
    "in lists of lists": (state("Pass", Parameters={"l": [[{"x.$": "$.one"}], 2]}), {"l": [[{"x": 1}], 2]}),
    "an empty template": (state("Pass", Parameters={}), {}),
    "the context object": (give("$$.State.Name"), {"x": "S"}),
    "a path into InputPath": (state("Pass", InputPath="$.rows[?(@.p == 1)]"), [{"p": 1}]),
    "InputPath null": (state("Pass", InputPath=None), {}),
    "a result between": (state("Pass", Result=9, ResultPath="$.list[1]", OutputPath="$.list"), [1, 9, 3]),
    "a result in brackets": (
        state("Pass", Result=9, ResultPath="$.new['a b'].c", OutputPath="$.new"),
        {"a b": {"c": 9}},
    ),
    "a result beside": (
        state("Pass", Result=9, ResultPath="$.object.n", OutputPath="$.object"),
        {"key": "value", "n": 9},
    ),
    "a result of null": (state("Pass", Result=9, ResultPath=None, OutputPath="$.one"), 1),
    "ResultSelector": (parallel(ResultSelector={"x.$": "$[0].one", "n.$": "$$.State.Name"}), {"x": 1, "n": "S"}),
    "items": (over(ItemsPath="$.list"), [1, 2, 3]),
    "items one by one": (
        state(
            "Map",
            ItemsPath="$.rows",
            ItemSelector={"v.$": "$$.Map.Item.Value.p", "o.$": "$.one"},
            ItemProcessor=EACH,
            MaxConcurrencyPath="$.one",
        ),
        [{"v": 1, "o": 1}, {"v": 5, "o": 1}],
    ),
    "a moment ago": (state("Wait", TimestampPath="$.moment", OutputPath="$.one"), 1),
    "no wait": (state("Wait", SecondsPath="$$.State.RetryCount", OutputPath="$.one"), 1),
    "Format": (
        give(r"States.Format('it\'s \{\} {} {} {}', $.object, $.null, $.text)"),
        {"x": "it's {} {key=value} null text"},
    ),
    "calls in calls": (give("States.ArrayLength(States.Array($.one, 'a,b', States.MathAdd(1, 2)))"), {"x": 3}),
    "true is not 1": (give("States.ArrayContains($.list, true)"), {"x": False}),
    "a choice of null": (choose(Variable="$.null", IsPresent=True), True),
    "a choice of nothing": (choose(Variable="$.nope", IsPresent=False), True),
    "asked before": (
        choose(
            And=[
                {"Variable": "$.nope", "IsPresent": True},
                {"Variable": "$.nope", "StringEquals": "x"},
            ]
        ),
        False,
    ),
    "another type": (choose(Variable="$.one", StringEquals="1"), False),
    "true is no number": (choose(Not={"Variable": "$.one", "BooleanEquals": True}), True),
    "texts by path": (choose(Variable="$.text", StringLessThanEqualsPath="$.moment"), False),
    "times by path": (choose(Variable="$.moment", TimestampEqualsPath="$.moment"), True),
    "no time": (choose(Variable="$.half", IsTimestamp=True), False),
    "a pattern": (choose(Variable="$.moment", StringMatches="2020-*:00Z"), True),
    "a star": (choose(Variable="$.text", StringMatches=r"te\*t"), False),
    "a variable": (then({"Type": "Pass", "Assign": {"v.$": "$.object.key"}}, READ), {"x": "value"}),
    "of a result": (then({"Type": "Parallel", "Branches": [EACH], "Assign": {"v.$": "$[0].one"}}, READ), {"x": 1}),
    "while waiting": (
        then({"Type": "Wait", "Seconds": 0, "InputPath": "$.object", "Assign": {"v.$": "$"}}, READ),
        {"x": {"key": "value"}},
    ),
    "in a call": (
        then(
            {"Type": "Pass", "Assign": {"v": {"n": [7]}}},
            {"Type": "Pass", "Parameters": {"x.$": "States.Array($v.n[0])"}},
        ),
        {"x": [7]},
    ),
    "of the input, before": (
        then(
            {"Type": "Pass", "Assign": {"v": 1}},
            {"Type": "Pass", "Assign": {"v": 2}, "Parameters": {"x.$": "$v"}},
        ),
        {"x": 1},
    ),
    "a call is caught by its name": (caught(INTRINSIC, Parameters=send("States.StringToJson($.no-json)")), INTRINSIC),
    "a call is caught by States.ALL": (caught("States.ALL", Parameters=send("States.MathAdd($.text, 1)")), INTRINSIC),
    "a result is caught": (
        scope(
            S={
                "Type": "Parallel",
                "Branches": [EACH],
                "ResultPath": "$.text.x",
                "End": True,
                "Catch": [
                    {"ErrorEquals": [MATCH], "Next": "Caught", "ResultPath": "$.e", "Assign": {"v.$": "$.Error"}},
                ],
            },
            Caught={"Type": "Pass", "Parameters": {"x.$": "$v", "y.$": "$.e.Error"}, "End": True},
        ),
        {"x": MATCH, "y": MATCH},
    ),
}

#: Error and cause, behind the sentence about the state, of a machine that fails for INPUT.
FAILS: dict[str, tuple[dict[str, Any], str, str]] = {
    "Parameters": (give("$.nope"), RUNTIME, nowhere("$.nope")),
    "Parameters, context": (give("$$.Nope"), RUNTIME, nowhere("$$.Nope", shown='\'{"Execution":')),
    "a length of nothing": (give("$.nope.length()"), RUNTIME, nowhere("$.nope.length()", shown="")),
    "a sum": (give("$.list.sum()"), RUNTIME, nowhere("$.list.sum()", shown="")),
    "through a text": (give("$.text.x"), RUNTIME, nowhere("$.text.x")),
    "behind the end": (give("$.list[9].x"), RUNTIME, nowhere("$.list[9].x")),
    "a wildcard of nothing": (give("$.nope[*]"), RUNTIME, nowhere("$.nope[*]")),
    "names that go on": (
        give("$['one','text'].x"),
        RUNTIME,
        "Invalid path '$['one','text'].x' : Multi properties can only be used as path leafs",
    ),
    "an unread filter": (
        give("$.rows[?(@.p in [1])]"),
        RUNTIME,
        "Invalid path '$.rows[?(@.p in [1])]' : the local cloud cannot read it",
    ),
    "InputPath": (state("Pass", InputPath="$.nope"), RUNTIME, "Invalid path '$.nope' : No results for path: $['nope']"),
    "OutputPath": (
        state("Pass", OutputPath="$.list[9]"),
        RUNTIME,
        "Invalid path '$.list[9]' : No results for path: $['list'][9]",
    ),
    "into null": (
        then({"Type": "Pass", "OutputPath": "$.null"}, {"Type": "Pass", "Parameters": {"x.$": "$.a"}}),
        RUNTIME,
        "Unable to apply Path transformation to null or empty input.",
    ),
    "ResultSelector": (
        parallel(ResultSelector={"x.$": "$[0].nope"}),
        RUNTIME,
        nowhere("$[0].nope", shown=f"'[{SHOWN}]'"),
    ),
    "ItemsPath to nothing": (over(ItemsPath="$.nope"), RUNTIME, 'Reference path "$.nope" must point to array.'),
    "ItemsPath to a number": (over(ItemsPath="$.one"), RUNTIME, 'Reference path "$.one" must point to array.'),
    "ItemsPath left out": (over(), RUNTIME, 'Reference path "$" must point to array.'),
    "ItemSelector": (over(ItemsPath="$.list", ItemSelector={"x.$": "$.nope"}), RUNTIME, nowhere("$.nope", shown="")),
    "MaxConcurrencyPath": (
        over(ItemsPath="$.list", MaxConcurrencyPath="$.text"),
        RUNTIME,
        "Expected positive integer for MaxConcurrency",
    ),
    "a choice of nothing": (choose(Variable="$.nope", StringEquals="x"), RUNTIME, MISSING),
    "is nothing null": (choose(Variable="$.nope", IsNull=True), RUNTIME, MISSING),
    "compared with nothing": (choose(Variable="$.one", NumericEqualsPath="$.nope"), RUNTIME, MISSING),
    "SecondsPath to nothing": (
        state("Wait", SecondsPath="$.nope"),
        RUNTIME,
        "The SecondsPath parameter does not reference an input value: $.nope",
    ),
    "SecondsPath to a text": (
        state("Wait", SecondsPath="$.text"),
        RUNTIME,
        "The SecondsPath parameter cannot be parsed as a long value: $.text == text",
    ),
    "SecondsPath below 0": (
        state("Wait", SecondsPath="$.negative"),
        RUNTIME,
        "The SecondsPath parameter references a negative value: $.negative == -1",
    ),
    "TimestampPath to nothing": (
        state("Wait", TimestampPath="$.nope"),
        RUNTIME,
        "The TimestampPath parameter does not reference an input value: $.nope",
    ),
    "TimestampPath without offset": (
        state("Wait", TimestampPath="$.half"),
        RUNTIME,
        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: "
        "$.half == 2020-01-01T00:00:00",
    ),
    "TimeoutSecondsPath": (
        caught("States.ALL", TimeoutSecondsPath="$.nope", Parameters=send("$.text")),
        RUNTIME,
        "Invalid path '$.nope'",
    ),
    "ResultPath through a text": (
        state("Pass", Result=1, ResultPath="$.text.x"),
        MATCH,
        f"Unable to apply ReferencePath $.text.x to input {SHOWN}",
    ),
    "ResultPath past the end": (
        state("Pass", Result=1, ResultPath="$.list[3]"),
        MATCH,
        "Unable to apply ReferencePath $.list[3] to input",
    ),
    "ResultPath into a list": (
        state("Pass", Result=1, ResultPath="$.list.x"),
        MATCH,
        "Unable to apply ReferencePath $.list.x to input",
    ),
    "an argument": (
        give("States.Format('m-{}',$.nope)"),
        RUNTIME,
        no_argument("States.Format('m-{}',$.nope)", "$.nope"),
    ),
    "an argument past the end": (
        give("States.Array($.list[9])"),
        RUNTIME,
        no_argument("States.Array($.list[9])", "$.list[9]"),
    ),
    "an argument of the context": (
        give("States.Array($$.Nope)"),
        RUNTIME,
        no_argument("States.Array($$.Nope)", "$.Nope"),
    ),
    "an index of a number": (
        give("States.Array($.one[0])"),
        RUNTIME,
        wrong("States.Array($.one[0])", "Filter: [0] can only be applied to arrays. Current context is: 1"),
    ),
    "too few arguments": (give("States.Format('x {} {}', $.one)"), INTRINSIC, wrong("States.Format('x {} {}', $.one)")),
    "no JSON": (give("States.StringToJson($.no-json)"), INTRINSIC, wrong("States.StringToJson($.no-json)")),
    "no item": (give("States.ArrayGetItem($.list, 3)"), INTRINSIC, wrong("States.ArrayGetItem($.list, 3)")),
    "no number": (give("States.MathAdd($.text, 1)"), INTRINSIC, wrong("States.MathAdd($.text, 1)")),
    "no cause": (scope(S={"Type": "Fail", "CausePath": "$.nope"}), RUNTIME, "Invalid path '$.nope'"),
    "an unknown variable": (then({"Type": "Pass"}, READ), RUNTIME, nowhere("$v", shown="")),
    "States.Runtime is caught by nobody": (
        caught("States.ALL", Parameters=send("$.nope")),
        RUNTIME,
        nowhere("$.nope", "MessageBody.$"),
    ),
    "not by its name either": (caught(RUNTIME, Parameters=send("$.nope")), RUNTIME, nowhere("$.nope", "MessageBody.$")),
}
