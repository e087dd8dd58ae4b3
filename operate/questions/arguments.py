"""How ``ask`` is called, and what it needs."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

from operate.clients import Target
from operate.errors import OperateError

SUMMARY = "ask the lake, or the documents, a question in plain English, and wait for the answer"
MORE = "The request is signed\nwith your AWS credentials, or carries a token."
NEEDS = """\
needs: a deployed stack with UseQuestions=true (with --documents: UseKnowledge=true) and your AWS credentials (the
       environment's or --profile), or --local;
       the right to read the stack, and execute-api:Invoke on its API; with --token a token instead

example: python -m operate ask "how many trips were there in July 2019?" --local
example: python -m operate ask "and by day?" --session 3f1c... --profile analyst
example: python -m operate ask --documents "How long is the notice period?" --local"""


Run = Callable[[argparse.Namespace, Callable[[Target], Iterable[str]]], int]


def add_to(add: Callable[..., argparse.ArgumentParser], run: Run, number: Callable[[str], int]) -> None:
    """The command. ``run`` prints what a call on the target gives."""
    ask = add("ask", lambda options: run(options, lambda target: call(target, options)), SUMMARY, MORE)
    ask.add_argument("question", help="in quotes")
    ask.add_argument("--documents", action="store_true", help="ask what the documents say (knowledge), not the lake")
    ask.add_argument("--database", default="", help="Glue database (default: the stack's first one)")
    ask.add_argument(
        "--session", default="", metavar="ID", help="go on from an earlier answer (default: a new session)"
    )
    ask.add_argument("--token", default="", help="of the stack's TokenIssuer, where it has one")
    ask.add_argument("--seconds", type=number, default=120, help="to wait for the answer (default: %(default)s)")
    ask.add_argument("--json", action="store_true", dest="as_json", help="print the answer as it is kept")


def call(target: Target, options: argparse.Namespace) -> Iterable[str]:
    from operate.knowledge import asks
    from operate.questions import command

    wish = command.Wish(
        options.question,
        options.database,
        options.session,
        options.token,
        options.seconds,
        options.as_json,
        options.documents,
    )
    if options.documents and options.database:
        raise OperateError("--database is of the lake; leave it or --documents out.")
    return asks.ask(target, wish) if options.documents else command.command(target, wish)
