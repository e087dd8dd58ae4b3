"""Training jobs of the local SageMaker: what a program is given, what becomes of it, and what is left."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.services.sagemaker.store import Place, Thing
from local.services.sagemaker.training import run
from local.services.sagemaker.training.layout import HINT
from tests.local.sagemaker.builders import Lab, allow, archive, role, running, switch, until

GOOD = """
import csv, json, os, sys
rows = list(csv.DictReader(open(os.environ["SM_CHANNEL_TRAIN"] + "/a.csv")))
print("some words")
print("metric roc_auc=0.5")
print("metric roc_auc=0.75")
given = {"rows": rows, "arguments": sys.argv[1:], "hyper": json.loads(os.environ["SM_HPS"])}
json.dump(given, open(os.environ["SM_MODEL_DIR"] + "/model.json", "w"))
open(os.environ["SM_OUTPUT_DATA_DIR"] + "/plot.txt", "w").write("a plot")
"""


def test_a_program_gets_its_channels_and_leaves_its_model(lab: Lab) -> None:
    found = lab.run(GOOD, channels=("train", "validation"), parameters={"learning-rate": "0.1", "target": "y"})
    assert found["TrainingJobStatus"] == "Completed", found
    assert [(one["MetricName"], one["Value"]) for one in found["FinalMetricDataList"]] == [("roc_auc", 0.75)]
    uri = found["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"s3://{lab.bucket}/out/{found['TrainingJobName']}/output/model.tar.gz"
    given = json.loads(lab.files(uri)["model.json"])
    assert given["rows"] == [{"x": "1", "y": "0"}, {"x": "2", "y": "1"}]
    assert given["arguments"] == ["--learning-rate", "0.1", "--target", "y"]
    assert given["hyper"] == {"learning-rate": 0.1, "target": "y"}
    assert lab.files(uri.replace("model.tar.gz", "output.tar.gz")) == {"plot.txt": b"a plot"}
    statuses = [step["Status"] for step in found["SecondaryStatusTransitions"]]
    assert statuses == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert "some words" in lab.log(found["TrainingJobName"])


def refused(lab: Lab, request: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        lab.blind.create_training_job(**request)
    error = caught.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


PROMISE = "open(os.environ['SM_OUTPUT_DIR'] + '/failure', 'w').write('DataError: column Age is constant')"


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("print('begun')\nraise ValueError('bad column Fare')", "ValueError: bad column Fare"),
        ("import sys\nsys.exit(3)", "ExitCode 3"),
        (f"import os, sys\n{PROMISE}\nsys.exit(3)", "AlgorithmError: DataError: column Age is constant, exit code: 3"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "exit code: 139"),
    ],
)
def test_a_program_that_fails_says_why(lab: Lab, program: str, said: str) -> None:
    found = lab.run(program)
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Failed", "Failed")
    assert said in found["FailureReason"]
    assert found["ModelArtifacts"]["S3ModelArtifacts"] == ""


def test_a_reason_keeps_its_end_within_its_length(lab: Lab) -> None:
    found = lab.run("raise ValueError('x' * 5000 + ' the end')")
    assert len(found["FailureReason"]) == 1024
    assert "the end" in found["FailureReason"]
    assert found["FailureReason"].endswith("exit code: 1")


def test_a_program_that_eats_memory_is_ended(lab: Lab) -> None:
    switch(lab.cloud, "limits", memory_mb=150)
    found = lab.run("held = []\nwhile True: held.append(bytearray(10 << 20))")
    assert found["FailureReason"].endswith("exit code: 137")
    assert "more memory" in found["FailureReason"]


def test_memory_is_that_of_all_its_processes(lab: Lab) -> None:
    switch(lab.cloud, "limits", memory_mb=150)
    eat = "held = bytearray(60 << 20); import time; time.sleep(600)"
    program = f"import subprocess, sys\nfor _ in range(4): subprocess.Popen([sys.executable, '-c', {eat!r}])\n"
    assert "more memory" in lab.run(program + "import time\ntime.sleep(600)")["FailureReason"]


TELLS = "import signal, sys, time, os\n"
HEARS = (
    TELLS
    + "def stop(*_):\n    open(os.environ['SM_MODEL_DIR'] + '/part', 'w').write('half')\n    sys.exit(0)\n"
    + "signal.signal(signal.SIGTERM, stop)\nprint('ready', flush=True)\ntime.sleep(600)"
)
DEAF = TELLS + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\ntime.sleep(600)"


@pytest.mark.parametrize("program", [HEARS, DEAF])
def test_a_program_that_is_late_is_stopped_and_leaves_what_it_has(lab: Lab, program: str) -> None:
    switch(lab.cloud, "limits", grace_seconds=60 if program == HEARS else 0.2)
    found = lab.run(program, seconds=1 if program == DEAF else 3)
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    left = lab.files(found["ModelArtifacts"]["S3ModelArtifacts"])
    assert left == ({"part": b"half"} if program == HEARS else {})


def test_a_job_is_stopped_on_request_and_only_once_it_runs(lab: Lab) -> None:
    switch(lab.cloud, "limits", grace_seconds=0.2)
    request = lab.request(DEAF)
    name = request["TrainingJobName"]
    lab.sagemaker.create_training_job(**request)
    lab.in_status(name, "Training")
    lab.sagemaker.stop_training_job(TrainingJobName=name)
    found = lab.ended(name)
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "Stopped")
    with pytest.raises(ClientError, match="is in status Stopped"):
        lab.sagemaker.stop_training_job(TrainingJobName=name)
    with pytest.raises(ClientError, match="Requested resource not found"):
        lab.sagemaker.stop_training_job(TrainingJobName="no-such-job")


def test_a_stop_that_comes_too_late_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """StopTrainingJob looks first and acts then; the job may end in between."""
    told: list[object] = []
    monkeypatch.setattr(run, "tell", lambda *said: told.append(said))
    ended = {"TrainingJobStatus": "Completed", "SecondaryStatus": "Completed", "SecondaryStatusTransitions": []}
    job = Thing(Place("123456789012", "us-east-1"), "training-job", "late", dict(ended))
    run.enter(job, "Stopping", TrainingJobStatus="Stopping")
    assert (job.members, told) == (ended, [])


def test_what_a_program_leaves_running_ends_with_it(lab: Lab) -> None:
    program = "import subprocess, os\nchild = subprocess.Popen(['sleep', '600'])\n"
    found = lab.run(program + "open(os.environ['SM_MODEL_DIR'] + '/pid', 'w').write(str(child.pid))")
    child = int(lab.files(found["ModelArtifacts"]["S3ModelArtifacts"])["pid"])
    until(lambda: not running(child), "the end of the child")


def test_a_metric_behind_many_lines_is_read_and_the_log_keeps_its_end(lab: Lab) -> None:
    found = lab.run("for n in range(50_000): print('x' * 60)\nprint('metric roc_auc=0.625')")
    assert found["FinalMetricDataList"][0]["Value"] == 0.625
    logs, group = lab.cloud.client("logs"), "/aws/sagemaker/TrainingJobs"
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=found["TrainingJobName"])[
        "logStreams"
    ]
    last = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], limit=100)["events"]
    said = [event["message"] for event in last]
    assert said[-1] == "metric roc_auc=0.625"
    assert "The local cloud keeps 20000 lines of a log and left out 30001, but for the last:" in said


def test_a_metric_that_is_not_printed_or_no_number_is_not_there(lab: Lab) -> None:
    assert "FinalMetricDataList" not in lab.run("print('metric roc_auc=-+e')")


def test_a_program_that_writes_nothing_leaves_an_empty_archive(lab: Lab) -> None:
    found = lab.run("print('done')")
    assert found["TrainingJobStatus"] == "Completed"
    assert lab.files(found["ModelArtifacts"]["S3ModelArtifacts"]) == {}


def test_a_program_that_names_opt_ml_is_told_so(lab: Lab) -> None:
    found = lab.run("open('/opt/ml/model/model.json', 'w')")
    assert HINT in found["FailureReason"]
    assert HINT in lab.log(found["TrainingJobName"])


def test_a_manifest_file_names_the_objects(lab: Lab) -> None:
    lab.put("lake/part-0.csv", "x\n1\n")
    lab.put("lake/deep/part-1.csv", "x\n2\n")
    lab.put("lake/other.csv", "x\n3\n")
    names = [{"prefix": f"s3://{lab.bucket}/lake/"}, "part-0.csv", "deep/part-1.csv"]
    uri = lab.put("lake/train.manifest", json.dumps(names))
    program = (
        "import os, json, pathlib\nfolder = pathlib.Path(os.environ['SM_CHANNEL_TRAIN'])\n"
        "found = sorted(str(p.relative_to(folder)) for p in folder.rglob('*.csv'))\n"
        "open(os.environ['SM_MODEL_DIR'] + '/found', 'w').write(json.dumps(found))"
    )
    channel = lab.channel("train", uri, "ManifestFile")
    found = lab.run(program, InputDataConfig=[channel])
    left = lab.files(found["ModelArtifacts"]["S3ModelArtifacts"])
    assert json.loads(left["found"]) == ["deep/part-1.csv", "part-0.csv"]
    lost = lab.put("lake/lost.manifest", json.dumps([names[0], "missing.csv"]))
    found = lab.run(program, InputDataConfig=[lab.channel("train", lost, "ManifestFile")])
    assert "Data download failed:Unable to download object" in found["FailureReason"]
    empty = lab.put("lake/empty.manifest", json.dumps([names[0]]))
    found = lab.run(program, InputDataConfig=[lab.channel("train", empty, "ManifestFile")])
    assert found["FailureReason"].startswith("ClientError: Data download failed:No S3 objects found")


def test_a_channel_of_nothing_is_refused_at_the_call(lab: Lab) -> None:
    request = lab.request("print(1)", InputDataConfig=[lab.channel("train", f"s3://{lab.bucket}/nothing/")])
    code, said = refused(lab, request)
    assert code == "ValidationException"
    assert said.startswith(f'No S3 objects found under S3 URL "s3://{lab.bucket}/nothing/"')


def test_archives_of_programs_that_are_none(lab: Lab) -> None:
    request = lab.request("print(1)")
    request["HyperParameters"]["sagemaker_submit_directory"] = lab.put("code/none.tar.gz", "no archive")
    lab.sagemaker.create_training_job(**request)
    assert "ReadError" in lab.ended(request["TrainingJobName"])["FailureReason"]
    found = lab.run("print(1)", parameters={"sagemaker_program": "other.py"})
    assert "can't open file 'other.py'" in found["FailureReason"]
    assert "holds train.py at its top" in found["FailureReason"]
    request = lab.request("print(1)")
    wrong = lab.put("code/wrong.tar.gz", archive({"../outside.py": "print(1)"}))
    request["HyperParameters"]["sagemaker_submit_directory"] = wrong
    lab.sagemaker.create_training_job(**request)
    assert "OutsideDestinationError" in lab.ended(request["TrainingJobName"])["FailureReason"]


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ("s3:ListBucket", "No S3 objects found under S3 URL"),
        ("s3:GetObject", "Data download failed:Unable to download object"),
        ("s3:PutObject", "Artifact upload failed:AccessDenied"),
    ],
)
def test_a_job_reads_and_writes_with_its_role(lab: Lab, lacking: str, said: str) -> None:
    rights = [one for one in ("s3:ListBucket", "s3:GetObject", "s3:PutObject", "logs:*") if one != lacking]
    request = lab.request("print(1)", RoleArn=role(lab.cloud, allow(*rights)))
    if lacking == "s3:ListBucket":
        assert said in refused(lab, request)[1]
        return
    lab.sagemaker.create_training_job(**request)
    found = lab.ended(request["TrainingJobName"])
    assert found["TrainingJobStatus"] == "Failed"
    assert said in found["FailureReason"]


def test_a_role_without_logs_loses_its_log_alone(lab: Lab) -> None:
    acting = role(lab.cloud, allow("s3:ListBucket", "s3:GetObject", "s3:PutObject"))
    found = lab.run("print('unseen')", RoleArn=acting)
    assert found["TrainingJobStatus"] == "Completed"
    assert lab.log(found["TrainingJobName"]) == []


def test_a_role_that_does_not_trust_sagemaker_is_refused(lab: Lab) -> None:
    other = role(lab.cloud, allow("s3:*"), service="lambda.amazonaws.com")
    assert "Could not assume role" in refused(lab, lab.request("print(1)", RoleArn=other))[1]


def test_a_name_is_used_up_for_ever(lab: Lab) -> None:
    request = lab.request("print(1)")
    lab.sagemaker.create_training_job(**request)
    lab.ended(request["TrainingJobName"])
    code, said = refused(lab, {**request, "TrainingJobName": request["TrainingJobName"].upper()})
    assert code == "ResourceInUse"
    assert "a job with this name already exists" in said


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"TrainingJobName": "under_score"}, "regular expression pattern"),
        ({"TrainingJobName": "a" * 64}, "less than or equal to 63"),
        ({"RoleArn": "arn:aws:iam::1:role/x"}, "regular expression pattern"),
        ({"HyperParameters": {f"p{n}": "1" for n in range(101)}}, "less than or equal to 100"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 0}}, "greater than or equal to 1"),
        ({"OutputDataConfig": {"S3OutputPath": "s3//no-address"}}, "s3//no-address"),
        ({"InputDataConfig": []}, "greater than or equal to 1"),
    ],
)
def test_requests_are_held_to_the_model(lab: Lab, members: dict[str, Any], said: str) -> None:
    code, message = refused(lab, {**lab.request("print(1)"), **members})
    assert code == "ValidationException"
    assert said in message


def test_what_this_stand_in_lacks_is_refused_loudly(lab: Lab) -> None:
    request = lab.request("print(1)")
    request["ResourceConfig"]["InstanceCount"] = 2
    assert refused(lab, request) == (
        "NotImplementedLocally",
        "The local SageMaker has no training job on several instances.",
    )
    with pytest.raises(ClientError, match="has no operation ListModels"):
        lab.sagemaker.list_models()


def test_a_quota_bounds_the_jobs_at_one_time(lab: Lab) -> None:
    switch(lab.cloud, "limits", jobs=1, grace_seconds=0)
    request = lab.request(DEAF)
    lab.sagemaker.create_training_job(**request)
    code, said = refused(lab, lab.request("print(1)"))
    assert code == "ResourceLimitExceeded"
    assert "'ml.m5.large for training job usage' is 1 Instances" in said
    lab.sagemaker.stop_training_job(TrainingJobName=request["TrainingJobName"])
    lab.ended(request["TrainingJobName"])
    assert lab.run("print(1)")["TrainingJobStatus"] == "Completed"


def test_jobs_are_listed_page_by_page(lab: Lab) -> None:
    mark = lab.name("listed")
    for n in range(3):
        lab.run("print(1)", name=f"{mark}-{n}")
    pages = lab.sagemaker.get_paginator("list_training_jobs").paginate(
        NameContains=mark, SortBy="Name", StatusEquals="Completed", PaginationConfig={"PageSize": 2}
    )
    found = [[one["TrainingJobName"] for one in page["TrainingJobSummaries"]] for page in pages]
    assert found == [[f"{mark}-0", f"{mark}-1"], [f"{mark}-2"]]


def test_each_change_of_state_is_an_event(lab: Lab, events: Any) -> None:
    request = lab.request("print(1)", Tags=[{"Key": "team", "Value": "bikes"}])
    lab.sagemaker.create_training_job(**request)
    job = lab.ended(request["TrainingJobName"])
    found = events(job["TrainingJobArn"], 5)
    assert {event["detail-type"] for event in found} == {"SageMaker Training Job State Change"}
    last = next(event["detail"] for event in found if event["detail"]["TrainingJobStatus"] == "Completed")
    assert last["Tags"] == {"team": "bikes"}
    assert last["CreationTime"] == round(job["CreationTime"].timestamp() * 1000)


def test_events_come_twice_on_request(lab: Lab, events: Any) -> None:
    switch(lab.cloud, "events", copies=2)
    job = lab.run("print(1)")
    statuses = [event["detail"]["SecondaryStatus"] for event in events(job["TrainingJobArn"], 10)]
    assert statuses.count("Completed") == 2
