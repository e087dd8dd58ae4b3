"""The training pipeline by itself on a local cloud: real machine, real handlers, real training jobs of a second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.cloud.testing import ROOT, Cloud, start_cloud
from tests.workflow.training.desk import Desk

HURRY = 0.02
"""Waits of state machines are this much shorter."""


@pytest.fixture(scope="package")
def cloud() -> Iterator[Cloud]:
    # Some manifests ask for a model that is no better than the one that serves.
    floor = {"TrainingMarginFloor": "-1"}
    started = start_cloud(ROOT / "pipelines" / "training.yaml", stack="training", parameters=floor)
    yield started
    started.stop()


@pytest.fixture(scope="package")
def bureau(cloud: Cloud) -> Desk:
    """With rows to learn from, and with rows whose labels say nothing."""
    made = Desk(cloud)
    made.put_rows("riders")
    made.put_rows("noise", shuffled=("train", "validation", "test"))
    return made


@pytest.fixture
def desk(bureau: Desk) -> Iterator[Desk]:
    """Nothing that is done to the engines outlives the test."""
    bureau.scale_waits(HURRY)
    yield bureau
    bureau.all_is_well()
    bureau.scale_waits(1)
    assert bureau.dead_letters() == []
