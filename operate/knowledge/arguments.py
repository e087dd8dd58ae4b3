"""How ``index``, ``why``, ``search`` and ``open`` are called, and what they need."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator

from operate.arguments import name
from operate.clients import Target
from operate.errors import OperateError

_STACK = """\
needs: a deployed stack with UseKnowledge=true and your AWS credentials (the environment's or --profile), or
       --local;"""
EPILOGS = {
    "index": f"""\
{_STACK}
       s3:ListBucket and s3:GetObject on the buckets of summaries and of knowledge, dynamodb:GetItem on the table,
       sqs:SendMessage on IndexNextQueue

example: python -m operate index --all
example: python -m operate index contracts/2026/anna.pdf --check --yes""",
    "why": f"""\
{_STACK}
       s3:ListBucket and s3:GetObject on the inbox, on the buckets of summaries and of knowledge, dynamodb:GetItem on
       the table, s3vectors:GetVectors on the index

example: python -m operate why contracts/2026/anna.pdf --as 3f1c2a3e-0a1b --group hr --group board""",
    "search": f"""\
{_STACK}
       the right to read the stack, and execute-api:Invoke on its API; with --token a token instead

example: python -m operate search "notice period" --folder contracts/2026/ --local""",
    "open": f"""\
{_STACK}
       the right to read the stack, and execute-api:Invoke on its API; with --token a token instead

example: python -m operate open contracts/2026/anna.pdf --page 3 --local""",
}

Run = Callable[[argparse.Namespace, Callable[[Target], Iterable[str]]], int]


def add_to(add: Callable[..., argparse.ArgumentParser], run: Run, number: Callable[[str], int]) -> None:
    """The commands. ``run`` prints what a call on the target gives."""
    index = add(
        "index",
        lambda options: run(options, lambda target: _index(target, options)),
        "bring documents into the index of knowledge that it lacks, or look at all of them",
        "Says how many\nand what it costs, and asks. What is right already costs nothing.",
    )
    index.add_argument("documents", nargs="*", metavar="KEY", type=name, help="of documents in the inbox")
    index.add_argument("--all", action="store_true", help="every document that was read or is in the index")
    index.add_argument("--prefix", type=name, help="those below it in the inbox")
    index.add_argument("--check", action="store_true", help="look at the vectors, too, whatever the pointers say")
    index.add_argument("--yes", action="store_true", help="send without asking")
    why = add(
        "why",
        lambda options: run(options, lambda target: _why(target, options)),
        "say why a document is found by search and questions, or is not",
        "What was read of it, what\nis in the index, which access file rules; with --as, whether somebody may read it.",
    )
    why.add_argument("document", metavar="KEY", type=name, help="of a document in the inbox")
    why.add_argument("--as", dest="user", default="", metavar="USER", help="a token's sub, or the ARN of who signs")
    why.add_argument(
        "--group", dest="groups", action="append", default=[], help="of that user, as the token has it; once per group"
    )
    search = add(
        "search",
        lambda options: run(options, lambda target: _search(target, options)),
        "search what the documents say, as who signs or as a token's user",
    )
    search.add_argument("query", help="in quotes")
    search.add_argument("--top", type=number, default=10, help="hits (default: %(default)s; 50 at most)")
    search.add_argument("--folder", default="", help="only documents below it in the inbox: contracts/2026/")
    search.add_argument("--type", default="", help="only documents of this type: invoice")
    search.add_argument("--token", default="", help="of the stack's TokenIssuer, where it has one")
    search.add_argument("--json", action="store_true", dest="as_json", help="print the answer as it comes")
    page = add(
        "open",
        lambda options: run(options, lambda target: _open(target, options)),
        "open a page of a document that may be read: its address for five minutes, or its text",
        "Under the\nsame rights as a search. Whoever holds the address reads the document until it expires.",
    )
    page.add_argument("document", metavar="KEY", type=name, help="of a document in the inbox")
    page.add_argument("--page", type=number, default=1, help="the page (default: %(default)s)")
    page.add_argument("--version", default="", help="that of a citation or a hit; without it the one that counts")
    page.add_argument("--token", default="", help="of the stack's TokenIssuer, where it has one")
    page.add_argument("--json", action="store_true", dest="as_json", help="print the answer as it comes")


def _index(target: Target, options: argparse.Namespace) -> Iterator[str]:
    from operate.knowledge import backfill

    if sum((bool(options.documents), options.all, options.prefix is not None)) != 1:
        raise OperateError("Name documents by their keys, or say --prefix, or --all: one of the three.")
    wish = backfill.Wish(tuple(options.documents), options.prefix or "", options.check, options.yes)
    return backfill.command(target, wish)


def _why(target: Target, options: argparse.Namespace) -> Iterator[str]:
    from operate.knowledge import why

    if options.groups and not options.user:
        raise OperateError("Groups are somebody's; name the user with --as.")
    asker = why.Asker(options.user, tuple(options.groups)) if options.user else None
    return why.command(target, options.document, asker)


def _search(target: Target, options: argparse.Namespace) -> Iterator[str]:
    from operate.knowledge import asks

    filters = {"folder": options.folder, "type": options.type}
    wish = asks.Search(options.query, options.top, filters, options.token, options.as_json)
    return asks.search(target, wish)


def _open(target: Target, options: argparse.Namespace) -> Iterator[str]:
    from operate.knowledge import asks

    wish = asks.Page(options.document, options.page, options.version, options.token, options.as_json)
    return asks.opened(target, wish)
