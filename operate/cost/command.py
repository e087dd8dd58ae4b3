"""``operate cost``: the pipelines of a stack, or one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from operate.clients import Target
from operate.cost import documents, images, knowledge, llm, narration, questions, report, trips
from operate.cost.bill import Bill
from operate.cost.stack import Stack
from operate.errors import OperateError
from operate.training import bill as training

BILLS: Mapping[str, Callable[[Stack], Bill]] = {
    "narration": narration.bill,
    "documents": documents.bill,
    "images": images.bill,
    "trips": trips.bill,
    "llm": llm.bill,
    "questions": questions.bill,
    "knowledge": knowledge.bill,
    "training": training.bill,
}


def command(target: Target, pipeline: str | None, days: int, now: float) -> Iterator[str]:
    """What the pipelines of the stack have cost in the ``days`` before ``now`` (epoch seconds).

    Raises OperateError where there is no such stack, or where it has no such pipeline.
    """
    stack = Stack(target, days, now)
    if pipeline is not None and not stack.has(pipeline):
        raise OperateError(f"The stack {target.stack} has no {pipeline}.")
    bills = [make(stack) for name, make in BILLS.items() if (name == pipeline if pipeline else stack.has(name))]
    if stack.hours < days * 24:
        yield from report.young(target.stack, stack.hours, days)
    for bill in bills:
        yield from report.lines(bill, stack.hours)
        yield ""
    yield from report.ending(bills)
    if target.port is not None:
        yield "Calls and times are those of this machine: Lambda's may be shorter or longer."
