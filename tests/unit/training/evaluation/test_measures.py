"""Figures against slow definitions that anybody can check."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation import measures

pairs = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])), min_size=2, max_size=40
).filter(lambda rows: 0 < sum(label for label, _ in rows) < len(rows))


def split(rows):
    return [label for label, _ in rows], [each for _, each in rows]


@given(pairs)
def test_the_area_is_how_often_a_positive_row_stands_above_a_negative_one(rows):
    labels, values = split(rows)
    wins = [
        1.0 if one > other else 0.5 if one == other else 0.0
        for one, yes in zip(values, labels, strict=True)
        for other, no in zip(values, labels, strict=True)
        if yes and not no
    ]
    assert measures.roc_auc(labels, values) == pytest.approx(sum(wins) / len(wins), abs=1e-12)


@given(pairs)
def test_average_precision_adds_up_what_each_threshold_finds(rows):
    labels, values = split(rows)
    area, before = 0.0, 0.0
    for threshold in sorted(set(values), reverse=True):
        told = measures.confusion(labels, values, [threshold])[0]
        area += (told["recall"] - before) * told["precision"]
        before = told["recall"]
    assert measures.pr_auc(labels, values) == pytest.approx(area, abs=1e-12)


def test_what_scikit_learn_says_of_its_own_example():
    labels, values = [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]  # of roc_auc_score and average_precision_score
    assert measures.roc_auc(labels, values) == 0.75
    assert measures.pr_auc(labels, values) == pytest.approx(0.8333333333333333, abs=1e-15)
    assert measures.log_loss([1, 0, 0, 1], [0.9, 0.1, 0.2, 0.65]) == pytest.approx(0.21616187468057912, abs=1e-15)
    assert measures.accuracy(labels, values) == 0.75
    assert measures.accuracy(labels, values, 0.35) == 0.75


def test_one_class_has_no_area_and_a_sure_mistake_a_finite_loss():
    assert measures.roc_auc([1, 1], [0.2, 0.3]) == 0.5
    assert measures.pr_auc([0, 0], [0.2, 0.3]) == 0.0
    assert measures.log_loss([1], [0.0]) == pytest.approx(52 * math.log(2))


def test_calibration_compares_what_is_said_with_what_is_met():
    labels, values = [1] * 3 + [0] * 7 + [1] * 10, [0.3] * 10 + [1.0] * 10
    found = measures.calibration(labels, values)
    assert found["error"] == pytest.approx(0.0, abs=1e-12)
    assert [(each["from"], each["rows"]) for each in found["bins"]] == [(0.3, 10), (0.9, 10)]
    assert measures.calibration([0] * 10, [0.8] * 10)["error"] == pytest.approx(0.8)


def test_confusion_counts_each_row_once_and_divides_nothing_by_nought():
    found = measures.confusion([1, 0, 1, 0], [0.9, 0.6, 0.4, 0.1], [0.5, 0.95])
    assert found[0] == {
        "threshold": 0.5, "true_positive": 1, "false_positive": 1, "false_negative": 1, "true_negative": 1,
        "precision": 0.5, "recall": 0.5,
    }  # fmt: skip
    assert found[1]["precision"] is None
