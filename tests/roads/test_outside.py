"""Seen from outside: whoever knows an address, and no more, learns nothing of a stack; and nobody can ask from afar."""

from __future__ import annotations

import http.client
import inspect
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from ministack import app

from local.cloud import stacks
from local.gaps import side_doors
from local.samples.stack import Stack as Seeded
from tests.local.processes import descendants
from tests.workflow.account import Account, Stack

SESSION = boto3.Session()
"""One for all: it reads each service's model once."""
MARK = "for insiders only"
BUCKETS = ("AudioBucketName", "InboxBucketName", "SummariesBucketName", "ImagesBucketName", "LakeBucketName",
           "ModelLogsBucketName")  # fmt: skip
Call = Callable[[Any], Any]
"""From a maker of clients to an answer."""


@dataclass
class Outside:
    """An account with a stack that holds something, and another stack."""

    account: Account
    mine: Stack
    theirs: Stack
    execution: str
    names: dict[str, str]
    """Physical ids of the stack by logical id."""

    @property
    def layer(self) -> str:
        """ARN of a version; SAM puts a hash behind the logical id."""
        return next(found for name, found in self.names.items() if name.startswith("PowertoolsLayer"))

    @property
    def address(self) -> str:
        return urlsplit(self.account.cloud.url).netloc

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: str = "") -> tuple[int, str]:
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            connection.request(method, path, body.encode(), headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def told(self, text: str, asked: str = "") -> list[str]:
        """What an answer tells of the stack that did not stand in the question."""
        return [secret for secret in (MARK, *self.names.values()) if secret in text and secret not in asked]


@pytest.fixture(scope="module")
def outside(account: Account) -> Outside:
    mine, theirs = account.deploy("mine", UseCompletionsStream="true"), account.deploy("theirs")
    found = mine.outputs
    for bucket in BUCKETS:
        mine.client("s3").put_object(Bucket=found[bucket], Key="secret.txt", Body=MARK.encode())
    mine.client("sqs").send_message(QueueUrl=found["NarrationFailedQueueUrl"], MessageBody=MARK)
    mine.client("kinesis").put_record(StreamName=found["CompletionsStreamName"], PartitionKey="a", Data=MARK.encode())
    execution = mine.client("stepfunctions").start_execution(
        stateMachineArn=found["NarrateArticleArn"], input=json.dumps({"message": MARK})
    )["executionArn"]
    Seeded("mine", account.cloud.url, account.cloud.region).ended(execution)
    listed = stacks.resources(mine.client("cloudformation"), "mine")
    names = {entry["LogicalResourceId"]: entry["PhysicalResourceId"] for entry in listed}
    table = {"pk": {"S": "secret#1"}, "text": {"S": MARK}}
    mine.client("dynamodb").put_item(TableName=names["StateTable"], Item=table)
    return Outside(account, mine, theirs, execution, {k: v for k, v in names.items() if len(v) > 8})


def about_mine(outside: Outside) -> dict[str, Call]:
    """Calls that name what is the stack's own."""
    found, names = outside.mine.outputs, outside.names
    calls: dict[str, Call] = {
        "sqs": lambda c: c("sqs").receive_message(QueueUrl=found["NarrationFailedQueueUrl"]),
        "dynamodb": lambda c: c("dynamodb").scan(TableName=names["StateTable"]),
        "item": lambda c: c("dynamodb").get_item(TableName=names["StateTable"], Key={"pk": {"S": "secret#1"}}),
        "executions": lambda c: c("stepfunctions").list_executions(stateMachineArn=found["NarrateArticleArn"]),
        "execution": lambda c: c("stepfunctions").describe_execution(executionArn=outside.execution),
        "start": lambda c: c("stepfunctions").start_execution(stateMachineArn=found["NarrateArticleArn"]),
        "function": lambda c: c("lambda").get_function(FunctionName=names["NarrationPlan"]),
        "invoke": lambda c: c("lambda").invoke(FunctionName=names["NarrationPlan"], Payload=b"{}"),
        "publish": lambda c: c("sns").publish(TopicArn=found["ArticlesTopicArn"], Message="{}"),
        "stream": lambda c: c("kinesis").describe_stream(StreamName=found["CompletionsStreamName"]),
        "log": lambda c: c("logs").filter_log_events(logGroupName=f"/aws/lambda/{names['NarrationPlan']}"),
        "role": lambda c: c("iam").get_role(RoleName=names["NarrationPlanRole"]),
        "tables": lambda c: c("glue").get_tables(DatabaseName=found["TripsDatabaseName"]),
        "query": lambda c: c("athena").start_query_execution(
            QueryString="SELECT * FROM trips", WorkGroup=found["TripsWorkGroupName"]),
        "delivery": lambda c: c("firehose").describe_delivery_stream(DeliveryStreamName=found["TripsStreamName"]),
        "template": lambda c: c("cloudformation").get_template(StackName="mine"),
    }  # fmt: skip
    for bucket in BUCKETS:
        calls[f"list {bucket}"] = lambda c, b=found[bucket]: c("s3").list_objects_v2(Bucket=b)
        calls[f"get {bucket}"] = lambda c, b=found[bucket]: c("s3").get_object(Bucket=b, Key="secret.txt")
        calls[f"head {bucket}"] = lambda c, b=found[bucket]: c("s3").head_object(Bucket=b, Key="secret.txt")
        calls[f"policy {bucket}"] = lambda c, b=found[bucket]: c("s3").get_bucket_policy(Bucket=b)
        calls[f"put {bucket}"] = lambda c, b=found[bucket]: c("s3").put_object(Bucket=b, Key="x", Body=b"x")
    return calls


LISTS: dict[str, Call] = {
    "buckets": lambda c: c("s3").list_buckets(),
    "queues": lambda c: c("sqs").list_queues(),
    "topics": lambda c: c("sns").list_topics(),
    "tables": lambda c: c("dynamodb").list_tables(),
    "machines": lambda c: c("stepfunctions").list_state_machines(),
    "functions": lambda c: c("lambda").list_functions(),
    "layers": lambda c: c("lambda").list_layers(),
    "stacks": lambda c: c("cloudformation").describe_stacks(),
    "streams": lambda c: c("kinesis").list_streams(),
    "groups": lambda c: c("logs").describe_log_groups(),
    "roles": lambda c: c("iam").list_roles(),
    "rules": lambda c: c("events").list_rules(),
    "metrics": lambda c: c("cloudwatch").list_metrics(),
    "alarms": lambda c: c("cloudwatch").describe_alarms(),
    "databases": lambda c: c("glue").get_databases(),
    "deliveries": lambda c: c("firehose").list_delivery_streams(),
    "workgroups": lambda c: c("athena").list_work_groups(),
    "tagged": lambda c: c("resourcegroupstaggingapi").get_resources(),
    "job": lambda c: c("textract").get_document_analysis(JobId="0" * 64),
    "speech": lambda c: c("polly").synthesize_speech(Text="a", OutputFormat="mp3", VoiceId="Joanna"),
}


WIDE: dict[str, tuple[str, ...]] = {
    "AWSLambdaSQSQueueExecutionRole": ("sqs",),
    "AWSLambdaKinesisExecutionRole": ("stream",),
}
"""Managed policies of AWS that SAM attaches to functions with an event source, and what they allow everywhere."""


def clients(outside: Outside, key: str | None, secret: str = "", token: str | None = None) -> Callable[[str], Any]:
    """A maker of clients with these credentials; without any for None."""

    @cache
    def client(service: str) -> Any:
        config = Config(retries={"total_max_attempts": 1}, proxies={}, inject_host_prefix=False)
        config = config if key else config.merge(Config(signature_version=UNSIGNED))
        return SESSION.client(  # type: ignore[call-overload, no-any-return]
            service,
            endpoint_url=outside.account.cloud.url,
            region_name=outside.account.cloud.region,
            config=config,
            aws_access_key_id=key,
            aws_secret_access_key=secret or None,
            aws_session_token=token,
        )

    return client


@pytest.fixture(scope="module")
def callers(outside: Outside) -> dict[str, Callable[[str], Any]]:
    iam = outside.mine.client("iam")
    iam.create_user(UserName="somebody")
    iam.attach_user_policy(UserName="somebody", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName="somebody")["AccessKey"]
    return {
        "no credentials": clients(outside, None),
        "a key that nobody has": clients(outside, "AKIAIOSFODNN7EXAMPLE", "x"),
        "an administrator's key with a wrong secret": clients(outside, key["AccessKeyId"], "wrong"),
    }


WHO = ("no credentials", "a key that nobody has", "an administrator's key with a wrong secret")


def refusals(outside: Outside, calls: dict[str, Call], client: Callable[[str], Any]) -> Iterator[str]:
    """The calls that were not refused, and refusals that tell something; there should be none."""
    for name, call in calls.items():
        try:
            answer = call(client)
        except ClientError as error:
            if MARK in str(error.response):
                yield f"{name} tells {error.response}"
        else:
            answer.pop("ResponseMetadata", None)
            yield f"{name} answers {answer}"


@pytest.mark.parametrize("who", WHO)
def test_nobody_gets_an_answer(outside, callers, who):
    assert list(refusals(outside, about_mine(outside) | LISTS, callers[who])) == []


def test_roles_of_another_stack_reach_nothing(outside):
    """Each function's and machine's role of the other stack, with its own rights, asks for what is not its own."""
    cloudformation, iam = outside.theirs.client("cloudformation"), outside.theirs.client("iam")
    roles = [
        entry["PhysicalResourceId"]
        for entry in stacks.resources(cloudformation, "theirs")
        if entry["ResourceType"] == "AWS::IAM::Role"
    ]
    assert len(roles) > 30
    asked = about_mine(outside)
    del asked["publish"]  # the policy that SNS gives a topic lets the whole account publish; nothing is read by that
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    found: list[str] = []
    for role in roles:
        attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        wide = {call for each in attached for call in WIDE.get(each["PolicyName"], ())}
        arn = iam.get_role(RoleName=role)["Role"]["Arn"]
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=document)
        keys = outside.mine.client("sts").assume_role(RoleArn=arn, RoleSessionName="theirs")["Credentials"]
        client = clients(outside, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        found += [
            f"{role}: {text}" for text in refusals(outside, {name: asked[name] for name in asked.keys() - wide}, client)
        ]
    assert found == []


def test_guesses_by_path_and_host(outside):
    """Without a signature, in every way in which S3 and SQS can be addressed."""
    bucket, queue = outside.mine.outputs["AudioBucketName"], outside.mine.outputs["NarrationFailedQueueUrl"]
    host = {"Host": f"{bucket}.s3.localhost.localstack.cloud"}
    amazon = {"Host": f"{bucket}.s3.amazonaws.com"}
    key = "A" * 20
    presigned = (
        f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key}%2F20261120%2Fus-east-1%2Fs3%2Faws4_request"
        f"&X-Amz-Date=20261120T060000Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host&X-Amz-Signature={'0' * 64}"
    )
    asked: list[tuple[str, str, dict[str, str]]] = [
        ("GET", "/", {}), ("HEAD", "/", {}), ("GET", "/?x-id=ListBuckets", {}), ("GET", "/?list-type=2", {}),
        ("GET", "/", {"Host": "s3.amazonaws.com"}), ("GET", "/", {"Authorization": "AWS4-HMAC-SHA256 nonsense"}),
        ("GET", f"/{bucket}", {}), ("GET", f"/{bucket}/", {}), ("GET", f"/{bucket}?list-type=2", {}),
        ("GET", f"/{bucket}/secret.txt", {}), ("HEAD", f"/{bucket}/secret.txt", {}),
        ("GET", f"//{bucket}/secret.txt", {}),
        ("GET", f"/{bucket}/secret.txt?{presigned}", {}), ("GET", f"/{bucket}/%73ecret.txt", {}),
        ("GET", f"/{bucket}?policy", {}), ("GET", f"/{bucket}?versions", {}), ("GET", f"/{bucket}?uploads", {}),
        ("GET", "/secret.txt", host), ("GET", "/?list-type=2", host), ("GET", "/secret.txt", amazon),
        ("GET", f"{urlsplit(queue).path}?Action=ReceiveMessage", {}),
        ("GET", f"/?Action=ReceiveMessage&QueueUrl={quote(queue, '')}", {}),
        ("GET", "/?Action=DescribeStacks", {}), ("GET", "/2015-03-31/functions/", {}),
        ("GET", f"/2015-03-31/functions/{outside.names['NarrationPlan']}", {}),
        ("GET", urlsplit(outside.mine.outputs["ImageUrl"]).path + "secret.txt", {}),
        ("GET", "/secret.txt", {"Host": urlsplit(outside.mine.outputs["ImageUrl"]).netloc}),
        ("GET", f"/service/{bucket}", {}), ("POST", "/", {"X-Amz-Target": "DynamoDB_20120810.ListTables"}),
        ("POST", "/", {"X-Amz-Target": "Textract.GetDocumentAnalysis"}), ("OPTIONS", f"/{bucket}/secret.txt", {}),
    ]  # fmt: skip
    for method, path, headers in asked:
        status, text = outside.ask(method, path, headers)
        assert outside.told(text, path + str(headers)) == [], (method, path)
        assert status >= 300, (method, path, headers, text[:300])


def side_paths() -> list[str]:
    """Every path of MiniStack's own that stands in its source, with something behind those that go on."""
    source = inspect.getsource(app)
    found = sorted(set(re.findall(r'["`(](/_[a-z]+/[a-z0-9/.-]+)', source)))
    assert {"/_ministack/reset", "/_ministack/sqs/messages", "/_ministack/lambda-code/"} <= set(found)
    return found


@pytest.mark.parametrize("path", side_paths())
def test_side_doors_of_ministack(outside, path):
    function = outside.names["NarrationPlan"]
    layer = outside.layer.rpartition(":layer:")[2].partition(":")[0]
    behind = ["", f"123456789012/us-east-1/{function}", function, f"123456789012/us-east-1/{layer}/1/content", "x"]
    for method in ("GET", "POST", "PUT", "DELETE"):
        for rest in behind if path.endswith("/") else [""]:
            status, text = outside.ask(method, path + rest)
            assert outside.told(text, path + rest) == [], (method, path)
            if not side_doors.OPEN.fullmatch(path + rest):
                assert status >= 400, (method, path + rest, text[:300])


def test_nothing_was_reset(outside):
    assert outside.mine.body(outside.mine.outputs["AudioBucketName"], "secret.txt") == MARK.encode()


@pytest.mark.parametrize("name", ["athena.ATHENA_ENGINE", "athena.ATHENA_DATA_DIR", "lambda_svc.LAMBDA_EXECUTOR"])
def test_settings_cannot_be_changed(outside, name):
    status, _ = outside.ask("POST", "/_ministack/config", body=json.dumps({name: "mock"}))
    assert status == 403
    both = json.dumps({"stepfunctions._SFN_WAIT_SCALE": 1, name: "mock"})
    assert outside.ask("POST", "/_ministack/config", body=both)[0] == 403
    assert outside.ask("POST", "/_ministack/config", body="no json")[0] == 403


def test_the_code_of_a_function_is_behind_a_signed_address(outside):
    """What GetFunction and GetLayerVersion tell the owner works, and nothing that was made of it does."""
    functions = outside.mine.client("lambda")
    code = functions.get_function(FunctionName=outside.names["NarrationPlan"])["Code"]["Location"]
    layer, _, version = outside.layer.rpartition(":")
    content = functions.get_layer_version(LayerName=layer, VersionNumber=int(version))["Content"]["Location"]
    for url in (code, content):
        parts = urlsplit(url)
        assert outside.ask("GET", f"{parts.path}?{parts.query}")[0] == 200
        later = re.sub(r"Expires=(\d+)", lambda found: f"Expires={int(found[1]) + 1}", parts.query)
        other = parts.path.replace("NarrationPlan", "NarrationMerge")
        for forged in (parts.path, f"{parts.path}?{later}", f"{parts.path}?{parts.query[:-1]}"):
            assert outside.ask("GET", forged)[0] == 403, forged
        assert other == parts.path or outside.ask("GET", f"{other}?{parts.query}")[0] == 403


@pytest.mark.parametrize(
    "path", ["/health", "/_ministack/health", "/_ministack/ready", "/_localstack/health"]
    + [f"/_local/{engine}/usage" for engine in ("polly", "textract", "comprehend", "bedrock")],
)  # fmt: skip
def test_what_is_open_names_no_resource(outside, path):
    status, text = outside.ask("GET", path)
    assert status == 200
    assert outside.told(text) == []
    assert "mine" not in text


def test_the_switch_for_samples_reads_nothing(outside):
    arn = "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/mine"
    body = json.dumps({"route": "io-outside", "token": "outside", "arn": arn})
    assert outside.ask("POST", "/_local/s3-object-lambda", body=body) == (200, "{}")
    assert outside.ask("GET", "/_local/s3-object-lambda")[0] == 405
    for bad in ("", "[]", '{"route": "a"}'):
        assert outside.ask("POST", "/_local/s3-object-lambda", body=bad)[0] == 400
    headers = {"x-amz-request-route": "io-outside", "x-amz-request-token": "outside"}
    assert outside.ask("POST", "/WriteGetObjectResponse", headers, MARK)[0] == 403, "an answer takes rights as ever"


def listening(pids: set[int]) -> dict[str, set[int]]:
    """Address in hexadecimal, as /proc has it -> ports, of every socket on which one of the processes listens."""
    inodes: set[str] = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                inodes |= set(re.findall(r"socket:\[(\d+)\]", str(link.readlink())))
            except OSError:
                continue  # closed meanwhile
    found: dict[str, set[int]] = {}
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            bound = fields[3] == "0A" if table.startswith("tcp") else fields[2].endswith(":0000")
            if fields[9] in inodes and bound:
                address, port = fields[1].split(":")
                found.setdefault(address, set()).add(int(port, 16))
    return found


def test_every_socket_is_on_the_loopback_address(outside):
    """Those of the functions' Runtime API and of the engines too, once all have run."""
    if not Path("/proc/net/tcp").exists():
        pytest.skip("This system has no /proc/net, where Linux tells who listens.")
    seeded = Seeded("mine", outside.account.cloud.url, outside.account.cloud.region)
    seeded.client("lambda").invoke(FunctionName=outside.names["NarrationReject"], Payload=b"{}")
    pid = outside.account.cloud.process.pid
    found = listening({pid, *descendants(pid)})
    assert set(found) == {"0100007F"}, "127.0.0.1 and no other"
    assert int(outside.address.rpartition(":")[2]) in found["0100007F"]
    assert len(found["0100007F"]) > 1, "the Runtime API listens too"
