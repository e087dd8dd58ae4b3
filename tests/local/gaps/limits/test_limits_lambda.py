"""Lambda refuses what a function, a mapping and their settings must not be: by the call and by a template."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.gaps.awslambda import configuration
from tests.local.gaps.harness import Cloud, allow, archive
from tests.local.gaps.refusals import refused, stack_refused

INVALID = "InvalidParameterValueException"
READ = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
CODE = "def handler(event, context):\n    return event\n"
FOREIGN = "arn:aws:iam::123456789012:role/nobody"
#: 4,096 bytes of JSON: {"KEY":"..."}
FULL = "x" * (4096 - len('{"KEY":""}'))

#: What is wrong, the members, the error's code and a part of its message.
FUNCTIONS: list[tuple[str, dict[str, Any], str, str]] = [
    ("timeout 901", {"Timeout": 901}, "ValidationException", "'timeout' failed to satisfy"),
    ("memory 10241", {"MemorySize": 10241}, "ValidationException", "less than or equal to 10240"),
    ("storage 10241", {"EphemeralStorage": {"Size": 10241}}, "ValidationException", "'ephemeralStorage.size'"),
    ("environment", {"Environment": {"Variables": {"KEY": FULL + "x"}}}, INVALID, "exceeded the 4KB limit"),
    ("reserved key", {"Environment": {"Variables": {"AWS_REGION": "x"}}}, INVALID, "request: AWS_REGION"),
    ("key of one letter", {"Environment": {"Variables": {"A": "x"}}}, "ValidationException", "'environment.variables"),
    ("runtime", {"Runtime": "cobol"}, INVALID, "Value cobol at 'runtime'"),
    ("handler with a space", {"Handler": "app handler"}, "ValidationException", "'handler'"),
    ("handler of 129", {"Handler": "x" * 129}, "ValidationException", "less than or equal to 128"),
    ("description of 257", {"Description": "x" * 257}, "ValidationException", "'description'"),
    ("role that is no ARN", {"Role": "me"}, "ValidationException", "'role'"),
    ("role that is not there", {"Role": FOREIGN}, INVALID, "cannot be assumed by Lambda"),
    ("tracing mode", {"TracingConfig": {"Mode": "Loud"}}, "ValidationException", "'tracingConfig.mode'"),
    ("log format", {"LoggingConfig": {"LogFormat": "XML"}}, "ValidationException", "'loggingConfig.logFormat'"),
]
CREATED: list[tuple[str, dict[str, Any], str, str]] = [
    *FUNCTIONS,
    ("name of 65", {"FunctionName": "x" * 65}, "ValidationException", "'functionName'"),
    ("name with a dot", {"FunctionName": "a.b"}, "ValidationException", "'functionName'"),
    ("architecture", {"Architectures": ["mips"]}, "ValidationException", "'architectures"),
]


def named(table: list[tuple[str, dict[str, Any], str, str]]) -> Any:
    return [pytest.param(*row[1:], id=row[0]) for row in table]


@pytest.fixture(scope="module")
def role(cloud: Cloud) -> str:
    return cloud.role(allow("logs:*", "*"), service="lambda.amazonaws.com")


@pytest.fixture(scope="module")
def function(cloud: Cloud, role: str) -> str:
    return cloud.function(CODE, Role=role)


@pytest.fixture(scope="module")
def queue(cloud: Cloud) -> str:
    return cloud.queue()[1]


@pytest.fixture(scope="module")
def reader(cloud: Cloud, queue: str) -> str:
    role = cloud.role(*(allow(action, queue) for action in READ), service="lambda.amazonaws.com")
    return cloud.function(CODE, Role=role)


class TestFunction:
    @pytest.mark.parametrize(("members", "code", "says"), named(CREATED))
    def test_the_call(self, cloud: Cloud, role: str, members: dict[str, Any], code: str, says: str) -> None:
        refused(lambda **more: cloud.function(CODE, **more), code, says, **{"Role": role, **members})

    @pytest.mark.parametrize(("members", "code", "says"), named(FUNCTIONS))
    def test_an_update(self, cloud: Cloud, function: str, members: dict[str, Any], code: str, says: str) -> None:
        client = cloud.client("lambda")
        refused(client.update_function_configuration, code, says, FunctionName=function, **members)

    @pytest.mark.parametrize(("members", "code", "says"), named(CREATED))
    def test_a_template(self, cloud: Cloud, role: str, members: dict[str, Any], code: str, says: str) -> None:
        sentences = [says, "cobol is not a valid enum value"] if code == INVALID else []
        stack_refused(cloud, "AWS::Lambda::Function", {**template(role), **members}, *sentences)

    @pytest.mark.parametrize("missing", ["Runtime", "Handler"])
    def test_a_package_needs_both(self, cloud: Cloud, role: str, missing: str) -> None:
        client, archive = cloud.client("lambda"), {"ZipFile": b"x"}
        members = {"Runtime": "python3.13", "Handler": "app.handler"}
        del members[missing]
        name = cloud.name("f")
        refused(client.create_function, INVALID, "mandatory", FunctionName=name, Role=role, Code=archive, **members)
        properties = {**template(role), **members}
        del properties[missing]
        stack_refused(cloud, "AWS::Lambda::Function", properties)

    def test_a_role_that_trusts_another(self, cloud: Cloud) -> None:
        other = cloud.role(service="states.amazonaws.com")
        says = "The role defined for the function cannot be assumed by Lambda."
        refused(lambda **more: cloud.function(CODE, **more), INVALID, says, Role=other)
        stack_refused(cloud, "AWS::Lambda::Function", template(other), says)

    def test_five_layers_and_not_six(self, cloud: Cloud, role: str) -> None:
        client = cloud.client("lambda")
        layers = [
            client.publish_layer_version(LayerName=cloud.name("layer"), Content={"ZipFile": archive()})[
                "LayerVersionArn"
            ]
            for _ in range(6)
        ]
        assert cloud.function(CODE, Role=role, Layers=layers[:5])
        refused(lambda **more: cloud.function(CODE, **more), INVALID, "more than 5 layers", Role=role, Layers=layers)
        stack_refused(cloud, "AWS::Lambda::Function", {**template(role), "Layers": layers}, "maximum item count: 5")

    def test_tags(self, cloud: Cloud, role: str, function: str) -> None:
        tags = {f"k{n}": "v" for n in range(51)}
        refused(lambda **more: cloud.function(CODE, **more), INVALID, "tags", Role=role, Tags=tags)
        refused(cloud.client("lambda").tag_resource, INVALID, "tags", Resource=function, Tags=tags)
        long = {"k" * 129: "v"}
        refused(cloud.client("lambda").tag_resource, "ValidationException", "", Resource=function, Tags=long)

    def test_a_template_s_concurrency(self, cloud: Cloud, role: str) -> None:
        stack_refused(cloud, "AWS::Lambda::Function", {**template(role), "ReservedConcurrentExecutions": -1})

    def test_what_is_just_right(self, cloud: Cloud, role: str) -> None:
        members = {
            "Timeout": 900,
            "MemorySize": 10240,
            "EphemeralStorage": {"Size": 10240},
            "Environment": {"Variables": {"KEY": FULL}},
            "Description": "x" * 256,
        }
        assert cloud.function(CODE, Role=role, FunctionName="x" * 64, **members)
        assert cloud.stack({"F": {"Type": "AWS::Lambda::Function", "Properties": {**template(role), **members}}})

    def test_every_reserved_key(self) -> None:
        for key in configuration.RESERVED_KEYS:
            with pytest.raises(configuration.RefusedError, match=key):
                configuration.creating(
                    {"Runtime": "python3.13", "Handler": "a.b", "Environment": {"Variables": {key: "v"}}}
                )


def template(role: str) -> dict[str, Any]:
    """The properties of a good function."""
    return {"Runtime": "python3.13", "Handler": "index.handler", "Role": role, "Code": {"ZipFile": CODE}}


MAPPINGS: list[tuple[str, dict[str, Any], str, str]] = [
    ("eleven without a window", {"BatchSize": 11}, INVALID, "must be greater than 0"),
    ("batch of 10001", {"BatchSize": 10001}, "ValidationException", "'batchSize'"),
    ("window of 301", {"MaximumBatchingWindowInSeconds": 301}, "ValidationException", "'maximumBatchingWindow"),
    ("concurrency 1001", {"ScalingConfig": {"MaximumConcurrency": 1001}}, "ValidationException", "1000"),
    ("a queue has no start", {"StartingPosition": "LATEST"}, INVALID, "StartingPosition"),
    ("a queue has no shards", {"ParallelizationFactor": 2}, INVALID, "ParallelizationFactor"),
    ("a pattern that is no JSON", {"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, INVALID, "Invalid filter"),
    ("a value that is no list", {"FilterCriteria": {"Filters": [{"Pattern": '{"body": 1}'}]}}, INVALID, "filter"),
    (
        "six filters",
        {"FilterCriteria": {"Filters": [{"Pattern": f'{{"body": ["{n}"]}}'} for n in range(6)]}},
        INVALID,
        "filter",
    ),
    ("a report", {"FunctionResponseTypes": ["Report"]}, "ValidationException", "'functionResponseTypes"),
]


class TestMapping:
    @pytest.mark.parametrize(("members", "code", "says"), named(MAPPINGS))
    def test_both_doors(
        self, cloud: Cloud, queue: str, reader: str, members: dict[str, Any], code: str, says: str
    ) -> None:
        request = {"FunctionName": reader, "EventSourceArn": queue, **members}
        refused(cloud.client("lambda").create_event_source_mapping, code, says, **request)
        stack_refused(cloud, "AWS::Lambda::EventSourceMapping", request, says if code == INVALID else "")

    @pytest.mark.parametrize("lacking", READ)
    def test_a_queue_that_the_role_may_not_read(self, cloud: Cloud, queue: str, lacking: str) -> None:
        rights = (allow(action, queue) for action in READ if action != lacking)
        function = cloud.function(CODE, Role=cloud.role(*rights, service="lambda.amazonaws.com"))
        says = f"does not have permissions to call {lacking.partition(':')[2]} on SQS"
        request = {"FunctionName": function, "EventSourceArn": queue}
        refused(cloud.client("lambda").create_event_source_mapping, INVALID, says, **request)
        stack_refused(cloud, "AWS::Lambda::EventSourceMapping", request, says)

    def test_a_stream_that_the_role_may_not_read(self, cloud: Cloud, function: str) -> None:
        kinesis, name = cloud.client("kinesis"), cloud.name("stream")
        kinesis.create_stream(StreamName=name, ShardCount=1)
        stream = kinesis.describe_stream(StreamName=name)["StreamDescription"]["StreamARN"]
        self.both(cloud, function, stream, "Cannot access stream", StartingPosition="LATEST")
        self.both(cloud, function, stream, "'startingPosition'")
        self.both(cloud, function, stream + "x", "Stream not found", StartingPosition="LATEST")

    def test_a_table_s_stream_that_the_role_may_not_read(self, cloud: Cloud, function: str) -> None:
        table = cloud.client("dynamodb").create_table(
            TableName=cloud.name("table"),
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )["TableDescription"]
        stream = table["LatestStreamArn"]
        self.both(cloud, function, stream, "Cannot access stream", StartingPosition="LATEST")
        self.both(cloud, function, stream, "1000", StartingPosition="LATEST", BatchSize=1001)

    def test_fifo(self, cloud: Cloud, function: str) -> None:
        url = cloud.client("sqs").create_queue(QueueName=cloud.name("q") + ".fifo", Attributes={"FifoQueue": "true"})[
            "QueueUrl"
        ]
        attributes = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        self.both(cloud, function, attributes["QueueArn"], "FIFO", BatchSize=11)
        self.both(cloud, function, attributes["QueueArn"], "FIFO", MaximumBatchingWindowInSeconds=5)

    def test_a_queue_that_is_not_there(self, cloud: Cloud, function: str) -> None:
        self.both(cloud, function, "arn:aws:sqs:us-east-1:123456789012:nowhere", "NonExistentQueue")

    def both(self, cloud: Cloud, function: str, source: str, says: str, **members: Any) -> None:
        request = {"FunctionName": function, "EventSourceArn": source, **members}
        refused(cloud.client("lambda").create_event_source_mapping, INVALID, says, **request)
        stack_refused(cloud, "AWS::Lambda::EventSourceMapping", request, says)

    def test_one_mapping_for_a_source_and_a_function_whose_update_is_checked(
        self, cloud: Cloud, queue: str, reader: str
    ) -> None:
        client, request = cloud.client("lambda"), {"FunctionName": reader, "EventSourceArn": queue}
        pattern = {"Filters": [{"Pattern": json.dumps({"body": {"kind": [{"prefix": "a"}, {"exists": False}]}})}]}
        members = {"BatchSize": 100, "MaximumBatchingWindowInSeconds": 1, "FilterCriteria": pattern}
        mapping = client.create_event_source_mapping(**request, **members)["UUID"]
        refused(client.create_event_source_mapping, "ResourceConflictException", mapping, **request)
        update = client.update_event_source_mapping
        refused(update, INVALID, "must be greater than 0", UUID=mapping, MaximumBatchingWindowInSeconds=0)
        refused(update, "ValidationException", "'maximumBatching", UUID=mapping, MaximumBatchingWindowInSeconds=301)
        client.delete_event_source_mapping(UUID=mapping)


class TestSettings:
    @pytest.mark.parametrize("members", [{"MaximumRetryAttempts": 3}, {"MaximumEventAgeInSeconds": 21601}], ids=str)
    def test_asynchronous_settings(self, cloud: Cloud, function: str, members: dict[str, int]) -> None:
        put = cloud.client("lambda").put_function_event_invoke_config
        refused(put, "ValidationException", "less than or equal to", FunctionName=function, **members)
        properties = {"FunctionName": function, "Qualifier": "$LATEST", **members}
        stack_refused(cloud, "AWS::Lambda::EventInvokeConfig", properties, "is not less or equal to")

    def test_a_destination_needs_the_right_to_send(self, cloud: Cloud, function: str) -> None:
        name = cloud.name("private")
        cloud.client("sqs").create_queue(QueueName=name)
        arn = f"arn:aws:sqs:us-east-1:123456789012:{name}"
        members = {"DestinationConfig": {"OnFailure": {"Destination": arn}}}
        says = f"does not have permissions to call SendMessage on {arn}"
        put = cloud.client("lambda").put_function_event_invoke_config
        refused(put, INVALID, says, FunctionName=function, **members)
        properties = {"FunctionName": function, "Qualifier": "$LATEST", **members}
        stack_refused(cloud, "AWS::Lambda::EventInvokeConfig", properties, says)

    def test_a_dead_letter_queue_needs_it_too(self, cloud: Cloud, role: str, function: str) -> None:
        name = cloud.name("private")
        cloud.client("sqs").create_queue(QueueName=name)
        dead = {"DeadLetterConfig": {"TargetArn": f"arn:aws:sqs:us-east-1:123456789012:{name}"}}
        says = "does not have permissions to call SendMessage on SQS"
        refused(lambda **more: cloud.function(CODE, **more), INVALID, says, Role=role, **dead)
        refused(cloud.client("lambda").update_function_configuration, INVALID, says, FunctionName=function, **dead)
        stack_refused(cloud, "AWS::Lambda::Function", {**template(role), **dead}, says)

    @pytest.mark.parametrize(
        ("members", "code"),
        [
            ({"Principal": "nobody"}, INVALID),
            ({"Action": "s3:GetObject"}, "ValidationException"),
            ({"StatementId": "a b"}, "ValidationException"),
            ({"SourceAccount": "12"}, "ValidationException"),
            ({"FunctionUrlAuthType": "NONE"}, INVALID),
        ],
        ids=str,
    )
    def test_permissions(self, cloud: Cloud, function: str, members: dict[str, str], code: str) -> None:
        good = {"FunctionName": function, "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
        request = {**good, "StatementId": "s", **members}
        refused(cloud.client("lambda").add_permission, code, "", **request)
        if "StatementId" not in members:
            stack_refused(cloud, "AWS::Lambda::Permission", {**good, **members})

    @pytest.mark.parametrize("members", [{"Name": "12"}, {"Name": "a b"}, {"Description": "x" * 257}], ids=str)
    def test_aliases(self, cloud: Cloud, function: str, members: dict[str, str]) -> None:
        request = {"FunctionName": function, "Name": "live", "FunctionVersion": "$LATEST", **members}
        refused(cloud.client("lambda").create_alias, "ValidationException", "", **request)
        stack_refused(cloud, "AWS::Lambda::Alias", request)

    @pytest.mark.parametrize("members", [{"AuthType": "OPEN"}, {"Cors": {"MaxAge": 86401}}], ids=str)
    def test_urls(self, cloud: Cloud, function: str, members: dict[str, Any]) -> None:
        request = {"AuthType": "NONE", **members}
        create: Callable[..., Any] = cloud.client("lambda").create_function_url_config
        refused(create, "ValidationException", "", FunctionName=function, **request)
        stack_refused(cloud, "AWS::Lambda::Url", {"TargetFunctionArn": function, **request})


@pytest.fixture(scope="module")
def bucket(cloud: Cloud) -> str:
    """A bucket with one package, ``code.zip``."""
    s3, name = cloud.client("s3"), cloud.name("code")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="code.zip", Body=archive())
    return name


class TestCode:
    """Code that is not there, or not for this caller."""

    @pytest.mark.parametrize(
        ("place", "says"),
        [
            ({"S3Bucket": "{bucket}", "S3Key": "no.zip"}, "S3 Error Code: NoSuchKey"),
            ({"S3Bucket": "no-such-bucket-at-all", "S3Key": "code.zip"}, "S3 Error Code: NoSuchBucket"),
            ({"S3Bucket": "{bucket}", "S3Key": "code.zip", "S3ObjectVersion": "v9"}, "S3 Error Code: NoSuchVersion"),
        ],
    )
    def test_through_every_door(
        self, cloud: Cloud, role: str, function: str, bucket: str, place: dict[str, str], says: str
    ) -> None:
        place, client = {name: value.format(bucket=bucket) for name, value in place.items()}, cloud.client("lambda")
        made = {"Runtime": "python3.13", "Handler": "app.handler", "Role": role, "Code": place}
        refused(client.create_function, INVALID, says, FunctionName=cloud.name("f"), **made)
        refused(client.update_function_code, INVALID, says, FunctionName=function, **place)
        refused(client.publish_layer_version, INVALID, says, LayerName=cloud.name("l"), Content=place)
        stack_refused(cloud, "AWS::Lambda::Function", made, says)
        stack_refused(cloud, "AWS::Lambda::LayerVersion", {"Content": place}, says)

    def test_an_update_without_code(self, cloud: Cloud, function: str) -> None:
        update = cloud.client("lambda").update_function_code
        refused(update, INVALID, "Please provide a source", FunctionName=function)

    def test_code_is_read_with_the_rights_of_the_caller(self, cloud: Cloud, function: str, bucket: str) -> None:
        place = {"S3Bucket": bucket, "S3Key": "code.zip"}
        stranger = cloud.as_role("lambda", cloud.role(allow("lambda:*", "*")))
        says = "make sure your request credentials have permission to GetObject"
        refused(stranger.update_function_code, INVALID, says, FunctionName=function, **place)
        read = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
        friend = cloud.as_role("lambda", cloud.role(allow("lambda:*", "*"), read))
        assert friend.update_function_code(FunctionName=function, **place)["CodeSize"] > 0


class TestAliases:
    def test_of_a_version_that_is_not_there(self, cloud: Cloud, function: str) -> None:
        client, missing = cloud.client("lambda"), "ResourceNotFoundException"
        alias = {"FunctionName": function, "Name": "live"}
        refused(client.create_alias, missing, f"{function}:9", **alias, FunctionVersion="9")
        stack_refused(cloud, "AWS::Lambda::Alias", {**alias, "FunctionVersion": "9"}, f"{function}:9")
        version = client.publish_version(FunctionName=function)["Version"]
        client.create_alias(**alias, FunctionVersion=version)
        refused(client.update_alias, missing, f"{function}:9", **alias, FunctionVersion="9")
        weights = {"AdditionalVersionWeights": {"9": 0.5}}
        refused(client.update_alias, missing, f"{function}:9", **alias, RoutingConfig=weights)
