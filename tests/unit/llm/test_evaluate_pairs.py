"""The machine as it is written: one branch a paid module, and no branch that can fail on what the platform reports."""

from __future__ import annotations

import importlib

import pytest

from llm.modules import PAID
from local.cloud.testing import ROOT
from tests.template import asl

PATH = ROOT / "statemachines" / "evaluate_pairs.asl.yaml"
MACHINE = asl.parse(PATH.read_text(), dict.fromkeys(asl.placeholders(PATH), "arn:aws:lambda:::function:x"))
BRANCHES = {branch["StartAt"]: branch["States"] for branch in MACHINE["States"]["Evaluate"]["Branches"]}


@pytest.mark.parametrize("check", asl.PLAIN_CHECKS, ids=lambda check: check.__name__)
def test_the_projects_checks(check):
    assert list(check(MACHINE)) == []


def test_every_task_is_tried_again_as_all_are():
    assert list(asl.retries(MACHINE, ())) == []


def test_a_branch_a_module():
    assert set(BRANCHES) == {f"Evaluate{name.capitalize()}" for name in PAID}
    for name in PAID:
        assert callable(importlib.import_module(f"llm.handlers.evaluate_{name}").handler)
        assert f"LlmEvaluate{name.capitalize()}Arn" in asl.placeholders(PATH)


@pytest.mark.parametrize("first", BRANCHES)
def test_what_is_tried_in_vain_is_caught_and_counted(first: str):
    states = BRANCHES[first]
    (catch,) = states[first]["Catch"]
    assert {error for retry in states[first]["Retry"] for error in retry["ErrorEquals"]} < set(catch["ErrorEquals"])
    counting = states[catch["Next"]]
    assert counting["Arguments"]["FunctionName"] == states[first]["Arguments"]["FunctionName"]
    assert set(counting["Arguments"]["Payload"]) == {"failed"}
    assert states[counting["Catch"][0]["Next"]]["Type"] == "Pass"
    assert "Fail" not in {state["Type"] for state in states.values()}


def test_an_express_machine_ends_within_five_minutes():
    assert MACHINE["TimeoutSeconds"] < 300


def test_only_the_pointer_travels():
    for first, states in BRANCHES.items():
        assert set(states[first]["Arguments"]["Payload"]) == {"bucket", "key"}
