"""The program ``text_classifier`` as a job: better than a guess, and the same where it serves."""

from __future__ import annotations

import pytest

from tests.unit.training import builders, jobs
from training.model import Column
from training.serving import walker


@pytest.fixture(scope="module")
def code(tmp_path_factory):
    return jobs.unpacked(tmp_path_factory.mktemp("texts"), "text_classifier")


@pytest.fixture(scope="module")
def done(tmp_path_factory, code):
    folder = tmp_path_factory.mktemp("job")
    train = jobs.channel(folder / "train", jobs.likes(2_000))
    validation = jobs.channel(folder / "validation", jobs.likes(500, seed=2))
    return jobs.run(folder, "text_classifier", jobs.likes_plan(), {"train": train, "validation": validation}, code=code)


def test_it_is_better_than_the_majority(done):
    assert (done.status, done.failure) == (0, "")
    rows = jobs.likes(500, seed=2)[1:]
    majority = max(sum(row[2] == each for row in rows) for each in ("yes", "no")) / len(rows)
    assert done.metrics()["accuracy"] > majority + 0.15
    assert done.metrics()["roc_auc"] > 0.85


def test_what_was_measured_in_the_job_is_what_the_file_answers(done):
    rows = jobs.likes(500, seed=2)[1:]
    model = done.loaded()
    right = sum(model.predict(row[:2]).label == row[2] for row in rows)
    assert right / len(rows) == pytest.approx(done.metrics()["accuracy"], abs=1e-6)


def test_slips_of_the_pen_are_read_by_their_n_grams(done):
    model = done.loaded()
    assert model.probability(["wonderfu", "a"]) > 0.5 > model.probability(["disapointed", "a"])


def test_its_smoke_rows_answer_as_the_job_did(done):
    model, smoke = done.loaded(), done.document("smoke.json")["rows"]
    assert len(smoke) == 20
    assert all(
        model.probability([entry["row"]["comment"], entry["row"]["shop"]]) == entry["probability"] for entry in smoke
    )


def test_the_same_job_leaves_the_same_bytes_and_words_alone_are_another_model(tmp_path, code):
    train = {"train": jobs.channel(tmp_path / "train", jobs.likes(300))}
    files = []
    for name, values in (("one", {}), ("two", {}), ("words", {"shortest_gram": 0, "longest_gram": 0, "bits": 10})):
        (tmp_path / name).mkdir()
        done = jobs.run(tmp_path / name, "text_classifier", jobs.likes_plan(), train, values, code=code)
        assert done.failure == ""
        files.append((done.model / "model.json").read_bytes())
    assert files[0] == files[1] != files[2]
    assert len(files[2]) < 4_000


@pytest.mark.parametrize(
    ("columns", "values", "name"),
    [
        ((Column("comment", "category"),), {}, "ManifestInvalid"),
        ((Column("comment", "number"), Column("shop", "text")), {}, "ManifestInvalid"),
        (jobs.LIKES, {"bits": 30}, "ManifestInvalid"),
        (jobs.LIKES, {"shortest_gram": 5, "longest_gram": 4}, "ManifestInvalid"),
        ((Column("price", "text"),), {}, "ChannelUnreadable"),
    ],
)
def test_each_failure_has_its_name(tmp_path, code, columns, values, name):
    train = {"train": jobs.channel(tmp_path / "train", jobs.likes(50))}
    done = jobs.run(tmp_path, "text_classifier", jobs.likes_plan(columns=columns), train, values, code=code)
    assert (done.status, done.failure.partition(":")[0]) == (1, name)


def test_an_export_that_is_not_the_model_fails_the_job(tmp_path):
    code = jobs.unpacked(tmp_path, "text_classifier")
    program = code / "millrace" / "training" / "programs" / "text_classifier.py"
    text = program.read_text()
    assert '"scale": weights.scale,' in text
    program.write_text(text.replace('"scale": weights.scale,', '"scale": weights.scale * (1 + 1e-15),'))
    train = {"train": jobs.channel(tmp_path / "train", jobs.likes(50))}
    done = jobs.run(tmp_path, "text_classifier", jobs.likes_plan(), train, code=code)
    assert done.failure.startswith("ExportDiffers: model.json answers")


HASHED = """
import json, sys
from training.model import Column
from training.serving import walker
given = json.load(sys.stdin)
model = walker.load(given["document"])
print(json.dumps([model.probability([text]) for text in given["texts"]]))
"""


def test_another_process_answers_the_same_to_the_last_bit():
    """Another seed of Python's own hashes, and where the two differ another Python."""
    texts = ["Grüße, WELT", "\U0001f6b2 fast!", "", "x" * 50_000, "a\x00b", "\u017ftraße STRASSE", "東京は雨"]
    model = walker.load(builders.texts())
    expected = [model.probability([text]) for text in texts]
    assert jobs.ask(HASHED, {"document": builders.texts(), "texts": texts}) == expected
    assert len(set(expected)) == len(texts)
