"""A distributed Map as on AWS: where items come from, what children see, when it fails, what it writes."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.services import stepfunctions as sfn

from local.gaps.stepfunctions._map_items import grouped, parsed
from local.gaps.stepfunctions.distributed_map import _run_and_record
from local.gaps.stepfunctions.limits import MAX_BYTES, size_in_bytes
from tests.local.gaps.harness import ACCOUNT, REGION, Cloud, allow, until

Definition = dict[str, Any]

SAME: Definition = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
WAITS: Definition = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
FAILS_AT_THREE: Definition = {
    "StartAt": "C",
    "States": {
        "C": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input = 3 %}", "Next": "F"}],
            "Default": "S",
        },
        "F": {"Type": "Fail", "Error": "Three", "Cause": "on purpose"},
        "S": {"Type": "Succeed"},
    },
}


def mapping(processor: Definition = SAME, kind: str = "STANDARD", **more: Any) -> Definition:
    """A machine that is one distributed Map."""
    item = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}, **processor}
    return {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": item, "End": True, **more}}}


def output(found: dict[str, Any]) -> Any:
    assert found["status"] == "SUCCEEDED", found
    return json.loads(found["output"])


def bucket_with(cloud: Cloud, **objects: str) -> str:
    name, s3 = cloud.name("map"), cloud.client("s3")
    s3.create_bucket(Bucket=name)
    for key, body in objects.items():
        s3.put_object(Bucket=name, Key=key.replace("__", "/").replace("_dot_", "."), Body=body.encode())
    return name


def get_object(bucket: str, key: str, **config: Any) -> Definition:
    return {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": config,
        "Arguments": {"Bucket": bucket, "Key": key},
    }


class TestItems:
    def test_objects_under_a_prefix(self, cloud: Cloud) -> None:
        bucket = bucket_with(cloud, in__a="1", in__b="22", out__c="3")
        reader = {"Resource": "arn:aws:states:::s3:listObjectsV2", "Arguments": {"Bucket": bucket, "Prefix": "in/"}}
        items = output(cloud.run(cloud.machine(mapping(ItemReader=reader))))
        assert [(item["Key"], item["Size"]) for item in items] == [("in/a", 1), ("in/b", 2)]
        assert set(items[0]) == {"Etag", "Key", "LastModified", "Size", "StorageClass"}
        assert items[0]["Etag"].startswith('"')

    def test_arguments_and_selector_are_evaluated(self, cloud: Cloud) -> None:
        bucket = bucket_with(cloud, in__a="1")
        reader = {
            "Resource": "arn:aws:states:::s3:listObjectsV2",
            "Arguments": {"Bucket": "{% $states.input.bucket %}", "Prefix": "in/"},
        }
        selector = {
            "key": "{% $states.context.Map.Item.Value.Key %}",
            "number": "{% $states.context.Map.Item.Index %}",
            "from": "{% $states.input.bucket %}",
            "run": "{% $states.context.Execution.Name %}",
        }
        found = cloud.run(cloud.machine(mapping(ItemReader=reader, ItemSelector=selector)), {"bucket": bucket})
        name = found["executionArn"].rsplit(":", 1)[1]
        assert output(found) == [{"key": "in/a", "number": 0, "from": bucket, "run": name}]

    @pytest.mark.parametrize(
        ("body", "config", "items"),
        [
            ('[1,{"a":2}]', {"InputType": "JSON"}, [1, {"a": 2}]),
            ('{"a":"\u2028"}\n\n2\n', {"InputType": "JSONL"}, [{"a": "\u2028"}, 2]),
            ('k,v\na,"1\n2"\nb\n', {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
             [{"k": "a", "v": "1\n2"}, {"k": "b", "v": ""}]),
            ("a;1;x\n", {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["k", "v"],
                         "CSVDelimiter": "SEMICOLON"}, [{"k": "a", "v": "1"}]),
            ("[1,2,3]", {"InputType": "JSON", "MaxItems": "{% 1 + 1 %}"}, [1, 2]),
        ],
        ids=["json", "jsonl", "csv", "csv-given", "most"],
    )  # fmt: skip
    def test_files(self, cloud: Cloud, body: str, config: Definition, items: list[Any]) -> None:
        bucket = bucket_with(cloud, list=body)
        definition = mapping(ItemReader=get_object(bucket, "list", **config))
        assert output(cloud.run(cloud.machine(definition))) == items

    @pytest.mark.parametrize("body", ['{"a":1}', "[1", "\u00e4"])
    def test_a_file_that_is_not_what_it_should_be(self, cloud: Cloud, body: str) -> None:
        bucket = bucket_with(cloud, list=body)
        found = cloud.run(cloud.machine(mapping(ItemReader=get_object(bucket, "list", InputType="JSON"))))
        assert (found["status"], found["error"]) == ("FAILED", "States.ItemReaderFailed")

    def test_csv_needs_to_know_its_header(self) -> None:
        with pytest.raises(sfn._ExecutionError, match="CSVHeaderLocation"):
            parsed("a,b\n", {"InputType": "CSV"})

    def test_items_of_the_state_in_jsonata(self, cloud: Cloud) -> None:
        definition = mapping(
            Items="{% $states.input.list %}",
            ItemSelector="{% $states.context.Map.Item.Value * 10 %}",
            Output="{% $sum($states.result) %}",
            MaxConcurrency="{% 1 + 1 %}",
        )
        assert output(cloud.run(cloud.machine(definition), {"list": [1, 2, 3]})) == 60

    def test_items_of_the_state_in_jsonpath(self, cloud: Cloud) -> None:
        definition = mapping(
            ItemsPath="$.list",
            ItemSelector={"v.$": "$$.Map.Item.Value", "all.$": "$.name"},
            MaxConcurrencyPath="$.most",
            ResultPath="$.found",
        )
        machine = cloud.machine({"QueryLanguage": "JSONPath", **definition})
        found = output(cloud.run(machine, {"list": [1, 2], "name": "n", "most": 1}))
        assert found["found"] == [{"v": 1, "all": "n"}, {"v": 2, "all": "n"}]
        assert found["name"] == "n"

    def test_no_items_are_no_failure(self, cloud: Cloud) -> None:
        assert output(cloud.run(cloud.machine(mapping(Items=[])))) == []

    def test_reading_needs_the_machines_permission(self, cloud: Cloud) -> None:
        bucket = bucket_with(cloud, list="[1]")
        definition = mapping(ItemReader=get_object(bucket, "list", InputType="JSON"))
        start = allow("states:StartExecution", "*")
        refused = cloud.run(cloud.machine(definition, cloud.role(start)))
        assert refused["error"] == "States.ItemReaderFailed"
        assert "is not authorized to perform: s3:GetObject" in refused["cause"]
        role = cloud.role(start, allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
        assert output(cloud.run(cloud.machine(definition, role))) == [1]

    def test_the_machine_must_be_allowed_to_start_itself(self, cloud: Cloud) -> None:
        found = cloud.run(cloud.machine(mapping(Items=[1]), cloud.role(allow("s3:*", "*"))))
        assert found["error"] == "States.Permissions"
        assert "is not authorized to perform: states:StartExecution" in found["cause"]


class TestBatches:
    def test_by_number(self, cloud: Cloud) -> None:
        batcher = {"MaxItemsPerBatch": 2, "BatchInput": {"of": "{% $states.input.name %}"}}
        definition = mapping(Items="{% $states.input.list %}", ItemBatcher=batcher)
        assert output(cloud.run(cloud.machine(definition), {"list": [1, 2, 3], "name": "n"})) == [
            {"BatchInput": {"of": "n"}, "Items": [1, 2]},
            {"BatchInput": {"of": "n"}, "Items": [3]},
        ]

    def test_by_bytes_counts_the_frame(self, cloud: Cloud) -> None:
        # {"Items":["aa","bb"]} has 21 bytes.
        batcher = {"MaxInputBytesPerBatch": 21}
        definition = mapping(Items=["aa", "bb", "cc"], ItemBatcher=batcher)
        assert output(cloud.run(cloud.machine(definition))) == [{"Items": ["aa", "bb"]}, {"Items": ["cc"]}]

    @given(st.lists(st.text(max_size=8)), st.integers(1, 5), st.integers(60, 90))
    def test_groups_keep_all_items_in_order_and_within_both_limits(
        self, items: list[str], most: int, room: int
    ) -> None:
        groups = list(grouped(items, most, room))
        assert [item for group in groups for item in group] == items
        assert all(1 <= len(group) <= most for group in groups)
        assert all(size_in_bytes(group) - 2 <= room for group in groups)

    def test_children_take_at_most_256_kib(self, cloud: Cloud) -> None:
        fits = mapping(Items=[1], ItemSelector=f"{{% $pad('', {MAX_BYTES - 2}, 'x') %}}", Output="done")
        assert output(cloud.run(cloud.machine(fits))) == "done"
        over = mapping(Items=[1], ItemSelector=f"{{% $pad('', {MAX_BYTES - 1}, 'x') %}}", Output="done")
        assert cloud.run(cloud.machine(over))["error"] == "States.DataLimitExceeded"


class TestChildren:
    def test_a_child_has_a_context_and_variables_of_its_own(self, cloud: Cloud) -> None:
        state = {
            "Type": "Pass",
            "Output": {
                "name": "{% $states.context.Execution.Name %}",
                "machine": "{% $states.context.StateMachine.Name %}",
                "given": "{% $states.context.Execution.Input %}",
                "outer": "{% $exists($outer) %}",
                "item": "{% $exists($states.context.Map) %}",
            },
            "End": True,
        }
        definition = mapping({"StartAt": "I", "States": {"I": state}}, Items=[7], Label="each")
        definition["States"]["A"] = {"Type": "Pass", "Assign": {"outer": 1}, "Next": "M"}
        machine = cloud.machine({**definition, "StartAt": "A"})
        found = cloud.run(machine)
        (child,) = output(found)
        assert child["given"] == 7
        assert child["machine"] == f"{machine.rsplit(':', 1)[1]}/each"
        assert child["name"] != found["executionArn"].rsplit(":", 1)[1]
        assert (child["outer"], child["item"]) == (False, False)

    def test_children_act_with_the_machines_role(self, cloud: Cloud) -> None:
        bucket = bucket_with(cloud)
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
            "Arguments": {"Bucket": bucket, "Key": "{% $states.input %}", "Body": "x"},
            "End": True,
        }
        definition = mapping({"StartAt": "I", "States": {"I": task}}, Items=["a", "b"], Output="done")
        start = allow("states:StartExecution", "*")
        assert cloud.run(cloud.machine(definition, cloud.role(start)))["status"] == "FAILED"
        role = cloud.role(start, allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*"))
        assert output(cloud.run(cloud.machine(definition, role))) == "done"
        listed = cloud.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
        assert [entry["Key"] for entry in listed] == ["a", "b"]

    @pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
    def test_a_run_and_its_children_can_be_looked_at(self, cloud: Cloud, kind: str) -> None:
        machine = cloud.machine(mapping(kind=kind, Items=[1, 2, 3], Label="each", MaxConcurrency=2))
        found, sfn_client = cloud.run(machine), cloud.client("stepfunctions")
        (listed,) = sfn_client.list_map_runs(executionArn=found["executionArn"])["mapRuns"]
        run = sfn_client.describe_map_run(mapRunArn=listed["mapRunArn"])
        assert (run["status"], run["maxConcurrency"]) == ("SUCCEEDED", 2)
        assert run["itemCounts"] | {"succeeded": 3, "total": 3} == run["itemCounts"]
        children = sfn_client.list_executions(mapRunArn=listed["mapRunArn"])["executions"]
        name = machine.rsplit(":", 1)[1]
        middle = "execution" if kind == "STANDARD" else "express"
        start = f"arn:aws:states:{REGION}:{ACCOUNT}:{middle}:{name}/each:"
        assert len(children) == 3
        assert all(child["executionArn"].startswith(start) for child in children)
        child = sfn_client.describe_execution(executionArn=children[0]["executionArn"])
        assert (child["status"], child["mapRunArn"]) == ("SUCCEEDED", listed["mapRunArn"])


class TestRunning:
    def run_of(self, cloud: Cloud, execution: str) -> dict[str, Any]:
        sfn_client = cloud.client("stepfunctions")
        runs = until(lambda: sfn_client.list_map_runs(executionArn=execution)["mapRuns"])
        return sfn_client.describe_map_run(mapRunArn=runs[0]["mapRunArn"])

    def test_progress_can_be_seen_concurrency_raised_and_all_of_it_stopped(self, cloud: Cloud) -> None:
        sfn_client = cloud.client("stepfunctions")
        machine = cloud.machine(mapping(WAITS, Items=[1, 2, 3, 4], MaxConcurrency=1))
        arn = sfn_client.start_execution(stateMachineArn=machine)["executionArn"]
        until(lambda: self.run_of(cloud, arn)["itemCounts"]["running"] == 1)
        run = self.run_of(cloud, arn)
        assert run["itemCounts"] | {"pending": 3, "total": 4} == run["itemCounts"]
        sfn_client.update_map_run(mapRunArn=run["mapRunArn"], maxConcurrency=3)
        until(lambda: self.run_of(cloud, arn)["itemCounts"]["running"] == 3)
        sfn_client.stop_execution(executionArn=arn)
        ended = until(lambda: found if (found := self.run_of(cloud, arn))["status"] != "RUNNING" else None)
        assert ended["status"] == "ABORTED"
        assert ended["itemCounts"] | {"aborted": 3, "pending": 1, "running": 0} == ended["itemCounts"]
        children = sfn_client.list_executions(mapRunArn=run["mapRunArn"])["executions"]
        assert {child["status"] for child in children} == {"ABORTED"}


class TestThreshold:
    LIST = "{% [1..10] %}"

    @pytest.mark.parametrize(
        ("tolerated", "status"),
        [
            ({}, "FAILED"),
            ({"ToleratedFailureCount": 1}, "SUCCEEDED"),
            ({"ToleratedFailurePercentage": 10}, "SUCCEEDED"),
            ({"ToleratedFailurePercentage": "{% 3 + 6 %}"}, "FAILED"),
            ({"ToleratedFailureCount": 5, "ToleratedFailurePercentage": 5}, "FAILED"),
        ],
        ids=str,
    )
    def test_too_many_failures(self, cloud: Cloud, tolerated: Definition, status: str) -> None:
        found = cloud.run(cloud.machine(mapping(FAILS_AT_THREE, Items=self.LIST, **tolerated)))
        assert found["status"] == status
        if status == "FAILED":
            assert found["error"] == "States.ExceedToleratedFailureThreshold"
            return
        rows = json.loads(found["output"])
        assert rows[:2] + rows[3:] == [1, 2, 4, 5, 6, 7, 8, 9, 10]
        assert (rows[2]["Status"], rows[2]["Error"], rows[2]["Input"]) == ("FAILED", "Three", "3")

    def test_the_rest_is_not_started_and_what_runs_is_aborted(self, cloud: Cloud) -> None:
        bucket = bucket_with(cloud)
        slow = json.loads(json.dumps(FAILS_AT_THREE))
        slow["States"]["S"] = {"Type": "Wait", "Seconds": 60, "End": True}
        writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": bucket, "Prefix": "r"}}
        definition = mapping(slow, Items=[1, 3, 5, 7], MaxConcurrency=2, ResultWriter=writer)
        found = cloud.run(cloud.machine(definition))
        assert found["error"] == "States.ExceedToleratedFailureThreshold"
        files = result_files(cloud, bucket)
        statuses = sorted((row["Input"], row["Status"]) for row in files["FAILED"])
        assert statuses == [("1", "ABORTED"), ("3", "FAILED")]
        assert sorted(row["Input"] for row in files["PENDING"]) == ["5", "7"]

    def test_it_can_be_caught(self, cloud: Cloud) -> None:
        definition = mapping(
            FAILS_AT_THREE,
            Items=[3],
            Catch=[{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "Caught"}],
        )
        definition["States"]["Caught"] = {"Type": "Succeed"}
        assert output(cloud.run(cloud.machine(definition)))["Error"] == "States.ExceedToleratedFailureThreshold"


def result_files(cloud: Cloud, bucket: str) -> dict[str, list[Any]]:
    """What lies in a bucket with the results of one Map Run, by status."""
    s3 = cloud.client("s3")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    (manifest_key,) = [key for key in keys if key.endswith("/manifest.json")]
    manifest = json.loads(s3.get_object(Bucket=bucket, Key=manifest_key)["Body"].read())
    assert manifest["DestinationBucket"] == bucket
    found: dict[str, list[Any]] = {}
    for status, files in manifest["ResultFiles"].items():
        found[status] = []
        for file in files:
            body = s3.get_object(Bucket=bucket, Key=file["Key"])["Body"].read()
            assert len(body) == file["Size"]
            found[status] += json.loads(body)
    return found


class TestResultWriter:
    def test_manifest_and_files(self, cloud: Cloud) -> None:
        bucket = bucket_with(cloud)
        writer = {
            "Resource": "arn:aws:states:::s3:putObject",
            "Arguments": {"Bucket": "{% $states.input.bucket %}", "Prefix": "results"},
        }
        definition = mapping(FAILS_AT_THREE, Items=[1, 2, 3], ToleratedFailureCount=1, ResultWriter=writer)
        result = output(cloud.run(cloud.machine(definition), {"bucket": bucket}))
        run = result["MapRunArn"]
        key = f"results/{run.rsplit(':', 1)[1]}/manifest.json"
        assert result["ResultWriterDetails"] == {"Bucket": bucket, "Key": key}
        files = result_files(cloud, bucket)
        assert sorted((row["Input"], row["Output"], row["Status"]) for row in files["SUCCEEDED"]) == [
            ("1", "1", "SUCCEEDED"),
            ("2", "2", "SUCCEEDED"),
        ]
        (failed,) = files["FAILED"]
        assert (failed["Input"], failed["Error"], failed["Cause"]) == ("3", "Three", "on purpose")
        assert files["PENDING"] == []
        counts = cloud.client("stepfunctions").describe_map_run(mapRunArn=run)["itemCounts"]
        assert counts["resultsWritten"] == 3

    @pytest.mark.parametrize(("shape", "rows"), [("COMPACT", [[1, 2], [3]]), ("FLATTEN", [1, 2, 3])])
    def test_shapes(self, cloud: Cloud, shape: str, rows: list[Any]) -> None:
        config = {"Transformation": shape, "OutputType": "JSON"}
        definition = mapping(Items=[[1, 2], [3]], ResultWriter={"WriterConfig": config})
        assert output(cloud.run(cloud.machine(definition))) == rows

    def test_writing_needs_the_machines_permission(self, cloud: Cloud) -> None:
        bucket = bucket_with(cloud)
        writer = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": bucket, "Prefix": "r"}}
        definition = mapping(Items=[1], ResultWriter=writer)
        found = cloud.run(cloud.machine(definition, cloud.role(allow("states:StartExecution", "*"))))
        assert found["error"] == "States.ResultWriterFailed"
        assert "is not authorized to perform: s3:PutObject" in found["cause"]


@pytest.mark.parametrize(
    "more",
    [
        {"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "PARQUET"},
                        "Arguments": {"Bucket": "b", "Key": "k"}}},
        {"ItemReader": {"Resource": "arn:aws:states:::s3:listObjectsV2",
                        "ReaderConfig": {"Transformation": "LOAD_AND_FLATTEN"}, "Arguments": {"Bucket": "b"}}},
        {"Items": {"a": 1}},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_not_built_is_refused(cloud: Cloud, more: Definition) -> None:
    if "ItemReader" in more:
        bucket = bucket_with(cloud, k="x")
        reader = json.loads(json.dumps(more["ItemReader"]))
        reader["Arguments"]["Bucket"] = bucket
        more = {**more, "ItemReader": reader}
    found = cloud.run(cloud.machine(mapping(**more)))
    # The type of Items is checked before the Map is looked at.
    error = "States.QueryEvaluationError" if more.get("Items") == {"a": 1} else "States.Runtime"
    assert (found["status"], found["error"]) == ("FAILED", error)


@pytest.mark.parametrize("error", [sfn._ExecutionError("Own.Error", "own cause"), KeyError("nobody foresaw this")])
def test_a_run_whose_results_cannot_be_written_is_not_left_running(error: Exception) -> None:
    def write(*_: Any) -> None:
        raise error

    parent = {"executionArn": "e", "status": "RUNNING", "events": []}
    record = {"mapRunArn": f"arn:aws:states:{REGION}:{ACCOUNT}:mapRun:m/l:{id(error)}", "status": "RUNNING"}
    run: Any = SimpleNamespace(
        record=record, parent=parent, children=[], run=lambda: None, too_many_failed=lambda: False
    )
    writer: Any = SimpleNamespace(place={"Bucket": "b"}, write=write)
    with pytest.raises(type(error)):
        _run_and_record(run, writer)
    assert record["status"] == "FAILED"
    assert parent["events"][-1]["type"] == "MapRunFailed"
