"""Every count of the pipeline has an alarm, or a reason in docs/operations.md; all are documented and shown."""

from __future__ import annotations

import ast
import re

import pytest

from knowledge.handlers import compose
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from tests.template import resources

CODE = ROOT / "functions" / "knowledge"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
SECTION = OPERATIONS.partition("\n## Knowledge\n")[2].partition("\n## ")[0]
WITHOUT = SECTION.partition("| count without an alarm | why |")[2]
FILES = (ROOT / "pipelines" / "knowledge.yaml", ROOT / "pipelines" / "knowledge" / "sync.yaml")
ALARMS = {
    name: resource["Properties"]
    for path in FILES
    for name, resource in read_template(path)["Resources"].items()
    if resource["Type"] == "AWS::CloudWatch::Alarm"
}
DASHBOARD = (ROOT / "template.yaml").read_text(encoding="utf-8").partition("DashboardBody")[2]
CALLS = {"count", "measure", "held_as"}
BY_COMMON = {
    *("RatesRefused", "CallersRefused", "DoorUnavailable"),
    *("SpentPercent", "CeilingReached", "PipelinePaused", "AsksAbandoned", "LanesUnasked"),
}
"""Sent by ``common`` in the name of this pipeline, or under a name that it is given as an argument."""


def names() -> set[str]:
    """Every metric that the code can send: the first argument of what counts, and the names of the lanes' counts."""
    found = {compose.METRICS.waited, compose.METRICS.handed, compose.METRICS.superseded, compose.METRICS.gone}
    for path in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(text)), *_]
                ):
                    found |= {text} if name in CALLS and re.fullmatch("[A-Z][A-Za-z]+", text) else set()
    return found | BY_COMMON


def watched() -> set[str]:
    return {
        metric["MetricName"]
        for alarm in ALARMS.values()
        for metric in resources.watched({**alarm, "Metrics": [q for q in alarm.get("Metrics", []) if "Id" in q]})
        if metric["Namespace"] == "Millrace/Knowledge"
    }


@pytest.mark.parametrize("name", sorted(names()))
def test_a_count_has_an_alarm_or_a_reason_and_is_shown(name):
    assert (name in watched()) != (f"`{name}`" in WITHOUT)
    assert f'"{name}"' in DASHBOARD


def test_the_table_holds_nothing_that_is_gone():
    assert watched() <= names()
    assert set(re.findall(r"^\| `([A-Z]\w+)` \|", WITHOUT, re.MULTILINE)) == names() - watched()
    assert names() >= {"Asked", "AnswersGiven", "AnswersRefused", "UnsupportedSentences", "IndexLagSeconds", "Votes"}


def test_every_alarm_says_what_to_do():
    said = set(re.findall(r"`((?:Knowledge|Sync)\w+Alarm)`", OPERATIONS))
    assert said == ALARMS.keys() - {"KnowledgeThrottledAlarm"}, "which all pipelines have"
