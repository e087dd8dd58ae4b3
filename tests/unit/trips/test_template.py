"""pipelines/trips.yaml: the table has the recipe's columns, and each choice of parameters gives what it says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from trips.cleaning import days
from trips.recipe import parser

TEMPLATE = read_template(ROOT / "pipelines" / "trips.yaml")
COUNTS = (ROOT / "functions/trips/cleaning/counts.py").read_text()
GLUE = {"integer": "bigint", "number": "double", "string": "string", "timestamp": "string"}


def properties(name: str) -> dict[str, Any]:
    return TEMPLATE["Resources"][name]["Properties"]


def chosen(value: Any, **parameters: str) -> Any:
    """A value of the template with its Fn::If decided, as these parameters have it."""
    if isinstance(value, list):
        return [chosen(entry, **parameters) for entry in value]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        name, yes, no = value["Fn::If"]
        return chosen(yes if holds(TEMPLATE["Conditions"][name], parameters) else no, **parameters)
    return {key: chosen(entry, **parameters) for key, entry in value.items()}


def holds(condition: Any, parameters: dict[str, str]) -> bool:
    if "Fn::Or" in condition:
        return any(holds(entry, parameters) for entry in condition["Fn::Or"])
    left, right = condition["Fn::Equals"]
    name = left["Ref"]
    return bool(parameters.get(name, TEMPLATE["Parameters"][name]["Default"]) == right)


@pytest.mark.parametrize("name", sorted(path.stem for path in parser.FOLDER.glob("*.toml")))
def test_the_table_has_the_columns_of_each_recipe(name):
    columns = chosen(properties("TripsTable")["TableInput"]["StorageDescriptor"]["Columns"], Recipe=name)
    outputs = parser.named(name).outputs
    assert [(c["Name"], c["Type"]) for c in columns] == [(name, GLUE[kind]) for name, kind in outputs]
    assert TEMPLATE["Parameters"]["Recipe"]["Default"] == "bike_share"


def test_csv_is_read_as_it_is_written():
    """OpenCSVSerde drops backslashes, and fails where a number is missing."""
    serde = chosen(properties("TripsTable")["TableInput"]["StorageDescriptor"]["SerdeInfo"], OutputFormat="csv")
    assert serde == {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        "Parameters": {
            "field.delim": ",",
            "serialization.format": ",",
            "escape.delim": "\\",
            "serialization.null.format": "",
        },
    }


def test_the_function_may_send_again_to_its_own_stream_and_to_no_other():
    (statement,) = properties("TripsSendAgain")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "firehose:PutRecordBatch"
    assert statement["Resource"] == {"Fn::GetAtt": ["TripsStream", "Arn"]}
    processor = properties("TripsStream")["ExtendedS3DestinationConfiguration"]["ProcessingConfiguration"]["Processors"]
    given = {p["ParameterName"]: p["ParameterValue"] for p in processor[0]["Parameters"]}
    assert given["LambdaArn"] == {"Ref": "TripsClean.Alias"}


def test_days_of_trips_are_dynamic_partitions_that_are_projected():
    destination = properties("TripsStream")["ExtendedS3DestinationConfiguration"]
    parameters = properties("TripsTable")["TableInput"]["Parameters"]
    by_event = chosen(destination, PartitionBy="event")
    assert by_event["Prefix"] == "trips/day=!{partitionKeyFromLambda:day}/"
    assert by_event["DynamicPartitioningConfiguration"]["Enabled"] is True
    assert float(by_event["BufferingHints"]["SizeInMBs"]) >= 64, "the least with dynamic partitioning"
    first, last = chosen(parameters, PartitionBy="event")["projection.day.range"].split(",")
    assert first == days.FIRST_DAY.isoformat()
    assert last == f"NOW+{days.AHEAD_DAYS}DAYS"
    assert chosen(destination)["DynamicPartitioningConfiguration"] == {"Ref": "AWS::NoValue"}


def test_the_function_ends_before_firehose_gives_it_up():
    assert properties("TripsClean")["Timeout"] < 300


def test_prefixes():
    destination = chosen(properties("TripsStream")["ExtendedS3DestinationConfiguration"])
    assert destination["Prefix"] == "trips/day=!{timestamp:yyyy-MM-dd}/"
    assert destination["ErrorOutputPrefix"].startswith("errors/!{firehose:error-output-type}/")
    location = properties("TripsTable")["TableInput"]["Parameters"]["storage.location.template"]
    assert location == {"Fn::Sub": "s3://${LakeBucket}/trips/day=${!day}/"}


def test_the_stream_may_do_nothing_to_everything():
    (policy,) = properties("TripsStreamRole")["Policies"]
    for statement in policy["PolicyDocument"]["Statement"]:
        plain = statement["Fn::If"][1] if "Fn::If" in statement else statement
        assert plain["Resource"] != "*"
        actions = plain["Action"] if isinstance(plain["Action"], list) else [plain["Action"]]
        assert not any("*" in action for action in actions)


def test_alarms_say_what_to_do_and_what_silence_means():
    kinds = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
    alarms = {n: r["Properties"] for n, r in TEMPLATE["Resources"].items() if r["Type"] in kinds}
    assert len(alarms) == 13
    for name, alarm in alarms.items():
        assert len(re.split(r"[.;]\s", alarm["AlarmDescription"])) >= 2
        assert alarm.get("TreatMissingData", "notBreaching") == "notBreaching"
        told = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
        part = name in ("TripsCleanErrorsAlarm", "TripsCallsAlarm")
        assert alarm.get("AlarmActions") == (None if part else told)


def test_every_way_out_of_the_stream_has_an_alarm():
    """Nothing of the function's own tells what Firehose gives up: calls in vain, conversions, too many partitions."""
    found = {
        alarm["Properties"]["MetricName"]: alarm.get("Condition", "")
        for alarm in TEMPLATE["Resources"].values()
        if alarm["Type"] == "AWS::CloudWatch::Alarm" and alarm["Properties"].get("Namespace") == "AWS/Firehose"
    }
    assert found == {
        "ExecuteProcessing.Success": "",
        "FailedConversion.Records": "IsParquet",
        "PartitionCountExceeded": "IsByEvent",
        "DeliveryToS3.DataFreshness": "",
        "ThrottledRecords": "",
    }


def test_alarms_watch_what_the_handler_counts():
    counted = set(re.findall(r'"([A-Z][A-Za-z]+)": ', COUNTS))
    text = (ROOT / "pipelines" / "trips.yaml").read_text()
    watched = set(re.findall(r"Namespace: Millrace/Trips,? *\n? *MetricName: (\w+)", text))
    assert {"RecordsFailed", "RecordsNotUnderstood", "RowsIncomplete", "RowsIn"} == watched
    assert watched <= counted


def test_the_dashboard_shows_what_the_handler_counts():
    counted = set(re.findall(r'"((?:Rows|Records|Headers|Values|Times)[A-Za-z]+)": ', COUNTS))
    assert len(counted) > 10
    dashboard = (ROOT / "template.yaml").read_text()
    assert [name for name in sorted(counted) if f'"{name}"' not in dashboard] == []
