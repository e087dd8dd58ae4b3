"""`local up` names file and line of what CloudFormation refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.cloud.deploying.places import place
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
