"""What ``replay`` takes, what it needs, and examples."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from operate.clients import Target
from operate.errors import OperateError
from operate.replay import articles, documents

SUMMARY = "say articles once more with another voice, or documents with the model and prompts of now"
MORE = "Prints\nthe price first, and asks. What was paid for already is not paid for again."
NEEDS = """\
needs: a deployed stack and your AWS credentials (the environment's or --profile), or --local;
       narration: s3:ListBucket and s3:GetObject on the audio bucket, lambda:InvokeFunction on NarrationPlan,
       sns:Publish; documents: the same of S3 on inbox and summaries, states:StartExecution and DescribeExecution;
       dynamodb:GetItem for both

example: python -m operate replay narration my-article --voice Vicki --engine neural
example: python -m operate replay documents --prefix contracts/2026/ --again new-model --yes"""


def add_to(command: argparse.ArgumentParser, number: Callable[[str], int]) -> None:
    """The arguments."""
    command.add_argument("pipeline", choices=["narration", "documents"], help="what is sent again")
    command.add_argument("names", nargs="*", metavar="NAME", help="ids of articles, or keys of documents")
    command.add_argument("--all", action="store_true", help="narration: every published article")
    command.add_argument("--voice", default="", help="narration: a voice of Polly's (default: the message's own)")
    command.add_argument("--engine", default="", help="narration: standard, neural, long-form, generative")
    command.add_argument("--prefix", help="documents: all below it in the inbox")
    command.add_argument("--again", default="", help="documents: a name of this replay (default: today's date)")
    command.add_argument("--yes", action="store_true", help="send without asking")
    command.add_argument("--wait", type=number, default=600, help="seconds to look on (default: %(default)s)")


def call(target: Target, options: argparse.Namespace) -> Iterator[str]:
    _refuse_others(options)
    names = tuple(options.names)
    if options.pipeline == "narration":
        if bool(names) == options.all:
            raise OperateError("Name articles by their ids, or say --all.")
        return articles.command(target, articles.Wish(names, options.voice, options.engine, options.yes, options.wait))
    if bool(names) == (options.prefix is not None):
        raise OperateError('Name documents by their keys, or say --prefix; --prefix "" is the whole inbox.')
    again = options.again or f"replay {datetime.now(UTC):%Y-%m-%d}"
    return documents.command(target, documents.Wish(names, options.prefix or "", again, options.yes, options.wait))


OF = {"narration": ("all", "voice", "engine"), "documents": ("prefix", "again")}
"""Options that are of one pipeline alone."""


def _refuse_others(options: argparse.Namespace) -> None:
    """Raises OperateError for an option of the other pipeline: who gives one expects that it does something."""
    other = next(name for name in OF if name != options.pipeline)
    given = [f"--{name}" for name in OF[other] if getattr(options, name) not in (None, False, "")]
    if given or (options.pipeline == "narration" and options.prefix is not None):
        said = " and ".join(given or ["--prefix"])
        raise OperateError(f"{said}: of {other} alone. Leave it out, or say replay {other}.")
