"""The command line of an operator: one subcommand per task, each against AWS or, with ``--local``, the local cloud."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from operate.clients import DEFAULT_PORT, DEFAULT_STACK, Target
from operate.errors import OperateError

LONGEST_DAYS = 455
"""CloudWatch keeps metrics for 15 months (user guide, "Metrics retention")."""


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. Exit codes: 0 done, 1 failed, with one sentence on stderr, 2 wrong arguments."""
    from botocore.exceptions import BotoCoreError, ClientError

    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except (OperateError, BotoCoreError, ClientError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _target(options: argparse.Namespace) -> Target:
    port = (options.port or DEFAULT_PORT) if options.local or options.port else None
    return Target(options.stack_name, port, options.profile, options.region)


def _print(lines: Iterable[str]) -> int:
    for line in lines:
        print(line, flush=True)
    return 0


def _redrive(options: argparse.Namespace) -> int:
    from operate import redrive

    return _print(redrive.command(_target(options), options.pipeline, options.most))


def _cost(options: argparse.Namespace) -> int:
    from operate import cost

    report = cost.read(_target(options).client("cloudwatch"), options.days, time.time())
    return _print(cost.lines(report, cost.prices()))


def _sign(options: argparse.Namespace) -> int:
    from operate import sign

    return _print(sign.command(options.article, options.base_url, options.key_id, options.private_key, options.hours))


def _bedrock_logging(options: argparse.Namespace) -> int:
    from operate import bedrock_logging

    target = _target(options)
    return _print(
        bedrock_logging.command(
            target.client("bedrock"), target.client("cloudformation"), target.stack, options.confirm
        )
    )


def _stream(options: argparse.Namespace) -> int:
    from operate import stream

    target = _target(options)
    name = options.stream or target.output("TripsStreamName", "name the stream with --stream")
    return _print(stream.command(options.file, options.rows, name, target.client("firehose")))


def _calibrate(options: argparse.Namespace) -> int:
    # The functions' own import root, as the template's CodeUri: this command runs their code in this process.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "functions"))
    from operate import calibrate

    encoder = calibrate.encoder_named(options.encoder) if options.encoder else None
    return calibrate.command(options.pairs, encoder, options.fresh, options.write, print)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operate", description="Commands against a stack of this application, on AWS or on this machine."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    stack = argparse.ArgumentParser(add_help=False)
    stack.add_argument("--stack-name", default=DEFAULT_STACK, help="as deployed (default: %(default)s)")
    stack.add_argument("--local", action="store_true", help="a local cloud that runs (make up), instead of AWS")
    stack.add_argument("--port", type=int, help=f"of the local cloud, which it implies (default: {DEFAULT_PORT})")
    stack.add_argument("--profile", help="AWS profile; your environment's otherwise")
    stack.add_argument("--region", help="AWS Region; your environment's otherwise")

    def add(name: str, call: Callable[[argparse.Namespace], int], text: str, *, asks: bool = True) -> Any:
        made = commands.add_parser(name, parents=[stack] if asks else [], help=text, description=text)
        made.set_defaults(command=call)
        return made

    again = add("redrive", _redrive, "start failed executions of a pipeline again, once their cause is mended")
    again.add_argument("pipeline", help="whose failed queue: narration or documents")
    again.add_argument("--most", type=int, default=100, help="how many at most (default: %(default)s)")

    costs = add("cost", _cost, "what narration has cost, from the metrics of a stack")
    costs.add_argument("--days", type=_days, default=30, help="how many days to look back (default: %(default)s)")

    sign = add("sign", _sign, "print the cookies that open one premium article's audio on CloudFront", asks=False)
    sign.add_argument("article", help="id of the article")
    sign.add_argument("--base-url", required=True, help="https://... of the distribution (PublicBaseUrl)")
    sign.add_argument("--key-id", required=True, help="output MembersKeyId of the stack")
    sign.add_argument("--private-key", type=Path, required=True, help="PEM file; MembersPublicKey is its other half")
    sign.add_argument("--hours", type=int, default=8, help="for which they open it (default: %(default)s)")

    logging = add("bedrock-logging", _bedrock_logging, "show where Bedrock logs this account's calls, or set it")
    logging.add_argument("--confirm", action="store_true", help="write it; otherwise it is only shown")

    play = add("stream", _stream, "play a file of rows into the trips stream")
    play.add_argument("file", type=Path, metavar="FILE", help="CSV with a header line, or JSON lines")
    play.add_argument("--rows", type=int, default=500, help="rows per record (default: %(default)s)")
    play.add_argument("--stream", help="name of the stream; the stack's TripsStreamName otherwise")

    _add_calibrate(add)
    return parser


def _add_calibrate(add: Callable[..., Any]) -> None:
    calibrate = add(
        "calibrate", _calibrate, "how well refusals are told from answers on your labelled pairs", asks=False
    )
    calibrate.add_argument(
        "pairs",
        type=Path,
        nargs="+",
        metavar="PAIRS",
        help='JSON lines: {"completion", "label": refused|answered, ...}',
    )
    calibrate.add_argument("--encoder", metavar="MODULE:FACTORY", help="makes an llm.refusals.Encoder; adds embeddings")
    calibrate.add_argument("--fresh", action="store_true", help="start from the prior, not from the shipped weights")
    calibrate.add_argument("--write", type=Path, metavar="FILE", help="write the head fitted on all pairs")


def _days(text: str) -> int:
    days = int(text) if text.isdecimal() else 0
    if not 1 <= days <= LONGEST_DAYS:
        raise argparse.ArgumentTypeError(f"a number from 1 to {LONGEST_DAYS}: CloudWatch keeps metrics no longer")
    return days
