"""Ways through the machine: a model that serves, one that is no better, refusals at each stage, approvals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.e2e.schemas import check
from tests.e2e.waiting import eventually
from tests.workflow.training import rows
from tests.workflow.training.desk import PATIENCE, Desk

ANY = {"gate": {"better_than_live_by": -1}}
"""Whatever serves, this one may take its place."""
WAY = [  # without the states of the map, which have a history of their own here
    *("Claim", "Claimed", "Validate", "Prepare", "Tune", "Choose", "Evaluate", "Gate", "Register"),
    *("Registered", "EndpointDeploy", "EndpointLook", "Smoke", "Point", "Pointed", "Retire"),
]


def script(desk: Desk, name: str, **more: Any) -> dict[str, Any]:
    desk.put("datasets/programs/source.tar.gz", rows.archive())
    program = {
        "source": f"s3://{desk.bucket}/datasets/programs/source.tar.gz",
        "entry_point": "train.py",
        "framework": "scikit-learn",
    }
    return desk.manifest(name, **{"program": program, "hyperparameters": {}, "deploy": {"kind": "none"}, **more})


def test_a_manifest_becomes_a_model_that_serves_and_the_same_one_is_trained_once(desk: Desk):
    manifest = desk.manifest("first")
    run = desk.trained(manifest)
    assert (run.status, run.output.get("outcome")) == ("SUCCEEDED", "deployed"), run
    assert run.states == WAY
    assert desk.serving("first") == run.version
    report = desk.read(f"models/first/{run.version}/report.json")
    assert report is not None
    assert report["accepted"] is True
    assert report["new"]["roc_auc"] > 0.7
    (job,) = desk.jobs("first")
    # Attempt 1 of the version, trial 0, never redriven, tried once.
    assert job["TrainingJobName"].endswith(f"-first-{run.version[:12]}-1-0-0-0")
    again = desk.trained(manifest)
    assert (again.output["action"], again.states) == ("serving", ["Claim", "Claimed", "NothingToDo"])
    assert len(desk.jobs("first")) == 1


def test_the_best_of_a_grid_serves_and_its_jobs_run_side_by_side_as_far_as_they_may(desk: Desk):
    tuning = {"strategy": "grid", "parallel": 2, "ranges": {"max_iter": [1, 40], "learning_rate": [0.001, 0.1]}}
    run = desk.trained(desk.manifest("grid", tuning=tuning, hyperparameters={}))
    assert run.output["outcome"] == "deployed"
    assert len(desk.jobs("grid")) == 4
    report = desk.read(f"models/grid/{run.version}/report.json")
    assert report is not None
    metrics = [trial["metrics"]["roc_auc"] for trial in report["trials"]]
    assert report["trial"] == metrics.index(max(metrics))
    assert desk.spent() >= 4


def test_a_serverless_model_serves_by_its_endpoint_and_the_next_one_retires_it(desk: Desk):
    serverless = {"kind": "serverless", "memory_mb": 1024}
    first = desk.trained(desk.manifest("remote", deploy=serverless))
    assert first.output["outcome"] == "deployed"
    (endpoint,) = desk.endpoints("remote")
    assert desk.read("pointers/remote.json") | {"endpoint": endpoint} == desk.read("pointers/remote.json")  # type: ignore[operator]
    second = desk.trained(desk.manifest("remote", deploy=serverless, hyperparameters={"max_iter": 31}, **ANY))
    assert second.output["outcome"] == "deployed", second
    assert second.states[-3:] == ["Pointed", "WaitForReaders", "Retire"]
    assert second.output["retired"] == endpoint
    assert desk.serving("remote") == second.version
    assert len(desk.endpoints("remote")) == 1


def test_a_program_of_ones_own_is_registered_and_serves_nobody(desk: Desk):
    run = desk.trained(script(desk, "own"))
    assert (run.status, run.output.get("outcome")) == ("SUCCEEDED", "deployed"), run
    assert desk.endpoints("own") == []


def test_a_job_that_fails_is_no_end_of_the_others(desk: Desk):
    tuning = {"strategy": "grid", "parallel": 2, "ranges": {"fails": ["yes", "no"]}}
    run = desk.trained(script(desk, "half", tuning=tuning))
    assert run.output.get("outcome") == "deployed", run
    report = desk.read(f"models/half/{run.version}/report.json")
    assert report is not None
    assert report["trial"] == 1
    assert "it was told to fail" in json.dumps(report["trials"][0])


def bad_manifest(desk: Desk) -> dict[str, Any]:
    return {**desk.manifest("wrong"), "target": 7, "gate": {"at_least": 2}}


REFUSALS = {
    "ManifestInvalid": (bad_manifest, "Claimed"),
    "ChannelUnreadable": (lambda desk: desk.manifest("absent", folder="nowhere"), "Claimed"),
    "TargetMissing": (lambda desk: desk.manifest("aimless", target="income"), "Prepare"),
    "ProgramFailed": (lambda desk: script(desk, "broken", hyperparameters={"fails": "yes"}), "Evaluate"),
    "GateRefused": (lambda desk: desk.manifest("noise", folder="noise"), "Register"),
}
"""Error -> a manifest that ends so, and the state that it must not come to."""


@pytest.mark.parametrize("error", REFUSALS)
def test_what_nothing_comes_of_is_refused_by_its_name_and_nothing_serves(desk: Desk, error: str):
    make, never = REFUSALS[error]
    manifest = make(desk)
    run = desk.trained(manifest)
    assert (run.status, run.output["outcome"], run.output["error"]) == ("SUCCEEDED", "refused", error)
    assert run.states[-1] == "Refuse"
    assert never not in run.states
    document = desk.rejected(run)
    check(document, "model-rejected")
    assert document["error"] == error
    assert desk.serving(str(manifest["name"])) is None


def test_a_model_that_is_no_better_than_what_serves_is_refused(desk: Desk):
    first = desk.trained(desk.manifest("steady"))
    second = desk.trained(desk.manifest("steady", hyperparameters={"max_iter": 31}))
    assert second.output["error"] == "GateRefused"
    assert first.version in desk.rejected(second)["message"]
    assert desk.serving("steady") == first.version


# A person


def waiting(desk: Desk, name: str, **more: Any) -> tuple[str, str]:
    """An execution that waits for a person, and its version."""
    arn = desk.start(desk.manifest(name, approval="manual", **more))
    desk.at(arn, "ApprovalAsk")

    def asked() -> str | None:
        found = desk.invoke("TrainingInventory", {})["waiting"]
        return next((version for each, version in found if each == name), None)

    return arn, eventually(asked, f"approval of {name}", PATIENCE)


def test_a_model_that_a_person_approves_in_the_registry_serves(desk: Desk):
    arn, version = waiting(desk, "asked")
    assert desk.serving("asked") is None
    sagemaker, (package,) = desk.cloud.client("sagemaker"), desk.packages("asked")
    found = sagemaker.describe_model_package(ModelPackageName=package)
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    sagemaker.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
    run = desk.ended(arn)
    assert (run.output["outcome"], desk.serving("asked")) == ("deployed", version)


def test_a_model_that_a_person_refuses_does_not_serve_and_the_second_answer_changes_nothing(desk: Desk):
    arn, version = waiting(desk, "denied")
    said = {"name": "denied", "version": version, "by": "ann"}
    assert desk.invoke("TrainingApprovalDecided", {**said, "decision": "refused"})["won"] is True
    late = desk.invoke("TrainingApprovalDecided", {**said, "decision": "approved", "by": "bob"})
    assert (late["won"], late["state"], late["by"]) == (False, "refused", "ann")
    run = desk.ended(arn)
    assert (run.output["error"], desk.serving("denied")) == ("ApprovalRefused", None)


@contextmanager
def days_of(desk: Desk, seconds: int) -> Iterator[None]:
    """ApprovalDays are so many seconds."""
    states = desk.cloud.client("stepfunctions")
    definition = states.describe_state_machine(stateMachineArn=desk.machine)["definition"]
    assert "86400 * 7" in definition
    states.update_state_machine(
        stateMachineArn=desk.machine, definition=definition.replace("86400 * 7", f"{seconds} * 1")
    )
    try:
        yield
    finally:
        states.update_state_machine(stateMachineArn=desk.machine, definition=definition)


def test_a_model_that_nobody_approves_in_time_is_refused(desk: Desk):
    with days_of(desk, 3):
        run = desk.trained(desk.manifest("forgotten", approval="manual"))
    assert (run.output["error"], desk.serving("forgotten")) == ("ApprovalExpired", None)
    assert "ApprovalDays" in desk.rejected(run)["message"]
