"""Choices of a stack on the local cloud: a pipeline alone, two, two stacks beside each other, what is attached."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from local.cloud.deploying.deploy import DeployError
from operate.clients import Target
from operate.models import judge
from operate.questions.command import door_of
from tests.e2e.waiting import eventually
from tests.template.decided import PUBLIC_KEY
from tests.unit.images.builders import encoded, photo
from tests.unit.llm import builders
from tests.workflow import account as accounts
from tests.workflow.account import DOES, PIPELINES, Account, Stack, switches
from tests.workflow.training.desk import Desk


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_pipeline_alone_deploys_and_works(account: Account, pipeline: str):
    stack = account.deploy(f"only-{pipeline.lower()}", **switches(pipeline))
    accounts.has_only(stack, pipeline)
    DOES[pipeline](stack)
    account.delete(stack)


def test_a_living_stack_takes_a_pipeline_on_and_lets_one_go(account: Account):
    account.deploy("living", **switches("Trips"))
    both = account.deploy("living", **switches("Trips", "Narration"))
    accounts.has_only(both, "Trips", "Narration")
    accounts.ride(both)
    one = account.deploy("living", **switches("Narration"))
    accounts.has_only(one, "Narration")
    accounts.narrate(one)
    assert not [name for name in one.alarms() if "Trips" in name]
    account.delete(one)


def test_a_stack_without_any_pipeline_is_refused_with_a_sentence(account: Account):
    with pytest.raises(DeployError, match="Every pipeline is switched off; set one of UseNarration"):
        account.deploy("nothing", **switches())


@pytest.mark.parametrize(
    ("pipeline", "parameters", "sentence"),
    [
        ("Llm", {"ExistingModelLogsPrefix": "x/"}, "ExistingModelLogsPrefix needs ExistingModelLogsBucketName"),
        ("Llm", {"ExistingBatchPrefix": "x/"}, "ExistingBatchPrefix needs ExistingBatchBucketName"),
        (
            "Narration",
            {
                "ExistingDistributionId": "E2THEIRS",
                "UseDistribution": "true",
                "MembersPublicKey": PUBLIC_KEY,
            },
            "choose one of them",
        ),
        ("Images", {"ModelAccessPoints": "net=tensor"}, "ModelAccessPoints needs UseObjectLambda"),
        ("Images", {"UseQuestions": "true"}, "UseQuestions needs UseTrips=true or QuestionsDatabase"),
        (
            "Trips",
            {"UseQuestions": "true", "QuestionsDatabase": "sales"},
            "QuestionsDatabase needs QuestionsBucketName",
        ),
        (
            "Trips",
            {"UseQuestions": "true", "TokenIssuer": "https://login.example.org"},
            "TokenIssuer needs TokenAudience",
        ),
        ("Images", {"UseKnowledge": "true"}, "UseKnowledge needs UseDocuments=true"),
        ("Images", {"SyncPrefix": "papers/"}, "SyncPrefix and SyncSchedule need SyncBucketName"),
        ("Images", {"ModelAccessPoints": "net=tensor, b=c", "UseObjectLambda": "true"}, "no spaces between"),
        ("Narration", {"UseDistribution": "true"}, "UseDistribution needs MembersPublicKey"),
        ("Narration", {"DistributionAlias": "audio.example.org"}, "DistributionAlias needs DistributionCertificateArn"),
        # What SAM CLI leaves of a key that does not stand in quotes.
        ("Narration", {"MembersPublicKey": "-----BEGIN"}, "A public key in PEM, whole"),
    ],
)
def test_choices_that_contradict_are_refused(account: Account, pipeline: str, parameters: Any, sentence: str):
    with pytest.raises(DeployError, match=sentence):
        account.deploy(f"contradicts-{pipeline.lower()}", **parameters, **switches(pipeline))


def test_knowledge_is_off_until_it_is_wanted(account: Account):
    """Another repository comes with its bucket's name, and goes with it."""
    stack = account.deploy("known", **switches("Documents"))
    assert "KnowledgeUrl" not in stack.outputs
    wanted = {"UseKnowledge": "true", "DefaultReaders": "everyone"}
    stack = account.deploy("known", **switches("Documents"), **wanted, SyncBucketName="repository")
    assert {"KnowledgeUrl", "VectorIndexArn", "SyncRepositoryArn"} <= stack.outputs.keys()
    assert "Knowledge: the index" in stack.widgets()
    stack = account.deploy("known", **switches("Documents"), **wanted)
    assert "KnowledgeUrl" in stack.outputs
    assert "SyncRepositoryArn" not in stack.outputs


def test_questions_are_off_until_they_are_wanted(account: Account):
    stack = account.deploy("asked", **switches("Trips"))
    assert "QuestionsUrl" not in stack.outputs
    stack = account.deploy("asked", **switches("Trips"), UseQuestions="true")
    accounts.has_only(stack, "Trips")
    assert "Questions: lanes" in stack.widgets()
    door = door_of(Target(stack.name, int(account.cloud.url.rpartition(":")[2])))
    taken = door.post({"question": "How many trips were there in July 2019?"})
    assert taken.status == 202

    def told() -> str | None:
        state = str(door.get(taken.document["id"]).document["state"])
        return None if state == "running" else state

    assert eventually(told, "an answer", 120) == "answered"
    account.delete(stack)


def test_training_needs_no_other_pipeline_and_is_off_until_it_is_wanted(account: Account):
    stack = account.deploy("trained", **switches(), UseTraining="true")
    accounts.has_only(stack)
    assert "Training: jobs and rows" in stack.widgets()
    desk = Desk(replace(account.cloud, stack=stack.name, outputs=stack.outputs))
    desk.put_rows("riders")
    run = desk.trained(desk.manifest("alone"))
    assert (run.status, run.output.get("outcome")) == ("SUCCEEDED", "deployed"), run
    assert desk.serving("alone") == run.version
    account.delete(stack)
    stack = account.deploy("untrained", **switches("Images"))
    assert "PredictUrl" not in stack.outputs
    assert not [name for name in stack.alarms() if "Training" in name]
    account.delete(stack)


def test_a_parameter_that_is_not_declared_is_refused(account: Account):
    with pytest.raises(DeployError, match=r"Parameters: \[Blance\] do not exist in the template"):
        account.deploy("misspelt", Blance="2.1", **switches("Trips"))


def test_a_setting_of_trips_reaches_its_function(account: Account):
    stack = account.deploy("balanced", Balance="2.1", **switches("Trips"))
    (clean,) = (
        function
        for function in stack.client("lambda").list_functions()["Functions"]
        if function["FunctionName"].startswith("balanced") and function["Handler"] == "trips.handlers.clean.handler"
    )
    assert clean["Environment"]["Variables"]["BALANCE"] == "2.1"
    account.delete(stack)


def test_two_stacks_keep_their_metrics_and_alarms_apart(account: Account):
    """What one refuses rings its own alarm, and is counted as its own; the other one hears and shows nothing."""
    one = account.deploy("one", **switches("Narration"))
    other = account.deploy("other", **switches("Narration"))
    accounts.refuse_an_article(one)

    def ringing() -> set[str] | None:
        return {name for name, state in one.alarms().items() if state == "ALARM"} or None

    (alarm,) = eventually(ringing, "alarm of the first stack", 150)
    assert "ArticlesRejected" in alarm
    assert one.metric("Millrace/Narration", "ArticlesRejected", "narration") == 1
    assert other.metric("Millrace/Narration", "ArticlesRejected", "narration") == 0
    assert "ALARM" not in other.alarms().values()
    assert len(other.alarms()) == len(one.alarms()) > 0
    shown = [dashboard["DashboardName"] for dashboard in one.client("cloudwatch").list_dashboards()["DashboardEntries"]]
    assert {"one", "other"} <= set(shown), "one dashboard per stack"
    account.delete(one)
    accounts.narrate(other)
    account.delete(other)


def bucket(account: Account, *, tells: bool) -> str:
    """A bucket that somebody else made; ``tells``: with EventBridge notifications, as docs/attach.md asks for."""
    s3 = account.cloud.client("s3")
    name = f"theirs-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    if tells:
        s3.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
    s3.put_object(Bucket=name, Key="theirs.txt", Body=b"was here before")
    return name


def configuration(account: Account, name: str) -> list[Any]:
    """What a stack must leave as it was: notifications, lifecycle, policy, encryption of a bucket."""
    s3 = account.cloud.client("s3")
    found: list[Any] = []
    for call in ("get_bucket_notification_configuration", "get_bucket_lifecycle_configuration", "get_bucket_policy"):
        try:
            answer = getattr(s3, call)(Bucket=name)
        except s3.exceptions.ClientError as error:
            answer = {"Error": error.response["Error"]["Code"]}
        found.append({key: value for key, value in answer.items() if key != "ResponseMetadata"})
    return found


def is_untouched(account: Account, name: str, before: list[Any]) -> None:
    assert configuration(account, name) == before
    assert account.cloud.client("s3").get_object(Bucket=name, Key="theirs.txt")["Body"].read() == b"was here before"


def makes_no(stack: Stack, kind: str, *names: str) -> None:
    """The stack has no resource of the type under these logical ids."""
    cloudformation = stack.client("cloudformation")
    nested = [one["StackName"] for one in cloudformation.describe_stacks()["Stacks"] if stack.name in one["StackName"]]
    resources = [
        resource
        for name in nested
        for resource in cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    ]
    assert resources
    assert not [r for r in resources if r["ResourceType"] == kind and r["LogicalResourceId"] in names]


def test_an_articles_topic_of_yours(account: Account):
    sns = account.cloud.client("sns")
    topic = sns.create_topic(Name="theirs")["TopicArn"]
    before = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    stack = account.deploy("with-topic", ExistingArticlesTopicArn=topic, **switches("Narration"))
    assert stack.outputs["ArticlesTopicArn"] == topic
    makes_no(stack, "AWS::SNS::Topic", "ArticlesTopic")
    accounts.narrate(stack)
    account.delete(stack)
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"] == before
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_an_images_bucket_of_yours(account: Account):
    name = bucket(account, tells=False)
    before = configuration(account, name)
    stack = account.deploy("with-images", ExistingImagesBucketName=name, UseObjectLambda="true", **switches("Images"))
    assert stack.outputs["ImagesBucketName"] == name
    makes_no(stack, "AWS::S3::Bucket", "ImagesBucket")
    accounts.look(stack)
    s3 = stack.client("s3")
    s3.put_object(Bucket=name, Key="small.jpg", Body=encoded(photo(64, 48), "JPEG"))
    assert s3.get_object(Bucket=stack.outputs["ImageAccessPointAlias"], Key="small.jpg")["ContentType"] == "image/jpeg"
    account.delete(stack)
    is_untouched(account, name, before)


def test_an_inbox_of_yours(account: Account):
    name = bucket(account, tells=True)
    before = configuration(account, name)
    stack = account.deploy("with-inbox", ExistingInboxBucketName=name, **switches("Documents"))
    assert stack.outputs["InboxBucketName"] == name
    makes_no(stack, "AWS::S3::Bucket", "InboxBucket")
    accounts.summarize(stack)
    account.delete(stack)
    is_untouched(account, name, before)


def test_a_log_group_of_yours_and_a_bucket_of_batch_outputs(account: Account):
    """Both are only read; what they hold is measured once, also where Bedrock writes it to the bucket too."""
    logs, name = account.cloud.client("logs"), bucket(account, tells=True)
    group, stream = f"bedrock/{uuid.uuid4().hex[:8]}", "aws/bedrock/modelinvocations"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    stack = account.deploy(
        "with-group",
        ExistingModelLogGroupName=group,
        ExistingBatchBucketName=name,
        ExistingBatchPrefix="jobs/",
        **switches("Llm"),
    )
    now = datetime.now(UTC)
    records = [
        builders.converse(request_id=uuid.uuid4().hex, timestamp=now.isoformat(), stop="refusal", content=[]),
        builders.converse(request_id=uuid.uuid4().hex, timestamp=now.isoformat()),
    ]
    hour = f"AWSLogs/{builders.ACCOUNT}/BedrockModelInvocationLogs/us-east-1/{now:%Y/%m/%d/%H}"
    account.cloud.client("s3").put_object(
        Bucket=stack.outputs["ModelLogsBucketName"],
        Key=f"{hour}/x_0123456789abcdef.json.gz",
        Body=builders.log(*records),
    )
    events = [{"timestamp": int(now.timestamp() * 1000), "message": json.dumps(one)} for one in records]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    line = {"recordId": "r1", "modelInput": {"prompt": "Why?"}, "modelOutput": {"generation": "Because of the tide."}}
    for key in ("jobs/ab12cd34ef56/records.jsonl.out", "jobs/ab12cd34ef56/manifest.json.out", "else/x.jsonl.out"):
        account.cloud.client("s3").put_object(Bucket=name, Key=key, Body=json.dumps(line).encode())
    wanted = {
        "PairsEvaluated": 3,
        "RefusalsDeclared": 1,
        "RefusalCount": 1,
        "LogEventsTaken": 2,
        "BatchModelsUnknown": 1,
    }

    def measured() -> bool | None:
        return {each: stack.metric("Millrace/LLM", each, "llm") for each in wanted} == wanted or None

    eventually(measured, f"metrics of {stack.name}", 120)
    assert stack.metric("Millrace/LLM", "ObjectsForeign", "llm") == 0, "no rule tells of other keys"
    target = Target(stack.name, int(account.cloud.url.rpartition(":")[2]))
    told = list(judge.command(target, 3600, judge.Wanted("refused"), time.time()))
    assert records[0]["requestId"] in told[1], told
    assert any(line.startswith("note: not read: the bucket of logs") for line in told), told
    assert measured(), "what lies in the bucket too is counted by nobody"
    account.delete(stack)
    assert logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"] == []


@pytest.mark.parametrize("prefix", ["", "bedrock/eu/"])
def test_a_bucket_of_yours_with_logs_of_bedrock(account: Account, prefix: str):
    """Nothing is ever written there, not even the pairs that wait for the paid metrics; and these are measured."""
    name = bucket(account, tells=True)
    before = configuration(account, name)
    stack = account.deploy(
        f"with-logs-{len(prefix)}",
        ExistingModelLogsBucketName=name,
        ExistingModelLogsPrefix=prefix,
        **switches("Llm"),
    )
    assert stack.outputs["ModelLogsBucketName"] == name
    accounts.measure(stack, prefix)
    one_of_each = ("PaidCalls", "EmbeddingTokens", "SentimentNeutral", "ToxicitySegments")

    def paid() -> bool | None:
        return all(stack.metric("Millrace/LLM", metric, "llm") for metric in one_of_each) or None

    eventually(paid, f"metric of each paid module of {stack.name}", 120)
    assert {name: stack.metric("Millrace/LLM", name, "llm") for name in ("PairsNotEvaluated", "ModuleErrors")} == {
        "PairsNotEvaluated": 0,
        "ModuleErrors": 0,
    }
    account.delete(stack)
    is_untouched(account, name, before)
    keys = [entry["Key"] for entry in account.cloud.client("s3").list_objects_v2(Bucket=name)["Contents"]]
    assert len(keys) == 2
    assert not [key for key in keys if "pairs/" in key]


def test_a_distribution_of_yours(account: Account):
    """What is attached is a statement and a right."""
    stack = account.deploy("with-cdn", ExistingDistributionId="E2THEIRS", **switches("Narration"))
    makes_no(stack, "AWS::CloudFront::Distribution", "Distribution")
    policy = json.loads(stack.client("s3").get_bucket_policy(Bucket=stack.outputs["AudioBucketName"])["Policy"])
    (statement,) = (one for one in policy["Statement"] if one["Sid"] == "WhatTheDistributionMayRead")
    assert statement["Condition"]["StringEquals"]["aws:SourceArn"].endswith(":distribution/E2THEIRS")
    assert "MembersKeyId" not in stack.outputs
    account.delete(stack)
