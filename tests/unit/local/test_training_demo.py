"""The demo's rows on training say NO where a promise is broken; its manifests are what the pipeline takes."""

from __future__ import annotations

import copy
import csv
import io
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from local.demo.training import chapter, manifests
from local.demo.training.chapter import Story
from local.demo.training.desk import Ended
from local.demo.training.rider import Rider
from local.demo.trips import maker
from operate.questions.calls import Answered
from training.manifests import parser

FIRST, BETTER = "a" * 32, "b" * 32
CHANNELS = [
    {
        "channelName": name,
        "s3DataSource": {"S3DataType": "ManifestFile", "S3Uri": f"s3://lake/training/{name}.manifest"},
    }
    for name in ("train", "validation", "test")
]


def ended(error: str) -> Ended:
    return Ended({"outcome": "refused", "error": error, "rejected": "rejected/x.json"}, 1.0)


def story() -> Story:
    trials = [{"trial": number, "metrics": {"roc_auc": 0.7 + number / 100}} for number in range(4)]
    figures = {"new": {"roc_auc": 0.73, "pr_auc": 0.3}, "baseline": {"roc_auc": 0.5, "pr_auc": 0.08}}
    counts = {"rows": {"test": 9000}, "positives": {"test": 720}}
    first = {**figures, "trial": 3, "trials": trials, "counts": counts, "above_baseline": 0.2, "live": None}
    better = {**first, "live": {"roc_auc": 0.73}, "above_live": 0.03, "live_version": FIRST}
    yes, no = ({"label": label, "probability": chance} for label, chance in (("Yes", 0.8), ("No", 0.1)))
    return Story(
        first=FIRST,
        better=BETTER,
        reports={
            "first": first,
            "better": better,
            "rides-worse": {"message": "It is not better than the one that serves."},
            "shuffled": {"message": "Its roc_auc is 0.5, and gate.at_least is 0.65."},
        },
        refused={"rides-worse": ended("GateRefused"), "shuffled": ended("GateRefused")},
        again={"action": "serving"},
        jobs={"first": 4, "again": 0},
        answers={"first": [dict(yes), dict(no)], "better": [dict(yes), dict(no)]},
        while_waiting=FIRST,
        heard=True,
    )


def rider(*told: tuple[str, float], failed: tuple[str, ...] = ()) -> Rider:
    return Rider(lambda: Answered(500, {}), list(told), list(failed))


STEADY = ((FIRST, 0.8), (FIRST, 0.8), (BETTER, 0.9), (FIRST, 0.8), (BETTER, 0.9))
"""Workers look at the pointer again after some seconds, so for a moment either may answer."""


def test_every_promise_is_kept():
    assert all(kept for _, kept in [*chapter._checks(story()), *chapter._of_rider(story(), rider(*STEADY))])


def change(path: str, value: Any) -> Callable[[Story], None]:
    def changed(told: Story) -> None:
        *way, last = path.split("/")
        found: Any = told.__dict__
        for step in way:
            found = found[int(step) if step.isdigit() else step]
        found[int(last) if last.isdigit() else last] = value

    return changed


@pytest.mark.parametrize(
    ("changed", "promise"),
    [
        (change("jobs/first", 3), "a grid of four"),
        (change("reports/first/trial", 0), "a grid of four"),
        (change("reports/first/above_baseline", -0.01), "it was measured"),
        (change("reports/first/counts/positives/test", 4000), "it was measured"),
        (change("reports/first/new/roc_auc", 0.6), "it was measured"),
        (change("answers/first/1/label", "Yes"), "asked over HTTP"),
        (change("refused/rides-worse", ended("JobsFailed")), "a worse manifest"),
        (change("reports/rides-worse/message", "Its roc_auc is low."), "a worse manifest"),
        (change("refused/shuffled", Ended({"outcome": "deployed"}, 1.0)), "shuffled labels"),
        (change("again", {"action": "train"}), "the same manifest"),
        (change("jobs/again", 1), "the same manifest"),
        (change("while_waiting", BETTER), "a model that waits"),
        (change("reports/better/above_live", -0.1), "a model that waits"),
        (change("answers/better/1/label", "Yes"), "it knows what"),
    ],
)
def test_a_broken_promise_is_told(changed, promise):
    told = copy.deepcopy(story())
    changed(told)
    broken = [row for row, kept in chapter._checks(told) if not kept]
    assert len(broken) == 1
    assert broken[0].startswith(promise)


@pytest.mark.parametrize(
    "heard",
    [
        rider(*STEADY, failed=("503: {}",)),
        rider(*STEADY, ("c" * 32, 0.5)),
        rider((FIRST, 0.8), (FIRST, 0.7), (BETTER, 0.9)),
        rider((FIRST, 0.8)),
    ],
    ids=["a request failed", "a third version", "another probability", "the better one never answered"],
)
def test_whoever_asked_the_whole_time_is_believed(heard):
    assert [kept for _, kept in chapter._of_rider(story(), heard)] == [False]


def test_a_rider_keeps_what_they_were_told():
    answers = [
        Answered(200, {"version": FIRST, "predictions": [{"probability": 0.8}]}),
        Answered(503, {"error": "StorageUnavailable"}),
        OSError("reset"),
        Answered(200, {"version": BETTER, "predictions": [{"probability": 0.9}]}),
    ]

    def ask() -> Answered:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, OSError):
            raise answer
        return answer

    with Rider(ask) as one:
        assert one.wait_for(BETTER, 60)
    assert one.versions() == [FIRST, BETTER]
    assert one.failed == ["503: {'error': 'StorageUnavailable'}", "reset"]


@pytest.mark.parametrize(
    "manifest",
    [
        manifests.first(),
        manifests.worse(),
        manifests.better(),
        manifests.shuffled("s3://models/datasets/shuffled/train.csv", CHANNELS),
    ],
    ids=["first", "worse", "better", "shuffled"],
)
def test_the_pipeline_takes_the_manifests_whole(manifest):
    found, ignored = parser.parse(manifests.body(manifest))
    assert ignored == []
    assert found.target == manifests.LABEL
    assert {each.name for each in found.channels} <= {"train", "validation", "test"}


def test_shuffled_rows_are_the_same_but_for_their_labels():
    parts = [maker.text(300).encode(), maker.text(200, seed=1).encode()]
    rows = [row for part in parts for row in csv.DictReader(io.StringIO(part.decode()))]
    found = list(csv.DictReader(io.StringIO(manifests.without_a_lesson(parts).decode())))
    labels, before = ([row.pop(manifests.LABEL) for row in each] for each in (found, rows))
    assert found == rows
    assert labels != before
    assert Counter(labels) == Counter(before)
