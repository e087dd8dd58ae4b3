"""Endpoints of the local SageMaker: what serves, what a bad one leaves serving, and how a model's faults are told."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.sagemaker.builders import IMAGE, Lab, archive, running, switch, until

DOUBLES = """
import json
def model_fn(folder):
    print("noise on stdout")
    return json.load(open(folder + "/model.json"))["factor"]
def input_fn(body, content_type):
    if content_type == "application/x-thing":
        raise ValueError("no such form")
    return [float(line) for line in body.split()]
def predict_fn(data, factor):
    return [one * factor for one in data]
def output_fn(prediction, accept):
    return json.dumps(prediction), "application/json"
"""
SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 2}


class Hosting:
    """Models, configurations and endpoints of one lab."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.sagemaker = lab, lab.sagemaker
        self.runtime = lab.cloud.client("sagemaker-runtime")

    def model(self, code: str = DOUBLES, factor: float = 2, files: dict[str, str] | None = None, **more: Any) -> str:
        name = self.lab.name("model")
        held = files or {"code/inference.py": code, "model.json": json.dumps({"factor": factor})}
        uri = self.lab.put(f"models/{name}.tar.gz", archive(held))
        container = {"Image": IMAGE, "ModelDataUrl": uri, **more}
        self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=self.lab.role, PrimaryContainer=container)
        return name

    def config(self, model: str, *, serverless: bool = True) -> str:
        name = self.lab.name("config")
        size = {"ServerlessConfig": SERVERLESS}
        if not serverless:
            size = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
        variant = {"VariantName": "AllTraffic", "ModelName": model, **size}
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        return name

    def endpoint(self, config: str) -> str:
        name = self.lab.name("endpoint")
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
        return name

    def settled(self, name: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.sagemaker.describe_endpoint(EndpointName=name)
            return found if found["EndpointStatus"] in ("InService", "Failed") else None

        found: dict[str, Any] = until(look, f"{name} in service")
        return found

    def serving(self, code: str = DOUBLES, **more: Any) -> str:
        """The name of a new endpoint, once it is in service."""
        name = self.endpoint(self.config(self.model(code), **more))
        found = self.settled(name)
        assert found["EndpointStatus"] == "InService", found
        return name

    def ask(self, name: str, body: str | bytes = "1\n4\n", **more: Any) -> Any:
        answer = self.runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=body, **more)
        assert answer["InvokedProductionVariant"] == "AllTraffic"
        return json.loads(answer["Body"].read())

    def refused(self, name: str, body: str | bytes = "1", **more: Any) -> dict[str, Any]:
        with pytest.raises(ClientError) as caught:
            self.runtime.invoke_endpoint(**{"EndpointName": name, "ContentType": "text/csv", "Body": body, **more})
        return caught.value.response


@pytest.fixture(scope="module")
def hosting(lab: Lab) -> Hosting:
    return Hosting(lab)


@pytest.fixture(scope="module")
def endpoint(hosting: Hosting) -> str:
    """One that doubles."""
    return hosting.serving()


def invalid(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**members)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    return str(caught.value.response["Error"]["Message"])


def test_a_model_answers_behind_its_endpoint(hosting: Hosting, endpoint: str) -> None:
    assert hosting.ask(endpoint) == [2.0, 8.0]
    found = hosting.sagemaker.describe_endpoint(EndpointName=endpoint)
    assert found["ProductionVariants"][0]["CurrentServerlessConfig"] == SERVERLESS
    assert endpoint in [one["EndpointName"] for one in hosting.sagemaker.list_endpoints()["Endpoints"]]


def test_what_the_model_prints_is_in_its_log_and_nowhere_else(hosting: Hosting, endpoint: str) -> None:
    logs, group = hosting.lab.cloud.client("logs"), f"/aws/sagemaker/Endpoints/{endpoint}"
    until(lambda: logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"], "the log")
    until(lambda: "noise on stdout" in str(logs.filter_log_events(logGroupName=group)["events"]), "the line")


def test_an_update_takes_the_new_model_and_a_bad_one_leaves_the_old(hosting: Hosting) -> None:
    name = hosting.serving(serverless=False)
    better = hosting.config(hosting.model(factor=3), serverless=False)
    hosting.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=better)
    found = hosting.settled(name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", better)
    assert hosting.ask(name) == [3.0, 12.0]
    bad = hosting.config(hosting.model("def model_fn(folder):\n    raise OSError('cannot read')\n"), serverless=False)
    hosting.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=bad)
    found = hosting.settled(name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", better)
    assert "did not pass the ping health check" in found["FailureReason"]
    assert "cannot read" in found["FailureReason"]
    assert hosting.ask(name) == [3.0, 12.0]


def test_states_are_events_in_a_spelling_of_their_own(hosting: Hosting, events: Any) -> None:
    name = hosting.serving()
    arn = hosting.sagemaker.describe_endpoint(EndpointName=name)["EndpointArn"]
    bad = hosting.config(hosting.model("raise OSError('no')"))
    hosting.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=bad)
    hosting.settled(name)
    hosting.sagemaker.delete_endpoint(EndpointName=name)
    found = events(arn, 6)
    assert {event["detail-type"] for event in found} == {"SageMaker Endpoint State Change"}
    states = ["CREATING", "IN_SERVICE", "UPDATING", "ROLLING_BACK", "IN_SERVICE", "DELETING"]
    assert sorted(event["detail"]["EndpointStatus"] for event in found) == sorted(states)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"model/code/inference.py": DOUBLES}, "no code/inference.py at the top of model.tar.gz; it holds model/code/"),
        ({"code/inference.py": "x = 1"}, "Please provide a model_fn implementation"),
        ({"code/inference.py": "import sys\nsys.exit(3)"}, "SystemExit"),
        ({"code/inference.py": "import os\nos._exit(3)"}, "it ended"),
        (
            {"code/inference.py": "def model_fn(d): 0\ndef transform_fn(*a): 0\ndef input_fn(*a): 0"},
            "Cannot use transform_fn",
        ),
    ],
)
def test_an_archive_that_cannot_serve_fails_by_its_reason(hosting: Hosting, files: dict[str, str], said: str) -> None:
    name = hosting.endpoint(hosting.config(hosting.model(files=files)))
    found = hosting.settled(name)
    assert found["EndpointStatus"] == "Failed"
    assert said in found["FailureReason"]
    assert "not found" in hosting.refused(name)["Error"]["Message"]


def test_a_model_that_loads_too_slowly_fails(hosting: Hosting) -> None:
    switch(hosting.lab.cloud, "limits", start_seconds=1)
    name = hosting.endpoint(hosting.config(hosting.model("import time\ntime.sleep(600)\n")))
    assert "not loaded after 1 seconds" in hosting.settled(name)["FailureReason"]


FAULTY = """
import os, time
def model_fn(folder): return 1
def input_fn(body, content_type): return body.strip()
def predict_fn(data, model):
    if data == "raise": raise KeyError("Fare")
    if data == "exit": os._exit(7)
    if data == "slow": time.sleep(600)
    if data == "large":
        held = []
        while True: held.append(bytearray(20 << 20))
    return data
def output_fn(prediction, accept): return '"' + prediction + '"'
"""


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        ("raise", 500, "KeyError: 'Fare'"),
        ("exit", 500, "worker ended"),
        ("slow", 0, "invocation timed out"),
        ("large", 500, "more than 256 MB"),
    ],
)
def test_a_request_that_breaks_the_model_is_a_model_error_and_the_next_is_answered(
    hosting: Hosting, fault: str, status: int, said: str
) -> None:
    name = hosting.serving(FAULTY)
    switch(hosting.lab.cloud, "limits", invocation_seconds=2 if fault == "slow" else 60, memory_mb=256)
    answer = hosting.refused(name, fault)
    assert answer["Error"]["Code"] == "ModelError"
    assert (answer["OriginalStatusCode"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (status, 424)
    assert said in answer["OriginalMessage"]
    assert answer["LogStreamArn"].endswith(f":log-group:/aws/sagemaker/Endpoints/{name}")
    assert hosting.ask(name, "fine") == "fine"


def test_the_default_functions_are_those_of_awss_container(hosting: Hosting) -> None:
    code = "def model_fn(folder): return 1\ndef predict_fn(data, model): return [str(data.dtype), data.tolist()]\n"
    name = hosting.serving(code)
    assert hosting.ask(name, "1,2\n3,4\n") == ["float32", [[1.0, 2.0], [3.0, 4.0]]]
    assert hosting.refused(name, b"x", ContentType="application/x-thing")["OriginalStatusCode"] == 415
    assert (
        hosting.refused(name, b"[1]", ContentType="application/json", Accept="image/png")["OriginalStatusCode"] == 406
    )


def test_bounds_of_a_request(hosting: Hosting, endpoint: str) -> None:
    assert "4194304 bytes" in hosting.refused(endpoint, b"x" * 4_194_305)["Error"]["Message"]
    for wrong in ({"TargetModel": "a.tar.gz"}, {"TargetVariant": "Other"}, {"SessionId": "NEW_SESSION"}):
        assert hosting.refused(endpoint, **wrong)["Error"]["Code"] == "ValidationError"
    assert hosting.ask(endpoint, "1", TargetVariant="AllTraffic", InferenceId="a", CustomAttributes="b") == [2.0]


def test_a_serverless_endpoint_throttles_what_is_above_its_concurrency(hosting: Hosting) -> None:
    name, codes = hosting.serving(FAULTY), list[str]()
    waiting = [
        threading.Thread(target=lambda: codes.append(hosting.refused(name, "slow")["Error"]["Code"])) for _ in range(3)
    ]
    for one in waiting:
        one.start()
    until(lambda: codes == ["ThrottlingException"], "the throttling")
    hosting.sagemaker.delete_endpoint(EndpointName=name)
    for one in waiting:
        one.join()
    assert sorted(codes) == ["ModelError", "ModelError", "ThrottlingException"]


def test_an_idle_process_ends_and_the_next_call_starts_it(hosting: Hosting) -> None:
    code = "import os\ndef model_fn(d): return os.getpid()\ndef input_fn(b, c): return b\n"
    name = hosting.serving(code + "def predict_fn(data, model): return model\n")
    first = hosting.ask(name)
    assert hosting.ask(name) == first
    switch(hosting.lab.cloud, "limits", idle_seconds=0)
    until(lambda: not running(first), "the end of the process")
    switch(hosting.lab.cloud, "limits")
    assert hosting.ask(name) != first


def test_a_deleted_endpoint_is_gone_with_its_process(hosting: Hosting) -> None:
    code = "import os\ndef model_fn(d): return os.getpid()\ndef input_fn(b, c): return b\n"
    name = hosting.serving(code + "def predict_fn(data, model): return model\n")
    process = hosting.ask(name)
    hosting.sagemaker.delete_endpoint(EndpointName=name)
    until(lambda: not running(process), "the end of the process")
    assert "Could not find endpoint" in invalid(hosting.sagemaker.describe_endpoint, EndpointName=name)
    assert "not found" in hosting.refused(name)["Error"]["Message"]


def test_what_is_not_there_and_what_is_there_already(hosting: Hosting) -> None:
    sagemaker = hosting.sagemaker
    model = hosting.model()
    config = hosting.config(model)
    container = {"Image": IMAGE, "ModelDataUrl": f"s3://{hosting.lab.bucket}/models/{model}.tar.gz"}
    again = {"ModelName": model, "ExecutionRoleArn": hosting.lab.role, "PrimaryContainer": container}
    assert "Cannot create already existing model" in invalid(sagemaker.create_model, **again)
    lost = {**again, "ModelName": "other", "PrimaryContainer": {**container, "ModelDataUrl": "s3://nowhere/x.tar.gz"}}
    assert "Could not access model data" in invalid(sagemaker.create_model, **lost)
    assert "Could not find model" in invalid(sagemaker.describe_model, ModelName="missing")
    sagemaker.delete_endpoint_config(EndpointConfigName=config)
    assert "Could not find endpoint configuration" in invalid(
        sagemaker.create_endpoint, EndpointName="x", EndpointConfigName=config
    )
    sagemaker.delete_model(ModelName=model)
    assert "Could not find model" in invalid(sagemaker.delete_model, ModelName=model)


def test_a_configuration_that_aws_refuses(hosting: Hosting) -> None:
    model = hosting.model()

    def said(**variant: Any) -> str:
        variants = [{"VariantName": "AllTraffic", "ModelName": model, **variant}]
        return invalid(hosting.sagemaker.create_endpoint_config, EndpointConfigName="c", ProductionVariants=variants)

    assert "is not one of 1024" in said(ServerlessConfig={"MemorySizeInMB": 1500, "MaxConcurrency": 1})
    assert "less than or equal to 6144" in said(ServerlessConfig={"MemorySizeInMB": 7168, "MaxConcurrency": 1})
    assert "ServerlessConfig, or InstanceType" in said(ServerlessConfig=SERVERLESS, InstanceType="ml.m5.large")
    assert "needs InstanceType" in said()
    assert "Could not find model" in said(ServerlessConfig=SERVERLESS, ModelName="missing")


def test_an_endpoint_in_progress_is_left_alone(hosting: Hosting) -> None:
    slow = "import time\ntime.sleep(600)\ndef model_fn(d): return 1\n"
    name = hosting.endpoint(hosting.config(hosting.model(slow)))
    assert "in-progress" in invalid(hosting.sagemaker.delete_endpoint, EndpointName=name)
    other = hosting.config(hosting.model())
    assert "in-progress" in invalid(hosting.sagemaker.update_endpoint, EndpointName=name, EndpointConfigName=other)
