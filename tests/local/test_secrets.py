"""What people wrote stays where it belongs: in no log line and in no execution, whatever becomes of it; and it can be
erased from a stack that runs. All pipelines at once, good content and bad, each with a word that nobody else has.
"""

from __future__ import annotations

import gzip
import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from botocore.credentials import Credentials

from documents import keys
from local.cloud.testing import ROOT, Cloud, start_cloud
from local.demo import signed_requests
from local.demo.trips import maker
from operate import cli
from tests.e2e.waiting import eventually
from tests.unit.llm import builders

SECRET = f"Quillfeather{uuid.uuid4().hex[:8]}"
"""A word without a space or a sign, so that no escaping hides it."""
LONG = "x" * 60
"""A refusal quotes the beginning of a name that it cannot use (a voice, a language), and no more of it."""
SWITCHES = dict.fromkeys(("UseImages", "UseTrips", "UseLlm"), "true")
PARAMETERS = {**SWITCHES, "TripsBufferSeconds": "1", "AppKey": "app", "SampleSentiment": "1", "SampleToxicity": "1"}
MACHINES = ("NarrateArticle", "SummarizeDocument", "EvaluatePairs")
APP = "help"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    running = start_cloud(ROOT / "template.yaml", parameters=PARAMETERS)
    yield running
    running.stop()


def article(name: str, **changes: Any) -> dict[str, Any]:
    paragraphs = [{"kind": "text", "text": f"{SECRET} said nothing."}]
    known = {"id": name, "version": 1, "title": f"About {SECRET}", "language": "en-US", "status": "published"}
    return {**known, "paragraphs": paragraphs, **changes}


ARTICLES: dict[str, Any] = {
    "good": article("good"),
    "html": article("html", paragraphs=None, body_html=f"<h1>{SECRET}</h1><p>{SECRET}<script>{SECRET}</script></p>"),
    "no JSON": f'{{"id": "cut", "title": "{SECRET}", ',
    "wrong member": article("wrong", paragraphs=[{"kind": SECRET, "text": SECRET}]),
    "wrong language": article("tongue", language=f"{LONG}{SECRET}"),
    "unknown voice": article("voice", voice=f"{LONG}{SECRET}"),
    "unknown member": article("member", **{SECRET: SECRET}),
    "no such body": article("body", paragraphs=None, body_s3=f"s3://elsewhere/{SECRET}"),
    "nothing to read": article("empty", paragraphs=None, body_html=f"<!-- {SECRET} -->"),
}


def broken_docx() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        package.writestr("[Content_Types].xml", f"<Types><{SECRET}</Types>")
        package.writestr("word/document.xml", f"<w:document>{SECRET}")
    return file.getvalue()


DOCUMENTS: dict[str, bytes] = {
    "good.txt": f"Invoice\nName: {SECRET}\nTotal: 42.00 EUR\n".encode(),
    "good.html": f"<html><body><p>{SECRET}</p><table><tr><td>{SECRET}</td></tr></table></body></html>".encode(),
    "mail.eml": f"From: {SECRET}@example.org\nSubject: {SECRET}\n\n{SECRET}\n".encode(),
    "broken.pdf": f"%PDF-1.7\n1 0 obj << /Title ({SECRET}) >> {SECRET}".encode(),
    "broken.docx": broken_docx(),
    "broken.xlsx": f"PK\x03\x04{SECRET}".encode(),
    "odd.bin": SECRET.encode() + bytes(range(256)),
}
IMAGES: dict[str, bytes] = {
    "broken.jpg": b"\xff\xd8\xff\xe1" + SECRET.encode() * 20,
    "broken.png": b"\x89PNG\r\n\x1a\n" + SECRET.encode(),
    "none.jpg": SECRET.encode(),
    "vector.svg": f"<svg><text>{SECRET}</text></svg>".encode(),
}


@pytest.fixture(scope="module")
def worked(cloud: Cloud) -> Cloud:
    """The stack after all of it went through."""
    started = datetime.now(UTC)
    s3 = cloud.client("s3")
    for key, body in DOCUMENTS.items():
        s3.put_object(Bucket=cloud.outputs["InboxBucketName"], Key=f"in/{key}", Body=body)
    for message in ARTICLES.values():
        text = message if isinstance(message, str) else json.dumps({k: v for k, v in message.items() if v is not None})
        cloud.client("sns").publish(TopicArn=cloud.outputs["ArticlesTopicArn"], Message=text)
    for key, body in IMAGES.items():
        s3.put_object(Bucket=cloud.outputs["ImagesBucketName"], Key=key, Body=body)
        for query in ("", f"?profile={SECRET}", f"?w={SECRET}"):
            address = cloud.outputs["ImageUrl"] + quote(key) + query
            signed_requests.ask(address, cloud.region, method="GET", credentials=Credentials("test", "test"))
    _trips(cloud)
    _calls(cloud)
    _wait(cloud, started)
    return cloud


def _trips(cloud: Cloud) -> None:
    header, row = maker.HEADER, next(iter(maker.lines(1)))
    wrong = ",".join([SECRET, *row.split(",")[1:]])
    records = [
        f"{header}\n{row}",
        f"{header}\n{wrong}",
        f"{SECRET},{SECRET}\n{SECRET},{SECRET}",
        SECRET,
        f'{{"{SECRET}": 1',
    ]
    cloud.client("firehose").put_record_batch(
        DeliveryStreamName=cloud.outputs["TripsStreamName"], Records=[{"Data": text.encode()} for text in records]
    )


def log_key(name: str) -> str:
    now = datetime.now(UTC)
    folder = f"AWSLogs/{builders.ACCOUNT}/BedrockModelInvocationLogs/us-east-1/{now:%Y/%m/%d/%H}"
    return f"{folder}/{now:%Y%m%dT%H%M%S}000Z_{name}.json.gz"


def call(name: str, **changes: Any) -> dict[str, Any]:
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return builders.converse(
        f"What of {SECRET}?", f"I cannot help with {SECRET}.", request_id=name, timestamp=at, **changes
    )


def _calls(cloud: Cloud) -> None:
    odd = [
        call("one", requestMetadata={"app": APP}),
        call("two"),
        {**call("three"), "operation": SECRET},
        {**call("four"), "schemaType": SECRET},
        {**call("five"), "timestamp": SECRET},
        {**call("six"), "output": {"outputBodyS3Path": f"s3://elsewhere/{SECRET}"}},
    ]
    bucket = cloud.outputs["ModelLogsBucketName"]
    cloud.client("s3").put_object(Bucket=bucket, Key=log_key("0123456789abcdef"), Body=builders.log(*odd))
    body = f'{{"{SECRET}": \n{SECRET}\n[{SECRET}]'.encode()
    cloud.client("s3").put_object(Bucket=bucket, Key=log_key("fedcba9876543210"), Body=body)


def executions(cloud: Cloud) -> list[dict[str, Any]]:
    states = cloud.client("stepfunctions")
    found = []
    for machine in MACHINES[:2]:
        arn = cloud.physical_id(machine)
        for page in states.get_paginator("list_executions").paginate(stateMachineArn=arn):
            found += page["executions"]
    return found


def _wait(cloud: Cloud, started: datetime) -> None:
    def ended() -> bool | None:
        found = executions(cloud)
        done = [one for one in found if one["status"] != "RUNNING"]
        return True if len(done) == len(found) >= len(ARTICLES) + len(DOCUMENTS) else None

    eventually(ended, "end of every execution")

    def lines() -> bool | None:
        said = {name for name, text in logged(cloud) if text}
        wanted = ("NarrationLogs", "DocumentsLogs", "ImagesLogs", "TripsLogs", "LlmLogs")
        return True if {cloud.physical_id(name) for name in wanted} <= said else None

    eventually(lines, f"log lines of every pipeline since {started}")

    def measured() -> bool | None:
        texts = [text for name, text in logged(cloud) if name == cloud.physical_id("LlmLogs")]
        return True if any("ObjectsForeign" in text or "ObjectsDamaged" in text for text in texts) else None

    eventually(measured, "the log object that is none")


def logged(cloud: Cloud) -> list[tuple[str, str]]:
    """Every line of every log group of the account."""
    logs = cloud.client("logs")
    groups = [
        group["logGroupName"]
        for page in logs.get_paginator("describe_log_groups").paginate()
        for group in page["logGroups"]
    ]
    return [
        (group, event["message"])
        for group in groups
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        for event in page["events"]
    ]


def around(text: str) -> str:
    """Where the word stands, for a person who has to mend it."""
    at = text.index(SECRET)
    return f"...{text[max(0, at - 200) : at + 60]}..."


def test_no_log_line_holds_what_people_wrote(worked: Cloud):
    lines = logged(worked)
    assert len(lines) > 50
    told = [(group.rpartition("/")[2], around(text)) for group, text in lines if SECRET in text]
    assert told == []


def test_no_execution_holds_what_people_wrote(worked: Cloud):
    states = worked.client("stepfunctions")
    told = []
    for execution in executions(worked):
        for page in states.get_paginator("get_execution_history").paginate(executionArn=execution["executionArn"]):
            told += [
                (execution["executionArn"], event)
                for event in page["events"]
                if SECRET in json.dumps(event, default=str)
            ]
    assert told == []


# Erased, from a stack that runs


def erase(cloud: Cloud, *arguments: str) -> int:
    port = str(urlsplit(cloud.url).port)
    return cli.main(["erase", *arguments, "--port", port, "--stack-name", cloud.stack, "--yes"])


def holding(cloud: Cloud, bucket: str, *words: str) -> set[str]:
    """Keys of which any version holds one of the words, or has it in its name."""
    s3, found = cloud.client("s3"), set()
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for one in page.get("Versions", ()):
            body = s3.get_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])["Body"].read()
            whole = body + unpacked(body) + one["Key"].encode()
            if any(word.encode() in whole for word in words):
                found.add(one["Key"])
    return found


def unpacked(body: bytes) -> bytes:
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else b""


def test_a_withdrawn_article_is_erased(worked: Cloud, capsys: pytest.CaptureFixture[str]):
    bucket = worked.outputs["AudioBucketName"]
    assert erase(worked, "--article", "good") == 1
    assert "withdraw it first" in capsys.readouterr().err
    topic, before = worked.outputs["ArticlesTopicArn"], len(executions(worked))
    worked.client("sns").publish(TopicArn=topic, Message='{"id": "good", "version": 2, "status": "withdrawn"}')

    def withdrawn() -> bool | None:
        found = executions(worked)
        return True if len(found) > before and all(one["status"] != "RUNNING" for one in found) else None

    eventually(withdrawn, "end of the withdrawal")
    assert erase(worked, "--article", "good") == 0
    left = holding(worked, bucket, '"good"', "articles/good/")
    kept = {key for key in left if not key.startswith("inbox/")}
    assert kept == {"articles/good/latest.json"}
    messages = [worked.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() for key in left - kept]
    assert [json.loads(body)["status"] for body in messages] == ["withdrawn"]
    assert erase(worked, "--article", "good") == 0


def test_a_document_is_erased_and_the_pipeline_keeps_its_mark(worked: Cloud):
    inbox, summaries = worked.outputs["InboxBucketName"], worked.outputs["SummariesBucketName"]
    assert "summaries/in/good.txt.json" in holding(worked, summaries, "in/good.txt")
    assert erase(worked, "--document", "in/good.txt") == 0
    assert holding(worked, inbox, "in/good.txt") == set()
    mark = keys.deleted("in/good.txt")

    def marked() -> bool | None:
        found = worked.client("s3").list_objects_v2(Bucket=summaries, Prefix=mark)
        return True if found["KeyCount"] else None

    eventually(marked, "mark of the deletion")
    assert erase(worked, "--document", "in/good.txt") == 0
    assert holding(worked, summaries, "in/good.txt") == set()
    assert "summaries/in/good.html.json" in holding(worked, summaries, "in/good.html")


def test_calls_of_models_are_erased_and_not_measured_again(worked: Cloud):
    bucket = worked.outputs["ModelLogsBucketName"]
    read = lines_saying(worked, "ObjectsRead")
    assert erase(worked, "--request", "two") == 0
    assert not holding(worked, bucket, '"two"')
    assert holding(worked, bucket, '"one"')
    eventually(lambda: lines_saying(worked, "ObjectsDuplicate") or None, "the object that is written again")
    assert lines_saying(worked, "ObjectsRead") == read
    assert erase(worked, "--app", APP, "--day", f"{datetime.now(UTC):%Y-%m-%d}") == 0
    assert not holding(worked, bucket, '"one"')


def lines_saying(cloud: Cloud, metric: str) -> int:
    group = cloud.physical_id("LlmLogs")
    return sum(f'"{metric}":[' in text.replace(" ", "") for name, text in logged(cloud) if name == group)
