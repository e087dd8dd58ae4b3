"""Alarms reach people: a refused article turns an alarm on, and its topic sends word of it."""

from __future__ import annotations

from tests.e2e.waiting import eventually

SLOW = 200.0
"""Seconds that CloudWatch may take: metrics out of logs, a period of 60 s, and an evaluation a minute."""


def test_a_refused_article_turns_the_alarm_on_and_its_message_arrives(newsroom, stack, alarms):
    name = stack.physical_id("ArticlesRejectedAlarm")
    assert newsroom.narrate("This is no article.").output["error"] == "NotJson"

    def state() -> str | None:
        found = stack.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]
        return found if found == "ALARM" else None

    eventually(state, f"ALARM of {name}", SLOW)
    letter = alarms.wait_for_alarm(name, SLOW)
    assert letter["Trigger"]["MetricName"] == "ArticlesRejected"
    assert "refused" in letter["AlarmDescription"]
    assert letter["NewStateReason"].startswith("Threshold Crossed")
