"""State machines that train and deploy: what the tasks answer, which errors they end with, which rights they need."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.sagemaker.builders import ACCOUNT, IMAGE, REGION, Lab, allow, archive, role, switch, until

SYNC = "arn:aws:states:::sagemaker:createTrainingJob.sync"
JOBS = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/*"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule"
EVENTS = ("events:PutTargets", "events:PutRule", "events:DescribeRule")
CALLS = ("sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob")
PRINTS = 'print("metric roc_auc=0.75")'
HANGS = "import time\nprint('hanging', flush=True)\ntime.sleep(600)"


class Machines:
    """Machines of one task, and their executions."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.states = lab.cloud.client("stepfunctions")

    def rights(self, *without: str) -> list[dict[str, Any]]:
        """What Step Functions' guide gives a machine that trains, each right in a statement of its own."""
        wanted = [
            *((action, JOBS) for action in CALLS),
            *((action, RULE) for action in EVENTS),
            ("sagemaker:ListTags", "*"),
            ("sagemaker:AddTags", JOBS),
        ]
        found = [allow(action, on=on) for action, on in wanted if action not in without]
        if "iam:PassRole" not in without:
            passed = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
            found.append({**allow("iam:PassRole", on=self.lab.role), "Condition": passed})
        return found

    def start(self, task: dict[str, Any], *statements: dict[str, Any]) -> str:
        """A new execution of a machine that has this one task."""
        acting = role(self.lab.cloud, *(statements or self.rights()), service="states.amazonaws.com")
        definition = {
            "QueryLanguage": "JSONata",
            "StartAt": "Do",
            "States": {"Do": {"Type": "Task", "End": True, **task}},
        }
        machine = self.states.create_state_machine(
            name=f"machine-{uuid.uuid4().hex[:10]}", definition=json.dumps(definition), roleArn=acting
        )["stateMachineArn"]
        arn: str = self.states.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
        return arn

    def ended(self, execution: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.states.describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else found

        found: dict[str, Any] = until(look, "the end of the execution")
        return found

    def run(self, task: dict[str, Any], *statements: dict[str, Any]) -> dict[str, Any]:
        return self.ended(self.start(task, *statements))


@pytest.fixture
def machines(lab: Lab) -> Machines:
    return Machines(lab)


def training(request: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Resource": SYNC, "Arguments": request, **more}


def test_a_task_waits_for_the_job_and_answers_what_describe_says(lab: Lab, machines: Machines) -> None:
    request = lab.request(PRINTS)
    found = machines.run(training(request))
    assert found["status"] == "SUCCEEDED", found
    answer = json.loads(found["output"])
    assert answer["TrainingJobStatus"] == "Completed"
    assert answer["FinalMetricDataList"][0]["Value"] == 0.75
    assert answer["ModelArtifacts"]["S3ModelArtifacts"].startswith(f"s3://{lab.bucket}/out/")
    tags = lab.sagemaker.list_tags(ResourceArn=answer["TrainingJobArn"])["Tags"]
    assert {"Key": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"} in tags


def test_a_job_that_fails_fails_the_task_with_its_description(lab: Lab, machines: Machines) -> None:
    found = machines.run(training(lab.request("raise ValueError('bad column Fare')")))
    assert (found["status"], found["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(found["cause"])
    assert cause["TrainingJobStatus"] == "Failed"
    assert "bad column Fare" in cause["FailureReason"]


@pytest.mark.parametrize("without", [*EVENTS, "sagemaker:ListTags", "sagemaker:AddTags", *CALLS[:2], "iam:PassRole"])
def test_a_role_that_lacks_one_right_fails_the_task_by_its_name(lab: Lab, machines: Machines, without: str) -> None:
    found = machines.run(training(lab.request(PRINTS)), *machines.rights(without))
    assert (found["status"], found["error"]) == ("FAILED", "SageMaker.AmazonSageMakerException")
    expected = "is not authorized to create managed-rule" if without in EVENTS else f"to perform: {without} on resource"
    assert expected in found["cause"]


def test_a_job_goes_on_where_the_role_may_not_stop_it(lab: Lab, machines: Machines) -> None:
    request = lab.request(HANGS, seconds=600)
    execution = machines.start(training(request), *machines.rights("sagemaker:StopTrainingJob"))
    lab.in_status(request["TrainingJobName"], "Training")
    machines.states.stop_execution(executionArn=execution)
    assert machines.ended(execution)["status"] == "ABORTED"
    assert lab.described(request["TrainingJobName"])["TrainingJobStatus"] == "InProgress"
    lab.sagemaker.stop_training_job(TrainingJobName=request["TrainingJobName"])


def test_an_execution_that_is_stopped_stops_its_job(lab: Lab, machines: Machines) -> None:
    request = lab.request(HANGS)
    execution = machines.start(training(request))
    lab.in_status(request["TrainingJobName"], "Training")
    machines.states.stop_execution(executionArn=execution)
    assert machines.ended(execution)["status"] == "ABORTED"
    assert lab.ended(request["TrainingJobName"])["TrainingJobStatus"] == "Stopped"


def test_a_task_that_is_late_stops_its_job(lab: Lab, machines: Machines) -> None:
    request = lab.request(HANGS)
    found = machines.run(training(request, TimeoutSeconds=2))
    assert (found["status"], found["error"]) == ("FAILED", "States.Timeout")
    assert lab.ended(request["TrainingJobName"])["TrainingJobStatus"] == "Stopped"


def test_refusals_of_the_call_have_their_names(lab: Lab, machines: Machines) -> None:
    request = lab.request(PRINTS)
    assert machines.run(training(request))["status"] == "SUCCEEDED"
    again = machines.run(training(request))
    assert again["error"] == "SageMaker.ResourceInUseException"
    assert "already exists" in again["cause"]
    wrong = machines.run(training({**request, "TrainingJobName": "under_score"}))
    assert wrong["error"] == "SageMaker.AmazonSageMakerException"
    assert "failed to satisfy constraint" in wrong["cause"]


def test_a_quota_and_a_rate_that_are_used_up(lab: Lab, machines: Machines) -> None:
    switch(lab.cloud, "limits", jobs=0)
    found = machines.run(training(lab.request(PRINTS)))
    assert found["error"] == "SageMaker.ResourceLimitExceededException"
    assert "ml.m5.large for training job usage" in found["cause"]
    switch(lab.cloud, "limits")
    switch(lab.cloud, "calls", error="ThrottlingException", operation="CreateTrainingJob", times=None)
    found = machines.run(training(lab.request(PRINTS)))
    assert found["error"] == "SageMaker.AmazonSageMakerException"
    assert "Rate exceeded" in found["cause"]


@pytest.mark.parametrize("resource", ["createModel.sync", "createTrainingJob.waitForTaskToken", "deleteModel"])
def test_an_integration_that_aws_has_not_is_refused_with_the_machine(machines: Machines, resource: str) -> None:
    with pytest.raises(ClientError, match="is not recognized"):
        machines.start({"Resource": f"arn:aws:states:::sagemaker:{resource}", "Arguments": {"ModelName": "x"}})


def test_a_job_of_another_kind_is_refused_loudly(machines: Machines) -> None:
    task = {"Resource": "arn:aws:states:::sagemaker:createProcessingJob.sync", "Arguments": {"ProcessingJobName": "x"}}
    found = machines.run(task)
    assert found["error"] == "States.Runtime"
    assert "The local cloud has no" in found["cause"]


def test_models_and_endpoints_are_made_by_tasks(lab: Lab, machines: Machines) -> None:
    """Request Response: the tasks go on at once, with the metadata of the SDK."""
    name = lab.name("by-task")
    data = lab.put(f"models/{name}.tar.gz", archive({"code/inference.py": "def model_fn(d): return 1\n"}))
    size = {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}
    everything = [allow("sagemaker:*"), machines.rights()[-1]]
    tasks: list[tuple[str, dict[str, Any], str]] = [
        (
            "createModel",
            {
                "ModelName": name,
                "ExecutionRoleArn": lab.role,
                "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": data},
            },
            "ModelArn",
        ),
        (
            "createEndpointConfig",
            {
                "EndpointConfigName": name,
                "ProductionVariants": [{"VariantName": "AllTraffic", "ModelName": name, **size}],
            },
            "EndpointConfigArn",
        ),
        ("createEndpoint", {"EndpointName": name, "EndpointConfigName": name}, "EndpointArn"),
    ]
    for action, arguments, arn in tasks:
        task = {"Resource": f"arn:aws:states:::sagemaker:{action}", "Arguments": arguments}
        lacking = machines.run(task, allow("s3:*"))
        assert lacking["error"] == "SageMaker.AmazonSageMakerException"
        found = machines.run(task, *everything)
        assert found["status"] == "SUCCEEDED", found
        answer = json.loads(found["output"])
        assert answer[arn].endswith(f"/{name}")
        assert answer["SdkHttpMetadata"]["HttpStatusCode"] == 200
    again = {"Resource": "arn:aws:states:::sagemaker:updateEndpoint"}
    again["Arguments"] = {"EndpointName": "none", "EndpointConfigName": name}
    found = machines.run(again, *everything)
    assert found["error"] == "SageMaker.AmazonSageMakerException"
    assert "Could not find endpoint" in found["cause"]


def test_a_job_that_is_started_and_not_waited_for_needs_no_rule(lab: Lab, machines: Machines) -> None:
    request = lab.request(PRINTS)
    task = {"Resource": SYNC.removesuffix(".sync"), "Arguments": request}
    found = machines.run(task, *machines.rights(*EVENTS, "sagemaker:ListTags", "sagemaker:AddTags"))
    assert found["status"] == "SUCCEEDED", found
    assert json.loads(found["output"])["TrainingJobArn"].endswith(request["TrainingJobName"])
    assert lab.ended(request["TrainingJobName"])["TrainingJobStatus"] == "Completed"
