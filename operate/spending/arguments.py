"""What ``spending``, ``pause`` and ``resume`` take, what they need, an example of each, and their calls."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator

from operate.clients import Target
from operate.errors import OperateError
from operate.spending import accounts, pausing

_NEEDS = "needs: a deployed stack and your AWS credentials (the environment's or --profile), or --local;"

EPILOGS = {
    "spending": f"""\
{_NEEDS}
       on the state table dynamodb:GetItem, to raise dynamodb:UpdateItem and sts:GetCallerIdentity

example: python -m operate spending
example: python -m operate spending raise characters 500000""",
    "pause": f"""\
{_NEEDS}
       on the state table dynamodb:PutItem and GetItem; sts:GetCallerIdentity

example: python -m operate pause narration --why price""",
    "resume": f"""\
{_NEEDS}
       on the state table dynamodb:GetItem and DeleteItem

example: python -m operate resume narration""",
}


def spending(target: Target, options: argparse.Namespace) -> Iterator[str]:
    if options.action is None:
        return accounts.show(target)
    if options.kind is None or options.amount is None:
        raise OperateError("Say of what and by how much: spending raise characters 500000.")
    return accounts.raise_today(target, options.kind, options.amount)


Run = Callable[[argparse.Namespace, Callable[[Target], Iterable[str]]], int]


def add_to(add: Callable[..., argparse.ArgumentParser], run: Run, number: Callable[[str], int]) -> None:
    """The three commands. ``run`` prints what a call on the target gives."""
    shown = add(
        "spending",
        lambda options: run(options, lambda target: spending(target, options)),
        "what is bought today, of which ceiling, what is left, what is paused",
        "With raise a\npipeline may buy more today, and only today (default: only shown). A raise cannot be taken back "
        "that day:\npause stops the buying.",
    )
    shown.add_argument("action", nargs="?", choices=["raise"], help="raise a ceiling for the rest of the day (UTC)")
    shown.add_argument("kind", nargs="?", help="characters, pages, model-calls, comprehend-characters, paid-calls, ...")
    shown.add_argument(
        "amount",
        nargs="?",
        type=number,
        help="by how much, 1 or more; in all 10 times the ceiling, or its default, at most",
    )
    pause = add(
        "pause",
        lambda options: run(options, lambda target: pausing.pause(target, options.pipeline, options.why)),
        "stop new paid work of a pipeline within a minute",
        "Nothing is lost: work waits where it is.",
    )
    pause.add_argument("pipeline", help="narration, documents, llm, questions or knowledge")
    pause.add_argument("--why", default="", help="for those who ask later (default: nothing)")
    resume = add(
        "resume",
        lambda options: run(options, lambda target: pausing.resume(target, options.pipeline)),
        "let a paused pipeline go on",
    )
    resume.add_argument("pipeline", help="narration, documents, llm, questions or knowledge")
