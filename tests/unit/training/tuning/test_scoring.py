"""Both models are asked the same rows, each by its own transform; of many rows, the same sample."""

from __future__ import annotations

import json

import pytest

from services import sagemaker_runtime
from tests.unit.training import world as worlds
from tests.unit.training.world import manifest, model_of
from training.evaluation.samples import Sample
from training.model import Pointer
from training.serving import pointers
from training.tuning import scoring

OLD = "0" * 32


def serve(world, document=None, contract=None, **changed) -> None:
    for name, said in (("model", document), ("contract", contract)):
        if said is not None:
            world.bucket.put(f"models/trips/{OLD}/{name}.json", json.dumps(said).encode())
    pointers.move(world.bucket, None, Pointer("trips", OLD, **changed))


def report(world, state):
    return world.bucket.get(f"steps/{state['version']}/report.json").json()


def test_a_live_model_of_other_columns_is_asked_by_its_own_transform(world):
    document = model_of("trips", OLD, 45)
    document = {**document, "trees": [{**document["trees"][0], "feature": [0, -1, -1]}]}
    serve(world, document)
    columns = [{"name": "age", "type": "number"}]
    state = world.run(world.put(manifest(columns=columns)))
    said = report(world, state)
    assert said["live_version"] == OLD
    assert 0.5 < said["live"]["roc_auc"] < said["new"]["roc_auc"]


def test_a_live_model_that_calls_the_other_class_positive_is_turned(world):
    turned = model_of("trips", OLD, 30) | {"positive": "Subscriber", "negative": "Customer"}
    serve(world, turned)
    state = world.run(world.put(manifest(gate={"better_than_live_by": -1})))
    said = report(world, state)
    assert said["live"]["roc_auc"] == pytest.approx(1 - said["new"]["roc_auc"])


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (None, "its file cannot be read"),
        ({"schema": 1}, "its file cannot be read"),
        (model_of("trips", OLD, 30) | {"positive": "Yes", "negative": "No"}, "its classes are 'Yes' and 'No'"),
    ],
)
def test_a_live_model_that_cannot_be_asked_refuses_the_new_one_with_the_reason(world, document, says):
    serve(world, document)
    state = world.run(world.put(manifest()))
    assert state["error"] == "GateRefused"
    assert f"It cannot be compared with {OLD}" in world.rejected()[0]["message"]
    assert says in world.rejected()[0]["message"]
    assert world.serves() == OLD


def test_a_live_model_of_another_target_is_not_compared(world):
    """Its classes may have the same names, and then it would lose against whatever comes."""
    contract = {"columns": [], "positive": "Customer", "negative": "Subscriber", "target": "late"}
    serve(world, model_of("trips", OLD, 45), contract)
    assert world.run(world.put(manifest()))["error"] == "GateRefused"
    assert "it tells 'late', and this one 'user'" in world.rejected()[0]["message"]
    assert world.serves() == OLD


def test_balanced_training_rows_do_not_lower_the_baseline(world):
    """Of the test rows one in twenty is a customer; who always says so must not pass for the baseline."""
    train = [(str(10 + n % 60), "5", "Customer" if n % 2 else "Subscriber") for n in range(400)]
    test = [(str(10 + n % 60), "5", "Subscriber" if n % 20 else "Customer") for n in range(400)]
    for name, made in (("train", train), ("test", test)):
        world.real("s3").put_object(Bucket="data", Key=f"{name}/part-0.csv", Body=worlds.table_of(made))
    world.job = lambda world, state, trial: (
        world.ended(state, trial, worlds.archive(state["name"], state["version"], 30), 0.9)
        | {"metrics": [{"MetricName": "accuracy", "Value": 0.9}]}
    )
    state = world.run(world.put(manifest(objective={"metric": "accuracy"})))
    assert state["error"] == "GateRefused"
    assert report(world, state)["baseline"]["accuracy"] == 0.95
    assert "no better than always naming the commoner class" in world.rejected()[0]["message"]


def test_a_live_program_of_ones_own_is_asked_behind_its_endpoint(world, monkeypatch):
    columns = [{"name": "age", "kind": "number"}]
    serve(
        world,
        contract={"columns": columns, "positive": "Customer", "negative": "Subscriber"},
        kind="serverless",
        endpoint="mr-test-trips-0-1",
    )
    asked = []

    def invoke(endpoint, body, content_type, *, left):
        asked.append((endpoint, content_type))
        ages = [int(line) for line in body.decode().split() if line.isdigit()]
        return json.dumps([0.6 if age <= 45 else 0.2 for age in ages]).encode()

    monkeypatch.setattr(sagemaker_runtime, "invoke", invoke)
    state = world.run(world.put(manifest()))
    assert asked == [("mr-test-trips-0-1", "text/csv")]
    assert 0.5 < report(world, state)["live"]["roc_auc"] < report(world, state)["new"]["roc_auc"]
    assert state["outcome"] == "deployed"


def test_of_many_test_rows_a_sample_is_asked_and_that_is_told(world, monkeypatch):
    monkeypatch.setattr(scoring, "MOST_ROWS", 120)
    state = world.run(world.put(manifest()))
    assert state["tested"] == 120
    assert report(world, state)["counts"]["test_rows_left_out"] == 80


def test_a_sample_is_the_same_again_and_another_one_for_another_key():
    def taken(key):
        sample = Sample(key, 50)
        for number in range(1_000):
            sample.add([str(number)])
        assert sample.left_out == 950
        return [number for number, _ in sample.rows()]

    one = taken(b"a")
    assert one == taken(b"a") == sorted(one)
    assert one != taken(b"b")
    assert 350 < sum(one) / 50 < 650  # from all of the rows


def test_slices_are_judged_by_their_own_rows(world):
    wished = {"slices": ["station"], "gate": {"slice_at_least": 0.999}}
    for name, seed in (("train", 0), ("test", 1)):
        body = worlds.table_of(worlds.rows(seed, 900))
        world.real("s3").put_object(Bucket="data", Key=f"{name}/part-0.csv", Body=body)
    state = world.run(world.put(manifest(**wished)))
    assert state["error"] == "GateRefused"
    assert len(report(world, state)["slices"]["station"]["values"]) == 3
    assert "For station = '5'" in world.rejected()[0]["message"]
