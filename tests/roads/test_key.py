"""Every pipeline under a KMS key of the owner's, on a local cloud that asks it: its policy and the roles are enough.

The key has the policy that docs/security.md shows. What people wrote lies under it wherever it is kept, and without the
key nobody gets anywhere.
"""

from __future__ import annotations

import csv
import io
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local.cloud.deploying.deploy import DeployError
from local.demo import signed_requests
from local.demo.documents import maker as documents
from local.demo.trips import maker
from operate.clients import Target
from operate.questions.command import door_at
from operate.training import retiring
from tests import members, samples
from tests.e2e.waiting import eventually
from tests.template.key import documented_policy
from tests.unit.images.builders import encoded, photo
from tests.unit.llm import builders
from tests.workflow import account as accounts
from tests.workflow.account import Account, Stack, switches
from tests.workflow.training.desk import Desk
from training.deploying import approvals


def made(account: Account, policy: dict[str, Any]) -> str:
    kms = account.cloud.client("kms")
    return str(kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"])


def policy_of(account: Account) -> dict[str, Any]:
    owner = account.cloud.client("sts").get_caller_identity()["Account"]
    return documented_policy(owner, account.cloud.region)


@pytest.fixture(scope="module")
def key(account: Account) -> str:
    return made(account, policy_of(account))


@contextmanager
def without(account: Account, key: str, sid: str) -> Iterator[None]:
    """The key while one statement of its policy is gone."""
    kms, whole = account.cloud.client("kms"), policy_of(account)
    rest = {**whole, "Statement": [each for each in whole["Statement"] if each["Sid"] != sid]}
    assert len(rest["Statement"]) == len(whole["Statement"]) - 1
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(rest))
    try:
        yield
    finally:
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(whole))


def resources(stack: Stack, kind: str) -> list[str]:
    """Physical ids of the stack's own and of what it nests."""
    cloudformation = stack.client("cloudformation")
    pages = cloudformation.get_paginator("describe_stacks").paginate()
    names = [one["StackName"] for page in pages for one in page["Stacks"] if one["StackName"].startswith(stack.name)]
    return [
        resource["PhysicalResourceId"]
        for name in names
        for resource in cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        if resource["ResourceType"] == kind
    ]


def outside(stack: Stack, key: str) -> list[str]:
    """Versions of objects of the stack that do not lie under the key."""
    s3, found = stack.client("s3"), []
    for bucket in resources(stack, "AWS::S3::Bucket"):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for version in page.get("Versions", []):
                which = {"Bucket": bucket, "Key": version["Key"], "VersionId": version["VersionId"]}
                if version["VersionId"] == "null":
                    del which["VersionId"]
                head = s3.head_object(**which)
                if (head.get("ServerSideEncryption"), head.get("SSEKMSKeyId")) != ("aws:kms", key):
                    found.append(f"{bucket}/{version['Key']}")
    return found


def objects(stack: Stack) -> int:
    s3 = stack.client("s3")
    return sum(s3.list_objects_v2(Bucket=name)["KeyCount"] for name in resources(stack, "AWS::S3::Bucket"))


def is_sealed(stack: Stack, key: str) -> None:
    """What the stack keeps lies under the key, object by object and queue by queue."""
    assert outside(stack, key) == []
    sqs = stack.client("sqs")
    for url in resources(stack, "AWS::SQS::Queue"):
        assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["KmsMasterKeyId"] == key
    for table in resources(stack, "AWS::DynamoDB::Table"):
        described = stack.client("dynamodb").describe_table(TableName=table)["Table"]
        assert described["SSEDescription"]["KMSMasterKeyArn"] == key
    for name in resources(stack, "AWS::Logs::LogGroup"):
        groups = stack.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        assert [group.get("kmsKeyId") for group in groups if group["logGroupName"] == name] == [key]


def test_an_article_becomes_audio_that_the_distribution_serves(account: Account, key: str):
    site = {"UseDistribution": "true", "MembersPublicKey": members.public_pem(members.rsa_key("publisher"))}
    stack = account.deploy("sealed-narration", KmsKeyArn=key, **site, **switches("Narration"))
    article = json.loads(samples.path_of("article").read_text())
    article["id"] = f"sealed-{uuid.uuid4().hex[:8]}"
    stack.client("sns").publish(TopicArn=stack.outputs["ArticlesTopicArn"], Message=json.dumps(article))
    home = f"articles/{article['id']}/"
    bucket = stack.outputs["AudioBucketName"]
    eventually(lambda: stack.body(bucket, f"{home}latest.json"), "audio", 120)
    eventually(lambda: stack.body(bucket, f"{home}full.mp3"), "audio under its stable key", 120)
    assert objects(stack) > 5
    is_sealed(stack, key)

    def served() -> int:
        path = "/" + quote(f"{home}full.mp3")
        return members.ask(account.cloud.url, stack.outputs["DistributionDomain"], path).status

    assert served() == 200
    with without(account, key, "AudioThatTheDistributionReads"):
        assert served() == 403
    account.delete(stack)


def test_a_role_without_its_right_to_the_key_fails_under_its_name(account: Account, key: str):
    stack = account.deploy("lacking", KmsKeyArn=key, **switches("Narration"))
    iam = stack.client("iam")
    (role,) = [name for name in resources(stack, "AWS::IAM::Role") if "NarrationPlanRole" in name]
    held = [name for name in iam.list_role_policies(RoleName=role)["PolicyNames"] if "UnderTheKey" in name]
    assert sorted(held) == ["TableUnderTheKey", "WriteUnderTheKey"]
    document = iam.get_role_policy(RoleName=role, PolicyName="WriteUnderTheKey")["PolicyDocument"]
    iam.delete_role_policy(RoleName=role, PolicyName="WriteUnderTheKey")
    stack.client("sns").publish(
        TopicArn=stack.outputs["ArticlesTopicArn"], Message=samples.path_of("article").read_text()
    )
    sfn, machine = stack.client("stepfunctions"), stack.outputs["NarrateArticleArn"]

    def failed() -> str | None:
        ended = sfn.list_executions(stateMachineArn=machine, statusFilter="FAILED")["executions"]
        return ended[0]["executionArn"] if ended else None

    execution = eventually(failed, "failed execution", 120)
    cause = sfn.describe_execution(executionArn=execution)["cause"]
    assert "kms:" in cause
    assert key in cause
    iam.put_role_policy(RoleName=role, PolicyName="WriteUnderTheKey", PolicyDocument=json.dumps(document))
    accounts.narrate(stack)
    account.delete(stack)


def test_a_document_becomes_a_summary_and_is_deleted(account: Account, key: str):
    stack = account.deploy("sealed-documents", KmsKeyArn=key, **switches("Documents"))
    s3, inbox, summaries = stack.client("s3"), stack.outputs["InboxBucketName"], stack.outputs["SummariesBucketName"]
    # One page is asked for at once, two are a job of Textract, whose answers and end lie under the key too.
    for name, body in (("one.jpg", documents.scan(1)), ("two.pdf", documents.intake_form())):
        s3.put_object(Bucket=inbox, Key=name, Body=body)
    accounts.summarize(stack)
    for name in ("one.jpg", "two.pdf"):
        eventually(lambda name=name: stack.body(summaries, f"summaries/{name}.json"), f"summary of {name}", 240)
    sfn, machine = stack.client("stepfunctions"), stack.outputs["SummarizeBatchArn"]
    batch = sfn.start_execution(stateMachineArn=machine, input=json.dumps({"prefix": "switch/"}))["executionArn"]

    def ended() -> dict[str, Any] | None:
        found = sfn.describe_execution(executionArn=batch)
        return None if found["status"] == "RUNNING" else found

    assert (found := eventually(ended, "end of the batch", 240))["status"] == "SUCCEEDED", found
    assert objects(stack) > 10
    is_sealed(stack, key)
    name = s3.list_objects_v2(Bucket=inbox, Prefix="switch/")["Contents"][0]["Key"]
    s3.delete_object(Bucket=inbox, Key=name)
    eventually(lambda: stack.body(summaries, f"summaries/{name}.json") is None or None, "deleted summary", 120)
    account.delete(stack)


def test_a_document_is_brought_indexed_and_asked_under_the_key(account: Account, key: str):
    papers = f"papers-{uuid.uuid4().hex[:8]}"
    s3 = account.cloud.client("s3")
    s3.create_bucket(Bucket=papers)
    s3.put_object(Bucket=papers, Key="access.json", Body=json.dumps({"schema": 1, "everyone": True}).encode())
    s3.put_object(Bucket=papers, Key="lease.txt", Body=b"The lease of Hall Nine ends on 3 May 2031.\n")
    parts = {"UseKnowledge": "true", "SyncBucketName": papers}
    stack = account.deploy("sealed-knowledge", KmsKeyArn=key, **parts, **switches("Documents"))
    stack.client("stepfunctions").start_execution(stateMachineArn=stack.outputs["SyncRepositoryArn"], input="{}")
    bucket = stack.outputs["KnowledgeBucketName"]

    def indexed() -> bool | None:
        pointer = json.loads(stack.body(bucket, "knowledge/lease.txt.json") or b"{}")
        return bool(pointer.get("version")) or None

    eventually(indexed, "lease in the index", 240)
    target = Target(stack.name, port=int(account.cloud.url.rpartition(":")[2]))
    door = door_at(target, stack.outputs["KnowledgeUrl"])
    taken = door.send("POST", "/ask", {"question": "When does the lease of Hall Nine end?"})
    assert taken.status == 202, taken
    name = f"answers/{taken.document['id']}.json"
    told = json.loads(eventually(lambda: stack.body(bucket, name), "answer", 240))
    assert "3 May 2031" in told["answer"], told
    assert door.send("POST", "/search", {"query": "lease of Hall Nine"}).document["hits"]
    eventually(lambda: stack.body(bucket, "connectors/repository/report.json"), "report", 120)
    is_sealed(stack, key)
    vectors = stack.client("s3vectors").list_vector_buckets()["vectorBuckets"]
    (mine,) = [one["vectorBucketName"] for one in vectors if one["vectorBucketName"] in stack.outputs["VectorIndexArn"]]
    held = stack.client("s3vectors").get_vector_bucket(vectorBucketName=mine)["vectorBucket"]
    assert held["encryptionConfiguration"] == {"sseType": "aws:kms", "kmsKeyArn": key}
    account.delete(stack)


def ask_for(stack: Stack, name: str) -> int:
    url = f"{stack.outputs['ImageUrl']}{name}"
    return signed_requests.ask(url, stack.account.cloud.region, credentials=Credentials("test", "test")).status


def test_an_image_is_made_of_an_original_under_the_key(account: Account, key: str):
    doors = {"UseObjectLambda": "true", "UseSignedVariants": "true"}
    stack = account.deploy("sealed-images", KmsKeyArn=key, **doors, **switches("Images"))
    accounts.look(stack)
    is_sealed(stack, key)
    s3, bucket = stack.client("s3"), stack.outputs["ImagesBucketName"]
    s3.put_object(Bucket=bucket, Key="small.jpg", Body=encoded(photo(64, 48), "JPEG"))
    assert s3.get_object(Bucket=stack.outputs["ImageAccessPointAlias"], Key="small.jpg")["ContentType"] == "image/jpeg"
    secret = stack.client("secretsmanager").describe_secret(SecretId=stack.outputs["ImageVariantKeysArn"])
    assert secret["KmsKeyId"] == key
    account.delete(stack)


def test_another_key_needs_the_old_one_for_what_lies_there(account: Account, key: str):
    """As docs/security.md says of a key that is changed."""
    old = made(account, policy_of(account))
    stack = account.deploy("changing", KmsKeyArn=old, **switches("Images"))
    s3, bucket = stack.client("s3"), stack.outputs["ImagesBucketName"]
    s3.put_object(Bucket=bucket, Key="old.jpg", Body=encoded(photo(64, 48), "JPEG"))
    assert ask_for(stack, "old.jpg") == 200
    stack = account.deploy("changing", KmsKeyArn=key, **switches("Images"))
    s3.put_object(Bucket=bucket, Key="new.jpg", Body=encoded(photo(64, 48), "JPEG"))
    assert s3.head_object(Bucket=bucket, Key="new.jpg")["SSEKMSKeyId"] == key
    assert (ask_for(stack, "new.jpg"), ask_for(stack, "old.jpg")) == (200, 403)
    policy = policy_of(account)
    owner = policy["Statement"][0]["Principal"]["AWS"].split(":")[4]
    policy["Statement"].append(
        {
            "Sid": "RolesOfTheStack",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {
                "StringEquals": {"kms:CallerAccount": owner},
                "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{owner}:role/{stack.name}-*"},
            },
        }
    )
    account.cloud.client("kms").put_key_policy(KeyId=old, PolicyName="default", Policy=json.dumps(policy))
    assert ask_for(stack, "old.jpg") == 200
    account.delete(stack)


def answer(stack: Stack, sql: str) -> list[list[str]]:
    athena = stack.client("athena")
    query = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": stack.outputs["TripsDatabaseName"]},
        WorkGroup=stack.outputs["TripsWorkGroupName"],
    )["QueryExecutionId"]

    def ended() -> dict[str, Any] | None:
        found = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        return None if found["Status"]["State"] in ("QUEUED", "RUNNING") else found

    execution = eventually(ended, "answer of Athena")
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    where = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").partition("/")
    return list(csv.reader(io.StringIO((stack.body(where[0], where[2]) or b"").decode())))[1:]


def test_trips_are_stored_queried_and_made_into_a_training_set(account: Account, key: str):
    stack = account.deploy("sealed-trips", KmsKeyArn=key, **switches("Trips"))
    lines = [line for line, _ in zip(maker.lines(400), range(400), strict=False)]
    chunk = "\n".join([maker.HEADER, *lines, "not,a,trip"]) + "\n"
    stack.client("firehose").put_record(
        DeliveryStreamName=stack.outputs["TripsStreamName"], Record={"Data": chunk.encode()}
    )

    def rows() -> int | None:
        ((count,),) = answer(stack, "SELECT count(*) FROM trips")
        return int(count) or None

    assert eventually(rows, "rows in the lake", 120) > 100
    ((month,),) = answer(stack, "SELECT substr(start_time, 1, 7) FROM trips GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
    called = stack.client("lambda").invoke(
        FunctionName=stack.outputs["TripsBuildTrainingSetName"], Payload=json.dumps({"month": month}).encode()
    )
    said = called["Payload"].read().decode()
    assert "FunctionError" not in called, said
    prefixes = {key.split("/")[0] for key in keys(stack, stack.outputs["LakeBucketName"])}
    assert prefixes >= {"trips", "athena", "training", "errors"}
    is_sealed(stack, key)
    account.delete(stack)


def test_models_are_trained_approved_deployed_and_asked_under_the_key(account: Account, key: str):
    """One that the function serves after a person's word, one of an endpoint, and one that is refused."""
    stack = account.deploy("sealed-training", KmsKeyArn=key, UseTraining="true", **switches())
    desk = Desk(replace(account.cloud, stack=stack.name, outputs=stack.outputs))
    desk.put_rows("riders")
    asked = desk.start(desk.manifest("walked", approval="manual"))
    hosted = desk.start(desk.manifest("hosted", deploy={"kind": "serverless", "memory_mb": 1024}))
    refused = desk.start(desk.manifest("refused", target="income"))
    version = eventually(lambda: dict(approvals.waiting(desk.table())).get("walked"), "a model that waits", 240)
    said = {"name": "walked", "version": version, "decision": "approved", "by": "ann"}
    assert desk.invoke("TrainingApprovalDecided", said)["won"] is True
    runs = {arn: desk.ended(arn) for arn in (asked, hosted, refused)}
    assert {run.status for run in runs.values()} == {"SUCCEEDED"}, runs
    assert [runs[arn].output["outcome"] for arn in (asked, hosted, refused)] == ["deployed", "deployed", "refused"]
    assert len(desk.endpoints("hosted")) == 1
    target = Target(stack.name, port=int(account.cloud.url.rpartition(":")[2]))
    door = door_at(target, stack.outputs["PredictUrl"])
    for name in ("walked", "hosted"):
        smoke: Any = desk.read(f"models/{name}/{desk.serving(name)}/smoke.json")
        answer = door.send("POST", f"/models/{name}/predictions", [each["row"] for each in smoke["rows"]])
        assert answer.status == 200, answer
        assert len(answer.document["predictions"]) == 20
    assert desk.invoke("TrainingInventory", {}) == {"endpoints": [], "waiting": []}
    assert desk.dead_letters() == []
    is_sealed(stack, key)
    list(retiring.all_of(target))
    account.delete(stack)


def keys(stack: Stack, bucket: str) -> list[str]:
    pages = stack.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def test_calls_of_models_are_measured_from_logs_and_from_the_stream(account: Account, key: str):
    samples_of = {"SampleSimilarity": "1", "SampleSentiment": "1", "SampleToxicity": "1"}
    stack = account.deploy(
        "sealed-llm", KmsKeyArn=key, UseCompletionsStream="true", CanaryModel="us.amazon.nova-2-lite-v1:0",
        **samples_of, **switches("Llm"),
    )  # fmt: skip
    accounts.measure(stack)
    assert any(name.startswith("pairs/") for name in keys(stack, stack.outputs["ModelLogsBucketName"]))
    measured = lambda: stack.metric("Millrace/LLM", "PaidCalls", "llm") > 0 or None  # noqa: E731
    eventually(measured, "paid modules", 120)
    before = stack.metric("Millrace/LLM", "RecordsRead", "llm")
    record = builders.converse(timestamp=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), requestId=uuid.uuid4().hex)
    stream = stack.client("kinesis").describe_stream(StreamName=stack.outputs["CompletionsStreamName"])
    assert stream["StreamDescription"]["KeyId"] == key
    stack.client("kinesis").put_record(
        StreamName=stack.outputs["CompletionsStreamName"], Data=json.dumps(record).encode(), PartitionKey="k"
    )
    more = lambda: stack.metric("Millrace/LLM", "RecordsRead", "llm") > before or None  # noqa: E731
    eventually(more, "record of the stream", 120)
    is_sealed(stack, key)
    account.delete(stack)


def test_without_a_statement_for_cloudwatch_logs_nothing_is_deployed(account: Account):
    closed = made(account, policy_of(account))
    with (
        without(account, closed, "LogsOfTheFunctions"),
        pytest.raises(DeployError, match="KMS key does not exist or is not allowed to be used"),
    ):
        account.deploy("closed", KmsKeyArn=closed, **switches("Images"))


def test_a_key_of_another_region_or_an_alias_is_refused(account: Account, key: str):
    assert account.cloud.region != "eu-west-3"
    elsewhere = key.replace(account.cloud.region, "eu-west-3")
    with pytest.raises(DeployError, match="KMS key does not exist or is not allowed to be used"):
        account.deploy("elsewhere", KmsKeyArn=elsewhere, **switches("Images"))
    with pytest.raises(DeployError, match="The ARN of a KMS key of this Region, not of an alias"):
        account.deploy("alias", KmsKeyArn="alias/mine", **switches("Images"))


def test_nothing_is_delivered_where_services_may_not_use_the_key(account: Account):
    """A topic cannot deliver to a queue whose key does not let SNS in; nothing gets through, and nothing else fails."""
    mine = made(account, policy_of(account))
    stack = account.deploy("locked", KmsKeyArn=mine, **switches("Narration"))
    with without(account, mine, "MessagesThatServicesPutIntoQueues"):
        lost = samples.path_of("article").read_text()
        stack.client("sns").publish(TopicArn=stack.outputs["ArticlesTopicArn"], Message=lost)
    accounts.narrate(stack)
    bucket = stack.outputs["AudioBucketName"]
    kept = [stack.body(bucket, name) for name in keys(stack, bucket) if name.startswith("inbox/")]
    assert len(kept) == 1, "what came later came, what came before did not"
    account.delete(stack)


def test_a_key_that_is_disabled_closes_the_bucket(account: Account):
    mine = made(account, policy_of(account))
    stack = account.deploy("disabled", KmsKeyArn=mine, **switches("Images"))
    s3, bucket = stack.client("s3"), stack.outputs["ImagesBucketName"]
    s3.put_object(Bucket=bucket, Key="small.jpg", Body=encoded(photo(64, 48), "JPEG"))
    account.cloud.client("kms").disable_key(KeyId=mine)
    with pytest.raises(ClientError, match="disabled"):
        s3.get_object(Bucket=bucket, Key="small.jpg")
    assert ask_for(stack, "small.jpg") != 200
    account.cloud.client("kms").enable_key(KeyId=mine)
    assert ask_for(stack, "small.jpg") == 200
    account.delete(stack)
