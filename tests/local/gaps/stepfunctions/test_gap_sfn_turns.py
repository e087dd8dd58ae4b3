"""Tasks of machines wait in line for a function's few processes, before their own time begins."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from uuid import uuid4

from local.gaps.stepfunctions.execution import acting_for
from local.gaps.stepfunctions.integrations import turns

INVOKE = "arn:aws:states:::lambda:invoke"


def given(function: str) -> dict[str, str]:
    return {"FunctionName": f"arn:aws:lambda:us-east-1:123456789012:function:{function}"}


def test_only_so_many_are_beyond_the_line_and_the_next_one_goes_when_one_is_done():
    function, inside = uuid4().hex, threading.Event()

    def come() -> None:
        with turns.turn(INVOKE, given(function)):
            inside.set()

    with ExitStack() as first:
        for _ in range(turns.MOST - 1):
            first.enter_context(_elsewhere(function))
        last = _elsewhere(function)
        last.__enter__()
        waiting = threading.Thread(target=come, daemon=True)
        waiting.start()
        assert not inside.wait(0.2)
        last.__exit__(None, None, None)
        assert inside.wait(60)


def test_another_function_is_another_line():
    slow, other = uuid4().hex, uuid4().hex
    with ExitStack() as full:
        for _ in range(turns.MOST):
            full.enter_context(_elsewhere(slow))
        with turns.turn(INVOKE, given(other)):
            pass


def test_a_call_inside_of_a_call_is_the_same_turn():
    """A task with TimeoutSeconds is called by another thread of the same context."""
    function = uuid4().hex
    with ExitStack() as full:
        for _ in range(turns.MOST - 1):
            full.enter_context(_elsewhere(function))
        with turns.turn(INVOKE, given(function)), turns.turn(INVOKE, given(function)):
            pass


def test_an_execution_that_somebody_waits_for_stands_in_no_line():
    function = uuid4().hex
    with ExitStack() as full:
        for _ in range(turns.MOST):
            full.enter_context(_elsewhere(function))
        with acting_for({"status": "RUNNING", "sync": True}), turns.turn(INVOKE, given(function)):
            pass


def test_what_calls_no_function_stands_in_no_line():
    assert turns.function_of("arn:aws:states:::sqs:sendMessage", {"QueueUrl": "x"}) == ""
    assert turns.function_of(INVOKE, given("f")).endswith(":f")


class _elsewhere:  # noqa: N801 - reads as what it is
    """A turn that another thread has taken."""

    def __init__(self, function: str) -> None:
        self._begun, self._done = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._hold, args=(function,), daemon=True)

    def _hold(self, function: str) -> None:
        with turns.turn(INVOKE, given(function)):
            self._begun.set()
            self._done.wait(120)

    def __enter__(self) -> None:
        self._thread.start()
        assert self._begun.wait(60)

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
