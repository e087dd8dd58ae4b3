"""The knowledge pipeline by itself on a local cloud: real machine, real handlers, a library of a few papers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.cloud.testing import ROOT, Cloud, start_cloud
from tests.workflow.knowledge import shelf
from tests.workflow.knowledge.desk import BASE, Desk

HURRY = 0.05
"""Waits of state machines are this much shorter."""


@pytest.fixture(scope="package")
def cloud() -> Iterator[Cloud]:
    parameters = {
        "InboxBucketName": shelf.INBOX,
        "SummariesBucketName": shelf.SUMMARIES,
        "AsksPerMinute": "1000",
        "SearchesPerMinute": "1000",
        "KnowledgeBaseId": BASE,
    }
    started = start_cloud(ROOT / "pipelines" / "knowledge.yaml", parameters=parameters, stack="knowledge")
    shelf.make(started)
    Desk(started).base_has()
    yield started
    started.stop()


@pytest.fixture(scope="package")
def library(cloud: Cloud) -> Desk:
    """What every test finds: three papers of ann's, and one of bob's."""
    desk = Desk(cloud)
    desk.shelf.allow("ann/access.json", users=[desk.ann.arn])
    desk.shelf.allow("bob/access.json", users=[desk.bob.arn])
    for key, lines in shelf.PAPERS.items():
        desk.shelf.put(key, *lines)
    for key in shelf.PAPERS:
        desk.shelf.indexed(key)
    return desk


@pytest.fixture
def desk(library: Desk) -> Iterator[Desk]:
    """Nothing that is done to the engines outlives the test."""
    library.scale_waits(HURRY)
    yield library
    library.all_is_well()
    library.scale_waits(1)
    assert library.dead_letters() == []
