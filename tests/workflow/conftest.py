"""The real machine with the real handlers on the local cloud, which can be held, hurried and made to fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.cloud.testing import Cloud, start_cloud
from tests.e2e import mail, stacks
from tests.e2e.narration.newsroom import Newsroom
from tests.e2e.narration.stories import Story
from tests.workflow.account import Account
from tests.workflow.operator import Operator

HURRY = 0.02
"""Waits of state machines are this much shorter: the longest pause between two tries is 1.2 s instead of 60."""


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account without any stack."""
    cloud = start_cloud(None)
    yield Account(cloud, tmp_path_factory.mktemp("account"))
    cloud.stop()


@pytest.fixture(scope="session")
def stack(cloud: Cloud) -> stacks.Stack:
    return stacks.local(cloud)


@pytest.fixture(scope="session")
def newsroom(stack: stacks.Stack) -> Iterator[Newsroom]:
    with mail.listening(stack) as events:
        yield Newsroom(stack, events)


@pytest.fixture
def operator(cloud: Cloud) -> Iterator[Operator]:
    """Whoever runs the stack; nothing that is done to it outlives the test."""
    found = Operator(cloud)
    found.scale_waits(HURRY)
    yield found
    found.polly_is_well()
    found.scale_waits(1)
    found.empty_failed_queue()


@pytest.fixture
def story() -> Story:
    return Story()
