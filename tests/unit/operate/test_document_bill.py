"""What a replay of documents says that it costs: never less than what would be bought anew."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from documents import keys
from documents.intake import claims
from documents.model import Source
from documents.textract import features
from llm import prices
from operate import cli
from operate.clients import Target
from operate.errors import OperateError
from operate.replay import asking, document_bill, documents
from operate.replay.document_bill import Known

PARAMETERS = {"FeatureTypes": "FORMS,TABLES,LAYOUT", "DetectEntities": "on", "Redact": "none"}
SOURCE = Source("inbox", "a.pdf", "etag", "01", "v1", 0)


@pytest.fixture
def s3(monkeypatch):
    with mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="summaries")
        yield client


def put(s3, key, value):
    body = json.dumps(value).encode()
    s3.put_object(Bucket="summaries", Key=key, Body=gzip.compress(body) if key.endswith(".gz") else body)


def summarized(s3, route="async", questions="FORMS,TABLES,LAYOUT"):
    about = {"bucket": "inbox", "key": "a.pdf", "etag": "etag", "sequencer": "01", "version_id": "v1"}
    about |= {"route": route, "pages": 3}
    put(s3, keys.summary("a.pdf"), {"document": about, "model": {"tokens": 1_000}})
    put(s3, keys.text("a.pdf"), {"pages": [{"page": 1, "lines": ["0123456789", "01234"]}]})
    asked = features.fingerprint(features.of(features.Settings(questions)))
    put(s3, keys.step(claims.work(SOURCE), "answer"), {"schema": 1, "parts": 1, "questions": asked})


def looked(s3, parameters=PARAMETERS):
    return document_bill.of(s3, "summaries", document_bill.questions(parameters), "a.pdf")


def test_what_textract_answered_to_the_same_questions_is_kept(s3):
    summarized(s3)
    assert looked(s3) == Known(pages=0, kept=3, units=3, tokens=1_000)


def test_an_answer_to_other_questions_is_paid_for_again(s3):
    summarized(s3, questions="FORMS")
    assert looked(s3) == Known(pages=3, kept=0, units=3, tokens=1_000)


def test_a_document_with_text_of_its_own_needs_no_page(s3):
    summarized(s3, route="text")
    assert looked(s3) == Known(pages=0, kept=0, units=3, tokens=1_000)


def test_without_a_summary_or_a_text_nothing_is_made_up(s3):
    assert looked(s3) is None
    summarized(s3)
    s3.put_object(Bucket="summaries", Key=keys.text("a.pdf"), Body=b"no gzip")
    assert looked(s3).units == 0


@pytest.mark.parametrize(
    ("lines", "units"),
    [
        ([], 0),
        ([""], 0),
        (["a"], 3),
        (["a" * 300], 3),
        (["a" * 150, "b" * 150], 4),  # and the line feed between them
        (["a" * 99_999, "b"], 1_000 + 3),
        (["\u00e4" * 50_000] * 2, 500 + 500),
    ],
)
def test_a_request_to_comprehend_is_three_units_at_least(lines, units):
    assert document_bill.comprehend_units(lines) == units


def test_a_small_sum_is_not_nothing():
    said = list(document_bill.lines(PARAMETERS, [Known(pages=0, kept=1, units=3, tokens=1)]))
    assert said[0] == "prices are those of operate/prices.toml (2026-11), not compared with AWS"
    assert said[1] == "Textract: 0 pages to be read, 1 kept: 0.00 US dollars"
    assert said[2] == "Comprehend: 3 units of 100 characters, about 0.0003 US dollars"
    assert re.match(r"model: 1 token in the last run, [\d.]+e-07 US dollars", said[3])


def bill(**parameters):
    known = Known(pages=10, kept=2, units=10_000, tokens=2_000_000)
    return "\n".join(document_bill.lines(PARAMETERS | parameters, [known]))


def test_each_service_has_its_line():
    said = bill()
    assert "10 pages to be read, 2 kept: 0.65 US dollars\n" in said
    assert "Comprehend: 10,000 units of 100 characters, about 1.00 US dollars" in said
    rates = prices.load().of("amazon.nova-2-lite", "", datetime.now(UTC).date()).rates
    assert f"2,000,000 tokens in the last run, {2 * rates.input:.2f} US dollars at the price of input" in said
    assert f"of amazon.nova-2-lite, {2 * rates.output:.2f} at that of output" in said


def test_personal_data_are_sought_in_the_same_text_once_more():
    assert "Comprehend: 20,000 units" in bill(Redact="both")
    assert "Comprehend" not in bill(DetectEntities="off")


def test_pages_are_billed_by_the_set_of_features():
    assert "0.70 US dollars" in bill(FeatureTypes="FORMS,TABLES,QUERIES,SIGNATURES")
    assert "0.04 US dollars" in bill(FeatureTypes="LAYOUT")


def test_a_model_of_ones_own_has_its_own_price_or_none():
    assert "0.50 US dollars at the price of input of anthropic.claude-3-haiku" in bill(
        ModelId="anthropic.claude-3-haiku-20240307-v1:0"
    )
    assert "no price of acme.unheard-of-v1:0 is known" in bill(ModelId="acme.unheard-of-v1:0")
    assert "billed by the hour" in bill(ModelProvider="sagemaker")


def test_questions_that_cannot_be_asked_are_one_sentence():
    with pytest.raises(OperateError, match="Queries has 0 questions"):
        document_bill.questions({"FeatureTypes": "QUERIES", "Queries": ""})


class States:
    """Step Functions as StartExecution and DescribeExecution show it; a closed name with the same input is refused."""

    def __init__(self):
        self.names = set()

    def start_execution(self, **asked):
        if asked["name"] in self.names:
            raise ClientError({"Error": {"Code": "ExecutionAlreadyExists"}}, "StartExecution")
        self.names.add(asked["name"])
        machine = asked["stateMachineArn"]
        return {"executionArn": f"{machine.replace(':stateMachine:', ':execution:')}:{asked['name']}"}

    def describe_execution(self, **asked):
        assert asked["executionArn"].rpartition(":")[2] in self.names
        return {"status": "SUCCEEDED", "output": '{"outcome": "summarized"}'}


@pytest.fixture
def states(s3, monkeypatch):
    """A stack with a.pdf and b.pdf in its inbox."""
    outputs = {"InboxBucketName": "inbox", "SummariesBucketName": "summaries"}
    outputs["SummarizeDocumentArn"] = "arn:aws:states:us-east-1:123456789012:stateMachine:summarize"
    clients = {"s3": s3, "stepfunctions": States()}
    monkeypatch.setattr(Target, "client", lambda _self, service: clients[service])
    monkeypatch.setattr(Target, "parameters", lambda _self: PARAMETERS)
    monkeypatch.setattr(Target, "output", lambda _self, name, _instead: outputs[name])
    monkeypatch.setattr(documents.accounts, "show", lambda _target: iter(()))
    s3.create_bucket(Bucket="inbox")
    for key in ("a.pdf", "b.pdf", "folder/", "packet.json", "access.json", "a.pdf.access.json"):
        s3.put_object(Bucket="inbox", Key=key, Body=b"x")
    return clients["stepfunctions"]


def test_a_replay_of_a_name_that_is_used_says_that_it_asked_nothing(states):
    """Two models on one day, and the default name: the second replay is no replay, and must not look like one."""
    wish = documents.Wish(("a.pdf",), "", "replay 2026-11-30", yes=True)
    said = list(documents.command(Target(), wish))
    assert said[-3:] == ["1 sent", "1 of 1", "1 worked, 0 failed, 0 left: 1 summarized"]
    more = documents.Wish(("a.pdf", "b.pdf"), "", "replay 2026-11-30", yes=True)
    sent = list(documents.command(Target(), more))[-3]
    assert sent == "1 sent; 1 had been sent as 'replay 2026-11-30' before, name another --again to ask anew"


@pytest.mark.parametrize("strange", ["nothere.pdf", "folder/", "packet.json", "a.pdf.access.json", ""])
def test_a_key_that_is_no_document_is_named_before_anything_is_started(states, capsys, strange):
    assert cli.main(["replay", "documents", "a.pdf", strange, "--yes"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"error: 1 key of 2 is no document in inbox: '{strange}'. Nothing was started;")
    assert states.names == set()


def test_many_keys_that_are_not_there_are_counted_and_some_are_named(states):
    wish = documents.Wish(tuple(f"{number}.pdf" for number in range(30)), "", "again", yes=True)
    with pytest.raises(
        OperateError, match=r"30 keys of 30 are no document in inbox: '0.pdf', .*'9.pdf', \.\.\.\. Noth"
    ):
        list(documents.command(Target(), wish))


def test_a_right_that_is_missing_is_no_document_that_is_missing(states, monkeypatch):
    def denied(**_):
        raise ClientError({"Error": {"Code": "403"}}, "HeadObject")

    client = SimpleNamespace(head_object=denied)
    with pytest.raises(ClientError, match="403"):
        documents._check(client, "inbox", ["a.pdf"])


@pytest.mark.parametrize(
    ("end", "line"),
    [
        ({"status": "FAILED", "error": "States.Timeout"}, "0 worked, 1 failed, 0 left: 1 failed (States.Timeout)"),
        ({"status": "SUCCEEDED", "output": '{"outcome": "rejected"}'}, "0 worked, 1 failed, 0 left: 1 rejected"),
        ({"status": "RUNNING"}, "0 worked, 0 failed, 1 left"),
    ],
)
def test_a_replay_that_did_not_work_fails(states, monkeypatch, capsys, end, line):
    monkeypatch.setattr(states, "describe_execution", lambda **_: end)
    monkeypatch.setattr(asking, "LOOK_SECONDS", 0)
    assert cli.main(["replay", "documents", "a.pdf", "--yes", "--wait", "1"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == line
