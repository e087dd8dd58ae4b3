"""What fails on the way: a quota, throttling, a missing right, an end in any state. The old model serves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.workflow.training import rows
from tests.workflow.training.desk import Desk
from tests.workflow.training.test_ways import ANY

SERVERLESS = {"kind": "serverless", "memory_mb": 1024}
STATES = {
    "Claim": ("TrainingClaimRole", "dynamodb:PutItem"),
    "Validate": ("TrainingValidateRole", "s3:PutObject"),
    "Prepare": ("TrainingPrepareRole", "dynamodb:PutItem"),
    "Train": ("TrainModelRole", "sagemaker:CreateTrainingJob"),
    "Choose": ("TrainingChooseRole", "s3:PutObject"),
    "Evaluate": ("TrainingEvaluateRole", "s3:PutObject"),
    "Gate": ("TrainingGateRole", "s3:PutObject"),
    "Register": ("TrainingRegisterRole", "sagemaker:CreateModelPackage"),
    "EndpointDeploy": ("TrainingEndpointDeployRole", "sagemaker:CreateEndpoint"),
    "EndpointLook": ("TrainingEndpointLookRole", "sagemaker:DescribeEndpoint"),
    "Smoke": ("TrainingSmokeRole", "s3:GetObject"),
    "Point": ("TrainingPointRole", "s3:PutObject"),
    "Retire": ("TrainingRetireRole", "dynamodb:UpdateItem"),
}
"""State -> a role, and an action without which it fails in the middle of what it does."""


@pytest.fixture(scope="package")
def served(bureau: Desk) -> str:
    """A model that serves, by an endpoint of its own."""
    bureau.scale_waits(0.02)
    run = bureau.trained(bureau.manifest("solid", deploy=SERVERLESS))
    assert run.output["outcome"] == "deployed", run
    return "solid"


@pytest.mark.parametrize(("number", "state"), list(enumerate(STATES)), ids=list(STATES))
def test_a_run_that_dies_leaves_the_old_model_and_a_redrive_finishes_it(
    desk: Desk, served: str, number: int, state: str
):
    before = desk.serving(served)
    role, action = STATES[state]
    manifest = desk.manifest(served, deploy=SERVERLESS, hyperparameters={"max_iter": 32 + number}, **ANY)
    with desk.forbidden(role, action):
        run = desk.trained(manifest)
        assert run.status == "FAILED", run
        assert run.states[-1] == ("Tune" if state == "Train" else state)
        assert action.partition(":")[2] in run.cause or "AccessDenied" in run.cause
        now = desk.serving(served)
        assert (now == before) is (state != "Retire")
        desk.failed(run.arn)
    again = desk.redriven(run.arn)
    assert again.status == "SUCCEEDED", again
    assert again.output["outcome"] == "deployed"
    assert desk.serving(served) == again.version != before
    assert len(desk.endpoints(served)) == 1


def test_a_run_that_is_stopped_stops_its_job_and_a_redrive_finishes_it(desk: Desk):
    manifest = desk.manifest("stopped", hyperparameters={"max_iter": 400})
    arn = desk.start(manifest)
    desk.at(arn, "Tune")
    desk.cloud.client("stepfunctions").stop_execution(executionArn=arn)
    assert desk.ended(arn).status == "ABORTED"
    assert desk.redriven(arn).output["outcome"] == "deployed"
    assert {job["TrainingJobStatus"] for job in desk.jobs("stopped")} <= {"Completed", "Stopped", "Stopping"}


def test_a_quota_that_becomes_free_is_waited_for(desk: Desk):
    desk.jobs_at_once(1)
    desk.scale_waits(0.2)  # the hour that is waited is minutes, and a job takes seconds on a slow machine too
    tuning = {"strategy": "grid", "parallel": 3, "ranges": {"max_iter": [10, 20, 30]}}
    run = desk.trained(desk.manifest("queued", tuning=tuning, hyperparameters={}))
    assert run.output["outcome"] == "deployed"
    assert len(desk.jobs("queued")) == 3


def test_a_quota_that_is_never_free_fails_the_run_by_name(desk: Desk):
    desk.jobs_at_once(0)
    run = desk.trained(desk.manifest("starved"))
    assert (run.status, run.error) == ("FAILED", "QuotaExhausted")
    assert "TrainingInstanceType" in run.cause
    desk.all_is_well()
    assert desk.redriven(run.arn).output["outcome"] == "deployed"


def test_a_call_that_is_throttled_is_made_again(desk: Desk):
    desk.sagemaker_answers("ThrottlingException", "CreateTrainingJob", 3)
    desk.sagemaker_answers("ThrottlingException", "CreateModelPackage", 3)
    run = desk.trained(desk.manifest("patient"))
    assert run.output["outcome"] == "deployed", run
    assert len(desk.jobs("patient")) == 1


@pytest.mark.parametrize(
    "action",
    ["sagemaker:AddTags", "sagemaker:ListTags", "sagemaker:DescribeTrainingJob", "iam:PassRole", "events:PutRule"],
)
def test_a_machine_without_a_right_fails_by_the_services_name(desk: Desk, action: str):
    name = action.partition(":")[2].lower()
    with desk.forbidden("TrainModelRole", action):
        run = desk.trained(desk.manifest(f"no-{name}"[:24].rstrip("-")))
        assert (run.status, run.error) == ("FAILED", "SageMaker.AmazonSageMakerException"), run
        desk.failed(run.arn)
    assert desk.redriven(run.arn).output["outcome"] == "deployed"


def allowed(call: Callable[[], Any]) -> bool:
    """Whether the call is allowed; what it asks for need not be there."""
    try:
        call()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "NoSuchKey":
            return True
        if not code.startswith("AccessDenied"):
            raise
        return False
    return True


def test_a_job_reads_rows_and_programs_leaves_its_outputs_and_may_nothing_else(desk: Desk):
    """A program of somebody's own runs with the role's keys: it must not judge itself, nor say what serves."""
    version = desk.trained(desk.manifest("walls")).version
    steps, model = f"steps/{version}", f"models/walls/{version}"
    reads = {
        "datasets/riders/train/rows.csv": True,
        "programs/any.tar.gz": True,
        f"{model}/model.json": True,
        f"{steps}/report.json": False,
        f"{steps}/work.json": False,
        "manifests/walls.json": False,
        "pointers/walls.json": False,
        "rejected/walls/any.json": False,
    }
    puts = {
        f"{steps}/jobs/any/output/model.tar.gz": True,
        **dict.fromkeys(
            (f"{steps}/{name}" for name in ("report.json", "work.json", "plan.json", "scores.json.gz")), False
        ),
        **dict.fromkeys((f"{model}/{name}" for name in ("report.json", "model.json", "any.json")), False),
        **dict.fromkeys(
            (f"{folder}/walls.json" for folder in ("manifests", "pointers", "programs", "datasets")), False
        ),
    }
    with desk.acting_as("TrainingJobRole") as client:
        s3, registry, table = client("s3"), client("sagemaker"), client("dynamodb")
        seen = {key: allowed(lambda key=key: s3.get_object(Bucket=desk.bucket, Key=key)) for key in reads}  # type: ignore[misc]
        assert seen == reads
        put = {key: allowed(lambda key=key: s3.put_object(Bucket=desk.bucket, Key=key, Body=b"x")) for key in puts}  # type: ignore[misc]
        assert put == puts
        assert not allowed(lambda: s3.delete_object(Bucket=desk.bucket, Key="datasets/riders/train/rows.csv"))
        (package,) = desk.packages("walls")
        assert not allowed(
            lambda: registry.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Rejected")
        )
        key = {"pk": {"S": f"approval#walls#{version}"}}
        name = desk.cloud.outputs["StateTableName"]
        assert not allowed(lambda: table.put_item(TableName=name, Item={**key, "state": {"S": "approved"}}))
        assert not allowed(lambda: table.get_item(TableName=name, Key=key))
    assert desk.serving("walls") == version


def test_a_channel_in_a_bucket_that_nobody_allowed_is_refused(desk: Desk):
    s3 = desk.cloud.client("s3")
    s3.create_bucket(Bucket="their-rows")
    s3.put_object(Bucket="their-rows", Key="train/rows.csv", Body=rows.table(300, 1))
    manifest = desk.manifest("stranger")
    manifest["channels"][0]["s3DataSource"]["S3Uri"] = "s3://their-rows/train/"
    run = desk.trained(manifest)
    assert (run.status, run.output["error"]) == ("SUCCEEDED", "ChannelUnreadable")
    assert "TrainingReadsBuckets" in desk.rejected(run)["message"]


def test_a_model_that_the_jobs_role_cannot_read_makes_no_endpoint_and_a_redrive_finishes(desk: Desk):
    """SageMaker looks at the archive, as that role, before it makes a model of it."""
    with desk.forbidden("TrainingJobRole", "s3:GetObject", resource=f"arn:aws:s3:::{desk.bucket}/models/*"):
        run = desk.trained(desk.manifest("unread", deploy=SERVERLESS))
        assert (run.status, run.states[-1]) == ("FAILED", "EndpointDeploy")
        assert "Could not access model data" in run.cause
        assert (desk.serving("unread"), desk.endpoints("unread")) == (None, [])
        desk.failed(run.arn)
    assert desk.redriven(run.arn).output["outcome"] == "deployed"


def test_a_model_that_does_not_answer_is_refused(desk: Desk):
    with desk.forbidden("TrainingPredictRole", "s3:GetObject", resource=f"arn:aws:s3:::{desk.bucket}/models/*"):
        run = desk.trained(desk.manifest("dumb"))
    assert (run.status, run.output["error"]) == ("SUCCEEDED", "SmokeFailed")
    assert desk.serving("dumb") is None
