"""What ``erase`` takes, what it needs, and examples."""

from __future__ import annotations

import argparse
import sys
from datetime import date

from operate import asking
from operate.arguments import name
from operate.erase.erasure import Subject, Wish
from operate.errors import OperateError

SUMMARY = "take away what is left of an article, a document, somebody's questions, or calls of models"
MORE = "It shows\nwhat it finds and cannot reach, and asks; old versions go too. It may be run again at any time."
NEEDS = """\
needs: a deployed stack and your AWS credentials (the environment's or --profile), or --local;
       cloudformation:ListStackResources; on the buckets s3:ListBucket, s3:ListBucketVersions, s3:GetObject,
       s3:GetObjectVersion, and to erase s3:DeleteObject, s3:DeleteObjectVersion, s3:PutObject; on the queues
       sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility, sqs:SendMessage; on the table
       dynamodb:GetItem, PutItem, DeleteItem, for questions and knowledge Scan and UpdateItem;
       states:DescribeExecution, ListExecutions; logs:DescribeLogGroups (docs/security.md)

example: python -m operate erase --article my-article --yes
example: python -m operate erase --document claims/2026/anna.pdf
example: python -m operate erase --asker arn:aws:iam::123456789012:user/anna
example: python -m operate erase --request 6f1c2a3e-0a1b-4c5d-8e9f-001122334455 --day 2026-11-20 --yes
example: python -m operate erase --app help-desk --day 2026-11-20"""


def add_to(command: argparse.ArgumentParser) -> None:
    """The arguments."""
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--article", type=name, metavar="ID", help="the article's id, as in its messages; it is withdrawn already"
    )
    what.add_argument("--document", type=name, metavar="KEY", help="of the document in the inbox")
    what.add_argument(
        "--asker", type=name, metavar="ID", help="questions of a token's sub, or of an IAM user's or role's ARN"
    )
    what.add_argument(
        "--request", type=name, action="append", metavar="ID", help="of a model call, as judge prints it; repeatable"
    )
    what.add_argument("--app", type=name, help="all calls of an application (the parameter AppKey), of one day")
    what.add_argument(
        "--prefix", type=name, help="all log objects below a key prefix of the bucket of logs, of one day"
    )
    command.add_argument("--day", type=_day, help="of the calls, UTC: 2026-11-20 (default: with --request every day)")
    command.add_argument(
        "--knowledge-bucket",
        type=name,
        metavar="NAME",
        help="with --document or --asker: a KnowledgeBucket that stayed when UseKnowledge was switched off, too",
    )
    command.add_argument("--yes", action="store_true", help="erase without being asked; it cannot be undone")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day like 2026-11-20") from None


def subject_of(options: argparse.Namespace) -> Subject:
    """Raises OperateError where a day is missing, or is of no use."""
    if options.article or options.document or options.asker:
        if options.day:
            raise OperateError("A day is of calls of models; leave --day out.")
        if options.article and options.knowledge_bucket:
            raise OperateError("No article is in a bucket of knowledge; leave --knowledge-bucket out.")
        old = options.knowledge_bucket or ""
        return Subject(options.article or "", options.document or "", options.asker or "", old_bucket=old)
    if options.knowledge_bucket:
        raise OperateError("No calls are in a bucket of knowledge; leave --knowledge-bucket out.")
    if (options.app or options.prefix) and not options.day:
        raise OperateError("Say of which day: --day 2026-11-20.")
    wish = Wish(frozenset(options.request or ()), options.app or "", options.prefix or "", options.day)
    return Subject(calls=wish)


def agreed(options: argparse.Namespace) -> bool:
    """Whether the person has said yes, before or now; a program that does not say it beforehand has not."""
    if options.yes or not sys.stdin.isatty():
        return bool(options.yes)
    question = "Erase all this? It cannot be undone. Type yes: "
    return asking.answer(question, "Nothing is erased: nobody said yes.") == "yes"
