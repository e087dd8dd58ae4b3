"""docs/roles.md says what each role may do, as it is now; and says it anew when a right changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from local.cloud.deploying.template import Template
from tests.template import roles
from tests.template.resources import listed, of_type
from tests.template.translate import TEMPLATE, templates


def test_the_page_is_as_the_templates_are():
    assert roles.PAGE.read_text() == roles.page(), "write it with .venv/bin/python -m tests.template.roles"


def test_it_names_every_role_and_no_account():
    text = roles.PAGE.read_text()
    every = [role for path in templates() for role in of_type(roles.translated(path), "AWS::IAM::Role")]
    assert len(every) > 40
    assert all(re.search(rf"^### {role}\b", text, re.MULTILINE) for role in every)
    assert not re.search(r"\d{12}", text)
    assert "{'" not in text, "a value of a template was not written for people"


def test_it_names_every_action_that_a_policy_allows():
    text = roles.PAGE.read_text()
    actions = {action for path in templates() for action in _actions(roles.translated(path))}
    actions -= {"sts:AssumeRole"}  # the page says who, above each table
    assert len(actions) > 60
    assert {action for action in actions if f"`{action}`" not in text} == set()


def _actions(value: Any) -> set[str]:
    if isinstance(value, list):
        return {action for each in value for action in _actions(each)}
    if not isinstance(value, dict):
        return set()
    own = {str(action) for action in listed(value.get("Action", []))} if "Effect" in value else set()
    return own | {action for each in value.values() for action in _actions(each)}


def _more_actions(role: Template) -> None:
    role["Policies"][0]["PolicyDocument"]["Statement"][0]["Action"] = ["dynamodb:UpdateItem", "dynamodb:Scan"]


def _more_resources(role: Template) -> None:
    role["Policies"][0]["PolicyDocument"]["Statement"][0]["Resource"] = "*"


def _a_wider_managed_policy(role: Template) -> None:
    role["ManagedPolicyArns"].append("arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole")


def _somebody_else(role: Template) -> None:
    role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"AWS": "*"}


def _a_lost_condition(role: Template) -> None:
    (policy,) = (each["Fn::If"] for each in role["Policies"] if "Fn::If" in each)
    policy[0] = "HasOwnTable"


@pytest.mark.parametrize(
    "change", [_more_actions, _more_resources, _a_wider_managed_policy, _somebody_else, _a_lost_condition]
)
def test_a_change_of_a_right_is_a_change_of_the_page(change: Callable[[Template], None], monkeypatch):
    import copy

    before = roles.page()
    changed = {path: copy.deepcopy(roles.translated(path)) for path in templates()}
    (narration,) = (path for path in changed if path.stem == "narration")
    change(changed[narration]["Resources"]["NarrationPlanRole"]["Properties"])
    monkeypatch.setattr(roles, "translated", changed.__getitem__)
    assert roles.page() != before


def test_the_order_of_what_means_the_same_changes_nothing(monkeypatch):
    before = roles.page()

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(inner) for key, inner in reversed(value.items())}
        return value

    changed = {path: turned(roles.translated(path)) for path in templates()}
    assert TEMPLATE in changed
    monkeypatch.setattr(roles, "translated", changed.__getitem__)
    assert roles.page() == before


def test_every_right_on_the_state_table_is_on_items_of_a_kind():
    """All pipelines share it: none may write another's claims, budgets and pauses."""
    rows = [line for line in roles.PAGE.read_text().splitlines() if "`dynamodb:" in line and "StateTable" in line]
    assert len(rows) > 15
    assert [row for row in rows if "`dynamodb:LeadingKeys`" not in row] == []
