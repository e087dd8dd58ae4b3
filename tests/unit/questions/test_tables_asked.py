"""A question -> the tables that a model is shown, with the worker's own clients and settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from common import aws
from questions.errors import NoTables
from questions.tables import asked, catalogue, chosen, samples
from tests.unit.questions.catalogues import Glue, counts, glue_table
from tests.unit.questions.test_samples import COLUMNS, Athena


@pytest.fixture(name="glue")
def _glue(monkeypatch) -> Iterator[Glue]:
    for name, value in {
        "ANSWERS_BUCKET": "answers",
        "DATABASES": "lake, other",
        "WORK_GROUP": "questions",
        "STATE_TABLE": "state",
        "DAILY_MODEL_CALLS": "10",
    }.items():
        monkeypatch.setenv(name, value)
    counts(monkeypatch, catalogue, chosen, samples)
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")
        s3.create_bucket(Bucket="answers")
        clients: dict[str, Any] = {"s3": s3, "glue": Glue([glue_table("trips", COLUMNS)]), "athena": Athena()}
        monkeypatch.setattr(aws, "client", lambda service, **_: clients[service])
        yield clients["glue"]


def test_the_tables_come_with_samples_and_what_they_scanned_is_told(glue):
    bill: list[tuple[str, int]] = []
    (table,) = asked.tables("How many trips?", "", billed=lambda *each: bill.append(each))
    assert glue.asked[0][1]["DatabaseName"] == "lake"
    assert table.columns[0].samples == ("Subscriber", "Customer")
    assert [scanned for _, scanned in bill] == [77]


def test_of_many_tables_only_the_chosen_ones_are_sampled(glue):
    glue.tables += [glue_table(f"log_{number:02}", COLUMNS) for number in range(40)]
    found = asked.tables("How many lines has log_39?", "lake", said=["How many trips?"])
    assert len(found) == asked.MOST_SHOWN
    assert {"trips", "log_39"} <= {table.name for table in found}
    assert len(aws.client("athena").started) == asked.MOST_SHOWN


def test_another_database_is_refused(glue):
    with pytest.raises(NoTables):
        asked.tables("How many trips?", "secrets")
    assert glue.asked == []
