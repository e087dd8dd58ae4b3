"""pipelines/trips.yaml: the table has the recipe's columns, and each choice of parameters gives what it says."""

from __future__ import annotations

import re
from typing import Any

from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from tests.unit.trips.builders import BIKES

TEMPLATE = read_template(ROOT / "pipelines" / "trips.yaml")
GLUE = {"integer": "bigint", "number": "double", "string": "string", "timestamp": "string"}


def properties(name: str) -> dict[str, Any]:
    return TEMPLATE["Resources"][name]["Properties"]


def test_the_table_has_the_columns_of_the_recipe():
    columns = properties("TripsTable")["TableInput"]["StorageDescriptor"]["Columns"]
    assert [(c["Name"], c["Type"]) for c in columns] == [(name, GLUE[kind]) for name, kind in BIKES.outputs]
    assert TEMPLATE["Parameters"]["Recipe"]["Default"] == "bike_share"


def test_the_buffer_of_the_function_leaves_room_for_json():
    """JSON lines are 2.7 times what comes in, in base64 4/3 of that; 6 MB can be returned."""
    processor = properties("TripsStream")["ExtendedS3DestinationConfiguration"]["ProcessingConfiguration"]["Processors"]
    given = {p["ParameterName"]: p["ParameterValue"] for p in processor[0]["Parameters"]}
    assert float(given["BufferSizeInMBs"]) * 1024 * 1024 * 2.74 * 4 / 3 < 6_000_000
    assert given["LambdaArn"] == {"Ref": "TripsClean.Alias"}


def test_the_function_ends_before_firehose_gives_it_up():
    assert properties("TripsClean")["Timeout"] < 300


def test_prefixes():
    destination = properties("TripsStream")["ExtendedS3DestinationConfiguration"]
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
    alarms = [r["Properties"] for r in TEMPLATE["Resources"].values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    assert len(alarms) == 4
    for alarm in alarms:
        assert len(re.split(r"[.;]\s", alarm["AlarmDescription"])) >= 2
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["AlarmActions"] == {
            "Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]
        }


def test_alarms_watch_what_the_handler_counts():
    counted = set(re.findall(r'"([A-Z][A-Za-z]+)": \("', (ROOT / "functions/trips/cleaning/counts.py").read_text()))
    text = (ROOT / "pipelines" / "trips.yaml").read_text()
    watched = set(re.findall(r"Namespace: Millrace/Trips,? *\n? *MetricName: (\w+)", text))
    assert {"RecordsFailed", "RowsIncomplete", "RowsIn"} == watched
    assert watched <= counted
