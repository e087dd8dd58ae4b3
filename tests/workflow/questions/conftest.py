"""The questions pipeline by itself on a local cloud: real machine, real handlers, a small lake, the local Athena."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.cloud.testing import ROOT, Cloud, start_cloud
from tests.e2e import mail, stacks
from tests.workflow.questions import lake
from tests.workflow.questions.desk import Desk

HURRY = 0.05
"""Waits of state machines are this much shorter."""


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    parameters = {
        "QuestionsDatabase": lake.DATABASE,
        "QuestionsBucketName": lake.BUCKET,
        "QuestionsScanLimitBytes": str(lake.MOST_BYTES),
        "QuestionsPerMinute": "1000",
    }
    started = start_cloud(ROOT / "pipelines" / "questions.yaml", parameters=parameters, stack="questions")
    lake.make(started)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def bus(cloud: Cloud) -> Iterator[mail.Events]:
    with mail.listening(stacks.local(cloud), "millrace.questions") as events:
        yield events


@pytest.fixture
def desk(cloud: Cloud, bus: mail.Events) -> Iterator[Desk]:
    """Nothing that is done to the stack outlives the test."""
    found = Desk(cloud)
    found.scale_waits(HURRY)
    yield found
    found.model_is_well()
    found.scale_waits(1)
    assert found.dead_letters() == []
