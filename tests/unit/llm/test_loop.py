"""Measuring calls a model, that call is logged where everything is measured: and there it ends."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from common import aws
from llm.model import Verdict
from llm.modules.ingest import Ingest
from llm.modules.similarity import Similarity, embedder_of
from llm.paid import dispatch, pair_batches
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from tests.unit.llm import builders, emf, worker
from tests.unit.llm.builders import AT, converse, key, log

TEMPLATE = read_template(ROOT / "pipelines" / "llm.yaml")
ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:EvaluatePairs"


class Bedrock:
    """Titan, and Bedrock's log: every call becomes a record of the role that made it."""

    def __init__(self, role: str, model: str = "amazon.titan-embed-text-v2:0") -> None:
        self._role, self._model = role, model
        self.records: list[dict[str, Any]] = []

    def invoke_model(self, modelId: str, body: str, **_: Any) -> Any:  # noqa: N803
        wish = json.loads(body)
        session = f"arn:aws:sts::123456789012:assumed-role/{self._role}/LlmEvaluate"
        answer = {"embedding": [0.6, 0.8], "inputTextTokenCount": 9}
        number = f"own-{len(self.records)}"
        # A chat model in the place of Titan would be the worst case: its record looks like anybody's.
        made = builders.record(wish, answer, model=modelId, request_id=number, identity={"arn": session})
        if self._model != modelId:
            made = converse(modelId=self._model, request_id=number, identity={"arn": session})
        self.records.append(made)

        class Body:
            def read(self) -> bytes:
                return json.dumps(answer).encode()

        return {"body": Body()}


@pytest.fixture
def started(account, monkeypatch, request):
    """Executions that are started, as their input; nothing but the paid modules is left out."""
    inputs: list[dict[str, Any]] = []

    class States:
        def start_execution(self, stateMachineArn, input):  # noqa: N803
            assert stateMachineArn == ARN
            inputs.append(json.loads(input))

    original = aws.client

    def client(service, **options):
        return States() if service == "stepfunctions" else original(service, **options)

    monkeypatch.setattr(aws, "client", client)
    variables = {"EVALUATE_PAIRS_ARN": ARN, "DAILY_CALLS": "1000"}
    with worker.running(monkeypatch, request.node.name, Ingest(lambda: AT.timestamp() + 60), **variables):
        yield inputs


def rounds(started, bedrock: Bedrock, most: int = 5) -> list[int]:
    """How many calls each turn of the wheel makes: log -> pairs -> embeddings -> log -> ..."""
    similarity = Similarity(embedder_of(bedrock), judge=lambda *_: Verdict("answered", 0.0, ""))
    records = [converse(f"Question {number}", f"Answer {number}", request_id=f"req-{number}") for number in range(30)]
    found = []
    for turn in range(most):
        name = key(f"20261120T0930{turn:02}Z_0123456789abcdef")
        worker.put(name, log(*records))
        assert worker.read(name) == []
        before = len(bedrock.records)
        for pointer in started:
            stored = boto3.client("s3").get_object(Bucket=pointer["bucket"], Key=pointer["key"])["Body"].read()
            similarity.compute(pair_batches.load(stored))
        started.clear()
        records = bedrock.records[before:]
        found.append(len(records))
        if not records:
            break
    return found


def test_the_monitors_own_embeddings_are_not_measured(started, capsys):
    assert rounds(started, Bedrock(worker.OWN_ROLE)) == [60, 0]
    found = emf.totals(capsys.readouterr().out)
    assert (found["SkippedSelf"], found["RecordsRead"]) == (60, 30)


def test_even_a_chat_model_in_titans_place_starts_no_loop(started):
    assert rounds(started, Bedrock(worker.OWN_ROLE, "anthropic.claude-3-haiku-20240307-v1:0")) == [60, 0]


def test_even_an_unknown_role_starts_no_loop_with_an_embedding_model(started):
    """Renamed by hand, or another stack's: the model alone ends it."""
    assert rounds(started, Bedrock("somebody")) == [60, 0]


def test_without_both_guards_it_would_never_end(started):
    """What the tests above rest on: the wheel turns where nothing stops it."""
    bedrock = Bedrock("somebody", "anthropic.claude-3-haiku-20240307-v1:0")
    found = rounds(started, bedrock, most=3)
    assert len(found) == 3
    assert all(found)


def test_the_template_names_every_role_of_ours():
    functions = {
        name: entry["Properties"]
        for name, entry in TEMPLATE["Resources"].items()
        if entry["Type"] == "AWS::Serverless::Function"
    }
    own = functions["LlmReadLogs"]["Environment"]["Variables"]["OWN_ROLES"]["Fn::Join"][1]
    callers = {
        name
        for name, function in functions.items()
        if "bedrock:" in json.dumps(function.get("Policies", [])) or name.startswith("LlmEvaluate")
    }
    assert callers
    named = {each["Ref"] for role in own for each in role.get("Fn::If", [role]) if isinstance(each, dict)}
    assert {f"{name}Role" for name in callers} <= named


def test_the_template_does_not_listen_to_what_we_write():
    pattern = TEMPLATE["Resources"]["ModelLogsRule"]["Properties"]["EventPattern"]["detail"]["object"]["key"]
    assert pattern == [{"prefix": {"Fn::Sub": "${ExistingModelLogsPrefix}AWSLogs/"}}]
    assert "AWSLogs" not in dispatch.PREFIX, "whatever the prefix of their logs is, no key of pairs has it"
