"""Firehose keeps AWS's contract on every path: buffers, retries, the error prefix, conversion, roles. Athena tells
no tales."""

from __future__ import annotations

import base64
import gzip
import json
import threading
import time
from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError

from local.gaps.firehose import delivery
from local.gaps.firehose._buffer import Buffer
from local.gaps.firehose._records import Arrived, batches, judge, problem
from tests.local.gaps.harness import REGION, Cloud, allow, until
from tests.local.gaps.refusals import refused, stack_refused

# What a record asks for is what the function answers.
CODE = """
import base64, json
def handler(event, context):
    assert set(event) == {"invocationId", "deliveryStreamArn", "region", "records"}
    ids = [r["recordId"] for r in event["records"]]
    print("CALL", json.dumps([event["deliveryStreamArn"], event["invocationId"], ids]))
    out = []
    for r in event["records"]:
        d = json.loads(base64.b64decode(r["data"])); do = d.get("do")
        if do == "raise": raise ValueError("x")
        if do == "forget": continue
        answer = {"recordId": r["recordId"], "result": "Ok", "data": base64.b64encode(json.dumps(d).encode() + b"\\n").decode()}
        answer.update({"fail": {"result": "ProcessingFailed"}, "drop": {"result": "Dropped", "data": ""},
            "odd": {"result": "Fine"}, "null": {"data": None}, "garble": {"data": "%%%"}}.get(do, {}))
        if "k" in d: answer["metadata"] = {"partitionKeys": {"k": d["k"]}}
        if do == "huge": answer["data"] = "A" * 7_000_000
        out += [answer] * (2 if do == "double" else 1)
    return {"records": out}
"""  # noqa: E501


class Stream:
    """A delivery stream with the function above, and the bucket it fills."""

    functions: ClassVar[dict[str, str]] = {}
    """One for all streams of a server; a process that has started once answers at once."""

    def __init__(self, cloud: Cloud, **destination: Any) -> None:
        self.cloud, self.bucket = cloud, cloud.name("lake")
        cloud.client("s3").create_bucket(Bucket=self.bucket)
        self.function = self.functions.setdefault(cloud.url, "") or cloud.function(CODE)
        self.functions[cloud.url] = self.function
        bucket = f"arn:aws:s3:::{self.bucket}"
        role = cloud.role(
            allow("s3:PutObject", f"{bucket}/*"), allow("lambda:InvokeFunction", "*"), service="firehose.amazonaws.com"
        )
        parameters = {"LambdaArn": self.function, "BufferIntervalInSeconds": "0.3", "NumberOfRetries": "2"}
        self.config: dict[str, Any] = {
            "RoleARN": role,
            "BucketARN": bucket,
            "Prefix": "rows/",
            "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
            "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 1},
            "ProcessingConfiguration": processing(parameters),
            **destination,
        }
        self.name = cloud.name("stream")
        cloud.client("firehose").create_delivery_stream(
            DeliveryStreamName=self.name, ExtendedS3DestinationConfiguration=self.config
        )

    def put(self, *records: dict[str, Any]) -> None:
        answer = self.cloud.client("firehose").put_record_batch(
            DeliveryStreamName=self.name, Records=[{"Data": json.dumps(record).encode()} for record in records]
        )
        assert answer["FailedPutCount"] == 0

    def objects(self, prefix: str = "") -> dict[str, bytes]:
        s3 = self.cloud.client("s3")
        found = s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return {o["Key"]: s3.get_object(Bucket=self.bucket, Key=o["Key"])["Body"].read() for o in found}

    def one(self, prefix: str) -> tuple[str, bytes]:
        """The only object under a prefix."""
        ((key, body),) = until(lambda: self.objects(prefix)).items()
        return key, body

    def errors(self, kind: str = "processing-failed") -> list[dict[str, Any]]:
        _, body = self.one(f"errors/{kind}/")
        return [json.loads(text) for text in body.splitlines()]

    def metric(self, name: str, statistic: str) -> float:
        found = self.cloud.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Firehose",
            MetricName=name,
            Dimensions=[{"Name": "DeliveryStreamName", "Value": self.name}],
            StartTime=time.time() - 120,
            EndTime=time.time() + 60,
            Period=300,
            Statistics=[statistic],
        )["Datapoints"]
        values = [float(point[statistic]) for point in found]
        return sum(values) if statistic == "Sum" else max(values)

    def calls(self) -> list[list[Any]]:
        """Invocation id and record ids of each call of the function."""
        group = f"/aws/lambda/{self.function.rsplit(':', 1)[-1]}"
        events = self.cloud.client("logs").filter_log_events(logGroupName=group)["events"]
        calls = [json.loads(e["message"].split("CALL ", 1)[1]) for e in events if "CALL " in e["message"]]
        return [rest for arn, *rest in calls if arn.endswith(f"/{self.name}")]


def processing(parameters: dict[str, str], *more: dict[str, Any]) -> dict[str, Any]:
    named = [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]
    return {"Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": named}, *more]}


@pytest.fixture
def stream(cloud: Cloud) -> Stream:
    return Stream(cloud)


class TestDelivery:
    def test_records_are_collected_into_one_call_and_one_object(self, stream: Stream) -> None:
        for number in range(3):
            stream.put({"n": number}, {"n": number + 10})
        assert stream.objects() == {}, "delivered at once"
        _, body = stream.one("rows/")
        assert sorted(json.loads(text)["n"] for text in body.splitlines()) == [0, 1, 2, 10, 11, 12]
        assert [len(ids) for _, ids in stream.calls()] == [6]

    def test_prefix_and_name(self, stream: Stream) -> None:
        stream.put({"n": 1})
        key, _ = stream.one("rows/")
        now = time.gmtime()
        assert key.startswith(time.strftime("rows/%Y/%m/%d/", now))
        assert f"/{stream.name}-1-{now.tm_year}-" in key

    def test_dropped_records_leave_no_trace(self, stream: Stream) -> None:
        stream.put({"do": "drop"}, {"n": 1})
        stream.one("rows/")
        assert len(stream.objects()) == 1

    def test_gzip(self, cloud: Cloud) -> None:
        stream = Stream(cloud, CompressionFormat="GZIP")
        stream.put({"n": 1}, {"n": 2})
        key, body = stream.one("rows/")
        assert key.endswith(".gz")
        assert gzip.decompress(body).splitlines() == [b'{"n": 1}', b'{"n": 2}']

    def test_file_extension_delimiter_and_no_function(self, cloud: Cloud) -> None:
        alone = {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord", "Parameters": []}]}
        stream = Stream(cloud, FileExtension=".json", ProcessingConfiguration=alone)
        stream.put({"n": 1}, {"n": 2})
        key, body = stream.one("rows/")
        assert key.endswith(".json")
        assert body == b'{"n": 1}\n{"n": 2}\n'

    def test_partitions_of_the_function_have_their_own_objects(self, cloud: Cloud) -> None:
        stream = Stream(
            cloud,
            Prefix="rows/k=!{partitionKeyFromLambda:k}/",
            DynamicPartitioningConfiguration={"Enabled": True},
            BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 1},
        )
        stream.put({"k": "a"}, {"k": "b"}, {"k": "a", "n": 2}, {"n": 3})
        assert len(stream.one("rows/k=a/")[1].splitlines()) == 2
        assert len(stream.one("rows/k=b/")[1].splitlines()) == 1
        (failed,) = stream.errors()
        assert json.loads(base64.b64decode(failed["rawData"])) == {"n": 3}

    def test_more_partitions_than_may_wait_at_a_time(self, cloud: Cloud) -> None:
        stream = Stream(
            cloud,
            Prefix="rows/k=!{partitionKeyFromLambda:k}/",
            DynamicPartitioningConfiguration={"Enabled": True},
            BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 900},
        )
        stream.put(*({"k": str(n)} for n in range(499)))
        stream.put(*({"k": str(n)} for n in range(490, 502)))
        failed = until(lambda: len(found := stream.objects("errors/processing-failed/")) == 2 and found)
        lines = [json.loads(body) for body in failed.values()]
        assert {json.loads(base64.b64decode(one["rawData"]))["k"] for one in lines} == {"500", "501"}
        assert {one["errorMessage"] for one in lines} == {
            "The number of active partitions has exceeded the configured limit"
        }
        assert stream.metric("PartitionCountExceeded", "Maximum") == 1

    def test_metrics(self, stream: Stream) -> None:
        stream.put({"n": 1}, {"n": 2})
        stream.one("rows/")
        assert stream.metric("DeliveryToS3.Records", "Sum") == 2
        assert stream.metric("DeliveryToS3.DataFreshness", "Maximum") >= 1


class TestFailures:
    @pytest.mark.parametrize(
        ("wish", "code"),
        [
            ("fail", "Lambda.ProcessingFailedStatus"),
            ("forget", "Lambda.MissingRecordId"),
            ("double", "Lambda.DuplicatedRecordId"),
            ("odd", "Lambda.InvalidReturnFormat"),
            ("null", "Lambda.InvalidReturnFormat"),
            ("garble", "Lambda.InvalidReturnFormat"),
        ],
    )
    def test_one_record_fails_and_the_others_do_not(self, stream: Stream, wish: str, code: str) -> None:
        begun = time.time() * 1000
        stream.put({"n": 1}, {"do": wish}, {"n": 2})
        (failed,) = stream.errors()
        assert list(failed) == [
            "rawData",
            "errorCode",
            "errorMessage",
            "attemptsMade",
            "arrivalTimestamp",
            "attemptEndingTimestamp",
            "lambdaARN",
        ]
        assert json.loads(base64.b64decode(failed["rawData"])) == {"do": wish}
        assert (failed["errorCode"], failed["attemptsMade"]) == (code, 1)
        assert begun - 1000 < failed["arrivalTimestamp"] <= failed["attemptEndingTimestamp"]
        assert failed["lambdaARN"] == stream.function
        assert len(stream.one("rows/")[1].splitlines()) == 2

    @pytest.mark.parametrize("wish", ["raise", "huge"])
    def test_a_failing_function_is_tried_again_and_then_the_batch_fails(self, stream: Stream, wish: str) -> None:
        stream.put({"n": 1}, {"do": wish})
        failed = stream.errors()
        assert [(f["errorCode"], f["attemptsMade"]) for f in failed] == [("Lambda.FunctionError", 3)] * 2
        assert stream.objects("rows/") == {}
        calls = stream.calls()
        assert len(calls) == 3
        assert len({invocation for invocation, _ in calls}) == 3, "each try has an id of its own"
        assert len({tuple(ids) for _, ids in calls}) == 1, "record ids stay"

    def test_without_the_right_to_call_nothing_is_called(self, cloud: Cloud) -> None:
        stream = Stream(cloud)
        bare = cloud.role(allow("s3:PutObject", f"arn:aws:s3:::{stream.bucket}/*"), service="firehose.amazonaws.com")
        update(stream, RoleARN=bare)
        stream.put({"n": 1})
        assert [f["errorCode"] for f in stream.errors()] == ["Lambda.InvokeAccessDenied"]

    def test_without_the_right_to_write_nothing_is_written(self, cloud: Cloud) -> None:
        stream = Stream(cloud)
        update(stream, RoleARN=cloud.role(allow("lambda:InvokeFunction", "*"), service="firehose.amazonaws.com"))
        stream.put({"n": 1})
        until(stream.calls)
        time.sleep(1.5)
        assert stream.objects() == {}


def update(stream: Stream, **changes: Any) -> None:
    client = stream.cloud.client("firehose")
    described = client.describe_delivery_stream(DeliveryStreamName=stream.name)["DeliveryStreamDescription"]
    client.update_destination(
        DeliveryStreamName=stream.name,
        CurrentDeliveryStreamVersionId=described["VersionId"],
        DestinationId=described["Destinations"][0]["DestinationId"],
        ExtendedS3DestinationUpdate=changes,
    )


class TestConversion:
    @pytest.fixture
    def parquet(self, cloud: Cloud) -> Stream:
        glue, database = cloud.client("glue"), cloud.name("db").replace("-", "_")
        glue.create_database(DatabaseInput={"Name": database})
        columns = [{"Name": "n", "Type": "bigint"}, {"Name": "name", "Type": "string"}]
        glue.create_table(
            DatabaseName=database,
            TableInput={"Name": "t", "StorageDescriptor": {"Columns": columns, "Location": "s3://x/"}},
        )
        return Stream(
            cloud,
            BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 1},
            DataFormatConversionConfiguration={
                "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
                "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
                "SchemaConfiguration": {"DatabaseName": database, "TableName": "t", "Region": REGION},
            },
        )

    def test_many_records_are_one_object_and_bad_ones_fail_alone(self, parquet: Stream, tmp_path: Any) -> None:
        import duckdb

        parquet.put({"n": 1, "name": "a"}, {"N": 2, "other": 1}, {"n": "many"}, {"n": 3})
        key, body = parquet.one("rows/")
        assert key.endswith(".parquet")
        path = tmp_path / "rows.parquet"
        path.write_bytes(body)
        rows = duckdb.read_parquet(str(path)).order("n").fetchall()
        assert rows == [(1, "a"), (2, None), (3, None)]
        (failed,) = parquet.errors("format-conversion-failed")
        assert json.loads(base64.b64decode(failed["rawData"])) == {"n": "many"}
        assert failed["dataCatalogTable"]["tableName"] == "t"
        assert until(lambda: parquet.metric("FailedConversion.Records", "Sum")) == 1


class TestLimits:
    def test_a_batch_has_four_megabytes(self, stream: Stream) -> None:
        client = stream.cloud.client("firehose")
        for records in ([b"x" * 1_000_000] * 5, [b"x" * 1_024_001]):
            with pytest.raises(ClientError) as error:
                client.put_record_batch(DeliveryStreamName=stream.name, Records=[{"Data": r} for r in records])
            assert error.value.response["Error"]["Code"] == "InvalidArgumentException"

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"Prefix": "a/!{timestamp:yyyy}/", "ErrorOutputPrefix": ""}, "ErrorOutputPrefix cannot be empty"),
            ({"ErrorOutputPrefix": "e/!{timestamp:yyyy}/"}, "error-output-type"),
            ({"BufferingHints": {"SizeInMBs": 129, "IntervalInSeconds": 60}}, "1 to 128"),
            ({"DynamicPartitioningConfiguration": {"Enabled": True}}, "at least 64"),
            ({"DataFormatConversionConfiguration": {"Enabled": True}}, "at least 64"),
            ({"CompressionFormat": "ZIP"}, "not available locally"),
            ({"S3BackupMode": "Enabled"}, "not available locally"),
            (
                {"ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "Decompression"}]}},
                "Decompression",
            ),
            ({"ProcessingConfiguration": processing({"LambdaArn": "a", "BufferSizeInMBs": "4"})}, "0.2 to 3"),
        ],
    )
    def test_destinations_that_are_refused(self, change: dict[str, Any], sentence: str) -> None:
        fine = {"BucketARN": "arn:aws:s3:::lake", "Prefix": "a/", "ErrorOutputPrefix": "e/"}
        assert problem(fine) is None
        assert sentence in str(problem({**fine, **change}))

    def test_cloudformation_is_refused_too(self, cloud: Cloud) -> None:
        with pytest.raises(AssertionError, match="ErrorOutputPrefix"):
            cloud.stack(
                {
                    "S": {
                        "Type": "AWS::KinesisFirehose::DeliveryStream",
                        "Properties": {
                            "ExtendedS3DestinationConfiguration": {
                                "BucketARN": "arn:aws:s3:::lake",
                                "RoleARN": cloud.role(service="firehose.amazonaws.com"),
                                "Prefix": "a/!{timestamp:yyyy}/",
                            }
                        },
                    }
                }
            )


class TestDestinations:
    """One destination, whose roles Firehose may assume."""

    @staticmethod
    def to_s3(cloud: Cloud, role: str) -> dict[str, str]:
        bucket = cloud.name("bucket")
        cloud.client("s3").create_bucket(Bucket=bucket)
        return {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}"}

    @pytest.mark.parametrize("service", ["lambda.amazonaws.com", None])
    def test_roles(self, cloud: Cloud, service: str | None) -> None:
        role = cloud.role(service=service) if service else "arn:aws:iam::123456789012:role/none"
        config, says = self.to_s3(cloud, role), f"Firehose is unable to assume role {role}"
        create, name = cloud.client("firehose").create_delivery_stream, cloud.name("stream")
        invalid = "InvalidArgumentException"
        refused(create, invalid, says, DeliveryStreamName=name, ExtendedS3DestinationConfiguration=config)
        good = self.to_s3(cloud, cloud.role(service="firehose.amazonaws.com"))
        backup = {**good, "S3BackupMode": "Enabled", "S3BackupConfiguration": config}
        refused(create, invalid, says, DeliveryStreamName=name, ExtendedS3DestinationConfiguration=backup)
        kind = "AWS::KinesisFirehose::DeliveryStream"
        stack_refused(cloud, kind, {"ExtendedS3DestinationConfiguration": config}, says)

    def test_an_update(self, cloud: Cloud) -> None:
        firehose, name = cloud.client("firehose"), cloud.name("stream")
        good = self.to_s3(cloud, cloud.role(service="firehose.amazonaws.com"))
        firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=good)
        described = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
        refused(
            firehose.update_destination,
            "InvalidArgumentException",
            "unable to assume role",
            DeliveryStreamName=name,
            CurrentDeliveryStreamVersionId=described["VersionId"],
            DestinationId=described["Destinations"][0]["DestinationId"],
            ExtendedS3DestinationUpdate={"RoleARN": cloud.role(service="lambda.amazonaws.com")},
        )

    @pytest.mark.parametrize("before", [True, False])
    def test_partitions_stay_as_they_are(self, cloud: Cloud, before: bool) -> None:
        firehose, name = cloud.client("firehose"), cloud.name("stream")
        config = {
            **self.to_s3(cloud, cloud.role(service="firehose.amazonaws.com")),
            "ErrorOutputPrefix": "errors/",
            "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
        }
        given = [
            {**config, "DynamicPartitioningConfiguration": {"Enabled": enabled}} for enabled in (before, not before)
        ]
        firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=given[0])
        described = firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
        update = {
            "DeliveryStreamName": name,
            "CurrentDeliveryStreamVersionId": described["VersionId"],
            "DestinationId": described["Destinations"][0]["DestinationId"],
        }
        says = "cannot be enabled or disabled"
        changed = {"DynamicPartitioningConfiguration": {"Enabled": not before}}
        refused(
            firehose.update_destination, "InvalidArgumentException", says, **update, ExtendedS3DestinationUpdate=changed
        )
        firehose.update_destination(**update, ExtendedS3DestinationUpdate={"Prefix": "b/"})
        kind = "AWS::KinesisFirehose::DeliveryStream"
        stack, formation = cloud.name("stack"), cloud.client("cloudformation")
        bodies = [
            json.dumps({"Resources": {"S": {"Type": kind, "Properties": {"ExtendedS3DestinationConfiguration": one}}}})
            for one in given
        ]
        formation.create_stack(StackName=stack, TemplateBody=bodies[0])
        formation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
        formation.update_stack(StackName=stack, TemplateBody=bodies[1])
        status = until(
            lambda: (
                (one := formation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]).endswith("_COMPLETE")
                and one
            )
        )
        assert status == "UPDATE_ROLLBACK_COMPLETE"
        events = formation.describe_stack_events(StackName=stack)["StackEvents"]
        assert any(says in event.get("ResourceStatusReason", "") for event in events)

    def test_none_and_two(self, cloud: Cloud) -> None:
        create, name = cloud.client("firehose").create_delivery_stream, cloud.name("stream")
        good = self.to_s3(cloud, cloud.role(service="firehose.amazonaws.com"))
        refused(create, "InvalidArgumentException", "there are 0", DeliveryStreamName=name)
        both = {"ExtendedS3DestinationConfiguration": good, "S3DestinationConfiguration": good}
        refused(create, "InvalidArgumentException", "there are 2", DeliveryStreamName=name, **both)

    def test_a_role_that_asks_for_the_account(self, cloud: Cloud) -> None:
        """The trust policy of the developer guide."""
        name = cloud.name("role")
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "firehose.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "123456789012"}},
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": statement})
        role = cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        create = cloud.client("firehose").create_delivery_stream
        config = self.to_s3(cloud, role)
        assert create(DeliveryStreamName=cloud.name("stream"), ExtendedS3DestinationConfiguration=config)


class TestBuffer:
    def collected(self, limit: int, seconds: float, sizes: list[int], count: int) -> list[list[int]]:
        done, found = threading.Event(), []

        def flush(items: list[int]) -> None:
            found.append(items)
            if len(found) == count:
                done.set()

        buffer = Buffer[int](limit, seconds, flush)
        for size in sizes:
            buffer.add(size, size)
        assert done.wait(5)
        return sorted(found)

    def test_size_comes_first(self) -> None:
        assert self.collected(10, 60, [4, 6, 12, 9, 1], 3) == [[4, 6], [9, 1], [12]]

    def test_time_comes_first(self) -> None:
        assert self.collected(100, 0.05, [1, 2], 1) == [[1, 2]]

    def test_no_interval_is_no_buffer(self) -> None:
        assert self.collected(100, 0, [1, 2], 2) == [[1], [2]]

    def test_batches_of_a_call_keep_the_hint(self) -> None:
        records = [Arrived(str(n), b"x" * size, 0) for n, size in enumerate([4, 5, 6, 30, 1])]
        assert [[r.id for r in batch] for batch in batches(records, 10)] == [["0", "1"], ["2"], ["3"], ["4"]]

    @pytest.mark.parametrize("body", [None, "text", [], {}, {"records": 1}, {"records": [1, None]}])
    def test_an_answer_that_is_none_misses_every_record(self, body: Any) -> None:
        ready, failed = judge([Arrived("a", b"", 0)], body)
        assert (ready, [failure.code for _, failure in failed]) == ([], ["Lambda.MissingRecordId"])

    def test_ids_that_were_never_asked_for_are_ignored(self) -> None:
        entries = [{"recordId": name, "result": "Ok", "data": "eA=="} for name in ("a", "stray")]
        ready, failed = judge([Arrived("a", b"", 0)], {"records": entries})
        assert ([item.data for item in ready], failed) == ([b"x"], [])


class Busy:
    """S3 that refuses so many times by this status."""

    def __init__(self, status: int, times: int) -> None:
        self.status, self.times, self.asked = status, times, 0

    def put_object(self, **_: Any) -> None:
        self.asked += 1
        if self.asked <= self.times:
            said: Any = {"Error": {"Code": "No"}, "ResponseMetadata": {"HTTPStatusCode": self.status}}
            raise ClientError(said, "PutObject")


@pytest.mark.parametrize(("status", "times", "written"), [(503, 40, True), (500, 1, True), (403, 40, False)])
def test_what_a_busy_s3_refuses_is_written_when_it_is_well_again(
    monkeypatch: pytest.MonkeyPatch, status: int, times: int, written: bool
) -> None:
    s3, slept = Busy(status, times), []
    monkeypatch.setattr(delivery, "_client", lambda *_: s3)
    monkeypatch.setattr(delivery._authority, "role_credentials", lambda *_: None)
    monkeypatch.setattr(delivery, "store", lambda *_: None)
    monkeypatch.setattr(delivery.time, "sleep", slept.append)
    pipe = delivery.Pipe.__new__(delivery.Pipe)
    pipe.stream = {"name": "s", "dest": {}}
    monkeypatch.setattr(delivery.Pipe, "config", {"RoleARN": "r", "BucketARN": "arn:aws:s3:::a-bucket"}, raising=False)
    assert pipe._put("rows/1", b"row") is written
    assert s3.asked == (times + 1 if written else delivery._WRITE_TRIES)
    assert max(slept) <= delivery._WRITE_PAUSE
