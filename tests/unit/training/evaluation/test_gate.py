"""The gate: why a model is refused, and how seldom chance passes it."""

from __future__ import annotations

import random
from itertools import product

import pytest

from training.evaluation import bootstrap, gate, measures, report
from training.evaluation.gate import Scores
from training.manifest import Gate, Manifest, Program
from training.manifests.works import LeftOut, Work

METRICS = ["roc_auc", "pr_auc", "accuracy", "log_loss"]


def manifest(metric="roc_auc", **rules) -> Manifest:
    return Manifest("trips", Program("tabular"), "user", metric=metric, gate=Gate(**rules))


def world(seed, rows=400, skill=1.0, noise=0.5):
    """Labels, and a maker of models: each sees the same signal through noise of its own, as retrainings do."""
    draw = random.Random(seed)
    labels = [int(draw.random() < 0.3) for _ in range(rows)]
    hidden = [skill * (label - 0.3) + draw.gauss(0, 1) for label in labels]

    def model(better=0.0):
        found = []
        for label, signal in zip(labels, hidden, strict=True):
            score = signal + better * (label - 0.3) + draw.gauss(0, noise)
            found.append(min(0.999, max(0.001, 0.3 + score / 6)))
        return found

    return labels, model


def scores(labels, new, live=None, **changed) -> Scores:
    plain = {
        "labels": labels, "new": new, "live": live, "live_version": "b" * 32 if live else None, "live_problem": "",
        "thresholds": (0.5, 0.5), "slices": {}, "prior": 0.3, "total": len(labels), "left_out": 0,
    }  # fmt: skip
    return Scores(**plain | changed)


def test_a_resample_by_weights_is_the_metric_of_the_rows_that_were_drawn():
    """Weights by counts give what measuring the drawn rows gives, ties included."""
    labels, model = world(3, rows=60)
    for metric, new in product(METRICS, ([round(each, 1) for each in model()], [0.3] * 60)):
        measured = bootstrap._measured(labels, new, metric, 0.5)
        draw = random.Random(7)
        for _ in range(20):
            rows = draw.choices(range(len(labels)), k=len(labels))
            weights = [rows.count(row) for row in range(len(labels))]
            expected = measures.MEASURES[metric]([labels[row] for row in rows], [new[row] for row in rows])
            sign = -1 if metric == "log_loss" else 1
            assert measured(weights) == pytest.approx(sign * expected, abs=1e-12)


def test_the_bound_lies_below_the_quantile_but_for_one_seed_in_ten():
    """P(binomial(200, .05) <= 5) = .062, and <= 6 = .122: the sixth lowest; of a hundred the second one, at .037."""
    assert bootstrap._place(0.05, 200) == 5
    assert bootstrap._place(0.05, 100) == 1
    assert bootstrap._place(0.01, 200) == 0


def test_the_same_seed_gives_the_same_bound():
    labels, model = world(1)
    new, live = model(1.0), model()
    assert bootstrap.bound(labels, new, live, "roc_auc", 5) == bootstrap.bound(labels, new, live, "roc_auc", 5)
    assert bootstrap.bound(labels, new, live, "roc_auc", 5) != bootstrap.bound(labels, new, live, "roc_auc", 6)


@pytest.mark.parametrize("metric", METRICS)
def test_of_equal_retrainings_at_most_one_in_twenty_is_accepted(metric):
    """Better at all would take half of them. A better one is taken nearly always."""
    accepted = ahead = better = 0
    runs = 100
    for seed in range(runs):
        labels, model = world(seed, rows=200)
        new, live = model(), model()
        decision = gate.decide(manifest(metric), scores(labels, new, live), seed=seed, resamples=100)
        accepted += decision.accepted
        sign = -1 if metric == "log_loss" else 1
        ahead += sign * decision.figures["new"][metric] > sign * decision.figures["live"][metric]
        if not seed % 10:
            improved = scores(labels, model(2.0), live)
            better += gate.decide(manifest(metric), improved, seed=seed, resamples=100).accepted
    assert accepted <= runs / 20
    assert ahead > runs / 4
    assert better == runs / 10


def test_a_model_of_shuffled_labels_is_refused_also_where_nothing_serves():
    accepted = 0
    for seed in range(100):
        labels, model = world(seed)
        new = model()
        random.Random(seed).shuffle(new)  # answers that know nothing of their rows
        decision = gate.decide(manifest(), scores(labels, new), seed=seed, resamples=100)
        accepted += decision.accepted
        assert decision.accepted or "no better than always naming the commoner class" in decision.reasons[0]
    assert accepted <= 2


def test_a_model_that_says_the_same_of_every_row_is_refused_by_every_metric():
    labels, _ = world(2)
    for metric in METRICS:
        assert not gate.decide(manifest(metric), scores(labels, [0.3] * len(labels)), seed=1).accepted


def test_each_thing_that_does_not_hold_is_a_reason():
    labels, model = world(4)
    live = model(2.0)
    rules = manifest(at_least=0.99, better_than_live_by=0.01, slices=("station",), slice_at_least=0.99)
    stations = {"station": ["5" if row % 2 else "7" for row in range(len(labels))]}
    decision = gate.decide(rules, scores(labels, model(), live, slices=stations), seed=1)
    assert not decision.accepted
    assert len(decision.reasons) == 4
    assert "gate.at_least is 0.99" in decision.reasons[0]
    assert "must be above 0.01" in decision.reasons[1]
    assert "station = '5'" in decision.reasons[2]


def test_a_margin_may_be_below_nought():
    labels, model = world(5)
    new, live = model(), model()
    strict, mild = manifest(better_than_live_by=0.0), manifest(better_than_live_by=-0.5)
    assert not gate.decide(strict, scores(labels, new, live), seed=1).accepted
    assert gate.decide(mild, scores(labels, new, live), seed=1).accepted


def test_a_live_model_that_cannot_be_asked_is_a_reason_and_no_pass():
    labels, model = world(6)
    broken = scores(labels, model(2.0), live_version="c" * 32, live_problem="it has no model.json.")
    decision = gate.decide(manifest(), broken, seed=1)
    assert decision.reasons == (f"It cannot be compared with {'c' * 32}, which serves: it has no model.json.",)


def test_answers_that_are_no_probabilities_are_refused():
    labels, model = world(6)
    decision = gate.decide(manifest(), scores(labels, [float("nan"), *model()[1:]]), seed=1)
    assert decision.reasons == ("1 of its answers are no probabilities.",)


def test_small_slices_are_counted_and_not_judged():
    labels, model = world(7, rows=300)
    texts = {"station": ["big"] * 250 + ["small"] * 50}
    found = gate.slices(scores(labels, model(), slices=texts), "roc_auc")
    assert [each["value"] for each in found["station"]["values"]] == ["big"]
    assert (found["station"]["small_values"], found["station"]["small_rows"]) == (1, 50)


def test_the_report_has_decision_figures_seed_and_counts():
    labels, model = world(8)
    given = scores(labels, model(2.0), model(), total=500, left_out=100)
    decision = gate.decide(manifest(), given, seed=gate.seed_of("ab" * 16))
    found = {
        "rows": {"train": 900, "test": 500}, "positives": {"train": 300, "test": 150}, "positive": "Customer",
        "negative": "Subscriber", "left_out": {}, "cautions": [], "unlooked": [],
    }  # fmt: skip
    work = Work(manifest(), {}, {}, "", {"train": LeftOut(7, ("train/notes.txt",))}, ("owner",))
    said = report.document("ab" * 16, manifest(), given, found, {"trial": 0, "trials": []}, decision, work.unread)
    assert said["accepted"]
    assert not said["reasons"]
    assert said["seed"] == 0xABABABAB
    assert said["above_live"] > 0
    assert said["live_version"] == "b" * 32
    assert said["counts"]["test_rows_left_out"] == 100
    assert said["objects_left_out"] == {"train": {"objects": 7, "some": ("train/notes.txt",)}}
    assert said["members_ignored"] == ["owner"]
    assert {"new", "live", "baseline", "calibration", "confusion", "slices"} <= said.keys()


def test_what_travels_between_evaluate_and_gate_comes_back_as_it_was():
    labels, model = world(9, rows=20)
    given = scores(labels, model(), model(), slices={"a": ["x"] * 20})
    assert Scores.of(given.to_json()) == given
