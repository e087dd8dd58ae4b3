"""The samples in events/ are what the handlers take, and each does what it is a sample of."""

from __future__ import annotations

import json

import pytest

from llm.handlers import read_stream
from llm.logs import messages
from llm.modules.ingest import Ingest
from tests import samples
from tests.unit.llm import builders, emf, worker


@pytest.fixture
def totals(account, monkeypatch, request, capsys):
    ingest = Ingest(lambda: builders.AT.timestamp() + 60)
    with worker.running(monkeypatch, request.node.name, ingest, worker.Counting()):
        yield lambda: emf.totals(capsys.readouterr().out)


def sample(name):
    return samples.document(name)


def test_a_log_object_is_told_of_by_a_real_event(totals, monkeypatch):
    event = sample("llm_read_logs")
    found = messages.object_of(event["Records"][0]["body"])
    assert messages.kind_of(found.key) == "log"
    etag = worker.put(found.key, builders.log(builders.converse()))
    body = json.loads(event["Records"][0]["body"])
    body["detail"]["bucket"]["name"], body["detail"]["object"]["etag"] = worker.BUCKET, etag.strip('"')
    assert worker.handle({**event["Records"][0], "body": json.dumps(body)}) == []
    assert totals()["Seen"] == 1


def test_records_of_the_stream(totals):
    assert read_stream.handler(sample("llm_read_stream"), worker.Context()) == {"batchItemFailures": []}
    found = totals()
    assert (found["Seen"], found["SkippedMalformed"], found["RecordsRead"]) == (2, 1, 3)
