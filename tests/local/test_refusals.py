"""`local up` names file and line of what CloudFormation refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.cloud.deploying.places import place, place_in
from local.cloud.deploying.refusals import of_the_call
from local.cloud.deploying.template import read_template
from local.cloud.testing import CloudError, start_cloud

ROOT = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    MemorySize: 64
Resources:
  Read:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Events:
        Tick: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
  Nested:
    Type: AWS::Serverless::Application
    Properties:
      Location: nested.yaml
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      Tags: !If [Always, [{Key: a, Value: b}], []]
      QueueName: !Ref Nothing
"""
NESTED = """\
Resources:
  Other:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: 1
      VisibilityTimeuot: 30
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    (tmp_path / "nested.yaml").write_text(NESTED)
    (tmp_path / "template.yaml").write_text(ROOT)
    return tmp_path / "template.yaml"


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("Resources/Queue/Properties/QueueName", "template.yaml:20"),
        ("Resources/Queue/Properties/Tags/0/Key", "template.yaml:19"),
        ("Resources/Queue/Properties/NotThere", "template.yaml:18"),
        ("Resources/Read/Properties/MemorySize", "template.yaml:4"),
        ("Resources/ReadRole/Properties/Policies", "template.yaml:6"),
        ("Resources/ReadTickPermission", "template.yaml:6"),
        ("Resources/Unheard", "template.yaml:5"),
        ("Resources/Nested/Properties/TemplateURL", "template.yaml:14"),
        ("Resources/Nested/Resources/Other/Properties/VisibilityTimeuot", "nested.yaml:6"),
        ("Outputs/None", "template.yaml:1"),
    ],
)
def test_a_path_has_a_file_and_a_line(template: Path, path: str, where: str) -> None:
    assert place(template, path.split("/")).endswith(f"/{where}")


@pytest.mark.parametrize(
    ("sentence", "line"),
    [
        (
            "Template format error: Unresolved resource dependencies [Nothing] in the Resources block of the template",
            20,
        ),
        ("Circular dependency between resources: [Queue, ReadRole]", 16),
        ("Template format error: [/Resources/Queue] Every Resources object must contain a Type member.", 16),
        ("Resource with id [Read] is invalid. Missing required property.", 6),
    ],
)
def test_a_sentence_of_the_call_has_a_line(template: Path, sentence: str, line: int) -> None:
    said = of_the_call(template, read_template(template), sentence)
    assert said.endswith(f"template.yaml:{line}: {sentence}")


TRANSFORM = (
    "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document."
    " Number of errors found: {}. {}"
)
FUNCTION = """\
Globals:
  Function:
    Tymeout: 3
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Handlr: app.handler
      Policies:
        - AWSLambdaBasicExecutionRole
        - S3ReadPolicy: {Bucket: b}
      Events:
        Tick:
          Type: Schedule
          Properties:
            Schedul: rate(1 day)
        TickTock: {Type: Foo}
"""


@pytest.mark.parametrize(
    ("error", "line"),
    [
        ("Resource with id [Work] is invalid. property Handlr not defined for resource of type X", 8),
        ("Resource with id [WorkTick] is invalid. property Schedul not defined for resource of type Schedule", 16),
        ("Resource with id [Work] is invalid. Event with id [TickTock] is invalid. Event Type is: Foo.", 17),
        ("Resource with id [Work] is invalid. Event with id [Tick] is invalid. Property 'Path' is required.", 13),
        ("Resource with id [Work] is invalid. Policy at index 1 in the 'Policies' property is not valid", 11),
        ("Resource with id [Work] is invalid. 'DeploymentPreference' requires AutoPublishAlias property", 5),
        ("Resource with id [Work] is invalid. Type of property 'Events' is invalid.", 12),
        ("Resource with id [Nowhere] is invalid. Something", 4),
        ("'Globals' section is invalid. 'Tymeout' is not a supported property of 'Function'. Must be one of 'X'", 3),
    ],
)
def test_an_error_of_the_transform_has_a_line(tmp_path: Path, error: str, line: int) -> None:
    (tmp_path / "template.yaml").write_text(FUNCTION)
    source, sentence = read_template(tmp_path / "template.yaml"), TRANSFORM.format(1, error)
    assert of_the_call(tmp_path / "template.yaml", source, sentence).endswith(f"template.yaml:{line}: {sentence}")


def test_each_of_several_errors_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(FUNCTION)
    both = [
        "Resource with id [Work] is invalid. property Handlr not",
        "Resource with id [WorkTick] is invalid. property Schedul not",
    ]
    sentence = TRANSFORM.format(2, " ".join(both))
    head, *said = of_the_call(
        tmp_path / "template.yaml", read_template(tmp_path / "template.yaml"), sentence
    ).splitlines()
    assert head == TRANSFORM.format(2, "").strip()
    assert [line.partition("template.yaml")[2] for line in said] == [f":8: {both[0]}", f":16: {both[1]}"]


def test_a_problem_of_a_definition_has_its_line_there(tmp_path: Path) -> None:
    (tmp_path / "m.asl.json").write_text('{\n\t"States": {\n\t\t"A": {"Retry": ${Retries},\n\t\t\t"Next": "B"}}\n}\n')
    assert place_in(tmp_path / "m.asl.json", ["States", "A", "Next"]).endswith("m.asl.json:4")
    assert place_in(tmp_path / "m.asl.json", ["States", "B"]).endswith("m.asl.json:2")
    (tmp_path / "m.asl.json").with_suffix(".broken").write_text("{")
    assert place_in(tmp_path / "m.asl.broken", ["States"]).endswith("m.asl.broken:1")


@pytest.mark.parametrize("inline", [False, True])
def test_up_shows_where_a_definition_is_wrong(tmp_path: Path, *, inline: bool) -> None:
    definition = (
        "StartAt: A\nStates:\n  A:\n    Type: Choice\n    Choices:\n"
        "      - Next: B\n        Variable: $.a\n        IsNull: true\n  C:\n    Type: Succeed\n"
    )
    (tmp_path / "m.asl.yaml").write_text(definition)
    given = "Definition:\n        " + definition.replace("\n", "\n        ") if inline else "DefinitionUri: m.asl.yaml"
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Machine:\n    Type: AWS::Serverless::StateMachine\n"
        f"    Properties:\n      {given}\n"
    )
    with pytest.raises(CloudError) as ended:
        start_cloud(tmp_path / "template.yaml")
    where = "template.yaml:12" if inline else "m.asl.yaml:6"
    said = [
        line for line in str(ended.value).splitlines() if "MISSING_TRANSITION_TARGET: Missing 'Next' target: B" in line
    ]
    assert any(f"{where}: " in line for line in said), ended.value
    assert not any(line.endswith("is not reachable.") for line in str(ended.value).splitlines())


def test_an_error_of_a_nested_transform_has_a_line_there(tmp_path: Path) -> None:
    (tmp_path / "nested.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        + FUNCTION.partition("Resources")[1]
        + FUNCTION.partition("Resources")[2]
    )
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  App:\n    Type: AWS::Serverless::Application\n"
        "    Properties: {Location: nested.yaml}\n"
    )
    with pytest.raises(CloudError, match=r"nested\.yaml:\d+: Transform AWS::Serverless"):
        start_cloud(tmp_path / "template.yaml")


def test_a_sentence_without_a_place_stays_as_it_is(template: Path) -> None:
    assert of_the_call(template, read_template(template), "Rate exceeded") == "Rate exceeded"


@pytest.mark.parametrize(
    ("resources", "line", "sentence"),
    [
        ("Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Nothing}}", 2, "dependencies [Nothing]"),
        ("Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      Wrong: 1", 5, "Unsupported property [Wrong]"),
        ("Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      FifoQueue: true\n      QueueName: a", 2, ".fifo"),
    ],
    ids=["at the call", "at validation", "at the resource"],
)
@pytest.mark.parametrize("nested", [False, True], ids=["root", "nested"])
def test_up_says_file_line_and_sentence(
    tmp_path: Path, resources: str, line: int, sentence: str, *, nested: bool
) -> None:
    wrong = tmp_path / ("nested.yaml" if nested else "template.yaml")
    if nested:
        (tmp_path / "template.yaml").write_text(
            "Transform: AWS::Serverless-2016-10-31\nResources:\n  App:\n    Type: AWS::Serverless::Application\n"
            "    Properties: {Location: nested.yaml}\n"
        )
    wrong.write_text(f"Resources:\n  {resources}\n")
    with pytest.raises(CloudError) as ended:
        start_cloud(tmp_path / "template.yaml")
    assert any(f"{wrong.name}:{line}: " in said and sentence in said for said in str(ended.value).splitlines()), (
        ended.value
    )
