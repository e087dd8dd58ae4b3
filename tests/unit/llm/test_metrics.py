"""Samples become documents that CloudWatch takes whole: checked against the published specification."""

from __future__ import annotations

import json
import math
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import emf as plain_emf
from llm.emission import metrics
from llm.model import Sample, sample
from tests.unit.llm import emf
from tests.unit.llm.builders import AT, MINUTE, pair, pairs


@pytest.fixture(autouse=True)
def _worker(monkeypatch):
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Millrace/LLM")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "llm")
    monkeypatch.setattr(metrics, "_families", set())
    monkeypatch.setattr(metrics, "_versions", set())


def at(minute=MINUTE):
    return lambda: minute * 60.0 + 5


def one(metric="X", value=1.0, unit="Count", family="", operation="", app="", minute=MINUTE):
    return Sample(metric, value, unit, family, operation, app, minute)


def printed(capsys, samples, minute=MINUTE):
    metrics.emit(samples, now=at(minute))
    return capsys.readouterr().out


def test_a_sample_goes_out_under_each_of_its_dimension_sets(capsys):
    found = emf.series(printed(capsys, [sample(pair(app="shop"), "LatencyMs", 812.5, "Milliseconds")]))
    family, operation = ("ModelFamily", "anthropic.claude-3-5-sonnet"), ("Operation", "Converse")
    version = ("ModelVersion", "anthropic.claude-3-5-sonnet-20240620-v1:0")
    expected = [(), (("App", "shop"),), (family,), (family, operation), (version,)]
    assert {dimensions for _, dimensions, _ in found} == set(expected)
    assert all(values == [812.5] for values in found.values())


def by_version(samples, capsys):
    """Metric and version -> values."""
    found = emf.series(printed(capsys, samples))
    return {
        (metric, dict(dimensions)["ModelVersion"]): values
        for (metric, dimensions, _), values in found.items()
        if "ModelVersion" in dict(dimensions)
    }


def test_two_versions_of_a_family_stay_apart(capsys):
    old, new = "us.anthropic.claude-3-5-sonnet-20240620-v1:0", "anthropic.claude-3-5-sonnet-20241022-v2:0"
    samples = [
        sample(pair(model_id=model_id), "RefusalCount", refused)
        for model_id, refused in ((old, 0.0), (old, 1.0), (new, 1.0), (new, 1.0))
    ]
    assert by_version(samples, capsys) == {
        ("RefusalCount", "anthropic.claude-3-5-sonnet-20240620-v1:0"): [0, 1],
        ("RefusalCount", "anthropic.claude-3-5-sonnet-20241022-v2:0"): [1, 1],
    }


def test_only_what_tells_of_drift_is_split_by_version(capsys):
    names = (*metrics.BY_VERSION, "InputTokens", "PairsEvaluated")
    found = by_version([sample(pair(), name, 1) for name in names], capsys)
    assert {metric for metric, _ in found} == metrics.BY_VERSION


def test_a_model_without_versions_has_no_set_for_them(capsys):
    assert by_version([sample(pair(model_id="anthropic.claude-sonnet-4-6"), "RefusalCount", 1)], capsys) == {}


def test_versions_after_the_fiftieth_are_other(capsys):
    samples = [sample(pair(model_id=f"acme.large-v{number}:0"), "RefusalCount", 1) for number in range(60)]
    versions = {version for _, version in by_version(samples, capsys)}
    assert len(versions) == metrics.MOST_FAMILIES + 1
    assert "other" in versions


def test_the_time_is_the_pairs_own(capsys):
    line = printed(capsys, [sample(pair(), "X", 1)], MINUTE + 600).splitlines()[0]
    assert json.loads(line)["_aws"]["Timestamp"] == AT.replace(second=0).timestamp() * 1000


def test_one_document_a_dimension_set_and_minute(capsys):
    samples = [sample(pair(), name, value) for name in ("A", "B") for value in range(100)]
    lines = printed(capsys, samples).splitlines()
    assert len(lines) == 3
    assert json.loads(lines[0])["A"] == list(range(100))


def test_more_than_a_hundred_values_are_more_documents(capsys):
    text = printed(capsys, [one(value=value) for value in range(250)])
    assert [len(json.loads(line)["X"]) for line in text.splitlines()] == [100, 100, 50]
    assert sorted(emf.series(text)["X", (), MINUTE]) == list(range(250))


def test_more_than_a_hundred_metrics_are_more_documents(capsys):
    text = printed(capsys, [one(f"M{number}") for number in range(230)])
    assert len(text.splitlines()) == 3
    assert len(emf.series(text)) == 230


def test_no_document_is_larger_than_a_log_event(capsys):
    samples = [one(f"Metric{name:03}" + "n" * 200, value=0.123456 + name) for name in range(100) for _ in range(100)]
    text = printed(capsys, samples)
    assert len(text.splitlines()) > 1
    assert sum(len(values) for values in emf.series(text).values()) == 10_000


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e200])
def test_what_is_no_number_is_counted_and_spoils_nothing(capsys, value):
    found = emf.totals(printed(capsys, [one("A", value), one("B", 2)]))
    assert found == {"SamplesInvalid": 1, "B": 2}


@pytest.mark.parametrize(
    ("minutes", "metric"),
    [(-14 * 24 * 60, "SamplesTooOld"), (-14 * 24 * 60 + 11, "X"), (0, "X"), (109, "X"), (121, "SamplesAhead")],
)
def test_what_cloudwatch_would_drop_is_counted(capsys, minutes, metric):
    assert emf.totals(printed(capsys, [one(minute=MINUTE + minutes)])) == {metric: 1}


def test_nothing_prints_nothing(capsys):
    assert printed(capsys, []) == ""


def test_families_after_the_fiftieth_are_other(capsys):
    samples = [one(family=f"model-{number}") for number in range(60)]
    families = {dict(dimensions).get("ModelFamily") for _, dimensions, _ in emf.series(printed(capsys, samples))}
    assert len(families - {None}) == metrics.MOST_FAMILIES + 1
    assert "other" in families


def test_whole_numbers_are_written_short(capsys):
    line = printed(capsys, [one("A", 3.0), one("B", 1 / 3)]).strip()
    assert '"A":[3]' in line
    assert '"B":[0.333333]' in line


def test_a_document_never_holds_text_of_people(capsys):
    secret = "my name is Mallory Blackwood"
    text = printed(capsys, [sample(one, "X", 1) for one in pairs(3, prompt=secret, completion=secret)])
    assert "Mallory" not in text


NUMBERS = st.floats() | st.integers(-(10**12), 10**12)
SAMPLES = st.lists(
    st.builds(
        Sample,
        st.sampled_from(["A", "B", "C"]),
        NUMBERS,
        st.sampled_from(["Count", "None", "Milliseconds", "Seconds"]),
        st.sampled_from(["", "m1", "m2"]),
        st.sampled_from(["", "Converse"]),
        st.sampled_from(["", "shop"]),
        st.integers(MINUTE - 30_000, MINUTE + 300),
    ).map(
        lambda found: Sample(
            found.metric, found.value, "Count", *[getattr(found, n) for n in ("family", "operation", "app", "minute")]
        )
    ),
    max_size=40,
)


@given(SAMPLES)
def test_any_samples_give_sound_documents_and_none_is_lost(samples):
    text = "".join(plain_emf.encode(document) for document in metrics.documents(samples, MINUTE))
    found = emf.series(text)
    assert not any(list(emf.problems(line)) for line in text.splitlines())
    counts: dict[str, float] = defaultdict(float)
    for (metric, dimensions, _), values in found.items():
        if not dimensions:
            counts["lost" if metric.startswith("Samples") else "sent"] += (
                sum(values) if metric.startswith("Samples") else len(values)
            )
    assert counts["lost"] + counts["sent"] == len(samples)


def test_the_published_schema_refuses_what_it_should():
    good = {
        "_aws": {
            "Timestamp": 1,
            "CloudWatchMetrics": [{"Namespace": "N", "Dimensions": [["service"]], "Metrics": [{"Name": "X"}]}],
        },
        "service": "llm",
        "X": [1],
    }
    assert list(emf.problems(json.dumps(good))) == []
    for broken in (
        {**good, "X": []},
        {**good, "X": "1"},
        {**good, "X": [1] * 101},
        {**good, "service": 7},
        {**good, "_aws": {"CloudWatchMetrics": []}},
        {**good, "_aws": {**good["_aws"], "Timestamp": 1.5}},
        {**good, "padding": "x" * emf.MOST_BYTES},
    ):
        assert list(emf.problems(json.dumps(broken))) != []
