"""Roles are as small as they can be: take any one right away, and what needs it fails under that right's name.

The rights are read from the template, so that a new one needs a case here or a reason in UNSEEN. What Lambda and SAM
attach themselves (basic execution, X-Ray, reading the event source's queue) is AWS's own and not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from local.cloud.testing import Cloud
from narration.publishing import keys, pointers
from narration.reading import profile
from tests.e2e.narration.newsroom import Newsroom, Sent
from tests.e2e.narration.stories import Story
from tests.workflow import grants
from tests.workflow.operator import Operator
from tests.workflow.steps import State, Steps, batch

PLS = """<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="ipa" xml:lang="is-IS">
<lexeme><grapheme>{word}</grapheme><alias>annað</alias></lexeme></lexicon>"""

Key = tuple[str, str, str]

GRANTS = grants.of_template()

UNSEEN: dict[Key, str] = {
    ("NarrateArticle", f"logs:{action}", "*"): "Step Functions uses it when a machine is made; not evaluated here"
    for action in (
        "CreateLogDelivery",
        "GetLogDelivery",
        "UpdateLogDelivery",
        "DeleteLogDelivery",
        "ListLogDeliveries",
        "PutResourcePolicy",
        "DescribeResourcePolicies",
        "DescribeLogGroups",
    )
}
"""Rights whose loss cannot be seen on the local cloud, and why."""

Make = Callable[[Steps], Any]


@dataclass(frozen=True)
class Case:
    """An event whose handling needs the right. A HEAD request is refused without a body, so without a reason."""

    make: Make
    head: bool = False
    cold: bool = False
    timeout: int = 0
    """Seconds of the function instead of its own: too few to begin anything."""


def draft(_steps: Steps) -> State:
    return batch(json.dumps(Story().says("A draft of", status="draft")))


def finished(steps: Steps) -> State:
    """A message whose execution has succeeded."""
    message = Story().says("A draft of", status="draft")
    steps.newsroom.narrate(message)
    return batch(json.dumps(message))


def fresh(steps: Steps) -> State:
    return steps.keep(Story().says("New is"))


def fresh_with_sound(steps: Steps) -> State:
    return steps.keep(steps.with_sound(Story()))


def next_version(steps: Steps) -> State:
    story = Story()
    steps.published(story.says("Published is"))
    return steps.keep(story.says("Published anew is"))


def a_range(steps: Steps) -> State:
    (message,) = steps.asked(steps.planned(Story().says("Not yet spoken is")))
    return message


def a_refused_range(steps: Steps) -> State:
    """Its plan is gone, so its execution is told that it fails."""
    message = a_range(steps)
    ask = json.loads(message["Records"][0]["body"])
    steps.newsroom.delete(f"plans/{ask['work']['edition']}.json")
    return message


def in_the_first_lane(steps: Steps) -> State:
    message = a_range(steps)
    queue = steps.cloud.physical_id("SpeechFirstQueue").rpartition("/")[2]
    message["Records"][0]["eventSourceARN"] = f"arn:aws:sqs:us-east-1:123456789012:{queue}"
    return message


def of_a_profile_not_kept(steps: Steps) -> State:
    steps.newsroom.delete(keys.kept_profile(profile.house().digest))
    return steps.keep(Story().says("New is"))


def a_range_with_a_lexicon(steps: Steps) -> State:
    """In a language that no other test speaks."""
    story = Story()
    steps.newsroom.upload(keys.lexicon("is-IS"), PLS.format(word=story.word).encode())
    planned = steps.planned(story.says("Ekki enn", language="is-IS"))
    steps.newsroom.delete(keys.lexicon("is-IS"))
    (message,) = steps.asked(planned)
    return message


def to_merge(steps: Steps) -> State:
    return steps.spoken(steps.with_sound(Story()))


def to_retag(steps: Steps) -> State:
    story = Story()
    steps.published(story.says("Well said of"))
    return steps.planned(story.says("Well said of", title="Badly titled"))


def to_retag_what_is_gone(steps: Steps) -> State:
    return {**to_retag(steps), "from": "0" * 64}


def left_open(steps: Steps, story: Story) -> None:
    """An old public edition beside a premium article: whoever looked for it came before it was written."""
    steps.newsroom.stack.client("s3").put_object(
        Bucket=steps.newsroom.bucket,
        Key=keys.edition(story.id, "0" * 64) + keys.FULL,
        Body=b"open",
        Metadata=pointers.stamp(0, 0, "0" * 64),
    )


def to_merge_and_close(steps: Steps) -> State:
    story = Story()
    steps.published(story.says("Premium is", premium=True))
    work = steps.spoken(story.says("Premium again is", premium=True))
    left_open(steps, story)
    return work


def to_retag_and_close(steps: Steps) -> State:
    story = Story()
    steps.published(story.says("Premium is", premium=True))
    work = steps.planned(story.says("Premium is", premium=True, title="Badly titled"))
    left_open(steps, story)
    return work


def to_publish(steps: Steps) -> State:
    return steps.merged(steps.with_sound(Story()))


def to_withdraw(steps: Steps) -> State:
    story = Story()
    steps.published(story.says("Soon withdrawn is"))
    return steps.planned(story.withdrawn())


def to_list(steps: Steps) -> State:
    return steps.merged(Story().says("Listed is", section=f"iam-{uuid4().hex[:8]}"))


def to_take_from_a_list(steps: Steps) -> State:
    story = Story()
    steps.published(story.says("Soon taken from a list is", section=f"iam-{uuid4().hex[:8]}"))
    return steps.planned(story.withdrawn())


def to_reject(steps: Steps) -> State:
    return {
        **steps.keep({"no": "article"}),
        "error": {"Error": "InvalidArticle", "Cause": "Why not."},
        "at": "2026-11-20T08:30:00.000Z",
    }


def sound_replaced(steps: Steps) -> State:
    """An event about a sound that the published edition was not made with.

    The plan is changed instead of the sound: a sound that changes would start the stack's own event at once.
    """
    story = Story()
    message = steps.with_sound(story)
    edition = steps.published(message)["edition"]
    key = f"sounds/{story.id}.wav"
    plan = steps.newsroom.plan(edition)
    plan["sounds"] = {key: '"of-another-sound"'}
    steps.newsroom.upload(f"plans/{edition}.json", json.dumps(plan).encode())
    return batch(json.dumps({"id": str(uuid4()), "detail": {"object": {"key": key}}}))


def sound_replaced_before(steps: Steps) -> State:
    """An event that comes a second time, when its execution is done."""
    event = sound_replaced(steps)
    said = steps.call("NarrationRemerge", event)
    arn = next(word for word in said.split('"') if ":execution:" in word)
    steps.newsroom.wait(arn)
    return event


def failed(steps: Steps, attempt: int, sent: Sent) -> State:
    """An event about a failed execution in the failed queue, and what makes RedriveFailed look there."""
    arn = steps.newsroom.execution_arn(sent, attempt)
    detail = {
        "executionArn": arn,
        "stateMachineArn": steps.newsroom.machine,
        "name": arn.rpartition(":")[2],
        "input": json.dumps({"message": sent.kept_as}),
    }
    steps.cloud.client("sqs").send_message(
        QueueUrl=steps.cloud.outputs["NarrationFailedQueueUrl"], MessageBody=json.dumps({"detail": detail})
    )
    return {}


def failed_once(steps: Steps) -> State:
    message = Story().says("A draft of", status="draft")
    steps.keep(message)
    return failed(steps, 1, Sent(json.dumps(message)))


def redriven_before(steps: Steps) -> State:
    """The next attempt has been made already, and has succeeded."""
    message = Story().says("A draft of", status="draft")
    steps.newsroom.narrate(message)
    return failed(steps, 0, Sent(json.dumps(message)))


def folder(steps: Steps) -> State:
    """No document, so nothing comes of it but an end."""
    bucket = {"name": steps.cloud.outputs["InboxBucketName"]}
    return {"detail": {"bucket": bucket, "object": {"key": "folder/", "size": 0, "etag": "e", "sequencer": "1"}}}


def document_failed(steps: Steps) -> State:
    return execution_failed(steps, "SummarizeDocumentArn", folder(steps), attempt=1)


def batch_failed(steps: Steps) -> State:
    return execution_failed(steps, "SummarizeBatchArn", {"prefix": f"{uuid4()}/"}, attempt=1)


def document_redriven_before(steps: Steps) -> State:
    return execution_failed(steps, "SummarizeDocumentArn", folder(steps), attempt=0)


def batch_redriven_before(steps: Steps) -> State:
    return execution_failed(steps, "SummarizeBatchArn", {"prefix": f"{uuid4()}/"}, attempt=0)


def execution_failed(steps: Steps, output: str, payload: State, *, attempt: int) -> State:
    """As `failed`, for a machine of documents; attempt 0 where the next one has been made already."""
    states, machine = steps.cloud.client("stepfunctions"), steps.cloud.outputs[output]
    name, body = f"redrive-{uuid4().hex}{'0' * 8}", json.dumps(payload, sort_keys=True)
    if attempt == 0:
        steps.newsroom.wait(
            states.start_execution(stateMachineArn=machine, name=f"{name}-1", input=body)["executionArn"]
        )
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}-{attempt}"
    detail = {"executionArn": arn, "stateMachineArn": machine, "name": f"{name}-{attempt}", "input": body}
    steps.cloud.client("sqs").send_message(
        QueueUrl=steps.cloud.outputs["DocumentsFailedQueueUrl"], MessageBody=json.dumps({"detail": detail})
    )
    return {}


CASES: dict[Key, Case] = {
    ("DocumentsRedriveFailed", "sqs:ReceiveMessage", "DocumentsFailedQueue"): Case(document_failed),
    ("DocumentsRedriveFailed", "sqs:DeleteMessage", "DocumentsFailedQueue"): Case(document_failed),
    ("DocumentsRedriveFailed", "states:StartExecution", "SummarizeDocument"): Case(document_failed),
    ("DocumentsRedriveFailed", "states:StartExecution", "SummarizeBatch"): Case(batch_failed),
    ("NarrationRedriveFailed", "states:DescribeExecution", "its executions"): Case(redriven_before),
    ("DocumentsRedriveFailed", "states:DescribeExecution", "its executions"): Case(document_redriven_before),
    ("DocumentsRedriveFailed", "states:DescribeExecution", "executions of SummarizeBatch"): Case(batch_redriven_before),
    ("NarrationRedriveFailed", "sqs:ReceiveMessage", "NarrationFailedQueue"): Case(failed_once),
    ("NarrationRedriveFailed", "sqs:DeleteMessage", "NarrationFailedQueue"): Case(failed_once),
    ("NarrationRedriveFailed", "states:StartExecution", "NarrateArticle"): Case(failed_once),
    ("NarrationStart", "s3:PutObject", "inbox/*"): Case(draft),
    ("NarrationStart", "states:StartExecution", "NarrateArticle"): Case(draft),
    ("NarrationStart", "states:DescribeExecution", "its executions"): Case(finished),
    ("NarrationPlan", "s3:GetObject", "inbox/*"): Case(fresh),
    ("NarrationPlan", "s3:GetObject", "plans/*"): Case(next_version),
    ("NarrationPlan", "s3:GetObject", "articles/*/latest.json"): Case(next_version),
    ("NarrationPlan", "s3:GetObject", "fragments/*.json"): Case(fresh, head=True),
    ("NarrationPlan", "s3:GetObject", "sounds/*"): Case(fresh_with_sound, head=True),
    ("NarrationPlan", "s3:PutObject", "plans/*"): Case(fresh),
    ("NarrationPlan", "s3:PutObject", "uses/*"): Case(fresh_with_sound),
    ("NarrationPlan", "s3:GetObject", "reading/*"): Case(fresh),
    ("NarrationPlan", "s3:PutObject", "reading/kept/*"): Case(of_a_profile_not_kept),
    ("NarrationPlan", "s3:ListBucket", "AudioBucket"): Case(fresh),
    ("NarrationPlan", "polly:DescribeVoices", "*"): Case(fresh, cold=True),
    ("NarrationSynthesize", "s3:GetObject", "plans/*"): Case(a_range),
    ("NarrationSynthesize", "s3:GetObject", "fragments/*"): Case(a_range, head=True),
    ("NarrationSynthesize", "s3:PutObject", "fragments/*"): Case(a_range),
    ("NarrationSynthesize", "s3:GetObject", "articles/*/latest.json"): Case(a_range),
    ("NarrationSynthesize", "s3:ListBucket", "AudioBucket"): Case(a_range),
    ("NarrationSynthesize", "sqs:SendMessage", "SpeechNextQueue"): Case(a_range, timeout=10),
    ("NarrationSynthesize", "sqs:SendMessage", "SpeechFirstQueue"): Case(in_the_first_lane, timeout=10),
    ("NarrationSynthesize", "states:SendTaskHeartbeat", "*"): Case(a_range),
    ("NarrationSynthesize", "states:SendTaskSuccess", "*"): Case(a_range),
    ("NarrationSynthesize", "states:SendTaskFailure", "*"): Case(a_refused_range),
    ("NarrationGiveUp", "states:SendTaskFailure", "*"): Case(a_range),
    ("NarrationPlan", "dynamodb:UpdateItem", "StateTable"): Case(fresh),
    ("NarrationSynthesize", "dynamodb:GetItem", "StateTable"): Case(a_range, cold=True),
    ("NarrationSynthesize", "dynamodb:UpdateItem", "StateTable"): Case(a_range),
    ("NarrationSynthesize", "polly:SynthesizeSpeech", "*"): Case(a_range),
    ("NarrationSynthesize", "s3:GetObject", "reading/kept/*"): Case(a_range_with_a_lexicon),
    (
        "NarrationSynthesize",
        "polly:PutLexicon",
        "arn:${AWS::Partition}:polly:${AWS::Region}:${AWS::AccountId}:lexicon/Millrace*",
    ): Case(a_range_with_a_lexicon, cold=True),
    ("NarrationMerge", "s3:GetObject", "plans/*"): Case(to_merge),
    ("NarrationMerge", "s3:GetObject", "fragments/*"): Case(to_merge),
    ("NarrationMerge", "s3:GetObject", "sounds/*"): Case(to_merge),
    ("NarrationMerge", "s3:GetObject", "articles/*"): Case(to_merge),
    ("NarrationMerge", "s3:PutObject", "articles/*/editions/*"): Case(to_merge),
    ("NarrationMerge", "s3:DeleteObject", "articles/*/editions/*"): Case(to_merge_and_close),
    ("NarrationMerge", "s3:ListBucket", "AudioBucket"): Case(to_merge),
    ("NarrationRetag", "s3:GetObject", "plans/*"): Case(to_retag),
    ("NarrationRetag", "s3:GetObject", "articles/*"): Case(to_retag),
    ("NarrationRetag", "s3:PutObject", "articles/*/editions/*"): Case(to_retag),
    ("NarrationRetag", "s3:DeleteObject", "articles/*/editions/*"): Case(to_retag_and_close),
    ("NarrationRetag", "s3:ListBucket", "AudioBucket"): Case(to_retag_what_is_gone),
    ("NarrationPublish", "s3:GetObject", "plans/*"): Case(to_publish),
    ("NarrationPublish", "s3:GetObject", "articles/*"): Case(to_publish),
    ("NarrationPublish", "s3:GetObject", "sounds/*"): Case(to_publish, head=True),
    ("NarrationPublish", "s3:PutObject", "articles/*"): Case(to_publish),
    ("NarrationPublish", "s3:DeleteObject", "articles/*"): Case(to_withdraw),
    ("NarrationPublish", "s3:GetObject", "listings/*"): Case(to_list),
    ("NarrationPublish", "s3:GetObject", "feeds/*"): Case(to_list),
    ("NarrationPublish", "s3:PutObject", "listings/articles/*"): Case(to_list),
    ("NarrationPublish", "s3:PutObject", "listings/sections/*"): Case(to_list),
    ("NarrationPublish", "s3:PutObject", "feeds/*"): Case(to_list),
    ("NarrationPublish", "s3:DeleteObject", "listings/sections/*"): Case(to_take_from_a_list),
    ("NarrationPublish", "s3:ListBucket", "AudioBucket"): Case(to_publish),
    ("NarrationPublish", "events:PutEvents", "default"): Case(to_publish),
    ("NarrationReject", "s3:GetObject", "inbox/*"): Case(to_reject),
    ("NarrationReject", "s3:PutObject", "rejected/*"): Case(to_reject),
    ("NarrationReject", "events:PutEvents", "default"): Case(to_reject),
    ("NarrationRemerge", "s3:GetObject", "articles/*/latest.json"): Case(sound_replaced),
    ("NarrationRemerge", "s3:GetObject", "plans/*"): Case(sound_replaced),
    ("NarrationRemerge", "s3:GetObject", "sounds/*"): Case(sound_replaced, head=True),
    ("NarrationRemerge", "s3:ListBucket", "AudioBucket"): Case(sound_replaced),
    ("NarrationRemerge", "states:StartExecution", "NarrateArticle"): Case(sound_replaced),
    ("NarrationRemerge", "states:DescribeExecution", "its executions"): Case(sound_replaced_before),
}
"""For each right of a function, an event that cannot be handled without it."""


def retitled(newsroom: Newsroom) -> Any:
    story = Story()
    newsroom.narrate(story.says("Well said of"))
    return story.says("Well said of", title="Badly titled")


STEPS: dict[str, Callable[[Newsroom], Any]] = {
    "NarrationPlan": lambda _: Story().says("New is"),
    "NarrationMerge": lambda _: Story().says("New is"),
    "NarrationPublish": lambda _: Story().says("New is"),
    "NarrationReject": lambda _: {"no": Story().id},
    "NarrationRetag": retitled,
}
"""For each function that the state machine calls, a message whose narration calls it."""


LANES = {"SpeechFirstQueue": "high", "SpeechNextQueue": "low"}
"""The queues to which the state machine sends, and the priority of an article that takes each."""


@pytest.fixture(scope="module")
def steps(cloud: Cloud, newsroom: Newsroom) -> Steps:
    return Steps(cloud, newsroom)


@pytest.fixture
def impatient(operator: Operator) -> Iterator[None]:
    """The machine gives up at the first error that Lambda itself reports."""
    with operator.retrying("Lambda.AWSLambdaException", 0):
        yield


def test_every_right_of_the_template_has_a_case_or_a_reason():
    called = {("NarrateArticle", "lambda:InvokeFunction", name) for name in STEPS}
    called |= {("NarrateArticle", "sqs:SendMessage", name) for name in LANES}
    assert {grant.key for grant in GRANTS} == CASES.keys() | UNSEEN.keys() | called
    assert not CASES.keys() & UNSEEN.keys()


@pytest.mark.parametrize("grant", [grant for grant in GRANTS if grant.key in CASES], ids=lambda one: " ".join(one.key))
def test_a_function_without_one_right_fails_under_its_name(cloud, steps, operator, grant, request):
    case = CASES[grant.key]
    event = case.make(steps)
    if case.cold:
        steps.cold(grant.owner)
    if case.timeout:
        request.addfinalizer(steps.hurried(grant.owner, case.timeout))
    with grants.without(cloud, grant):
        said = steps.call(grant.owner, event)
    if case.head:
        assert "(403) when calling the HeadObject operation: Forbidden" in said
        assert f"Allow the function's role s3:GetObject on s3://{steps.newsroom.bucket}/" in said
        assert f"and s3:ListBucket on s3://{steps.newsroom.bucket}," in said
    else:
        assert f"is not authorized to perform: {grant.action}".lower() in said.lower()
    again = steps.call(grant.owner, event)
    assert "not authorized" not in again, "with the right it works"
    assert "Forbidden" not in again


@pytest.mark.parametrize(
    "grant", [grant for grant in GRANTS if grant.resource in STEPS], ids=lambda one: " ".join(one.key)
)
def test_a_machine_that_may_not_call_a_function_fails_under_its_name(cloud, newsroom, impatient, grant):
    message = STEPS[grant.resource](newsroom)
    with grants.without(cloud, grant):
        run = newsroom.finish(newsroom.publish(message))
    assert (run.status, run.error) == ("FAILED", "Lambda.AWSLambdaException")
    assert "is not authorized to perform: lambda:InvokeFunction" in run.cause
    assert grant.resource in run.cause
    assert newsroom.finish(newsroom.publish(message), attempt=2).status == "SUCCEEDED", "with the right it works"


@pytest.mark.parametrize(
    "grant",
    [grant for grant in GRANTS if grant.owner == "NarrateArticle" and grant.resource in LANES],
    ids=lambda one: " ".join(one.key),
)
def test_a_machine_that_may_not_send_to_a_lane_fails_under_its_name(cloud, newsroom, operator, grant):
    message = Story().says("Never sent is", priority=LANES[grant.resource])
    with operator.retrying("SQS.AmazonSQSException", 0), grants.without(cloud, grant):
        run = newsroom.finish(newsroom.publish(message))
    assert (run.status, run.error) == ("FAILED", "SQS.AmazonSQSException")
    assert "is not authorized to perform: sqs:sendmessage" in run.cause.lower()
    assert newsroom.finish(newsroom.publish(message), attempt=2).status == "SUCCEEDED", "with the right it works"
