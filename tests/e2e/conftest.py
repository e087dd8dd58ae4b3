"""One stack for all end-to-end tests: the local cloud's, or with MILLRACE_E2E=aws a deployed one (see stacks.py)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e import mail, stacks
from tests.e2e.narration.newsroom import Newsroom
from tests.e2e.narration.stories import Story


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> stacks.Stack:
    return stacks.deployed() if stacks.wants_aws() else stacks.local(request.getfixturevalue("cloud"))


@pytest.fixture(scope="session")
def newsroom(stack: stacks.Stack) -> Iterator[Newsroom]:
    with mail.listening(stack) as events:
        yield Newsroom(stack, events)


@pytest.fixture(scope="session", autouse=True)
def alarms(stack: stacks.Stack) -> Iterator[mail.Mailbox]:
    """What the alarm topic sends. An alarm that is on says nothing more, so the one for refusals is put out first."""
    with mail.subscribed(stack, stack.outputs["AlarmTopicArn"]) as box:
        stack.client("cloudwatch").set_alarm_state(
            AlarmName=stack.physical_id("ArticlesRejectedAlarm"), StateValue="OK", StateReason="A test begins."
        )
        yield box


@pytest.fixture
def story() -> Story:
    return Story()
