"""The samples in events/ are what the functions take."""

from __future__ import annotations

import re

from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from local.demo.trips import maker
from tests import samples
from tests.unit.trips.builders import BIKES, HEADER
from trips.cleaning import records
from trips.cleaning.rows import read
from trips.training_set import request


def test_every_function_has_a_sample():
    resources = read_template(ROOT / "pipelines" / "trips.yaml")["Resources"]
    functions = [name for name, entry in resources.items() if entry["Type"] == "AWS::Serverless::Function"]
    wanted = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in functions}
    assert {f"trips_{path.stem}" for path in (samples.EVENTS / "trips").glob("*.json")} == wanted


def test_clean_takes_its_sample():
    event = samples.document("trips_clean")
    outcomes = records.records(event["records"], BIKES, records.Wish("json"))
    assert [(o.result, o.rows, len(o.left)) for o in outcomes] == [
        ("Ok", 3, 1),
        ("Dropped", 0, 1),
        ("ProcessingFailed", 0, 0),
        ("Dropped", 0, 0),
    ]


def test_build_training_set_takes_its_sample():
    event = samples.document("trips_build_training_set")
    assert request.parse(event).until == "2019-08-01"


def test_trips_made_for_the_demo_have_the_columns_of_the_published_ones():
    assert maker.HEADER == HEADER
    text = maker.text(500)
    assert text == maker.text(500) != maker.text(500, seed=1)
    table = read(text.encode(), BIKES)
    assert len(table.rows) + len(table.left) == 500
    assert {left.reason for left in table.left} == {"empty"}
    assert {time.month for time in table.stamps[BIKES.source]} == {7}
