"""The same work is started once, and once more when it has failed."""

from __future__ import annotations

import json
import re

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from common import aws, executions
from common.executions import AttemptsExhausted, Started, digest, start
from tests.unit.narration.fake_aws import FakeAws, refusal

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:narrate"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:narrate"
WORK = digest(b"harbour", b"7")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeAws:
    made = FakeAws()
    monkeypatch.setattr(aws, "client", made.client)
    return made


def end(fake: FakeAws, attempt: int, status: str) -> None:
    fake.executions[f"{EXECUTION}:narrate-{WORK}-{attempt}"]["status"] = status


def test_the_first_time(fake):
    started = start(MACHINE, "narrate", WORK, {"message": "inbox/1.json"})
    assert started == Started(f"{EXECUTION}:narrate-{WORK}-1", 1, duplicate=False)
    (execution,) = fake.executions.values()
    assert json.loads(execution["input"]) == {"message": "inbox/1.json"}


def test_the_same_message_twice_is_one_execution(fake):
    """Step Functions answers the same name and input with the running execution itself."""
    first = start(MACHINE, "narrate", WORK, {"message": "inbox/1.json"})
    assert start(MACHINE, "narrate", WORK, {"message": "inbox/1.json"}).arn == first.arn
    assert len(fake.executions) == 1


def test_other_input_for_running_work_is_a_duplicate(fake):
    first = start(MACHINE, "narrate", WORK, {"message": "inbox/1.json"})
    again = start(MACHINE, "narrate", WORK, {"message": "inbox/2.json"})
    assert again == Started(first.arn, 1, duplicate=True)


def test_what_has_succeeded_is_not_done_again(fake):
    start(MACHINE, "narrate", WORK, {})
    end(fake, 1, "SUCCEEDED")
    assert start(MACHINE, "narrate", WORK, {}) == Started(f"{EXECUTION}:narrate-{WORK}-1", 1, duplicate=True)


def test_what_has_succeeded_without_settling_it_is(fake):
    start(MACHINE, "narrate", WORK, {})
    end(fake, 1, "SUCCEEDED")
    fake.executions[f"{EXECUTION}:narrate-{WORK}-1"]["output"] = json.dumps({"error": "BodyUnavailable"})
    assert start(MACHINE, "narrate", WORK, {}, settled=lambda output: "error" not in output).attempt == 2
    again = start(MACHINE, "narrate", WORK, {"late": True}, settled=lambda output: "error" not in output)
    assert again == Started(f"{EXECUTION}:narrate-{WORK}-2", 2, duplicate=True), "it runs"


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_what_has_not_is_tried_under_the_next_name(fake, status):
    start(MACHINE, "narrate", WORK, {})
    end(fake, 1, status)
    assert start(MACHINE, "narrate", WORK, {}) == Started(f"{EXECUTION}:narrate-{WORK}-2", 2, duplicate=False)
    end(fake, 2, status)
    assert start(MACHINE, "narrate", WORK, {}).attempt == 3


def test_a_later_attempt_that_runs_is_found(fake):
    start(MACHINE, "narrate", WORK, {"message": "inbox/1.json"})
    end(fake, 1, "FAILED")
    start(MACHINE, "narrate", WORK, {"message": "inbox/1.json"})
    assert start(MACHINE, "narrate", WORK, {"message": "inbox/2.json"}) == Started(
        f"{EXECUTION}:narrate-{WORK}-2", 2, duplicate=True
    )


def test_a_redrive_begins_behind_the_attempt_that_failed(fake):
    assert start(MACHINE, "narrate", WORK, {}, attempt=5).arn.endswith("-5")


def test_after_99_failures_somebody_has_to_look(fake):
    for attempt in range(1, 100):
        assert start(MACHINE, "narrate", WORK, {}).attempt == attempt
        end(fake, attempt, "FAILED")
    with pytest.raises(AttemptsExhausted, match=f"narrate-{WORK} has failed 99 times"):
        start(MACHINE, "narrate", WORK, {})
    assert len(fake.executions) == 99


def test_any_other_refusal_is_the_callers(fake, monkeypatch):
    class Refusing:
        def start_execution(self, **_: object) -> None:
            raise refusal("StateMachineDoesNotExist", 400, "StartExecution")

    monkeypatch.setattr(aws, "client", lambda _: Refusing())
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        start(MACHINE, "narrate", WORK, {})


@given(st.lists(st.binary(max_size=20), max_size=4), st.lists(st.binary(max_size=20), max_size=4))
def test_a_digest_knows_its_parts_and_their_borders(left, right):
    assert (digest(*left) == digest(*right)) == (left == right)


@given(st.binary())
def test_a_name_is_one_that_step_functions_takes(content):
    """At most 80 characters (API reference, StartExecution), and every attempt has the same length or one more."""
    name = f"{'remerge'}-{digest(content)}-{executions.MOST_ATTEMPTS}"
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,80}", name)
