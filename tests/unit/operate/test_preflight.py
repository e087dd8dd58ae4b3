"""Preflight: what is advised fits, and what fits is let through."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cloud.testing import ROOT
from operate import preflight, samconfig
from operate.clients import NoStack, Target
from operate.preflight import LEAST, PIPELINES, LakeUnreadable, TooManyWorkers
from tests.template.translate import source

NARRATION, DOCUMENTS, QUESTIONS, KNOWLEDGE = PIPELINES


def settings(limit: int) -> SimpleNamespace:
    return SimpleNamespace(get_account_settings=lambda: {"AccountLimit": {"ConcurrentExecutions": limit}})


def advised(error: TooManyWorkers) -> dict[str, int]:
    return {name: int(number) for name, number in re.findall(r"(\w+Workers)=(\d+)", str(error))}


@pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda one: one.name)
def test_the_defaults_are_those_of_the_template(pipeline):
    declared = source()["Parameters"]
    assert {name: declared[name]["Default"] for name in pipeline.workers} == pipeline.workers
    assert {declared[name]["MinValue"] for name in pipeline.workers} == {LEAST}
    assert declared[pipeline.switch]["Default"] == ("false" if pipeline in (QUESTIONS, KNOWLEDGE) else "true")


def test_no_pipeline_with_workers_is_forgotten():
    known = {name for pipeline in PIPELINES for name in pipeline.workers}
    assert {name for name in source()["Parameters"] if name.endswith("Workers")} == known


@pytest.mark.parametrize("environment", ["default", "staging", "prod", "local"])
def test_an_account_of_a_thousand_has_room(environment):
    lines = list(preflight.workers(settings(1_000), samconfig.overrides(ROOT / "samconfig.toml", environment)))
    assert len(lines) == (4 if environment == "local" else 2)
    assert all(line.endswith("that fits.") for line in lines)


def test_an_account_of_ten_is_told_what_to_set():
    with pytest.raises(TooManyWorkers, match="SpeechWorkers=3 SpeechFirstWorkers=2 in parameter_overrides"):
        list(preflight.workers(settings(10), samconfig.overrides(ROOT / "samconfig.toml", "prod")))


def test_what_an_account_of_ten_was_told_is_let_through_and_said_to_be_tight():
    said: dict[str, str] = {}
    for _ in (NARRATION, DOCUMENTS):
        with pytest.raises(TooManyWorkers) as raised:
            list(preflight.workers(settings(10), said))
        said |= {name: str(number) for name, number in advised(raised.value).items()}
    narration, documents = preflight.workers(settings(10), said)
    assert narration.endswith("that fits.")
    assert "12 workers" in documents
    assert "nothing will fail, but ask AWS for more" in documents


def test_a_pipeline_that_is_left_out_takes_no_room():
    assert list(preflight.workers(settings(10), {"UseDocuments": "false", "UseNarration": "false"})) == []


@pytest.mark.parametrize("value", ["many", "", "2.5"])
def test_workers_that_are_no_number_are_named(value):
    with pytest.raises(preflight.BadNumber, match=rf"SpeechWorkers={value} is no whole number"):
        list(preflight.workers(settings(10), {"SpeechWorkers": value}))


def test_parameters_of_both_sections_are_read(tmp_path):
    config = tmp_path / "samconfig.toml"
    config.write_text(
        '[a.global.parameters]\nparameter_overrides = ["SpeechWorkers=3", "Stage=dev"]\n'
        '[b.deploy.parameters]\nparameter_overrides = "SpeechFirstWorkers=2 Stage=dev"\n'
    )
    assert samconfig.overrides(config, "a") == {"SpeechWorkers": "3", "Stage": "dev"}
    assert samconfig.overrides(config, "b") == {"SpeechFirstWorkers": "2", "Stage": "dev"}


@given(data=st.data(), limit=st.integers(4, 2_000), pipeline=st.sampled_from(PIPELINES))
def test_what_is_advised_passes(data, limit, pipeline):
    wanted = {name: data.draw(st.integers(LEAST, 1_000), label=name) for name in pipeline.workers}
    error = refusal(limit, pipeline, wanted)
    if error is None:
        assert sum(wanted.values()) <= limit / 2 or set(wanted.values()) == {LEAST}
        return
    assert advised(error).keys() == pipeline.workers.keys()
    preflight.check(limit, pipeline, advised(error))


def refusal(limit: int, pipeline: preflight.Pipeline, wanted: dict[str, int]) -> TooManyWorkers | None:
    try:
        preflight.check(limit, pipeline, wanted)
    except TooManyWorkers as error:
        return error
    return None


class Deployed:
    """A stack with these parameters and this many objects under trips/ of its lake."""

    def __init__(self, objects: int = 1, **parameters: str) -> None:
        self.stack, self.objects, self._parameters = "millrace", objects, parameters

    def parameters(self) -> dict[str, str]:
        defaults = {name: str(source()["Parameters"][name]["Default"]) for name in preflight.LAKE}
        return {**defaults, "UseTrips": "true", **self._parameters}

    def outputs(self) -> dict[str, str]:
        return {"LakeBucketName": "lake"}

    def client(self, _service: str) -> SimpleNamespace:
        return SimpleNamespace(list_objects_v2=lambda **_asked: {"KeyCount": self.objects})


def lake(deployed: Deployed, **given: str) -> None:
    target: Target = deployed  # type: ignore[assignment] # it has what the check asks
    preflight.check_lake(target, given)


@pytest.mark.parametrize(
    ("name", "value"), [("Recipe", "lyft"), ("Recipe", "gone"), ("OutputFormat", "csv"), ("UseParquet", "true")]
)
def test_rows_in_the_lake_keep_the_columns_they_were_written_with(name, value):
    """Else a query succeeds, with the values of one column under the name of another."""
    with pytest.raises(LakeUnreadable, match=rf"written with {name}=.* or move s3://lake/trips/ away"):
        lake(Deployed(), **{name: value})
    lake(Deployed(objects=0), **{name: value})


def test_what_reads_as_before_is_let_through():
    lake(Deployed())
    lake(Deployed(), Recipe="bike_share", Stage="prod", CsvHeader="true", Balance="2")
    lake(Deployed(Recipe="lyft"), Recipe="citi_bike")
    lake(Deployed(), UseTrips="false", Recipe="lyft")
    lake(Deployed(UseTrips="false"), Recipe="lyft")


def test_firehose_cannot_change_the_partitions_of_a_stream():
    with pytest.raises(LakeUnreadable, match="PartitionBy=arrival, and Firehose cannot"):
        lake(Deployed(objects=0), PartitionBy="event")


def test_where_there_is_no_stack_there_is_no_lake(monkeypatch):
    deployed = Deployed()

    def none() -> dict[str, str]:
        raise NoStack("There is no stack millrace in us-east-1.")

    monkeypatch.setattr(deployed, "parameters", none)
    lake(deployed, Recipe="lyft")
