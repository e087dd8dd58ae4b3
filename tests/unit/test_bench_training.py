"""The bench of training: a small run of each side, so that its figures are of what it says."""

from __future__ import annotations

from bench import training
from bench.sides import process
from tests.unit.training import jobs


def test_both_sides_of_texts_learn_more_than_the_majority(tmp_path):
    training._write(tmp_path / "train.csv", jobs.likes(400, 1))
    training._write(tmp_path / "test.csv", jobs.likes(200, 2))
    for way in ("hashed", "tfidf"):
        found = process.figures(training.PYTHON, "training_side", way, tmp_path)
        assert found["accuracy"] > 0.65
        assert min(found.values()) > 0


def test_walked_and_unpickled_trees_give_the_same_answers(tmp_path):
    training._write(tmp_path / "trips.csv", jobs.trips(500, 1))
    assert process.figures(training.PYTHON, "training_side", "made", tmp_path)["trees"] > 0
    ours, theirs = (process.figures(python, module, way, tmp_path) for python, module, way in training._SIDES)
    assert ours["answers"] == theirs["answers"]
    assert len(ours["answers"]) == 20


def test_the_function_has_the_memory_that_is_counted():
    template = (training.ROOT / "pipelines" / "training.yaml").read_text()
    assert f"MemorySize: {training.MEMORY_MB}" in template.partition("\n  TrainingPredict:")[2].partition("\n\n")[0]


def test_costs_and_imports_are_printed(capsys):
    training._costs()
    training._imports()
    said = capsys.readouterr().out
    assert f"a million requests: {0.2 + 1e6 * 0.03 * 1_769 / 1_024 * 0.0000166667 + 1:.2f}" in said
    assert "ms of CPU above" in said
