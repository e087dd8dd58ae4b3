"""Workers die between any two calls of AWS, run twice, and executions are given up after any state.

Whatever happens: until Point the old model serves, afterwards the new one; there is one package, one endpoint, one
choice; and the new model was trained once where its training had come to an end.
"""

from __future__ import annotations

import json

import pytest

from common.spending import accounts
from services import sagemaker_runtime
from tests.unit.training.test_machine import SERVERLESS, answering_as_their_models
from tests.unit.training.world import CONTEXT, ORDER, STATES, Crash, Waiting, World, decide, manifest, model_of
from training.errors import ClaimLost
from training.model import JOBS, SPENDING, Pointer
from training.serving import pointers

MOST_CALLS = 26
"""Of the busiest handler here; checked below."""
MODULES = {name: module for name, module in ORDER if module is not None}


class Dying:
    """Lets the first worker of each state die after its call with this number."""

    def __init__(self, world: World, number: int) -> None:
        self.world, self.number = world, number
        self.calls = self.most = 0
        self.died: set[str] = set()
        self.state = ""

    def begin(self, state: str) -> None:
        self.state, self.calls = state, 0

    def hook(self, said: str) -> None:
        if said.startswith("before"):
            self.calls += 1
            self.most = max(self.most, self.calls)
        if said.startswith("after") and self.calls == self.number and self.state not in self.died:
            self.died.add(self.state)
            raise Crash

    def go(self, execution) -> None:
        """The machine tries a state again whose worker is gone."""
        while execution.at is not None:
            self.begin(execution.at)
            try:
                execution.step()
            except Crash:
                assert execution.at is not None


def before(world: World) -> str:
    """A model that serves, worse than what comes."""
    old = "0" * 32
    world.bucket.put(f"models/trips/{old}/model.json", json.dumps(model_of("trips", old, 45)).encode())
    pointers.move(world.bucket, None, Pointer("trips", old))
    return old


@pytest.mark.parametrize("number", range(1, MOST_CALLS))
def test_whichever_call_a_worker_dies_after_the_run_ends_as_if_it_had_not(world, number):
    old = before(world)
    given = world.put(manifest(30))
    dying = Dying(world, number)
    world.hook = dying.hook
    execution = world.start(given, "new")
    dying.go(execution)
    assert execution.state["outcome"] == "deployed"
    version = execution.state["version"]
    assert world.serves() == version != old
    assert set(world.seen) == {old, version}
    assert world.seen == sorted(world.seen, key=[old, version].index)  # never back
    assert len(world.sagemaker.packages) == 1
    assert len(world.trained) == 1
    assert [kind for kind, _ in world.events].count("ModelDeployed") in (1, 2)  # events may come twice
    assert spent(world) in (1, 2)  # who dies between paying and noting it pays twice, never not at all


def spent(world: World) -> int:
    today = accounts.Account(world.table, SPENDING, JOBS, 50).today
    return accounts.read(world.table, SPENDING, JOBS, today).spent


def test_no_handler_makes_more_calls_than_are_tried(world):
    before(world)
    dying = Dying(world, 0)
    world.hook = dying.hook
    dying.go(world.start(world.put(manifest(30)), "new"))
    assert 10 < dying.most < MOST_CALLS


@pytest.mark.parametrize("state", [*STATES[1:], "end"])
def test_an_execution_that_is_given_up_before_any_state_is_done_again_by_another(world, state):
    old = before(world)
    given = world.put(manifest(30))
    execution = world.start(given, "new")
    execution.go(until=state)
    pointed = state in ("Retire", "end")
    assert (world.serves() == old) == (not pointed)
    if state == "end":
        return
    execution.abort()
    again = world.run(given, "again")
    assert world.serves() == again["version"]
    assert again["outcome"] == "deployed"
    chosen = STATES.index(state) > STATES.index("Choose")
    assert len(world.trained) == (1 if chosen or STATES.index(state) <= STATES.index("Tune") else 2)
    assert world.table.get(f"train#{again['version']}")["state"] == "ended"


@pytest.mark.parametrize("state", sorted(MODULES))
def test_a_state_that_runs_twice_says_the_same(world, state):
    before(world)
    given = world.put(manifest(30))
    execution = world.start(given, "new")
    execution.go(until=state)
    event = json.loads(json.dumps({**execution.state, "execution": execution.arn}))
    one, two = (MODULES[state].handler(dict(event), CONTEXT) for _ in range(2))
    assert one == two
    execution.go()
    assert world.serves() == execution.state["version"]


def test_a_worker_that_comes_late_from_an_execution_that_was_taken_over_does_nothing(world):
    given = world.put(manifest(30))
    lost = world.start(given, "lost")
    lost.go(until="Point")
    lost.abort()
    again = world.start(given, "again")
    again.go(until="Point")
    with pytest.raises(ClaimLost):
        MODULES["Point"].handler({**lost.state, "execution": lost.arn}, CONTEXT)
    assert world.serves() is None
    again.go()
    assert world.serves() == again.state["version"]


@pytest.mark.parametrize("number", range(1, 7))
def test_a_decision_whose_worker_dies_is_made_by_the_next_call(world, number):
    execution = world.start(world.put(manifest(30, approval="manual")), "one")
    with pytest.raises(Waiting):
        execution.go()
    dying = Dying(world, number)
    dying.begin("decide")
    world.hook = dying.hook
    for _ in range(2):
        try:
            decide("trips", execution.state["version"], "approved")
            break
        except Crash:
            continue
    world.hook = lambda _: None
    execution.wait()
    execution.go()
    assert world.serves() == execution.state["version"]


@pytest.mark.parametrize("number", range(1, 12))
def test_a_refusal_whose_worker_dies_is_whole_in_the_end(world, number):
    old = before(world)
    execution = world.start(world.put(manifest(60)), "new")
    execution.go(until="Refuse")
    dying = Dying(world, number)
    world.hook = dying.hook
    dying.go(execution)
    assert world.serves() == old
    assert [each["error"] for each in world.rejected()] == ["GateRefused"]
    assert execution.state["outcome"] == "refused"
    assert pointers.read(world.bucket, "trips").version == old


def test_a_run_that_died_before_it_retired_leaves_no_endpoint(world, monkeypatch):
    monkeypatch.setattr(sagemaker_runtime, "invoke", answering_as_their_models(world))
    world.run(world.put(manifest(45, **SERVERLESS)), "old")
    given = world.put(manifest(30, **SERVERLESS), "2026-12-01T11:00:00Z")
    execution = world.start(given, "new")
    execution.go(until="Retire")
    execution.abort()
    assert len(world.sagemaker.endpoints) == 2
    again = world.run(given, "again")
    assert again["outcome"] == "deployed"
    assert list(world.sagemaker.endpoints) == [pointers.read(world.bucket, "trips").endpoint]
