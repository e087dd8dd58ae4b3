"""docs/alarms.md is what the templates say, the road has seen what they have, and all of it can be paid for."""

from __future__ import annotations

import re

import pytest

from tests.template import alarms
from tests.template.alarm_list import PAGE, SEEN, page
from tests.template.alarms import BUDGET, told
from tests.template.translate import packaged, plain, resolve, resolved, templates, translate


def test_the_page_is_what_the_templates_say():
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.template.alarm_list"


def test_each_alarm_has_its_line_and_was_seen():
    listed, _, seen = PAGE.read_text(encoding="utf-8").partition(SEEN)
    names = set(told(resolved(UseQuestions="true", UseKnowledge="true")))
    assert names <= set(re.findall(r"^\| `(\w+)` \|", listed, re.MULTILINE))
    assert names <= set(re.findall(r"^\| `(\w+)` \|.*\| yes \| yes \|$", seen, re.MULTILINE))


def test_it_can_be_paid_for():
    together = re.search(r"together \| \*\*([\d.]+)\*\*", PAGE.read_text(encoding="utf-8"))
    assert together
    assert float(together[1]) <= BUDGET


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.stem)
def test_those_of_applications_and_of_pipelines_alone_say_what_to_do_too(path):
    """Rules see the whole application as it is without options."""
    given = {"AlarmTopicArn": "arn:aws:sns:us-east-1:123456789012:alarms", "ParentStack": "", "App": "chat"}
    whole = translate(packaged(path), given)
    template = resolve(whole, given)
    for alarm in told(template).values():
        alarm["AlarmDescription"] = plain(alarm["AlarmDescription"], whole, given)
    for rule in (alarms.alarms_say_what_to_do, alarms.alarms_say_when_it_is_over, alarms.alarms_say_what_no_data_means):
        assert list(rule(template)) == []
