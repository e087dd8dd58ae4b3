"""A manifest becomes a model that answers over HTTP, or is refused by name, through AWS's APIs and the stack's outputs.

The rows are the test's own, below ``datasets/`` of the models bucket, with a signal in them that a model can find. On
AWS each training job costs some cents, and the test with an endpoint some more.
"""

from __future__ import annotations

import csv
import io
import json
import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.credentials import Credentials

from operate.questions.calls import Answered, Door
from tests.e2e import mail, stacks
from tests.e2e.waiting import eventually

PATIENCE = 1800.0 if stacks.wants_aws() else 900.0
"""Seconds until a model, or its refusal, counts as lost; on AWS a training job takes minutes to start. Only a failing
test ever waits so long."""
COLUMNS = {"hour": "number", "member": "category", "colour": "category"}
TARGET = "returns"
Row = dict[str, str]


def rows(count: int, seed: int) -> list[Row]:
    """Members who come early return; the colour says nothing. Some cells are empty."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        hour, member = chance.randrange(24), chance.choice(("yes", "no"))
        likely = 0.85 if member == "yes" and hour < 12 else 0.1
        row = {"hour": str(hour), "member": member, "colour": chance.choice(("red", "blue", "green"))}
        if chance.random() < 0.05:
            row[chance.choice(list(row))] = ""
        found.append({**row, TARGET: "Yes" if chance.random() < likely else "No"})
    return found


def as_csv(found: Sequence[Mapping[str, str]], names: Sequence[str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([row[name] for name in names] for row in found)
    return text.getvalue().encode()


TEST = rows(1200, seed=2)


class Models:
    """The stack's models bucket, its door, and one test's share of them."""

    def __init__(self, stack: stacks.Stack, door: Door) -> None:
        self.stack, self.door, self.s3 = stack, door, stack.client("s3")
        self.bucket = stack.outputs["ModelsBucketName"]
        self.mark = f"e2e-{secrets.token_hex(4)}"

    @cached_property
    def place(self) -> str:
        """Where the rows of all models of this run lie."""
        for name, found in (("train", rows(3000, seed=1)), ("test", TEST)):
            self.write(f"datasets/{self.mark}/{name}/rows.csv", as_csv(found, [*COLUMNS, TARGET]))
        return f"s3://{self.bucket}/datasets/{self.mark}"

    def name(self, of: str) -> str:
        return f"{self.mark}-{of}"

    def manifest(self, of: str, columns: Sequence[str] = tuple(COLUMNS), **more: Any) -> dict[str, Any]:
        return {
            "schema": 1,
            "name": self.name(of),
            "program": "tabular",
            "target": TARGET,
            "positive": "Yes",
            "channels": [
                {"channelName": name, "s3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{self.place}/{name}/"}}
                for name in ("train", "test")
            ],
            "columns": [{"name": name, "type": COLUMNS[name]} for name in columns],
            "hyperparameters": {"max_iter": 30},
            "gate": {"at_least": 0.7},
            **more,
        }

    def write(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def read(self, key: str) -> bytes | None:
        try:
            return bytes(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        except self.s3.exceptions.NoSuchKey:
            return None

    def json(self, key: str) -> Any:
        body = self.read(key)
        return None if body is None else json.loads(body)

    def put(self, manifest: Mapping[str, Any], file: str = "") -> None:
        self.write(f"manifests/{file or manifest['name']}.json", json.dumps(manifest).encode())

    def serving(self, of: str) -> str | None:
        pointer = self.json(f"pointers/{self.name(of)}.json")
        return None if pointer is None else pointer["version"]

    def deployed(self, of: str, before: str | None = None) -> str:
        """Waits for a version other than ``before``; a refusal ends the wait, since nothing would come after it."""

        def look() -> str | None:
            told = self.refusals(of)
            assert not told, told
            found = self.serving(of)
            return found if found != before else None

        return eventually(look, f"a version of {self.name(of)} that serves", PATIENCE)

    def refusals(self, of: str) -> list[Any]:
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=f"rejected/{self.name(of)}/")
        return [self.json(entry["Key"]) for entry in listed.get("Contents", [])]

    def refused(self, of: str) -> Any:
        """Waits for a refusal, which is then the only one."""
        (document,) = eventually(lambda: self.refusals(of) or None, f"a refusal of {self.name(of)}", PATIENCE)
        return document

    def of_version(self, of: str, version: str, file: str) -> Any:
        return self.json(f"models/{self.name(of)}/{version}/{file}")

    def jobs(self) -> set[str]:
        """Names of the stack's training jobs for models of this run."""
        pages = self.stack.client("sagemaker").get_paginator("list_training_jobs").paginate(NameContains=self.mark)
        return {each["TrainingJobName"] for page in pages for each in page["TrainingJobSummaries"]}

    def ask(self, of: str, body: bytes, form: str = "application/json") -> Answered:
        return self.door.post_bytes(f"/models/{self.name(of)}/predictions", body, form)

    def predictions(self, of: str, version: str, body: bytes, form: str = "application/json") -> list[Any]:
        """Of a version that serves; workers look at the pointer, or where there was none, again after some seconds."""

        def look() -> list[Any] | None:
            answer = self.ask(of, body, form)
            if answer.status == 404:
                return None
            assert answer.status == 200, answer
            found: list[Any] = answer.document["predictions"]
            return found if answer.document["version"] == version else None

        return eventually(look, f"an answer of {version}", PATIENCE)


@pytest.fixture(scope="module")
def door(stack: stacks.Stack) -> Iterator[Door]:
    """Of an IAM user who may call the API and nothing else."""
    if "PredictUrl" not in stack.outputs:
        stacks.lacks("the stack trains nothing (UseTraining)")
    if stack.parameters.get("TokenIssuer"):
        stacks.lacks("the stack takes tokens of its issuer, and these tests have none")
    iam, meta = stack.client("iam"), stack.client("sts").meta
    account, api = stack.client("sts").get_caller_identity()["Account"], stack.outputs["TrainingApiId"]
    resource = f"arn:{meta.partition}:execute-api:{meta.region_name}:{account}:{api}/*"
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource}
    name = f"e2e-{secrets.token_hex(6)}"
    iam.create_user(UserName=name)
    iam.put_user_policy(
        UserName=name,
        PolicyName="ask",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    key = iam.create_access_key(UserName=name)["AccessKey"]
    port = None if stacks.wants_aws() else urlsplit(meta.endpoint_url).port
    credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    found = Door(stack.outputs["PredictUrl"], meta.region_name, credentials, port=port)
    # AWS knows new keys, and their rights, after some seconds.
    ready = lambda: found if found.send("POST", "/models/nothing/predictions", {}).status == 404 else None  # noqa: E731
    yield eventually(ready, f"a door for {name}", PATIENCE)
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=name, PolicyName="ask")
    iam.delete_user(UserName=name)


@pytest.fixture(scope="module")
def models(stack: stacks.Stack, door: Door) -> Models:
    return Models(stack, door)


@pytest.fixture(scope="module")
def events(stack: stacks.Stack, door: Door) -> Iterator[mail.Events]:
    with mail.listening(stack, "millrace.training") as found:
        yield found


def told(events: mail.Events, kind: str, name: str) -> dict[str, Any]:
    """The first event of that type about a model. A training may take longer on AWS than any other event."""

    def look() -> dict[str, Any] | None:
        return next((detail for found, detail in events.seen(name=name) if found == kind), None)

    return eventually(look, f"{kind} of {name}", PATIENCE)


@dataclass(frozen=True)
class Served:
    models: Models
    of: str
    version: str


@pytest.fixture(scope="module")
def served(models: Models, events: mail.Events) -> Served:
    """A model that serves by the function."""
    tuning = {"strategy": "grid", "jobs": 2, "parallel": 2, "ranges": {"max_leaf_nodes": [4, 15]}}
    models.put(models.manifest("good", tuning=tuning))
    return Served(models, "good", models.deployed("good"))


def body_of(found: Sequence[Mapping[str, str | None]]) -> bytes:
    return json.dumps([dict(row) for row in found]).encode()


def without_target(found: Sequence[Row]) -> list[Row]:
    return [{name: row[name] for name in COLUMNS} for row in found]


def test_the_report_says_why_the_model_serves(served):
    report = served.models.of_version(served.of, served.version, "report.json")
    assert report["accepted"]
    assert report["reasons"] == []
    assert report["counts"]["rows"]["test"] == len(TEST)
    assert report["counts"]["positives"]["test"] == sum(row[TARGET] == "Yes" for row in TEST)
    assert report["new"]["roc_auc"] > 0.8
    assert report["above_baseline"] > 0
    assert len(report["trials"]) == 2


def test_it_is_told_that_a_model_serves(served, events):
    detail = told(events, "ModelDeployed", served.models.name(served.of))
    assert (detail["version"], detail["kind"]) == (served.version, "function")


def test_it_answers_as_the_job_did_to_the_last_bit(served):
    smoke = served.models.of_version(served.of, served.version, "smoke.json")["rows"]
    assert len(smoke) == 20
    found = served.models.predictions(served.of, served.version, body_of([each["row"] for each in smoke]))
    assert [each["probability"] for each in found] == [each["probability"] for each in smoke]


def test_four_forms_of_the_same_rows_have_the_same_answer(served):
    asked = without_target(TEST[:50])
    cells = [[row[name] for name in COLUMNS] for row in asked]
    forms = {
        "csv with a header": (as_csv(asked, list(COLUMNS)), "text/csv"),
        "json": (body_of(asked), "application/json"),
        "instances": (json.dumps({"instances": [{"features": row} for row in cells]}).encode(), "application/json"),
        "lines": ("\n".join(json.dumps(row) for row in asked).encode(), "application/jsonlines"),
    }
    answers = {
        name: served.models.predictions(served.of, served.version, body, form) for name, (body, form) in forms.items()
    }
    assert all(each == answers["json"] for each in answers.values())
    assert {each["label"] for each in answers["json"]} == {"Yes", "No"}


def test_what_cannot_be_asked_is_refused_by_name(served):
    wrong = {
        400: (served.of, b'[{"hour": 7, "weather": "fair"}]', "application/json"),
        404: ("nothing", b"[[1, 2, 3]]", "application/json"),
        415: (served.of, b"<rows/>", "application/xml"),
    }
    assert {status: served.models.ask(*asked).status for status, asked in wrong.items()} == {
        status: status for status in wrong
    }
    unsigned = replace(served.models.door, credentials=Credentials("nobody", "nothing"))
    assert unsigned.post_bytes(f"/models/{served.models.name(served.of)}/predictions", b"[]", "text/csv").status == 403


def test_a_worse_manifest_is_refused_and_the_old_model_serves(served, events):
    models = served.models
    models.put(models.manifest(served.of, ["colour"], gate={}), file=models.name("worse"))
    document = models.refused(served.of)
    assert document["error"] == "GateRefused"
    assert models.serving(served.of) == served.version
    assert models.ask(served.of, body_of(without_target(TEST[:3]))).document["version"] == served.version
    detail = told(events, "ModelRefused", models.name(served.of))
    assert (detail["error"], models.json(detail["rejected"]["key"])) == ("GateRefused", document)


def test_the_same_manifest_again_trains_nothing(served):
    models, states = served.models, served.models.stack.client("stepfunctions")
    key = f"manifests/{models.name(served.of)}.json"
    machine, jobs = models.stack.outputs["TrainModelArn"], models.jobs()

    def outputs() -> list[Any]:
        pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="SUCCEEDED")
        arns = [entry["executionArn"] for page in pages for entry in page["executions"]]
        found = [states.describe_execution(executionArn=arn) for arn in arns]
        mine = [each for each in found if json.loads(each["input"])["manifest"]["key"] == key]
        return [json.loads(each["output"]) for each in mine]

    before = len([each for each in outputs() if each.get("action") == "serving"])
    models.s3.put_object(Bucket=models.bucket, Key=key, Body=models.read(key))

    def look() -> Any:
        found = [each for each in outputs() if each.get("action") == "serving"]
        return found if len(found) > before else None

    ended = eventually(look, "the end of its execution", PATIENCE)
    assert {each["version"] for each in ended} == {served.version}
    assert models.jobs() == jobs
    assert models.serving(served.of) == served.version


def test_a_manifest_with_mistakes_is_told_all_of_them(models):
    manifest = models.manifest("wrong", tuning={"strategy": "grid", "jobs": 0}, approval="perhaps")
    models.put({**manifest, "target": "hour"})
    document = models.refused("wrong")
    assert document["error"] == "ManifestInvalid"
    assert all(word in document["message"] for word in ("tuning", "approval", "hour")), document
    assert not [name for name in models.jobs() if models.name("wrong") in name]


def test_a_model_that_waits_serves_when_the_registry_says_so(models, events):
    models.put(models.manifest("asked", approval="manual"))
    package = told(events, "ModelAwaitingApproval", models.name("asked"))["package"]
    assert models.serving("asked") is None
    assert models.ask("asked", body_of(without_target(TEST[:1]))).status == 404
    registry = models.stack.client("sagemaker")
    registry.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
    version = models.deployed("asked")
    assert len(models.predictions("asked", version, body_of(without_target(TEST[:3])))) == 3


def test_an_endpoint_and_the_function_answer_the_same(models):
    """The same rows, hyperparameters and seed: what differs is where the model answers."""
    for of, kind in (("by-function", "function"), ("by-endpoint", "serverless")):
        models.put(models.manifest(of, deploy={"kind": kind, "memory_mb": 2048, "max_concurrency": 1}))
    body = as_csv(without_target(TEST), list(COLUMNS))
    found = {of: models.predictions(of, models.deployed(of), body, "text/csv") for of in ("by-function", "by-endpoint")}
    assert len(found["by-function"]) == len(TEST)
    assert found["by-function"] == found["by-endpoint"]
    pointer = models.json(f"pointers/{models.name('by-endpoint')}.json")
    endpoint = models.stack.client("sagemaker").describe_endpoint(EndpointName=pointer["endpoint"])
    assert endpoint["EndpointStatus"] == "InService"
