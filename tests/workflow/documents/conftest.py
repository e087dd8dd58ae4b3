"""The documents pipeline by itself on a local cloud: real machine, real handlers, real engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from local.cloud.testing import ROOT, Cloud
from tests.e2e import mail, stacks
from tests.workflow.documents.desk import Desk

HURRY = 0.02
"""Waits of state machines are this much shorter: the longest pause between two tries is 1.2 s instead of 60."""


@pytest.fixture(scope="session")
def cloud(clouds: Any) -> Cloud:
    found: Cloud = clouds(ROOT / "pipelines" / "documents.yaml")
    return found


@pytest.fixture(scope="session")
def bus(cloud: Cloud) -> Iterator[mail.Events]:
    """What the pipeline says to others."""
    with mail.listening(stacks.local(cloud), "millrace.documents") as events:
        yield events


@pytest.fixture(scope="session")
def quiet(cloud: Cloud) -> Iterator[None]:
    """Uploads and deletions start nothing by themselves."""
    events = cloud.client("events")
    rules = [cloud.physical_id(name) for name in ("DocumentsInboxRule", "DocumentsDeletedRule")]
    for rule in rules:
        events.disable_rule(Name=rule)
    yield
    for rule in rules:
        events.enable_rule(Name=rule)


@pytest.fixture
def desk(cloud: Cloud, quiet: None, bus: mail.Events) -> Iterator[Desk]:
    """Nothing that is done to the stack outlives the test."""
    found = Desk(cloud)
    found.scale_waits(HURRY)
    yield found
    found.engines_are_well()
    found.scale_waits(1)
    left = found.dead_letters()
    assert left == [], "dead letters"
