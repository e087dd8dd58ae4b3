"""Every count of the pipeline has an alarm, or a reason in docs/operations.md; all are documented and shown."""

from __future__ import annotations

import ast
import re

import pytest

from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from tests.template import resources

CODE = ROOT / "functions" / "training"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SECTION = OPERATIONS.partition("\n## Training\n")[2].partition("\n## ")[0]
WITHOUT = SECTION.partition("| count without an alarm | why |")[2]
TEMPLATE = read_template(ROOT / "pipelines" / "training.yaml")
ALARMS = {n: r["Properties"] for n, r in TEMPLATE["Resources"].items() if r["Type"] == "AWS::CloudWatch::Alarm"}
DASHBOARD = (ROOT / "template.yaml").read_text(encoding="utf-8").partition("DashboardBody")[2]
CALLS = {"count", "measure", "held_as"}
BY_DOORS = {"RatesRefused", "CallersRefused", "DoorUnavailable"}
BY_COMMON = {*BY_DOORS, "SpentPercent", "CeilingReached", "PipelinePaused"}
"""Sent by ``common`` in the name of this pipeline."""


def names() -> set[str]:
    """Every metric that the code can send: the first argument of what counts."""
    found = set[str]()
    for path in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(text)), *_]
                ):
                    found |= {text} if name in CALLS and text.isalpha() else set()
    return found | BY_COMMON


def watched() -> set[str]:
    return {
        metric["MetricName"]
        for alarm in ALARMS.values()
        for metric in resources.watched({**alarm, "Metrics": [q for q in alarm.get("Metrics", []) if "Id" in q]})
        if metric["Namespace"] == "Millrace/Training"
    }


@pytest.mark.parametrize("name", sorted(names()))
def test_a_count_has_an_alarm_or_a_reason_and_is_shown(name):
    assert (name in watched()) != (f"`{name}`" in WITHOUT)
    assert f'"{name}"' in DASHBOARD


def test_the_table_holds_nothing_that_is_gone():
    assert watched() <= names()
    assert set(re.findall(r"^\| `([A-Z]\w+)` \|", WITHOUT, re.MULTILINE)) == names() - watched()
    assert names() >= {
        "ManifestsReceived",
        "ModelsTrained",
        "ModelsRefused",
        "PredictionsGiven",
        "EndpointsWithoutPointer",
    }


def test_every_alarm_says_what_to_do():
    said = set(re.findall(r"`(Training\w+Alarm)`", OPERATIONS))
    assert said == ALARMS.keys() - {"TrainingThrottledAlarm"}, "which all pipelines have"
