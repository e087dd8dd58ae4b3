"""The machine's states in order, on an account in memory: what serves afterwards, and what was told."""

from __future__ import annotations

import io
import json

import pytest

from services import sagemaker_runtime
from tests.unit.training.world import CONTEXT, DATA, MODELS, Waiting, World, archive, decide, manifest, table_of
from training.handlers.approval import decided
from training.serving import answering, walker
from training.transform import rows as forms


def kinds(world: World) -> list[str]:
    return [kind for kind, _ in world.events]


def test_a_manifest_becomes_a_model_that_serves(world):
    state = world.run(world.put(manifest()))
    assert state["outcome"] == "deployed"
    version = world.serves()
    assert state["version"] == version
    assert len(version) == 32
    files = sorted(key.rpartition("/")[2] for key in world.bucket.keys(f"models/trips/{version}/"))
    assert files == sorted(
        ["chosen.json", "contract.json", "model.json", "model.tar.gz", "recipe.toml", "report.json", "smoke.json"]
    )
    report = world.bucket.get(f"models/trips/{version}/report.json").json()
    assert report["accepted"]
    assert report["new"]["roc_auc"] > 0.8
    assert kinds(world) == ["ModelDeployed"]
    assert [package["approval"] for package in world.sagemaker.packages.values()] == ["Approved"]


def test_a_better_one_takes_its_place_and_a_worse_one_is_refused_with_reasons(world):
    world.run(world.put(manifest(45)), "one")
    first = world.serves()
    better = world.run(world.put(manifest(30), "2026-12-01T11:00:00Z"), "two")
    assert better["outcome"] == "deployed"
    assert world.serves() == better["version"] != first
    worse = world.run(world.put(manifest(50), "2026-12-01T12:00:00Z"), "three")
    assert worse["error"] == "GateRefused"
    assert world.serves() == better["version"]
    said = world.rejected()[0]
    assert "not better than" in said["message"]
    assert said["version"] == worse["version"]
    assert world.bucket.get(said["report"]).json()["above_live"] < 0
    assert kinds(world) == ["ModelDeployed", "ModelDeployed", "ModelRefused"]
    assert len(world.sagemaker.packages) == 2  # nothing of a refused model is registered


def test_there_and_back_again(world):
    """A -> B -> A: the second time of A trains nothing and is judged anew."""
    free = {"gate": {"better_than_live_by": -1}}
    one = world.run(world.put(manifest(30, **free)), "one")["version"]
    two = world.run(world.put(manifest(31, **free), "2026-12-01T11:00:00Z"), "two")["version"]
    jobs = list(world.trained)
    back = world.run(world.put(manifest(30, **free), "2026-12-01T12:00:00Z"), "three")
    assert back["outcome"] == "deployed"
    assert back["version"] == one == world.serves() != two
    assert world.trained == jobs


def test_the_same_manifest_again_says_that_it_serves(world):
    world.run(world.put(manifest()), "one")
    again = world.run(world.put(manifest(), "2026-12-01T11:00:00Z"), "two")
    assert again["action"] == "serving"
    assert len(world.trained) == 1


def test_other_spaces_and_members_that_nobody_reads_are_no_other_version(world):
    one = world.run(world.put(manifest()), "one")
    two = world.run(world.put(manifest(note="hello"), "2026-12-01T11:00:00Z"), "two")
    assert (two["action"], two["version"]) == ("serving", one["version"])


def test_other_rows_are_another_version(world):
    one = world.run(world.put(manifest()), "one")
    extra = table_of([("20", "5", "Customer")] * 30)
    world.real("s3").put_object(Bucket=DATA, Key="train/part-1.csv", Body=extra)
    two = world.run(world.put(manifest(), "2026-12-01T11:00:00Z"), "two")
    assert two["version"] != one["version"]


def test_rows_that_change_while_a_model_is_trained_are_told_and_it_is_trained_anew(world):
    """A job copies what lies there when it starts, which is not what its version was made of."""
    extra = table_of([("20", "5", "Customer")] * 30)

    def job(world, state, trial):
        world.real("s3").put_object(Bucket=DATA, Key="train/part-1.csv", Body=extra)
        return world.ended(state, trial, archive(state["name"], state["version"], 30), 0.9)

    world.job = job
    one = world.run(world.put(manifest()), "one")
    assert one["error"] == "ChannelUnreadable"
    assert "channel train have changed while" in world.rejected()[0]["message"]
    assert world.serves() is None
    world.real("s3").delete_object(Bucket=DATA, Key="train/part-1.csv")
    world.job = None
    two = world.run(world.put(manifest(), "2026-12-01T11:00:00Z"), "two")
    assert two["version"] == one["version"] == world.serves()
    assert len(world.trained) == 2


def test_two_executions_at_the_same_moment_train_once(world):
    given = world.put(manifest())
    one, two = world.start(given, "one"), world.start(given, "two")
    one.step()
    two.step()
    assert (one.state["action"], two.state["action"]) == ("train", "duplicate")
    one.go()
    assert len(world.trained) == 1
    assert world.serves() == one.state["version"]


def test_of_two_claims_between_each_others_calls_one_wins(world):
    given = world.put(manifest())
    one, two = world.start(given, "one"), world.start(given, "two")
    raced = []

    def hook(said):
        if said == "before dynamodb.put_item" and not raced:
            raced.append(True)
            two.step()

    world.hook = hook
    one.step()
    assert sorted((one.state["action"], two.state["action"])) == ["duplicate", "train"]


def test_an_older_run_that_ends_later_does_not_move_the_pointer_back(world):
    free = {"gate": {"better_than_live_by": -1}}
    older = world.start(world.put(manifest(30, **free)), "older")
    older.go(until="Point")
    newer = world.run(world.put(manifest(31, **free), "2026-12-01T11:00:00Z"), "newer")
    older.go()
    assert older.state["outcome"] == "overtaken"
    assert world.serves() == newer["version"]


def test_a_late_event_of_an_older_manifest_does_not_either(world):
    free = {"gate": {"better_than_live_by": -1}}
    late = world.put(manifest(30, **free))
    newer = world.run(world.put(manifest(31, **free), "2026-12-01T11:00:00Z"), "newer")
    assert world.run(late, "late")["outcome"] == "overtaken"
    assert world.serves() == newer["version"]


def test_a_model_that_was_compared_with_another_one_is_judged_again(world):
    """An older run points between Evaluate and Point of a newer one: the newer one has to beat that one, too."""
    older = world.start(world.put(manifest(30)), "older")
    older.go(until="Point")
    newer = world.start(world.put(manifest(50), "2026-12-01T11:00:00Z"), "newer")
    newer.go(until="Point")
    older.go()
    newer.go()
    assert newer.state["error"] == "GateRefused"
    assert world.serves() == older.state["version"]


def test_a_run_whose_event_came_again_keeps_the_later_place(world):
    """A is put, B is put, A is put again while it is still being trained: A is what was wanted last."""
    free = {"gate": {"better_than_live_by": -1}}
    one = world.start(world.put(manifest(30, **free)), "one")
    one.go(until="Tune")
    two = world.run(world.put(manifest(31, **free), "2026-12-01T11:00:00Z"), "two")
    again = world.run(world.put(manifest(30, **free), "2026-12-01T12:00:00Z"), "three")
    assert (two["outcome"], again["action"]) == ("deployed", "duplicate")
    one.go()
    assert one.state["outcome"] == "deployed"
    assert world.serves() == one.state["version"]


def test_what_serves_and_is_wanted_again_is_not_overtaken_by_what_was_wanted_between(world):
    free = {"gate": {"better_than_live_by": -1}}
    one = world.run(world.put(manifest(30, **free)), "one")
    two = world.start(world.put(manifest(31, **free), "2026-12-01T11:00:00Z"), "two")
    two.go(until="Point")
    world.run(world.put(manifest(30, **free), "2026-12-01T12:00:00Z"), "three")
    two.go()
    assert two.state["outcome"] == "overtaken"
    assert world.serves() == one["version"]


def test_the_manifest_that_the_event_named_is_read(world):
    first = world.put(manifest(30))
    world.put(manifest(31))
    assert world.run(first, "one")["outcome"] == "deployed"
    stored = world.bucket.get(f"models/trips/{world.serves()}/model.json").json()
    assert stored["trees"][0]["value"][0] == 30


def test_a_dataset_that_was_never_built_is_waited_for(world):
    given = world.put(manifest(channels=None, dataset="trips"))
    assert world.run(given, "one") | {"manifest": 0, "at": 0, "execution": 0} == {
        "manifest": 0, "at": 0, "execution": 0, "action": "waiting", "name": "trips"
    }  # fmt: skip
    built = {"files": {"train": {"key": "train/part-0.csv"}, "test": {"manifest": "sets/test.json"}}}
    listed = [{"prefix": f"s3://{DATA}/test/"}, "part-0.csv"]
    for key, document in (("sets/built.json", built), ("sets/test.json", listed)):
        world.real("s3").put_object(Bucket=DATA, Key=key, Body=json.dumps(document).encode())
    state = world.run({**given, "dataset": {"bucket": DATA, "key": "sets/built.json"}}, "two")
    assert state["outcome"] == "deployed"


def test_deploy_none_is_judged_registered_and_pointed_at(world):
    state = world.run(world.put(manifest(deploy={"kind": "none"})))
    assert state["outcome"] == "deployed"
    assert world.serves() == state["version"]
    assert json.loads(world.bucket.get("pointers/trips.json").body)["kind"] == "none"


def test_deploy_none_ends_no_service(world):
    """The pointer would name a version that answers nobody."""
    first = world.run(world.put(manifest(45)), "one")["version"]
    better = world.run(world.put(manifest(30, deploy={"kind": "none"}), "2026-12-01T11:00:00Z"), "two")
    assert better["error"] == "GateRefused"
    assert "nobody would be served any more" in world.rejected()[0]["message"]
    assert world.serves() == first


# Approval


MANUAL = {"approval": "manual"}


def test_a_person_approves(world):
    execution = world.start(world.put(manifest(**MANUAL)), "one")
    with pytest.raises(Waiting):
        execution.go()
    assert world.serves() is None
    assert kinds(world) == ["ModelAwaitingApproval"]
    version = execution.state["version"]
    assert decide("trips", version, "approved") == {
        "state": "approved", "by": "ann", "at": decide("trips", version, "approved")["at"], "won": True,
        "heard": True,
    }  # fmt: skip
    execution.wait()
    execution.go()
    assert world.serves() == version
    assert [package["approval"] for package in world.sagemaker.packages.values()] == ["Approved"]


def test_an_operator_has_every_model_approved_by_a_person_whatever_its_manifest_says(world, monkeypatch):
    monkeypatch.setenv("TRAINING_APPROVAL", "manual")
    execution = world.start(world.put(manifest(approval="auto")), "one")
    with pytest.raises(Waiting):
        execution.go()
    assert world.serves() is None
    assert [package["approval"] for package in world.sagemaker.packages.values()] == ["PendingManualApproval"]
    decide("trips", execution.state["version"], "approved")
    execution.wait()
    execution.go()
    assert world.serves() == execution.state["version"]


@pytest.mark.parametrize(("floor", "margin", "taken"), [("0", -0.001, False), ("0", 0, True), ("-0.01", -0.01, True)])
def test_no_manifest_lets_a_worse_model_in_unless_the_stack_allows_it(world, monkeypatch, floor, margin, taken):
    monkeypatch.setenv("TRAINING_MARGIN_FLOOR", floor)
    world.run(world.put(manifest(gate={"better_than_live_by": margin})))
    assert (world.serves() is not None) == taken
    assert [each["error"] for each in world.rejected()] == ([] if taken else ["ManifestInvalid"])
    if not taken:
        assert "gate.better_than_live_by is -0.001, and this stack takes 0 or more" in world.rejected()[0]["message"]
        assert world.trained == []


def test_a_person_refuses(world):
    execution = world.start(world.put(manifest(**MANUAL)), "one")
    with pytest.raises(Waiting):
        execution.go()
    decide("trips", execution.state["version"], "refused")
    execution.wait()
    execution.go()
    assert execution.state["error"] == "ApprovalRefused"
    assert world.serves() is None
    assert "ann refused the model" in world.rejected()[0]["message"]


def test_a_decision_that_no_run_waits_for_says_so_and_counts_when_the_run_is_redriven(world):
    execution = world.start(world.put(manifest(**MANUAL)), "one")
    with pytest.raises(Waiting):
        execution.go()
    execution.abort()
    said = decide("trips", execution.state["version"], "approved")
    assert (said["state"], said["won"], said["heard"]) == ("approved", True, False)
    assert world.serves() is None
    world.executions[execution.arn], execution.at = "RUNNING", "Approve"
    execution.go()
    assert world.serves() == execution.state["version"]


def test_of_two_decisions_the_first_one_stands_and_the_other_one_is_told(world):
    execution = world.start(world.put(manifest(**MANUAL)), "one")
    with pytest.raises(Waiting):
        execution.go()
    version, other = execution.state["version"], []

    def hook(said):
        if said == "before dynamodb.update_item" and not other:
            other.append(0)
            other[0] = decide("trips", version, "refused", by="bob")

    world.hook = hook
    mine = decide("trips", version, "approved", by="ann")
    assert other[0]["won"]
    assert not mine["won"]
    assert (mine["state"], mine["by"]) == ("refused", "bob")
    execution.wait()
    assert execution.at == "Refuse"


def test_a_decision_in_the_registry_counts_and_doubled_events_change_nothing(world):
    execution = world.start(world.put(manifest(**MANUAL)), "one")
    with pytest.raises(Waiting):
        execution.go()
    arn = execution.state["package"]
    event = {"detail-type": "SageMaker Model Package State Change", "detail": {"ModelPackageArn": arn}}
    assert decided.handler(event, CONTEXT)["state"] == "unknown"  # of its creation: nobody has decided
    world.sagemaker.packages[arn]["approval"] = "Approved"
    assert decided.handler(event, CONTEXT)["won"]
    assert not decided.handler(event, CONTEXT)["won"]
    foreign = {**event, "detail": {"ModelPackageArn": "arn:other"}}
    assert decided.handler(foreign, CONTEXT)["state"] == "unknown"
    execution.wait()
    execution.go()
    assert world.serves() == execution.state["version"]


def test_who_approves_in_the_registry_before_anybody_asks_is_heard(world):
    execution = world.start(world.put(manifest(**MANUAL)), "one")
    execution.go(until="Approve")
    world.sagemaker.packages[execution.state["package"]]["approval"] = "Approved"
    execution.go()
    assert world.serves() == execution.state["version"]


def test_an_approval_of_an_earlier_time_does_not_count_when_the_version_comes_back(world):
    free = {"gate": {"better_than_live_by": -1}} | MANUAL
    one = world.start(world.put(manifest(30, **free)), "one")
    with pytest.raises(Waiting):
        one.go()
    decide("trips", one.state["version"], "approved")
    one.wait()
    one.go()
    world.run(world.put(manifest(31, gate={"better_than_live_by": -1}), "2026-12-01T11:00:00Z"), "two")
    back = world.start(world.put(manifest(30, **free), "2026-12-01T12:00:00Z"), "three")
    with pytest.raises(Waiting):
        back.go()
    assert world.sagemaker.packages[back.state["package"]]["approval"] == "PendingManualApproval"


def test_nobody_decides_in_time(world):
    execution = world.start(world.put(manifest(**MANUAL)), "one")
    with pytest.raises(Waiting):
        execution.go()
    execution.refuse("ApprovalExpired", "")
    execution.go()
    assert world.rejected()[0]["error"] == "ApprovalExpired"
    late = decide("trips", execution.state["version"], "approved")
    assert (late["state"], late["won"]) == ("expired", False)
    assert world.serves() is None


@pytest.mark.parametrize("decision", [None, "refused"])
def test_point_reads_the_approval_itself(world, decision):
    """Whatever the machine says: a version that is not approved is not pointed at."""
    execution = world.start(world.put(manifest(**MANUAL)), "one")
    with pytest.raises(Waiting):
        execution.go()
    if decision:
        decide("trips", execution.state["version"], decision)
    execution.state |= {"endpoint": "", "deploy": "function"}
    execution.at = "Point"
    execution.go()
    assert execution.state["error"] == "ApprovalRefused"
    assert world.serves() is None


# Endpoints


SERVERLESS = {"deploy": {"kind": "serverless"}}


def answering_as_their_models(world: World):
    """InvokeEndpoint."""

    def invoke(endpoint, body, content_type, *, left):
        assert left is None, "steps of the machine have as long as a model may take"
        data = world.sagemaker.models[world.sagemaker.endpoints[endpoint]["config"]]["data"]
        key = data.removeprefix(f"s3://{MODELS}/").replace("model.tar.gz", "model.json")
        model = walker.load(world.bucket.get(key).json())
        given = forms.parse(body, content_type, model.columns)
        return json.dumps(answering.answer(model, *answering.predicted(model, given))).encode()

    return invoke


@pytest.fixture(name="invoked")
def _invoked(world, monkeypatch):
    monkeypatch.setattr(sagemaker_runtime, "invoke", answering_as_their_models(world))


def test_a_serverless_one_gets_an_endpoint_and_the_one_before_it_goes(world, invoked):
    world.run(world.put(manifest(45, **SERVERLESS)), "one")
    first = next(iter(world.sagemaker.endpoints))
    two = world.run(world.put(manifest(30, **SERVERLESS), "2026-12-01T11:00:00Z"), "two")
    assert two["retired"] == first
    assert list(world.sagemaker.endpoints) == [f"mr-test-trips-{two['version'][:8]}-1"]
    assert world.sagemaker.models.keys() == world.sagemaker.endpoints.keys() == world.sagemaker.configs.keys()


def test_an_endpoint_that_is_rolled_back_is_no_success(world, invoked):
    execution = world.start(world.put(manifest(**SERVERLESS)), "one")
    execution.go(until="EndpointLook")
    world.sagemaker.endpoints[execution.state["endpoint"]]["config"] = "the one before"
    execution.go()
    assert execution.state["error"] == "EndpointFailed"
    assert not world.sagemaker.endpoints
    assert world.serves() is None


def test_an_endpoint_that_is_refused_goes_and_the_old_model_serves(world, invoked):
    old = world.run(world.put(manifest(45)), "one")["version"]
    world.sagemaker.status = "Failed"
    state = world.run(world.put(manifest(30, **SERVERLESS), "2026-12-01T11:00:00Z"), "two")
    assert state["error"] == "EndpointFailed"
    assert not world.sagemaker.endpoints
    assert world.serves() == old


def test_an_overtaken_run_takes_its_own_endpoint_away(world, invoked):
    free = {"gate": {"better_than_live_by": -1}} | SERVERLESS
    older = world.start(world.put(manifest(30, **free)), "older")
    older.go(until="Point")
    newer = world.run(world.put(manifest(31, **free), "2026-12-01T11:00:00Z"), "newer")
    older.go()
    assert list(world.sagemaker.endpoints) == [f"mr-test-trips-{newer['version'][:8]}-1"]


def test_a_model_that_answers_otherwise_is_not_pointed_at(world):
    def wrong(asked):
        said = {"predictions": [{"label": "Customer", "probability": 0.5}] * len(asked["smoke"]["rows"])}
        return {"Payload": io.BytesIO(json.dumps(said).encode())}

    world.answers = wrong
    assert world.run(world.put(manifest()))["error"] == "SmokeFailed"
    assert world.serves() is None


def test_a_function_that_fails_with_the_model_is_said(world):
    world.answers = lambda _: {
        "FunctionError": "Unhandled",
        "Payload": io.BytesIO(b'{"errorType": "OutOfMemory", "errorMessage": "no memory"}'),
    }
    assert world.run(world.put(manifest()))["error"] == "SmokeFailed"
    assert "no memory" in world.rejected()[0]["message"]
