"""EventBridge refuses rules and targets that are none: by the call and by a template."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.gaps.eventbridge.rules import is_schedule
from tests.local.gaps.harness import Cloud, allow
from tests.local.gaps.refusals import refused, stack_refused

INVALID = "ValidationException"
PATTERN = json.dumps({"source": ["mine"]})
LONG = json.dumps({"source": ["x" * 100] * 21})

RULES: list[tuple[dict[str, Any], str, str]] = [
    ({"ScheduleExpression": "rate(1 minutes)"}, INVALID, "ScheduleExpression is not valid"),
    ({"ScheduleExpression": "rate(2 minute)"}, INVALID, "ScheduleExpression is not valid"),
    ({"ScheduleExpression": "rate(0 minutes)"}, INVALID, "ScheduleExpression is not valid"),
    ({"ScheduleExpression": "rate(5 seconds)"}, INVALID, "ScheduleExpression is not valid"),
    ({"ScheduleExpression": "cron(0 10 * * * *)"}, INVALID, "ScheduleExpression is not valid"),
    ({"ScheduleExpression": "cron(0 10 ? * ? *)"}, INVALID, "ScheduleExpression is not valid"),
    ({"ScheduleExpression": "cron(0 24 ? * * *)"}, INVALID, "ScheduleExpression is not valid"),
    ({"ScheduleExpression": "cron(0 10 * * ?)"}, INVALID, "ScheduleExpression is not valid"),
    ({"ScheduleExpression": "every day"}, INVALID, "ScheduleExpression is not valid"),
    ({}, INVALID, "must be specified"),
    ({"EventPattern": "{"}, "InvalidEventPatternException", "Event pattern is not valid"),
    ({"EventPattern": '{"source": "mine"}'}, "InvalidEventPatternException", "Event pattern is not valid"),
    ({"EventPattern": '{"source": [{"like": "m"}]}'}, "InvalidEventPatternException", "Event pattern is not valid"),
    ({"EventPattern": LONG}, "LimitExceededException", "exceeds the maximum"),
    ({"EventPattern": PATTERN, "State": "ON"}, INVALID, "'state'"),
    ({"EventPattern": PATTERN, "Description": "x" * 513}, INVALID, "'description'"),
    ({"EventPattern": PATTERN, "Name": "a b"}, INVALID, "'name'"),
]


@pytest.fixture(scope="module")
def queue(cloud: Cloud) -> str:
    return cloud.queue()[1]


@pytest.fixture(scope="module")
def rule(cloud: Cloud) -> str:
    name = cloud.name("rule")
    cloud.client("events").put_rule(Name=name, EventPattern=PATTERN)
    return name


class TestRules:
    @pytest.mark.parametrize(("members", "code", "says"), RULES, ids=str)
    def test_both_doors(self, cloud: Cloud, members: dict[str, Any], code: str, says: str) -> None:
        refused(cloud.client("events").put_rule, code, says, **{"Name": cloud.name("rule"), **members})
        stack_refused(cloud, "AWS::Events::Rule", members)

    def test_schedules_belong_to_the_default_bus(self, cloud: Cloud) -> None:
        bus = cloud.name("bus")
        cloud.client("events").create_event_bus(Name=bus)
        members = {"ScheduleExpression": "rate(1 minute)", "EventBusName": bus}
        refused(cloud.client("events").put_rule, INVALID, "default event bus", Name=cloud.name("rule"), **members)
        stack_refused(cloud, "AWS::Events::Rule", members, "default event bus")

    @pytest.mark.parametrize(
        "expression",
        [
            "rate(1 minute)",
            "rate(2 hours)",
            "cron(0/15 * * * ? *)",
            "cron(0 18 ? * MON-FRI *)",
            "cron(0 8 1 * ? 2026-2199)",
            "cron(0 10 L * ? *)",
            "cron(0 10 ? * 6#3 *)",
            "cron(59 23 31 12 ? *)",
        ],
    )
    def test_good_schedules(self, cloud: Cloud, expression: str) -> None:
        cloud.client("events").put_rule(Name=cloud.name("rule"), ScheduleExpression=expression, State="DISABLED")

    @given(st.integers(1, 10**6), st.sampled_from(["minute", "hour", "day"]), st.booleans())
    def test_one_is_singular_and_more_are_plural(self, value: int, unit: str, plural: bool) -> None:
        assert is_schedule(f"rate({value} {unit}{'s' if plural else ''})") == (plural == (value != 1))

    @given(st.text())
    def test_any_text_has_an_answer(self, text: str) -> None:
        assert is_schedule(text) in (True, False)


TARGETS: list[tuple[dict[str, Any], str]] = [
    ({"Input": "{}", "InputPath": "$.detail"}, "Only one of"),
    ({"Input": "{"}, "JSON syntax error"),
    ({"InputPath": "detail"}, "InputPath"),
    ({"InputTransformer": {"InputTemplate": "<a>", "InputPathsMap": {"a": "detail"}}}, "InputPathsMap"),
    ({"Id": "a b"}, "'targets.1.member.id'"),
    ({"Arn": "arn:aws:states:us-east-1:123456789012:stateMachine:m"}, "RoleArn is required"),
    ({"Arn": "arn:aws:sqs:us-east-1:123456789012:q.fifo"}, "SqsParameters"),
    ({"Arn": "somewhere"}, "is not valid"),
]


class TestTargets:
    @pytest.mark.parametrize(("members", "says"), TARGETS, ids=str)
    def test_both_doors(self, cloud: Cloud, rule: str, queue: str, members: dict[str, Any], says: str) -> None:
        target = {"Id": "one", "Arn": queue, **members}
        refused(cloud.client("events").put_targets, INVALID, says, Rule=rule, Targets=[target])
        stack_refused(cloud, "AWS::Events::Rule", {"EventPattern": {"source": ["s"]}, "Targets": [target]})

    def test_five_targets_and_not_six(self, cloud: Cloud, queue: str) -> None:
        events, name = cloud.client("events"), cloud.name("rule")
        events.put_rule(Name=name, EventPattern=PATTERN)
        targets = [{"Id": str(n), "Arn": queue} for n in range(6)]
        limit = "LimitExceededException"
        refused(events.put_targets, limit, "exceeds the maximum", Rule=name, Targets=targets)
        events.put_targets(Rule=name, Targets=targets[:5])
        events.put_targets(Rule=name, Targets=targets[:2])  # the same two again
        refused(events.put_targets, limit, "exceeds the maximum", Rule=name, Targets=targets[5:])
        properties = {"EventPattern": {"source": ["s"]}, "Targets": targets}
        stack_refused(cloud, "AWS::Events::Rule", properties)
        assert cloud.stack({"R": {"Type": "AWS::Events::Rule", "Properties": {**properties, "Targets": targets[:5]}}})

    def test_one_id_twice(self, cloud: Cloud, rule: str, queue: str) -> None:
        targets = [{"Id": "one", "Arn": queue}] * 2
        refused(cloud.client("events").put_targets, INVALID, "unique", Rule=rule, Targets=targets)
        stack_refused(cloud, "AWS::Events::Rule", {"EventPattern": {"source": ["s"]}, "Targets": targets})

    def test_a_machine_with_a_role(self, cloud: Cloud, rule: str) -> None:
        machine = cloud.machine({"StartAt": "P", "States": {"P": {"Type": "Succeed"}}})
        role = cloud.role(allow("states:StartExecution", machine), service="events.amazonaws.com")
        target = {"Id": "machine", "Arn": machine, "RoleArn": role}
        assert cloud.client("events").put_targets(Rule=rule, Targets=[target])["FailedEntryCount"] == 0


class TestLives:
    def test_a_rule_with_targets_is_not_deleted(self, cloud: Cloud, queue: str) -> None:
        events, name = cloud.client("events"), cloud.name("rule")
        events.put_rule(Name=name, EventPattern=PATTERN)
        events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": queue}])
        refused(events.delete_rule, INVALID, "Rule can't be deleted since it has targets.", Name=name)
        events.remove_targets(Rule=name, Ids=["1"])
        events.delete_rule(Name=name)
        for call in (events.enable_rule, events.disable_rule):
            refused(call, "ResourceNotFoundException", f"Rule {name} does not exist.", Name=name)

    def test_dead_letters_go_to_a_queue(self, cloud: Cloud, rule: str, queue: str) -> None:
        topic = "arn:aws:sns:us-east-1:123456789012:t"
        target = {"Id": "1", "Arn": queue, "DeadLetterConfig": {"Arn": topic}}
        refused(cloud.client("events").put_targets, INVALID, topic, Rule=rule, Targets=[target])
        stack_refused(cloud, "AWS::Events::Rule", {"EventPattern": json.loads(PATTERN), "Targets": [target]}, topic)
