"""Metrics without a library: what CloudWatch's own rules make of them."""

from __future__ import annotations

import json
import time

import pytest

from common import emf
from local.gaps.cloudwatch.emf import parse


@pytest.fixture(autouse=True)
def _names(monkeypatch):
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Millrace/Trips")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "trips")


def emitted(capsys):
    (line,) = capsys.readouterr().out.splitlines()
    return line, parse(line, time.time())


def test_values_stand_under_service(capsys):
    emf.emit({"RowsIn": ("Count", 7), "TransformMilliseconds": ("Milliseconds", 1.5)})
    _, data = emitted(capsys)
    assert [(d.namespace, d.name, d.dimensions, d.unit, d.values) for d in data] == [
        ("Millrace/Trips", "RowsIn", (("service", "trips"),), "Count", (7.0,)),
        ("Millrace/Trips", "TransformMilliseconds", (("service", "trips"),), "Milliseconds", (1.5,)),
    ]


def test_a_split_adds_its_dimension(capsys):
    emf.emit({"RowsIncomplete": ("Count", 2)}, {"Reason": "empty"})
    _, (datum,) = emitted(capsys)
    assert datum.dimensions == (("Reason", "empty"), ("service", "trips"))


def test_properties_are_searchable_and_no_metrics(capsys):
    emf.emit({"RowsIn": ("Count", 1)}, properties={"columns": {"empty:bike_id": 2}})
    line, data = emitted(capsys)
    assert json.loads(line)["columns"] == {"empty:bike_id": 2}
    assert [datum.name for datum in data] == ["RowsIn"]


def test_many_values_and_another_minute(capsys):
    sent = emf.document({"LatencyMs": ("Milliseconds", [1.5, 2])}, at_ms=(int(time.time()) - 3600) * 1000)
    (datum,) = parse(emf.encode(sent), time.time())
    assert datum.values == (1.5, 2.0)
    assert time.time() - datum.timestamp == pytest.approx(3600, abs=5)


def test_what_is_no_number_is_never_written():
    with pytest.raises(ValueError, match="Out of range"):
        emf.encode(emf.document({"Similarity": ("None", float("nan"))}))
