"""What lies under a KMS key is reached by those who may use the key, as on AWS."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError

from tests.local.gaps.harness import ACCOUNT, REGION, Cloud, allow, until

ROOT = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
OPEN, SEAL = "kms:Decrypt", "kms:GenerateDataKey"


def service(name: str, *actions: str) -> dict[str, Any]:
    ours = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    return {**allow(list(actions), "*"), "Principal": {"Service": f"{name}.amazonaws.com"}, "Condition": ours}


def key(cloud: Cloud, *statements: dict[str, Any]) -> str:
    """The ARN of a key whose policy lets the account's policies count, and ``statements``."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": [ROOT, *statements]})
    return str(cloud.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"])


def through(name: str, arn: str, *actions: str) -> dict[str, Any]:
    """What a role of a pipeline is allowed."""
    via = {"StringEquals": {"kms:ViaService": f"{name}.{REGION}.amazonaws.com"}}
    return {**allow(list(actions), arn), "Condition": via}


def code(call: Callable[..., Any], **arguments: Any) -> str:
    """The error of a call; "" where it succeeds."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.fixture(scope="module")
def arn(cloud: Cloud) -> str:
    return key(cloud)


@pytest.fixture(scope="module")
def bucket(cloud: Cloud, arn: str) -> str:
    s3, name = cloud.client("s3"), cloud.name("sealed")
    s3.create_bucket(Bucket=name)
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}
    rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    s3.put_object(Bucket=name, Key="there", Body=b"sealed")
    return name


class TestObjects:
    def test_an_object_says_its_key(self, cloud: Cloud, bucket: str, arn: str) -> None:
        head = cloud.client("s3").head_object(Bucket=bucket, Key="there")
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", arn)

    @pytest.mark.parametrize(
        ("actions", "reads", "writes"),
        [((), False, False), ((OPEN,), True, False), ((SEAL,), False, True), ((OPEN, SEAL), True, True)],
    )
    def test_reading_opens_and_writing_seals(
        self, cloud: Cloud, bucket: str, arn: str, actions: tuple[str, ...], reads: bool, writes: bool
    ) -> None:
        rights = [through("s3", arn, *actions)] if actions else []
        s3 = cloud.as_role("s3", cloud.role(allow("s3:*", "*"), *rights))
        assert (code(s3.get_object, Bucket=bucket, Key="there") == "") is reads
        assert (code(s3.put_object, Bucket=bucket, Key=cloud.name("new"), Body=b"x") == "") is writes
        copied = code(s3.copy_object, Bucket=bucket, Key="copy", CopySource=f"{bucket}/there")
        assert (copied == "") is (reads and writes)
        parts = code(s3.create_multipart_upload, Bucket=bucket, Key="parts")
        assert (parts == "") is (reads and writes)

    def test_a_refusal_names_who_what_and_which_key(self, cloud: Cloud, bucket: str, arn: str) -> None:
        s3 = cloud.as_role("s3", cloud.role(allow("s3:*", "*")))
        with pytest.raises(ClientError) as error:
            s3.get_object(Bucket=bucket, Key="there")
        assert error.value.response["Error"]["Code"] == "AccessDenied"
        assert "kms:Decrypt" in str(error.value)
        assert arn in str(error.value)

    def test_a_head_without_checksums_opens_nothing(self, cloud: Cloud, bucket: str) -> None:
        s3 = cloud.as_role("s3", cloud.role(allow("s3:*", "*")))
        assert code(s3.head_object, Bucket=bucket, Key="there") == ""
        assert code(s3.head_object, Bucket=bucket, Key="there", ChecksumMode="ENABLED") == "403"

    def test_a_right_through_another_service_is_none(self, cloud: Cloud, bucket: str, arn: str) -> None:
        s3 = cloud.as_role("s3", cloud.role(allow("s3:*", "*"), through("sqs", arn, OPEN)))
        assert code(s3.get_object, Bucket=bucket, Key="there") == "AccessDenied"

    def test_an_address_signed_beforehand_asks_for_who_signed_it(self, cloud: Cloud, bucket: str, arn: str) -> None:
        import urllib.error
        import urllib.request

        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for rights, status in (([], 403), ([through("s3", arn, OPEN)], 200)):
            s3 = cloud.as_role("s3", cloud.role(allow("s3:*", "*"), *rights))
            url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "there"})
            try:
                found = opener.open(url).status
            except urllib.error.HTTPError as error:
                found = error.code
            assert found == status

    def test_without_the_accounts_statement_no_role_may(self, cloud: Cloud) -> None:
        mine = key(cloud)
        s3, name = cloud.client("s3"), cloud.name("closed")
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=mine)
        role = cloud.as_role("s3", cloud.role(allow("s3:*", "*"), allow("kms:*", "*")))
        assert code(role.get_object, Bucket=name, Key="k") == ""
        nobody = {"Version": "2012-10-17", "Statement": [service("sns", OPEN)]}
        cloud.client("kms").put_key_policy(KeyId=mine, PolicyName="default", Policy=json.dumps(nobody))
        assert code(role.get_object, Bucket=name, Key="k") == "AccessDenied"

    def test_a_key_that_is_off_or_gone_closes_all(self, cloud: Cloud) -> None:
        mine, kms, s3 = key(cloud), cloud.client("kms"), cloud.client("s3")
        name = cloud.name("off")
        s3.create_bucket(Bucket=name)
        sealed = {"Bucket": name, "Key": "k", "Body": b"x", "ServerSideEncryption": "aws:kms"}
        s3.put_object(**sealed, SSEKMSKeyId=mine)
        kms.disable_key(KeyId=mine)
        assert code(s3.get_object, Bucket=name, Key="k") == "KMS.DisabledException"
        kms.enable_key(KeyId=mine)
        kms.schedule_key_deletion(KeyId=mine, PendingWindowInDays=7)
        assert code(s3.get_object, Bucket=name, Key="k") == "KMS.KMSInvalidStateException"
        gone = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d"
        assert code(s3.put_object, **sealed, SSEKMSKeyId=gone) == "KMS.NotFoundException"


class TestPrincipals:
    def test_a_key_may_let_roles_in_by_their_names(self, cloud: Cloud) -> None:
        """By its own policy alone, as of a role whose rights are to another key."""
        s3, name, role = cloud.client("s3"), cloud.name("named"), cloud.role(allow("s3:*", "*"))
        ours = {
            "StringEquals": {"kms:CallerAccount": ACCOUNT},
            "ArnLike": {"aws:PrincipalArn": f"{role[:-4]}*"},
        }
        mine = key(cloud, {**allow(OPEN, "*"), "Principal": {"AWS": "*"}, "Condition": ours})
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=mine)
        assert code(cloud.as_role("s3", role).get_object, Bucket=name, Key="k") == ""
        other = cloud.role(allow("s3:*", "*"))
        assert code(cloud.as_role("s3", other).get_object, Bucket=name, Key="k") == "AccessDenied"


class TestMessages:
    @pytest.mark.parametrize(("actions", "sends"), [((), False), ((SEAL,), False), ((OPEN, SEAL), True)])
    def test_sending_seals_and_opens(self, cloud: Cloud, arn: str, actions: tuple[str, ...], sends: bool) -> None:
        url, _ = cloud.queue(KmsMasterKeyId=arn)
        rights = [through("sqs", arn, *actions)] if actions else []
        sqs = cloud.as_role("sqs", cloud.role(allow("sqs:*", "*"), *rights))
        assert (code(sqs.send_message, QueueUrl=url, MessageBody="x") == "") is sends

    def test_receiving_opens(self, cloud: Cloud, arn: str) -> None:
        url, _ = cloud.queue(KmsMasterKeyId=arn)
        sqs = cloud.as_role("sqs", cloud.role(allow("sqs:*", "*")))
        assert "Kms" in code(sqs.receive_message, QueueUrl=url).replace("KMS.", "Kms")
        sqs = cloud.as_role("sqs", cloud.role(allow("sqs:*", "*"), through("sqs", arn, OPEN)))
        assert code(sqs.receive_message, QueueUrl=url) == ""

    def test_a_topic_asks_its_publisher(self, cloud: Cloud, arn: str) -> None:
        topic = cloud.stack(
            {"T": {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": arn}}}, Arn={"Ref": "T"}
        )["Arn"]
        for rights, wanted in (([], "KMSAccessDenied"), ([through("sns", arn, OPEN, SEAL)], "")):
            sns = cloud.as_role("sns", cloud.role(allow("sns:*", "*"), *rights))
            assert code(sns.publish, TopicArn=topic, Message="x") == wanted

    @pytest.mark.parametrize("lets_in", [True, False])
    def test_a_rule_delivers_where_the_keys_policy_lets_events_in(self, cloud: Cloud, lets_in: bool) -> None:
        mine = key(cloud, *([service("events", OPEN, SEAL)] if lets_in else []))
        url, queue = cloud.queue(KmsMasterKeyId=mine)
        dead_url, dead = cloud.queue()
        events, name, source = cloud.client("events"), cloud.name("rule"), cloud.name("source")
        events.put_rule(Name=name, EventPattern=json.dumps({"source": [source]}))
        target = {"Id": "t", "Arn": queue, "DeadLetterConfig": {"Arn": dead}}
        events.put_targets(Rule=name, Targets=[target])
        events.put_events(Entries=[{"Source": source, "DetailType": "T", "Detail": "{}"}])
        assert cloud.received(url if lets_in else dead_url)

    @pytest.mark.parametrize("lets_in", [True, False])
    def test_a_topic_delivers_where_the_keys_policy_lets_sns_in(self, cloud: Cloud, lets_in: bool) -> None:
        mine = key(cloud, *([service("sns", OPEN, SEAL)] if lets_in else []))
        url, queue = cloud.queue(KmsMasterKeyId=mine)
        dead_url, dead = cloud.queue()
        sns = cloud.client("sns")
        topic = sns.create_topic(Name=cloud.name("topic"))["TopicArn"]
        redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})}
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=redrive)
        sns.publish(TopicArn=topic, Message="x")
        assert cloud.received(url if lets_in else dead_url)

    def test_a_machine_sends_with_its_roles_right_to_the_key(self, cloud: Cloud, arn: str) -> None:
        url, _ = cloud.queue(KmsMasterKeyId=arn)
        send = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Arguments": {"QueueUrl": url, "MessageBody": "x"},
            "End": True,
        }
        definition = {"StartAt": "S", "States": {"S": send}}
        for rights, status in (([], "FAILED"), ([through("sqs", arn, OPEN, SEAL)], "SUCCEEDED")):
            role = cloud.role(allow("sqs:*", "*"), *rights)
            assert cloud.run(cloud.machine(definition, role))["status"] == status


class TestFunctions:
    CODE: ClassVar = "def handler(event, context):\n    return {}\n"

    def test_lambda_takes_messages_with_the_functions_right_to_the_key(self, cloud: Cloud, arn: str) -> None:
        url, queue = cloud.queue(KmsMasterKeyId=arn)
        role = cloud.role(allow("sqs:*", "*"), allow("logs:*", "*"), service="lambda.amazonaws.com")
        function = cloud.function(self.CODE, Role=role)
        lambda_ = cloud.client("lambda")
        mapping = lambda_.create_event_source_mapping(FunctionName=function, EventSourceArn=queue)["UUID"]
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody="x")

        def result() -> str:
            return str(lambda_.get_event_source_mapping(UUID=mapping).get("LastProcessingResult"))

        until(lambda: result().startswith("PROBLEM"))
        assert "kms:Decrypt" in result()
        rights = {"Version": "2012-10-17", "Statement": [through("sqs", arn, OPEN)]}
        cloud.client("iam").put_role_policy(
            RoleName=role.rsplit("/", 1)[-1], PolicyName="key", PolicyDocument=json.dumps(rights)
        )
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody="y")
        until(lambda: result().startswith("OK"))


class TestStores:
    def test_items_of_a_table(self, cloud: Cloud, arn: str) -> None:
        table = cloud.stack(
            {
                "T": {
                    "Type": "AWS::DynamoDB::Table",
                    "Properties": {
                        "BillingMode": "PAY_PER_REQUEST",
                        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn},
                    },
                }
            },
            Name={"Ref": "T"},
        )["Name"]
        described = cloud.client("dynamodb").describe_table(TableName=table)["Table"]["SSEDescription"]
        assert (described["Status"], described["KMSMasterKeyArn"]) == ("ENABLED", arn)
        for rights, wanted in (([], "AccessDeniedException"), ([through("dynamodb", arn, OPEN)], "")):
            dynamodb = cloud.as_role("dynamodb", cloud.role(allow("dynamodb:*", "*"), *rights))
            assert code(dynamodb.put_item, TableName=table, Item={"pk": {"S": "a"}}) == wanted
            assert code(dynamodb.get_item, TableName=table, Key={"pk": {"S": "a"}}) == wanted

    def test_records_of_a_stream(self, cloud: Cloud, arn: str) -> None:
        properties = {"ShardCount": 1, "StreamEncryption": {"EncryptionType": "KMS", "KeyId": arn}}
        stream = cloud.stack({"S": {"Type": "AWS::Kinesis::Stream", "Properties": properties}}, Name={"Ref": "S"})[
            "Name"
        ]
        for rights, wanted in (([], "KMSAccessDeniedException"), ([through("kinesis", arn, SEAL)], "")):
            kinesis = cloud.as_role("kinesis", cloud.role(allow("kinesis:*", "*"), *rights))
            assert code(kinesis.put_record, StreamName=stream, Data=b"x", PartitionKey="k") == wanted

    def test_a_secret(self, cloud: Cloud, arn: str) -> None:
        name = cloud.name("secret")
        cloud.client("secretsmanager").create_secret(Name=name, SecretString="x", KmsKeyId=arn)
        for rights, wanted in (([], "AccessDeniedException"), ([through("secretsmanager", arn, OPEN)], "")):
            role = cloud.role(allow("secretsmanager:*", "*"), *rights)
            assert code(cloud.as_role("secretsmanager", role).get_secret_value, SecretId=name) == wanted


class TestLogGroups:
    def test_a_key_lets_cloudwatch_logs_in_or_there_is_no_group(self, cloud: Cloud, arn: str) -> None:
        logs, name = cloud.client("logs"), cloud.name("group")
        assert code(logs.create_log_group, logGroupName=name, kmsKeyId=arn) == "InvalidParameterException"
        verbs = [f"kms:{verb}*" for verb in ("Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "Describe")]
        group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}"
        about = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": group}}
        theirs = {**service(f"logs.{REGION}", *verbs), "Condition": about}
        mine = key(cloud, theirs)
        assert code(logs.create_log_group, logGroupName=name, kmsKeyId=mine) == ""
        assert code(logs.create_log_group, logGroupName=f"{name}-2", kmsKeyId=mine) == "InvalidParameterException"
