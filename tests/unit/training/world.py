"""One account in memory, and the machine's states in its order: what runs, what dies, what is started again.

S3 and DynamoDB are moto's; SageMaker, Step Functions, EventBridge and the function that predicts are fakes. ``hook`` is
told before and after each call of AWS, and may raise: so a worker dies between any two of them.
"""

from __future__ import annotations

import io
import json
import random
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from common import aws
from common.errors import TransientError
from common.objects import Bucket
from common.table import Table
from tests.unit.training.fake_sagemaker import FakeSageMaker
from tests.unit.training.manifests.manifest import channel
from training.errors import RefusedManifest
from training.handlers import (
    choose,
    claim,
    evaluate,
    gate,
    point,
    prepare,
    refuse,
    register,
    retire,
    smoke,
    validate,
)  # fmt: skip
from training.handlers.approval import ask, decided
from training.handlers.endpoint import deploy, look
from training.model import Column, Json
from training.serving import answering, pointers, walker
from training.transform import fitted

MODELS, DATA, TABLE = "models", "data", "state"
ENVIRONMENT = {
    "MODELS_BUCKET": MODELS, "STATE_TABLE": TABLE, "STACK_NAME": "mr-test", "EVENT_BUS": "default",
    "TRAINING_IMAGE": "1.dkr.ecr/sagemaker-scikit-learn:1.9-0-cpu-py3", "TRAINING_ROLE_ARN": "arn:aws:iam::1:role/job",
    "TRAINING_INSTANCE_TYPE": "ml.m5.large", "TRAINING_SECONDS": "3600", "DAILY_TRAINING_JOBS": "50",
    "PREDICT_NAME": "predict", "TRAINING_APPROVAL": "manifest", "TRAINING_MARGIN_FLOOR": "-1",
    "POWERTOOLS_SERVICE_NAME": "training",
    "POWERTOOLS_METRICS_NAMESPACE": "Millrace/Training", "POWERTOOLS_DEV": "false",
    "TRAIN_MODEL_ARN": "arn:aws:states:us-east-1:1:stateMachine:train",
}  # fmt: skip
CONTEXT = SimpleNamespace(
    function_name="f", memory_limit_in_mb=128, invoked_function_arn="arn:aws:lambda:us-east-1:1:function:f",
    aws_request_id="r", get_remaining_time_in_millis=lambda: 900_000,
)  # fmt: skip
ORDER = (
    ("Claim", claim), ("Validate", validate), ("Prepare", prepare), ("Tune", None), ("Choose", choose),
    ("Evaluate", evaluate), ("Gate", gate), ("Register", register), ("Approve", None), ("EndpointDeploy", deploy),
    ("EndpointLook", look), ("Smoke", smoke), ("Point", point), ("Retire", retire),
)  # fmt: skip
STATES = [name for name, _ in ORDER]
TRIES = 5


class Crash(BaseException):
    """The worker is gone: no except clause and no finally of a handler may count on anything."""


class Waiting(Exception):
    """The execution waits for a person."""


class Failed(Exception):
    """The execution has failed under this name."""


def rows(seed: int, count: int = 200) -> list[tuple[str, str, str]]:
    """age, station, user: those up to 30 are customers, nearly always."""
    draw, found = random.Random(seed), []
    for _ in range(count):
        age = draw.randint(10, 70)
        customer = draw.random() < (0.9 if age <= 30 else 0.1)
        found.append((str(age), draw.choice(["5", "7", "9"]), "Customer" if customer else "Subscriber"))
    return found


def table_of(found: list[tuple[str, ...]], header: str = "age,station,user") -> bytes:
    return "\n".join([header, *(",".join(row) for row in found)]).encode() + b"\n"


def model_of(name: str, version: str, threshold: float) -> Json:
    """One split of age. 30 is the best that there is."""
    fit = fitted.fit((Column("age", "number"), Column("station", "category")), {"station": {"5": 3, "7": 2, "9": 1}})
    names = {"name": name, "version": version, "positive": "Customer", "negative": "Subscriber"}
    tree = {
        "feature": [0, -1, -1], "value": [threshold, 2.0, -2.0], "left": [1, 0, 0], "right": [2, 0, 0],
        "missing": [1, 0, 0], "set": [-1, -1, -1], "sets": [],
    }  # fmt: skip
    return walker.envelope("trees", fit, names, 0.5) | {"base": 0.0, "trees": [tree]}


def packed(files: Mapping[str, bytes | Json]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, body in files.items():
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def archive(name: str, version: str, threshold: float) -> bytes:
    document = model_of(name, version, threshold)
    model = walker.load(json.loads(json.dumps(document)))
    asked = [{"age": str(age), "station": "5"} for age in range(20, 40)]
    smoke_rows = [{"row": row, "probability": model.probability([row["age"], row["station"]])} for row in asked]
    return packed({"model.json": document, "smoke.json": {"schema": 1, "rows": smoke_rows}})


@dataclass
class World:
    """``trained``: jobs that ran, by name. ``hyperparameters`` of a job decide how good its model is (``split``)."""

    hook: Callable[[str], None] = lambda _: None
    sagemaker: FakeSageMaker = field(default_factory=FakeSageMaker)
    executions: dict[str, str] = field(default_factory=dict)
    events: list[tuple[str, Json]] = field(default_factory=list)
    trained: list[str] = field(default_factory=list)
    tokens: dict[str, Any] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    job: Callable[[World, Json, Json], Json] | None = None
    answers: Callable[[Json], Json] | None = None
    seen: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._clients: dict[str, Any] = {}

    @property
    def bucket(self) -> Bucket:
        return Bucket(MODELS, self.real("s3"))

    @property
    def table(self) -> Table:
        return Table(TABLE, self.real("dynamodb"))

    def real(self, service: str) -> Any:
        """Making a client takes longer than all that it is asked here."""
        if service not in self._clients:
            self._clients[service] = boto3.client(service)  # type: ignore[call-overload]
        return self._clients[service]

    # AWS

    def tell(self, said: str) -> None:
        """What is the hook by now."""
        self.hook(said)

    def client(self, service: str, **_: Any) -> Any:
        if service in ("s3", "dynamodb"):
            return _Hooked(self, self.real(service), service)
        return _Hooked(self, {"stepfunctions": _States, "events": _Events, "lambda": _Lambda}[service](self), service)

    # What people do

    def put(self, manifest: Json, at: str = "2026-12-01T10:00:00Z") -> Json:
        """Puts a manifest; the machine's input."""
        key = f"manifests/{manifest['name']}.json"
        answer = self.real("s3").put_object(Bucket=MODELS, Key=key, Body=json.dumps(manifest).encode())
        return {"manifest": {"bucket": MODELS, "key": key, "version_id": answer["VersionId"]}, "at": at}

    def serves(self, name: str = "trips") -> str | None:
        pointer = pointers.read(self.bucket, name)
        return pointer.version if pointer else None

    def rejected(self, name: str = "trips") -> list[Json]:
        return [self.bucket.get(key).json() for key in self.bucket.keys(f"rejected/{name}/")]  # type: ignore[union-attr]

    # The machine

    def start(self, given: Json, name: str) -> Execution:
        arn = f"arn:aws:states:us-east-1:1:execution:train:{name}"
        self.executions[arn] = "RUNNING"
        return Execution(self, arn, dict(given))

    def run(self, given: Json, name: str = "one") -> Json:
        """An execution from its start to its end."""
        execution = self.start(given, name)
        execution.go()
        return execution.state

    def model(self, state: Json, trial: Json) -> Json:
        """What a training job comes to."""
        if self.job is not None:
            return self.job(self, state, trial)
        values = {n: v for n, v in trial["hyperparameters"].items() if not n.startswith(("plan_", "sagemaker_"))}
        threshold = float(json.loads(values.get("max_iter", "30")))
        return self.ended(
            state, trial, archive(state["name"], state["version"], threshold), 1 - abs(threshold - 30) / 100
        )

    def ended(self, state: Json, trial: Json, body: bytes | None, value: float | None) -> Json:
        """A job that completed."""
        job = f"{trial['job']}-0-0"
        self.trained.append(job)
        key = f"steps/{state['version']}/jobs/{job}/output/model.tar.gz"
        if body is not None:
            self.bucket.put(key, body)
        metrics = [] if value is None else [{"MetricName": "roc_auc", "Value": value}]
        model = f"s3://{MODELS}/{key}"
        return {
            "trial": trial["trial"], "job": job, "status": "Completed", "model": model, "metrics": metrics,
            "seconds": 60,
        }  # fmt: skip


@dataclass
class Execution:
    """``at``: the state that comes next. ``state``: what the machine holds."""

    world: World
    arn: str
    state: Json
    at: str | None = "Claim"
    error: str = ""

    def go(self, until: str | None = None) -> None:
        """Goes on to its end, or up to the state ``until``, which does not run."""
        while self.at is not None and self.at != until:
            self.step()

    def step(self) -> None:
        """One state, with what the machine tries again and catches. Raises Waiting, Crash."""
        assert self.at is not None
        name, handlers = self.at, dict(ORDER)
        try:
            if name == "Tune":
                jobs = [self.world.model(self.state, trial) for trial in self.state.pop("trials")]
                self.state.pop("request")
                self.state["jobs"] = jobs
                self.at = "Choose"
            elif name == "Approve":
                self._approve()
            elif name == "Refuse":
                self.state = self._call(refuse)
                self._end("SUCCEEDED")
            else:
                self._after(name, self._call(handlers[name]))
        except RefusedManifest as error:
            self.refuse(type(error).__name__, str(error))
        except Exception as error:
            if isinstance(error, Waiting):
                raise
            self.error = type(error).__name__
            self._end("FAILED")
            raise Failed(f"{name}: {self.error}: {error}") from error

    def refuse(self, error: str, message: str) -> None:
        self.state["error"] = {"Error": error, "Cause": json.dumps({"errorMessage": message, "errorType": error})}
        self.at = "Refuse"

    def abort(self) -> None:
        """An operator stops it, or it failed: nobody waits for its token any more."""
        self.world.closed |= {self.state["token"]} if "token" in self.state else set()
        self._end("ABORTED")

    def _call(self, module: Any) -> Json:
        """Through JSON both ways, as Lambda has it; what may pass is tried again."""
        event = json.loads(json.dumps({**self.state, "execution": self.arn}))
        for attempt in range(TRIES):
            try:
                return json.loads(json.dumps(module.handler(event, CONTEXT)))
            except TransientError:
                if attempt == TRIES - 1:
                    raise
        raise AssertionError

    def _after(self, name: str, answer: Json) -> None:
        self.state |= answer | {"execution": self.arn}
        self.at = STATES[STATES.index(name) + 1] if name != "Retire" else None
        if name == "Claim" and answer["action"] != "train":
            self.at = "Retire" if answer["action"] == "retire" else None
        elif name == "Point" and answer["outcome"] == "again":
            self.at = "Evaluate"
        elif name == "Choose":
            self.state.pop("jobs")
        self.world.seen.append(self.world.serves())
        if self.at is None:
            self._end("SUCCEEDED")

    def _approve(self) -> None:
        if not self.state["approve"]:
            self.at = "EndpointDeploy"
            return
        token = f"token-{len(self.world.tokens)}"
        self.world.tokens[token] = None
        self.state["token"] = token
        self._call(ask)
        self.wait()

    def wait(self) -> None:
        """Whether the token was answered. Raises Waiting where nobody has."""
        match self.world.tokens[self.state["token"]]:
            case None:
                raise Waiting
            case ("success", output):
                self.state |= json.loads(output)
                self.at = "EndpointDeploy"
            case ("failure", error, cause):
                self.refuse(error, cause)

    def _end(self, status: str) -> None:
        self.world.executions[self.arn] = status
        self.at = None


class _Hooked:
    def __init__(self, world: World, inner: Any, service: str) -> None:
        self._world, self._inner, self._service = world, inner, service

    def __getattr__(self, name: str) -> Any:
        does = getattr(self._inner, name)
        if name == "get_paginator":
            return does

        def call(**arguments: Any) -> Any:
            self._world.hook(f"before {self._service}.{name}")
            answer = does(**arguments)
            self._world.hook(f"after {self._service}.{name}")
            return answer

        return call


def _refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation)


@dataclass
class _States:
    world: World

    def describe_execution(self, executionArn: str) -> Json:  # noqa: N803
        if executionArn not in self.world.executions:
            raise _refusal("ExecutionDoesNotExist", "DescribeExecution")
        return {"status": self.world.executions[executionArn], "stopDate": datetime.now(UTC), "output": "null"}

    def start_execution(self, stateMachineArn: str, name: str, input: str) -> Json:  # noqa: N803
        arn = f"{stateMachineArn.replace(':stateMachine:', ':execution:')}:{name}"
        if arn in self.world.executions:
            raise _refusal("ExecutionAlreadyExists", "StartExecution")
        self.world.executions[arn] = "RUNNING"
        self.world.events.append(("started", json.loads(input)))
        return {"executionArn": arn}

    def send_task_success(self, taskToken: str, output: str) -> None:  # noqa: N803
        self._answer(taskToken, ("success", output))

    def send_task_failure(self, taskToken: str, error: str, cause: str) -> None:  # noqa: N803
        self._answer(taskToken, ("failure", error, cause))

    def _answer(self, token: str, said: Any) -> None:
        if self.world.tokens.get(token) is not None or token in self.world.closed:
            raise _refusal("TaskTimedOut", "SendTask")
        self.world.tokens[token] = said


@dataclass
class _Events:
    world: World

    def put_events(self, Entries: list[Json]) -> Json:  # noqa: N803
        self.world.events += [(each["DetailType"], json.loads(each["Detail"])) for each in Entries]
        return {"FailedEntryCount": 0, "Entries": [{}]}


@dataclass
class _Lambda:
    """The function that predicts."""

    world: World

    def invoke(self, FunctionName: str, Payload: bytes) -> Json:  # noqa: N803
        assert FunctionName == ENVIRONMENT["PREDICT_NAME"]
        asked = json.loads(Payload)
        if self.world.answers is not None:
            return self.world.answers(asked)
        named = asked["smoke"]
        assert all("row" in row for row in named["rows"])
        stored = self.world.bucket.get(f"models/{named['name']}/{named['version']}/model.json")
        assert stored is not None
        model = walker.load(stored.json())
        given = [[row.get(column.name) for column in model.columns] for row in (each["row"] for each in named["rows"])]
        said = answering.answer(model, *answering.predicted(model, given))
        return {"Payload": io.BytesIO(json.dumps(said).encode())}


def made(monkeypatch: pytest.MonkeyPatch) -> World:
    """A world with data; within moto's account."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    world = World()
    for name in (MODELS, DATA):
        world.real("s3").create_bucket(Bucket=name)
    world.real("s3").put_bucket_versioning(Bucket=MODELS, VersioningConfiguration={"Status": "Enabled"})
    world.real("dynamodb").create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for seed, name in enumerate(("train", "test")):
        world.real("s3").put_object(Bucket=DATA, Key=f"{name}/part-0.csv", Body=table_of(rows(seed)))
    world.sagemaker.hook = world.tell
    world.sagemaker.install(monkeypatch)
    monkeypatch.setattr(aws, "client", world.client)
    return world


def manifest(split: int = 30, **changed: Any) -> Json:
    """One that asks for a model with this split of age."""
    plain = {
        "schema": 1, "name": "trips", "program": "tabular", "target": "user", "hyperparameters": {"max_iter": split},
        "channels": [channel("train", f"s3://{DATA}/train/"), channel("test", f"s3://{DATA}/test/")],
    }  # fmt: skip
    return {name: value for name, value in (plain | changed).items() if value is not None}


def decide(name: str, version: str, decision: str, by: str = "ann") -> Json:
    return dict(decided.handler({"name": name, "version": version, "decision": decision, "by": by}, CONTEXT))
