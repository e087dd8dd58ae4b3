"""A manifest is read whole: every mistake is one sentence, and all come at once."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.training.manifests.manifest import channel, manifest
from training.errors import ManifestInvalid
from training.manifest import Range
from training.manifests import canonical, parser
from training.model import Column


def parse(**changed):
    return parser.parse(json.dumps(manifest(**changed)).encode())


def mistakes(**changed) -> str:
    with pytest.raises(ManifestInvalid) as caught:
        parse(**changed)
    return str(caught.value)


def test_the_form_of_the_article_is_read():
    found, ignored = parse()
    assert ignored == []
    assert [(each.name, each.bucket, each.prefix) for each in found.channels] == [
        ("test", "data", "test/"),
        ("train", "data", "train/"),
    ]
    assert (found.metric, found.maximize, found.approval, found.deploy.kind) == ("roc_auc", True, "auto", "function")


def test_what_nobody_reads_is_told_by_its_place():
    said = manifest(owner="me")
    said["channels"][0]["s3DataSource"]["Endpoint"] = "x"
    said["channels"][1]["s3DataSource"]["AttributeNames"] = ["source-ref"]  # read where S3DataType is another one
    said["tuning"] = {"budget": 3}
    _, ignored = parser.parse(json.dumps(said).encode())
    assert ignored == [
        "channels[0].s3DataSource.Endpoint", "channels[1].s3DataSource.AttributeNames", "tuning.budget", "owner"
    ]  # fmt: skip


def test_all_mistakes_come_at_once():
    said = mistakes(
        schema=2, name="Trips!", program="magic", target=7, channels=[channel("train", "s3://data")],
        objective={"metric": "f1"}, deploy={"kind": "cluster"}, approval="maybe",
    )  # fmt: skip
    for sentence in (
        "schema must be 1.", "name must be 1 to 24", "program must be tabular, text_classifier or an object",
        "target must be a text", "channels has no test.", "channels[0].s3DataSource.S3Uri must be s3://bucket/prefix.",
        "objective.metric must be one of roc_auc", "deploy.kind must be one of function",
        "approval must be one of auto, manual.",
    ):  # fmt: skip
        assert sentence in said


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": "a" * 25}, "name must be 1 to 24"),
        ({"name": "a-"}, "name must be 1 to 24"),
        ({"name": None}, "name is missing."),
        ({"dataset": "trips"}, "Give channels or dataset"),
        ({"channels": None}, "Give channels or dataset"),
        ({"channels": None, "dataset": "boats"}, "dataset must be one of trips."),
        ({"columns": [{"name": "user", "type": "category"}]}, "columns names the target user"),
        ({"columns": [{"name": "a", "type": "number"}] * 2}, "columns names a column twice."),
        ({"columns": [{"name": "a", "type": "date"}]}, "columns[0].type must be one of number, category, text."),
        ({"columns": [{"name": "a", "type": "text"}]}, "tabular reads no column of type text"),
        (
            {"program": "text_classifier", "columns": [{"name": "a", "type": "number"}]},
            "text_classifier wants a column of type text.",
        ),
        ({"ignore": ["user"]}, "The target user can be neither ignored nor a slice."),
        ({"columns": [{"name": "a", "type": "number"}], "ignore": ["a"]}, "a stands in columns and in ignore."),
        ({"hyperparameters": {"max_iter": 9999999}}, "max_iter has to be a whole number"),
        ({"hyperparameters": {"trees": 3}}, "tabular has no hyperparameter trees"),
        ({"hyperparameters": {"sagemaker_program": "x.py"}}, "a name that no hyperparameter may have"),
        ({"hyperparameters": {"max_iter": [1]}}, "hyperparameters.max_iter must be a text of one line"),
        ({"tuning": {"strategy": "grid"}}, "tuning.strategy grid wants ranges."),
        ({"tuning": {"jobs": 3}}, 'tuning.strategy is "none"'),
        ({"tuning": {"strategy": "random", "jobs": 99, "ranges": {"max_iter": [5]}}}, "tuning.jobs must be a whole"),
        (
            {"tuning": {"strategy": "grid", "ranges": {"max_iter": {"min": 1, "max": 5}}}},
            "A grid wants listed values",
        ),
        (
            {"tuning": {"strategy": "grid", "jobs": 2, "ranges": {"max_iter": [1, 2, 3]}}},
            "The grid has 3 cells, and tuning.jobs is 2",
        ),
        ({"tuning": {"strategy": "random", "ranges": {"max_iter": {"min": 5, "max": 5}}}}, "min must be below max"),
        ({"tuning": {"strategy": "random", "ranges": {"max_iter": {"min": 5}}}}, "must list values, or have min"),
        ({"tuning": {"strategy": "grid", "ranges": {"max_iter": [0]}}}, "tuning.ranges: max_iter has to be"),
        (
            {"hyperparameters": {"max_iter": 5}, "tuning": {"strategy": "grid", "ranges": {"max_iter": [1]}}},
            "max_iter stands in hyperparameters and in tuning.ranges.",
        ),
        ({"objective": {"metric": "log_loss", "maximize": True}}, "objective.maximize must be false for log_loss"),
        ({"objective": {"metric": "log_loss"}, "gate": {"at_least": 0.5}}, "With log_loss leave gate.at_least"),
        ({"gate": {"at_least": 2}}, "gate.at_least must be a number from 0 to 1."),
        ({"gate": {"slice_at_least": 0.5}}, "gate.slice_at_least wants slices"),
        ({"deploy": {"kind": "serverless", "memory_mb": 1500}}, "deploy.memory_mb must be 1024"),
        ({"deploy": {"kind": "serverless", "max_concurrency": True}}, "deploy.max_concurrency must be a whole"),
        (
            {"program": {"source": "s3://code/source.tar.gz"}, "deploy": {"kind": "function"}},
            "A program of your own answers by its own code",
        ),
        ({"program": {"source": "code.zip"}}, "program.source must be s3://bucket/key.tar.gz."),
        (
            {"program": {"source": "s3://c-c/s.tar.gz", "entry_point": "../x.py"}},
            "program.entry_point must be the path",
        ),
        ({"program": {"source": "s3://c-c/s.tar.gz", "framework": "torch"}}, "program.framework must be one of"),
        (
            {"channels": [channel("train", "s3://data/a"), channel("test", "s3://data/a")]},
            "Two channels are the same rows",
        ),
        (
            {"channels": [channel("train", "s3://data/a"), channel("train", "s3://data/b")]},
            "channels has two channels of one name.",
        ),
        ({"channels": [{"channelName": "dev"}]}, "channels[0].channelName must be one of train, validation, test."),
        ({"channels": {"train": "x"}}, "channels must be a list"),
    ],
)
def test_each_mistake_has_a_sentence(changed, sentence):
    assert sentence in mistakes(**changed)


@pytest.mark.parametrize(
    "body", [b"", b"[", b"\xff\xfe", b"[1]", b'{"a": 1, "a": 2}', b'{"schema": NaN}', b"[" * 99_999]
)
def test_what_is_no_manifest_at_all_has_a_sentence(body):
    with pytest.raises(ManifestInvalid):
        parser.parse(body)


def test_a_huge_one_is_not_read():
    with pytest.raises(ManifestInvalid, match="262,145 bytes"):
        parser.parse(b" " * (parser.MOST_BYTES + 1))


def test_a_program_of_ones_own_gets_an_endpoint_where_nothing_is_said():
    found, _ = parse(program={"source": "s3://code/source.tar.gz"}, hyperparameters={"anything": "goes"})
    assert (found.program.kind, found.program.entry_point, found.deploy.kind) == ("script", "train.py", "serverless")


def test_ranges_are_read_in_each_form():
    ranges = {"max_iter": [10, 20], "learning_rate": {"min": 0.01, "max": 0.5, "logarithmic": True}}
    found, _ = parse(tuning={"strategy": "random", "jobs": 5, "parallel": 9, "ranges": ranges, "seed": 3})
    assert found.tuning.ranges["max_iter"] == Range(values=(10, 20))
    assert found.tuning.ranges["learning_rate"] == Range(low=0.01, high=0.5, logarithmic=True)
    assert (found.tuning.parallel, found.tuning.seed) == (5, 3)


def test_a_grid_has_as_many_jobs_as_cells():
    found, _ = parse(tuning={"strategy": "grid", "ranges": {"max_iter": [10, 20], "max_leaf_nodes": [7, 15, 31]}})
    assert found.tuning.jobs == 6


def test_slices_may_stand_in_two_places():
    found, _ = parse(slices=["station"], gate={"slices": ["month"], "slice_at_least": 0.5})
    assert found.gate.slices == ("station", "month")


def test_it_comes_back_from_json_as_it_was():
    found, _ = parse(
        columns=[{"name": "age", "type": "number"}],
        tuning={"strategy": "random", "jobs": 5, "ranges": {"max_iter": [10, 20]}},
        gate={"at_least": 0.6, "slices": ["station"]},
    )
    assert found.columns == (Column("age", "number"),)
    assert canonical.of(json.loads(json.dumps(canonical.to_json(found)))) == found


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@given(
    st.dictionaries(
        st.sampled_from(sorted(manifest(tuning=1, gate=1, deploy=1, objective=1, columns=1, program=1))), JSON
    )
)
def test_whatever_a_member_holds_there_is_a_manifest_or_a_sentence(changed):
    try:
        parse(**changed)
    except ManifestInvalid as error:
        told = str(error)
    else:
        told = "."
    assert told.endswith(".")
