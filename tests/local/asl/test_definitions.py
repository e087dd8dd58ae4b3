"""What AWS refuses of a definition is found, at its place and under its code; what AWS takes is not refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from local.asl.check import problems, sentence
from local.asl.sdk import service_names
from local.cloud.testing import ROOT
from tests.local.asl.builders import (
    FUNCTION,
    INVOKE,
    Change,
    Definition,
    changed,
    drop,
    jsonata,
    jsonpath,
    put,
    scope,
)

SCHEMA = "SCHEMA_VALIDATION_FAILED"
FAULTS: dict[str, list[dict[str, Any]]] = yaml.safe_load((Path(__file__).parent / "faults.yaml").read_text())


def found(definition: Definition, **kind: bool) -> list[str]:
    return [str(problem) for problem in problems(json.dumps(definition), **kind)]


def applied(definition: Definition, fault: dict[str, Any]) -> Definition:
    """``definition`` with the fault's change; fails where the change is none."""
    changes = [*(put(*change) for change in fault.get("put", {}).items()), *map(drop, fault.get("drop", []))]
    spoilt = changed(definition, *changes)
    assert spoilt != definition
    return spoilt


def named(language: str) -> Any:
    return pytest.mark.parametrize("fault", FAULTS[language], ids=[fault["fault"] for fault in FAULTS[language]])


def assert_told(definition: Definition, place: str, problem: str, **kind: bool) -> None:
    told = found(definition, **kind)
    assert any(each.startswith(problem) and each.endswith(f" at {place}") for each in told), told


def begins(fault: dict[str, Any]) -> str:
    return f"{fault.get('code', SCHEMA)}: {fault['message']}"


@named("jsonata")
def test_a_fault_in_jsonata(fault: dict[str, Any]) -> None:
    assert_told(applied(jsonata(), fault), fault["at"], begins(fault))


@named("jsonpath")
def test_a_fault_in_jsonpath(fault: dict[str, Any]) -> None:
    assert_told(applied(jsonpath(), fault), fault["at"], begins(fault))


@named("express")
def test_what_express_machines_cannot_do(fault: dict[str, Any]) -> None:
    """A Standard machine may have each of these."""
    plain = applied(changed(jsonata(), drop("States/Many"), put("States/Spread/Next", "Both")), fault)
    assert_told(plain, fault["at"], begins(fault), express=True)
    assert not [each for each in found(plain) if "xpress" in each or "EXPRESS" in each]


def test_express_children_cannot_wait_either() -> None:
    wait = {"Type": "Task", "Resource": f"{INVOKE}.waitForTaskToken", "Arguments": {"FunctionName": "f"}, "End": True}
    definition = changed(jsonata(), put("States/Many/ItemProcessor/States/Child", wait))
    place = "/States/Many/ItemProcessor/States/Child/Resource"
    assert_told(definition, place, f"{SCHEMA}: Express state machine does not support")
    put("States/Many/ItemProcessor/ProcessorConfig/ExecutionType", "STANDARD")(definition)
    assert found(definition) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "MISSING_DESCRIPTION"),
        ("null", "MISSING_DESCRIPTION"),
        ("StartAt: Plan\nStates: {}\n", "INVALID_JSON_DESCRIPTION"),
        ("{", "INVALID_JSON_DESCRIPTION"),
        ('{"TimeoutSeconds": NaN}', "INVALID_JSON_DESCRIPTION"),
        ("[]", SCHEMA),
        ("[" * 100_000, "TOO_DEEPLY_NESTED"),
        ('{"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "A": {"Type": "Succeed"}}}', "DUPLICATE_STATE_NAME"),
    ],
)
def test_what_is_no_definition_at_all(text: str, code: str) -> None:
    assert [problem.code for problem in problems(text)] == [code]


def test_a_machine_that_never_ends_has_no_place() -> None:
    loop = scope(A={"Type": "Pass", "Next": "B"}, B={"Type": "Pass", "Next": "A"})
    refused = sentence(problems(json.dumps(loop)))
    assert refused == ("Invalid State Machine Definition: 'MISSING_END_STATE: Workflow has no terminal state at null'")


def test_all_problems_stand_in_one_sentence() -> None:
    """The sentence that AWS answered to localstack's author (pull request 12487)."""
    definition = scope(pass1={"Type": "Pass", "Next": "pass3"}, pass2={"Type": "Pass", "End": True})
    assert sentence(problems(json.dumps(definition))) == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at "
        '/States/pass1/Next, MISSING_TRANSITION_TARGET: State "pass2" is not reachable. at /States/pass2\''
    )


S3_GET, QUERY = ("arn:aws:states:::aws-sdk:s3:getObject", "arn:aws:states:::aws-sdk:dynamodb:query")
TRAINING = "arn:aws:states:::sagemaker:createTrainingJob.sync"
TRAINING_NEEDS = ("TrainingJobName", "RoleArn", "OutputDataConfig", "Environment", "EnableNetworkIsolation")
A_JSONATA_STATE = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input %}", "End": True}
TAKEN: list[tuple[str, Definition, list[Change]]] = [
    ("no Comment", jsonata(), [drop("Comment")]),
    ("a null path", jsonpath(), [put("States/Invoke/InputPath", None)]),
    ("a filter", jsonpath(), [put("States/Invoke/InputPath", "$.a[?(@.b =~ /x/)].c")]),
    ("a function of a path", jsonpath(), [put("States/Invoke/Parameters/name.$", "$.list.length()")]),
    ("a name with a sign", jsonpath(), [put("States/Invoke/Parameters/name.$", "$.detail-type.@id")]),
    ("a variable", jsonpath(), [put("States/Invoke/Parameters/name.$", "$seen.size[0]")]),
    ("the context", jsonpath(), [put("States/Spread/ItemsPath", "$$.Execution.Input.items")]),
    (
        "a call in a call",
        jsonpath(),
        [put("States/Invoke/Parameters/name.$", "States.Array(States.UUID(), 'a, (b', 1)")],
    ),
    ("a JSONata state in a JSONPath machine", jsonpath(), [put("States/Keep", A_JSONATA_STATE)]),
    ("text around an expression", jsonata(), [put("States/Invoke/Output", "x {% $states.input %}")]),
    ("a name in a predicate", jsonata(), [put("States/Invoke/Output", "{% $states.result.items[price > 3].name %}")]),
    ("IntervalSeconds 0", jsonata(), [put("States/Invoke/Retry/0/IntervalSeconds", 0)]),
    ("a Condition that is no expression", jsonata(), [put("States/Choose/Choices/0/Condition", True)]),
    ("an unresolved name of a function", jsonata(), [put("States/Invoke/Arguments/FunctionName", "${Function}")]),
    (
        "a call of the SDK",
        jsonata(),
        [put("States/Invoke/Resource", QUERY), put("States/Invoke/Arguments", {"TableName": "t"})],
    ),
    (
        "a job of SageMaker",
        jsonata(),
        [
            put("States/Invoke/Resource", TRAINING),
            put("States/Invoke/Arguments", dict.fromkeys(TRAINING_NEEDS, "{% 1 %}")),
        ],
    ),
    (
        "arguments in one expression",
        jsonata(),
        [put("States/Invoke/Resource", S3_GET), put("States/Invoke/Arguments", "{% $seen %}")],
    ),
    ("a partition of its own", jsonata(), [put("States/Invoke/Resource", "arn:aws-cn:states:::lambda:invoke")]),
    ("an expression for a Comment", jsonata(), [put("States/Invoke/Comment", "{% phone %}")]),
    ("a function's alias", jsonpath(), [put("States/Invoke/Resource", f"{FUNCTION}:live")]),
]


@pytest.mark.parametrize(("definition", "changes"), [case[1:] for case in TAKEN], ids=[case[0] for case in TAKEN])
def test_what_aws_takes(definition: Definition, changes: list[Change]) -> None:
    assert found(changed(definition, *changes)) == []


@pytest.mark.parametrize("definition", [jsonata(), jsonpath()], ids=["jsonata", "jsonpath"])
def test_a_sound_machine_has_no_problem_and_no_warning(definition: Definition) -> None:
    assert found(definition, warnings=True) == []


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        (put("States/Invoke/Parameters/other", "$.name"), "/States/Invoke/Parameters/other", "NO_DOLLAR"),
        (put("States/Keep/Result", {"a.$": "$.b"}), "/States/Keep/Result/a.$", "PASS_RESULT_IS_STATIC"),
        (put("States/Broken", {"Type": "Fail", "Cause": "$.Cause"}), "/States/Broken/Cause", "NO_PATH"),
    ],
)
def test_warnings_refuse_nothing(change: Change, place: str, code: str) -> None:
    definition = changed(jsonpath(), change)
    assert found(definition) == []
    warnings = problems(json.dumps(definition), warnings=True)
    assert [(each.code, each.location, each.severity) for each in warnings] == [(code, place, "WARNING")]


SAMPLES = sorted((ROOT / "tests").rglob("*.asl.yaml"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_machines_of_the_small_applications(path: Path) -> None:
    """As CloudFormation makes them: with the address of a function in the place of each substitution."""
    text = re.sub(r"\$\{\w+\}", "arn:aws:lambda:us-east-1:000000000000:function:one", path.read_text())
    assert problems(json.dumps(yaml.safe_load(text))) == []


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def _places(value: Any, way: str = "") -> list[str]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [place for name, each in inner for place in _places(each, f"{way}/{name}" if way else str(name))]
    return [*([way] if way else []), *found]


@given(st.data())
def test_any_value_in_any_place_is_answered(data: st.DataObject) -> None:
    """A check that ends in an exception would be a machine that AWS refuses and that is answered with a 500 here."""
    definition = data.draw(st.sampled_from([jsonata(), jsonpath()]))
    place = data.draw(st.sampled_from(_places(definition)))
    spoilt = changed(definition, put(place, data.draw(JSON_VALUES)))
    assert all(str(problem) for problem in problems(json.dumps(spoilt), warnings=True))


@pytest.mark.parametrize(
    ("java", "botocore"),
    [
        ("sfn", "stepfunctions"),
        ("cloudwatchlogs", "logs"),
        ("eventbridge", "events"),
        ("cognitoidentityprovider", "cognito-idp"),
        ("elasticloadbalancingv2", "elbv2"),
        ("redshiftdata", "redshift-data"),
        ("databasemigration", "dms"),
        ("s3", "s3"),
    ],
)
def test_services_have_the_names_of_the_sdk_for_java(java: str, botocore: str) -> None:
    assert service_names()[java] == botocore
