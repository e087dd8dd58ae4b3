"""The machine as it is written: one item per module of its input, and no item that can fail on what AWS reports."""

from __future__ import annotations

import importlib
from typing import Any

import jsonata
import pytest

from llm.modules import PAID
from local.cloud.testing import ROOT
from tests.template import asl

PATH = ROOT / "statemachines" / "llm" / "evaluate_pairs.asl.yaml"
MACHINE = asl.parse(PATH.read_text(), dict.fromkeys(asl.placeholders(PATH), "arn:aws:lambda:::function:x"))
MAP = MACHINE["States"]["EachModule"]
STATES = MAP["ItemProcessor"]["States"]
FIRST = STATES[MAP["ItemProcessor"]["StartAt"]]
TASKS = dict(asl.tasks(MACHINE))
POINTER = {"bucket": "pairs-of-the-stack", "key": "pairs/x.json"}


def evaluated(value: Any, **states: Any) -> Any:
    """What Step Functions makes of a field of the machine; ``states`` are the members of ``$states``."""
    if isinstance(value, dict):
        return {name: evaluated(inner, **states) for name, inner in value.items()}
    if not str(value).startswith("{%"):
        return value
    return jsonata.Jsonata(value[2:-2].strip()).evaluate(None, {"states": states})


@pytest.mark.parametrize("check", asl.PLAIN_CHECKS, ids=lambda check: check.__name__)
def test_the_projects_checks(check):
    assert list(check(MACHINE)) == []


def test_every_task_is_tried_again_as_all_are():
    """But for one that hangs, of which a try takes a minute."""
    assert list(asl.retries(MACHINE, ("Evaluate", "CountFailure"))) == []


@pytest.mark.parametrize("names", [PAID[:1], PAID, (*PAID, "one_more")], ids=len)
def test_an_item_per_module_of_the_input(names: tuple[str, ...]):
    """One module is a list as well, which JSONata would not promise of every expression."""
    assert evaluated(MAP["Items"], input={**POINTER, "schema": 1, "pairs": 25, "modules": list(names)}) == list(names)


@pytest.mark.parametrize("name", PAID)
def test_only_the_pointer_and_the_name_travel(name: str):
    item = evaluated(MAP["ItemSelector"], input={**POINTER, "pairs": 25}, context={"Map": {"Item": {"Value": name}}})
    assert item == {"module": name, **POINTER}
    assert evaluated(FIRST["Arguments"]["Payload"], input=item) == item


@pytest.mark.parametrize("name", PAID)
def test_the_machine_knows_no_module_by_name(name: str):
    """Otherwise a new module would be a change of the machine too."""
    assert name not in PATH.read_text()


def test_one_function_serves_all_modules():
    assert asl.placeholders(PATH) == {"LlmEvaluateArn", "LlmDeadLettersUrl"}
    assert callable(importlib.import_module("llm.handlers.evaluate").handler)


@pytest.mark.parametrize("name", PAID)
def test_what_is_tried_in_vain_is_counted_and_kept_for_a_redrive(name: str):
    (catch,) = FIRST["Catch"]
    caught = evaluated(catch["Output"], input={"module": name, **POINTER}, errorOutput={"Error": "States.Timeout"})
    assert caught == {"module": name, **POINTER, "failed": "States.Timeout"}
    counting = STATES[catch["Next"]]
    assert counting["Arguments"]["FunctionName"] == FIRST["Arguments"]["FunctionName"]
    payload = evaluated(counting["Arguments"]["Payload"], input=caught)
    assert payload == {"module": name, "failed": "States.Timeout"}
    (catch,) = counting["Catch"]
    ways = (
        (counting["Next"], evaluated(counting["Output"], input=caught)),
        (catch["Next"], evaluated(catch["Output"], input=caught, errorOutput={"Error": "Lambda.Unknown"})),
    )
    for following, left in ways:
        keeping = STATES[following]
        body = evaluated(keeping["Arguments"]["MessageBody"], input=left)
        assert body == {"schema": 1, **POINTER, "modules": [name]}, "the input of a new execution, of this module alone"
        (catch,) = keeping["Catch"]
        for ending in (keeping, STATES[catch["Next"]]):
            assert evaluated(ending["Output"], input=left) == {"module": name, "outcome": "failed", "evaluated": 0}


def test_every_call_catches_the_same_errors_and_every_task_all_that_it_tries_again():
    """ASL has no way to share a list, and YAML's is none of CloudFormation's."""
    caught = {
        name: [error for catch in task["Catch"] for error in catch["ErrorEquals"]] for name, task in TASKS.items()
    }
    assert caught["Evaluate"] == caught["CountFailure"]
    for name, task in TASKS.items():
        assert {error for retry in task["Retry"] for error in retry["ErrorEquals"]} < set(caught[name])


def test_no_item_ends_in_a_failure():
    assert "Fail" not in {state["Type"] for _, state in asl.states(MACHINE)}


def test_an_express_machine_ends_within_five_minutes():
    assert MACHINE["TimeoutSeconds"] < 300


def test_calls_that_hang_leave_time_to_keep_the_pairs():
    """An execution that runs out of its own time keeps nothing, and an Express one tells no rule."""
    worst = TASKS["Keep"]["TimeoutSeconds"]
    for name in ("Evaluate", "CountFailure"):
        task = TASKS[name]
        (hanging,) = [retry for retry in task["Retry"] if "States.Timeout" in retry["ErrorEquals"]]
        waits = [
            hanging["IntervalSeconds"] * hanging["BackoffRate"] ** number for number in range(hanging["MaxAttempts"])
        ]
        worst += task["TimeoutSeconds"] * (1 + hanging["MaxAttempts"]) + sum(waits)
    assert worst < MACHINE["TimeoutSeconds"]
