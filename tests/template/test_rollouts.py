"""Which functions go over to a new version by steps, who calls them, and what sends them back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

import pytest

from local.cloud.deploying.template import read_template
from local.gaps.codedeploy.rollouts import POLICY, steps
from tests.template.decided import everything, theirs
from tests.template.resources import listed, of_type, target, watched
from tests.template.translate import TEMPLATE, packaged, resolve, templates, translate

STAND_ALONE: Mapping[str, str] = {
    "ImagesUrlDoor": "an answer to whoever asked",
    "ImagesAccessPointDoor": "an answer to whoever asked",
    "TripsClean": "an answer to Firehose about one batch",
    "LlmReadLogs": "one object",
    "LlmTakeEvents": "one batch of log events",
    "LlmReadStream": "one batch of records",
}
"""Functions of which each call is a whole piece of work. All others are steps: what one leaves another one reads, and
one execution would meet two versions for as long as a rollout lasts (docs/decisions/015-gradual-rollouts.md)."""

WAYS = [way for way in read_template(TEMPLATE)["Parameters"]["Rollout"]["AllowedValues"] if way != "AllAtOnce"]
ALL = {**everything(), **theirs()}


@cache
def translated(way: str) -> tuple[dict[str, Any], ...]:
    given = {**ALL, "Rollout": way, "UseCompletionsStream": "true"}
    return tuple(resolve(translate(packaged(path), given), given) for path in templates())


def each_of(way: str, kind: str) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    for template in translated(way):
        for name, entry in template["Resources"].items():
            if entry["Type"] == kind:
                yield template, name, entry


def aliases(way: str) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Function -> its template and its deployment group, of those that go over by steps."""
    return {
        target(entry["Properties"]["FunctionName"]): (template, entry["UpdatePolicy"][POLICY])
        for template, _, entry in each_of(way, "AWS::Lambda::Alias")
        if "UpdatePolicy" in entry
    }


@pytest.mark.parametrize("way", WAYS)
def test_what_stands_alone_goes_over_by_steps_and_nothing_else(way: str):
    assert aliases(way).keys() == STAND_ALONE.keys()


def test_with_all_at_once_there_is_nothing_of_codedeploy():
    text = json.dumps([template["Resources"] for template in translated("AllAtOnce")])
    assert "CodeDeploy" not in text
    assert "RolloutRole" not in text


@pytest.mark.parametrize("way", WAYS)
def test_no_resource_waits_for_itself(way: str):
    """An alias waits for its deployment group, and that for its alarms: an UpdatePolicy counts as a reference."""
    for template in translated(way):
        resources = template["Resources"]
        graph = {
            name: {found for part in ("Properties", "UpdatePolicy") for found in _named(entry.get(part, {}))}
            | set(listed(entry.get("DependsOn", [])))
            for name, entry in resources.items()
        }
        TopologicalSorter({name: found & resources.keys() for name, found in graph.items()}).prepare()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("function", STAND_ALONE)
def test_an_alarm_of_the_function_can_ring_before_it_has_all_calls(function: str, way: str):
    template, policy = aliases(way)[function]
    group = template["Resources"][target(policy["DeploymentGroupName"])]["Properties"]
    assert group["AutoRollbackConfiguration"]["Enabled"] is True
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    asked = {name: alarms[name] for name in (target(each["Name"]) for each in group["AlarmConfiguration"]["Alarms"])}
    assert any(_counts_errors(alarm, function) for alarm in asked.values())
    name = group["DeploymentConfigName"]["Fn::Sub"]
    wait = sum(seconds for _, seconds in steps(name[0].replace("${ConfigName}", name[1]["ConfigName"])))
    for alarm in asked.values():
        assert alarm["EvaluationPeriods"] * max(_periods(alarm)) <= wait


def _counts_errors(alarm: dict[str, Any], function: str) -> bool:
    return any(
        metric["MetricName"] == "Errors"
        and {"Name": "FunctionName", "Value": {"Ref": function}} in metric["Dimensions"]
        for metric in watched(alarm)
    )


def _periods(alarm: dict[str, Any]) -> Iterator[int]:
    if "Period" in alarm:
        yield int(alarm["Period"])
    yield from (int(each["MetricStat"]["Period"]) for each in alarm.get("Metrics", ()) if "MetricStat" in each)


def test_the_role_moves_the_aliases_of_its_template_and_no_other():
    seen = set()
    for template, name, role in each_of(WAYS[0], "AWS::IAM::Role"):
        if not name.endswith("RolloutRole"):
            continue
        moved = {
            target(each["Properties"]["FunctionName"])
            for each in template["Resources"].values()
            if each["Type"] == "AWS::Lambda::Alias" and "UpdatePolicy" in each
        }
        (statement,) = (
            each
            for each in role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
            if "lambda:UpdateAlias" in each["Action"]
        )
        assert {target(each) for each in listed(statement["Resource"])} == moved
        seen |= moved
    assert seen == STAND_ALONE.keys()


#: What names a function without calling it.
_NO_CALLS = ("AWS::Lambda::Alias", "AWS::Lambda::Version", "AWS::CloudWatch::", "AWS::IAM::", "AWS::CodeDeploy::")


def _callers() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Resources that name a function itself, not its alias or version: their names, the function, their properties."""
    for template in translated(WAYS[0]):
        functions = of_type(template, "AWS::Lambda::Function").keys()
        for name, entry in template["Resources"].items():
            if not entry["Type"].startswith(_NO_CALLS):
                for function in functions & set(_named(entry.get("Properties", {}))):
                    yield name, function, entry["Properties"]


def _named(value: Any) -> Iterator[str]:
    """Resources behind every reference in a value."""
    if isinstance(value, list):
        for each in value:
            yield from _named(each)
    elif isinstance(value, dict):
        if found := target(value):
            yield found
        for each in value.values():
            yield from _named(each)


def test_every_caller_of_a_function_calls_its_alias():
    """Who calls the function itself gets what was uploaded last, and no rollout and no way back holds for it."""
    around = {name: properties for name, _, properties in _callers()}
    assert [name for name, properties in around.items() if properties.get("Qualifier") != "live"] == []
    assert around.keys() >= {"LlmTakeEventsEventInvokeConfig"}


def test_sources_and_grants_name_the_alias():
    seen = 0
    for kind, key in (
        ("AWS::Lambda::EventSourceMapping", "FunctionName"),
        ("AWS::Logs::SubscriptionFilter", "DestinationArn"),
    ):
        for template, name, entry in each_of(WAYS[0], kind):
            seen += 1
            assert template["Resources"][target(entry["Properties"][key])]["Type"] == "AWS::Lambda::Alias", name
    assert seen > 8
