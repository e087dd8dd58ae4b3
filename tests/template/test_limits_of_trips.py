"""docs/limits.md, "A stream of trips", says what the code and the template do."""

from __future__ import annotations

from typing import Any

from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from operate import stream
from trips.cleaning import counts, days, firehose_answer, header, line_pattern, rows, sent_again
from trips.recipe import zones
from trips.training_set import files, parts, query, request, spill

PAGE = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
TEMPLATE = read_template(ROOT / "pipelines" / "trips.yaml")


def properties(name: str) -> Any:
    return TEMPLATE["Resources"][name]["Properties"]


def kept() -> dict[str, int]:
    rules = properties("LakeBucket")["LifecycleConfiguration"]["Rules"]
    found = {rule["Id"]: rule.get("ExpirationInDays") for rule in rules}
    found["old"] = rules[0]["NoncurrentVersionExpiration"]["NoncurrentDays"]
    return found


def call() -> dict[str, str]:
    """Parameters of the stream's processor."""
    destination = properties("TripsStream")["ExtendedS3DestinationConfiguration"]
    return {
        p["ParameterName"]: p["ParameterValue"]
        for p in destination["ProcessingConfiguration"]["Processors"][0]["Parameters"]
    }


def said() -> list[str]:
    seconds = properties("TripsBuildTrainingSet")["Timeout"] - query.RESERVE_SECONDS
    return [
        f"| a record; a request | {stream.MOST_RECORD_BYTES // 1024:,} KiB; {stream.MOST_RECORDS} records and "
        f"{stream.MOST_REQUEST_BYTES // 1024**2} MiB (Firehose) |",
        f"| {firehose_answer.MOST_BYTES:,} bytes for all records of a call | records go on the stream again, "
        f"in pieces of about {firehose_answer.PIECE_BYTES:,} |",
        f"| {call()['BufferSizeInMBs']} MB of records, {properties('TripsClean')['Timeout']} s, "
        f"{call()['NumberOfRetries']} retries |",
        f"| putting records on the stream again | {sent_again.TRIES} tries |",
        f"| a header that is read the quick way | {line_pattern.WIDEST} columns |",
        f"| changes of clocks | years {zones.FIRST_YEAR} to {zones.LAST_YEAR} |",
        f"| the time at which a trip begins | to {days.AHEAD_DAYS} day after arrival |",
        f"| a day of `PartitionBy=event` | {days.FIRST_DAY} to {days.AHEAD_DAYS} day after arrival |",
        f"| names of headers in one line of the log | {counts.MOST_NAMES}, and 300 characters each |",
        f"| unknown names of JSON objects that are told | {rows.MOST_UNKNOWN} a record |",
        f"| kept {kept()['ForgetErrors']} days | send them again before |",
        f"| kept {kept()['ForgetAnswers']} days; {kept()['old']} days |",
        f"| {TEMPLATE['Parameters']['ScanLimitBytes']['Default']:,} bytes read, parameter `ScanLimitBytes` |",
        f"| rows of a training set | {files.MOST_ROWS:,} read, doubles too; {files.MOST_BYTES:,} bytes of Athena's "
        "answer |",
        f"| a part of a training set | {parts.PART_BYTES:,} bytes and a row |",
        f"| the share of the test, of validation | {request.LEAST_SHARE} to {request.LARGEST_SHARE} of the rows; ",
        f"| Athena's time for a training set | {seconds} s |",
    ]


def test_the_page_says_what_holds():
    assert [line for line in said() if line not in PAGE] == []
    disk = properties("TripsBuildTrainingSet")["EphemeralStorage"]["Size"] * 1024**2
    heads = files.MOST_ROWS * spill.HEAD_BYTES
    assert 2 * files.MOST_BYTES + heads < disk, "Athena's answer and its rows once more"
    assert header.LEAST_NAMES == 2
    assert (sent_again.MOST_RECORDS, sent_again.MOST_BYTES) == (stream.MOST_RECORDS, stream.MOST_REQUEST_BYTES)
