"""From an article, a document or a completion to the calls that were paid for it, by the way of docs/operations.md.

On AWS an invocation may not be sampled, so these tests are the local cloud's, where each is.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from local.cloud.testing import Cloud
from local.demo.documents import maker
from tests.e2e import stacks
from tests.e2e.narration.newsroom import Newsroom
from tests.e2e.waiting import eventually
from tests.unit.llm import builders

pytestmark = pytest.mark.skipif(stacks.wants_aws(), reason="which invocations are sampled is AWS's to say")
PATIENCE = 240.0
Calls = list[dict[str, Any]]


class Desk:
    """An operator: log groups and X-Ray."""

    def __init__(self, stack: stacks.Stack) -> None:
        self.stack = stack
        self.begun = datetime.now(UTC) - timedelta(seconds=5)

    def taken(self, logs: str, name: str) -> set[str]:
        """Traces of the workers that took a piece of work about an article or a document, by their log."""
        pages = self.stack.client("logs").get_paginator("filter_log_events")
        found = pages.paginate(logGroupName=self.stack.physical_id(logs), filterPattern=f'"taken" "{name}"')
        return {json.loads(event["message"])["xray_trace_id"] for page in found for event in page["events"]}

    def recent(self) -> set[str]:
        """All traces since this desk was opened."""
        pages = self.stack.client("xray").get_paginator("get_trace_summaries")
        until = datetime.now(UTC) + timedelta(minutes=1)
        return {
            each["Id"]
            for page in pages.paginate(StartTime=self.begun, EndTime=until)
            for each in page["TraceSummaries"]
        }

    def segments(self, traces: set[str]) -> Calls:
        """The functions' segments, with their calls."""
        read = self.stack.client("xray").batch_get_traces(TraceIds=sorted(traces))["Traces"]
        return [json.loads(each["Document"]) for trace in read for each in trace["Segments"]]

    def segments_of(self, logs: str, name: str, *wanted: tuple[str, str]) -> Calls:
        """Those of the workers that took a piece of work, once they show these operations: datagrams are read later."""

        def look() -> Calls | None:
            found = self.segments(self.taken(logs, name))
            return found if set(wanted) <= operations(found) else None

        return eventually(look, f"trace about {name} with {wanted}", PATIENCE)


def calls(segments: Calls) -> Iterator[dict[str, Any]]:
    for segment in segments:
        yield from segment.get("subsegments", [])


def operations(segments: Calls) -> set[tuple[str, str]]:
    return {(each["name"], each["aws"]["operation"]) for each in calls(segments)}


@pytest.fixture(scope="module")
def desk(stack: stacks.Stack) -> Desk:
    return Desk(stack)


def test_an_article_leads_to_what_polly_was_asked_for(newsroom: Newsroom, desk: Desk, story: Any):
    newsroom.narrate(story.says("The harbour opens in spring for", "Nobody expected it of"))
    segments = desk.segments_of("NarrationLogs", story.id, ("Polly", "SynthesizeSpeech"), ("S3", "PutObject"))
    assert {each["name"] for each in segments} == {newsroom.stack.physical_id("NarrationSynthesize")}
    speech = [each for each in calls(segments) if each["name"] == "Polly"]
    assert all(each["http"]["response"]["status"] == 200 and each["aws"]["request_id"] for each in speech)
    writes = [each for each in calls(segments) if each["name"] == "S3"]
    assert {each["annotations"]["condition"] for each in writes} == {"held"}
    said = json.dumps(segments)
    assert not [word for word in (story.word, story.id, "harbour", newsroom.bucket) if word in said]


def test_calls_lie_within_the_invocation_that_made_them(newsroom: Newsroom, desk: Desk, story: Any):
    newsroom.narrate(story.says("One sentence more about"))
    for segment in desk.segments_of("NarrationLogs", story.id, ("Polly", "SynthesizeSpeech")):
        for call in segment["subsegments"]:
            assert segment["start_time"] <= call["start_time"] <= call["end_time"] <= segment["end_time"]


def test_a_document_leads_to_textract_and_the_model(stack: stacks.Stack, desk: Desk):
    sample = next(each for each in maker.SAMPLES if each.key == "notes/discharge note.png")
    key = f"e2e-{uuid4().hex[:8]}/Frau Beispiel.png"
    s3, outputs = stack.client("s3"), stack.outputs
    s3.put_object(Bucket=outputs["InboxBucketName"], Key=key, Body=sample.make())

    def summarized() -> bool | None:
        listed = s3.list_objects_v2(Bucket=outputs["SummariesBucketName"], Prefix=f"summaries/{key}.json")
        return bool(listed.get("Contents")) or None

    eventually(summarized, f"summary of {key}", PATIENCE)
    wanted = (("Textract", "AnalyzeDocument"), ("Bedrock Runtime", "Converse"), ("S3", "PutObject"))
    segments = desk.segments_of("DocumentsLogs", key, *wanted)
    assert "Beispiel" not in json.dumps([list(calls(segments))])


def test_a_completion_leads_to_comprehend(stack: stacks.Stack, desk: Desk):
    at = datetime.now(UTC)
    record = builders.converse(
        "How do I prune a climbing rose?",
        "Cut it back to an outward bud in late winter.",
        request_id=uuid4().hex,
        modelId=f"anthropic.e2e-{uuid4().hex[:8]}-v1:0",
        timestamp=f"{at:%Y-%m-%dT%H:%M:%SZ}",
    )
    folder = f"AWSLogs/{builders.ACCOUNT}/BedrockModelInvocationLogs/us-east-1/{at:%Y/%m/%d/%H}"
    stack.client("s3").put_object(
        Bucket=stack.outputs["ModelLogsBucketName"],
        Key=f"{folder}/{at:%Y%m%dT%H%M%S}000Z_{uuid4().hex[:16]}.json.gz",
        Body=builders.log(record),
    )
    evaluate = stack.physical_id("LlmEvaluate")

    def judged() -> Calls | None:
        found = [each for each in desk.segments(desk.recent()) if each["name"] == evaluate]
        return found if ("Comprehend", "BatchDetectSentiment") in operations(found) else None

    found = eventually(judged, "trace of a completion", PATIENCE)
    assert "rose" not in json.dumps(found)


def test_the_daemon_understood_every_datagram(cloud: Cloud, newsroom: Newsroom, story: Any):
    """Whatever the tests before have made functions say."""
    newsroom.narrate(story.says("Something is said about"))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{cloud.url}/_local/xray/usage", timeout=10) as answer:
        usage = json.load(answer)
    assert usage["received"] > 0
    assert usage["refused"] == 0
