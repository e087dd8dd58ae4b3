"""What a replay of documents says that it costs: never less than what would be bought anew."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from documents import keys
from documents.intake import claims
from documents.model import Source
from documents.textract import features
from llm import prices
from operate.clients import Target
from operate.errors import OperateError
from operate.replay import document_bill, documents
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
    assert looked(s3) == Known(pages=0, kept=3, characters=17, tokens=1_000)


def test_an_answer_to_other_questions_is_paid_for_again(s3):
    summarized(s3, questions="FORMS")
    assert looked(s3) == Known(pages=3, kept=0, characters=17, tokens=1_000)


def test_a_document_with_text_of_its_own_needs_no_page(s3):
    summarized(s3, route="text")
    assert looked(s3) == Known(pages=0, kept=0, characters=17, tokens=1_000)


def test_without_a_summary_or_a_text_nothing_is_made_up(s3):
    assert looked(s3) is None
    summarized(s3)
    s3.put_object(Bucket="summaries", Key=keys.text("a.pdf"), Body=b"no gzip")
    assert looked(s3).characters == 0


def bill(**parameters):
    known = Known(pages=10, kept=2, characters=1_000_000, tokens=2_000_000)
    return "\n".join(document_bill.lines(PARAMETERS | parameters, [known]))


def test_each_service_has_its_line():
    said = bill()
    assert "10 pages to be read, 2 are kept: 0.65 US dollars\n" in said
    assert "Comprehend: 1,000,000 characters, about 1.00 US dollars" in said
    rates = prices.load().of("amazon.nova-2-lite", "", datetime.now(UTC).date()).rates
    assert f"2,000,000 tokens in the last run, {2 * rates.input:.2f} US dollars at the price of input" in said
    assert f"of amazon.nova-2-lite, {2 * rates.output:.2f} at that of output" in said


def test_personal_data_are_sought_in_the_same_text_once_more():
    assert "Comprehend: 2,000,000 characters" in bill(Redact="both")
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


def test_a_replay_of_a_name_that_is_used_says_that_it_asked_nothing(s3, monkeypatch):
    """Two models on one day, and the default name: the second replay is no replay, and must not look like one."""
    outputs = {"InboxBucketName": "inbox", "SummariesBucketName": "summaries"}
    outputs["SummarizeDocumentArn"] = "arn:aws:states:us-east-1:123456789012:stateMachine:summarize"
    clients = {"s3": s3, "stepfunctions": States()}
    monkeypatch.setattr(Target, "client", lambda _self, service: clients[service])
    monkeypatch.setattr(Target, "parameters", lambda _self: PARAMETERS)
    monkeypatch.setattr(Target, "output", lambda _self, name, _instead: outputs[name])
    monkeypatch.setattr(documents.accounts, "show", lambda _target: iter(()))
    wish = documents.Wish(("a.pdf",), "", "replay 2026-11-30", yes=True)
    assert list(documents.command(Target(), wish))[-3:-1] == ["1 sent", "1 of 1"]
    more = documents.Wish(("a.pdf", "b.pdf"), "", "replay 2026-11-30", yes=True)
    sent = list(documents.command(Target(), more))[-3]
    assert sent == "1 sent; 1 had been sent as 'replay 2026-11-30' before, name another --again to ask anew"
