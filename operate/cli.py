"""The command line of an operator: one subcommand per task, each against AWS or, with ``--local``, the local cloud."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, TypeAlias

from operate.clients import DEFAULT_PORT, DEFAULT_STACK, Target
from operate.errors import OperateError

LONGEST_DAYS = 455
"""CloudWatch keeps metrics for 15 months (user guide, "Metrics retention")."""


Call: TypeAlias = Callable[[argparse.Namespace], int]


class Add(Protocol):
    """Adds a command: its name, what it calls, what it does in a line and in more words."""

    def __call__(
        self, name: str, call: Call, summary: str, more: str = "", *, on_stack: bool = True
    ) -> argparse.ArgumentParser: ...


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
    port = (options.port or _default_port()) if options.local or options.port else None
    return Target(options.stack_name, port, options.profile, options.region)


def _default_port() -> int:
    named = os.environ.get("PORT", "")
    return int(named) if named.isdecimal() else DEFAULT_PORT


def _print(lines: Iterable[str]) -> int:
    for line in lines:
        print(line, flush=True)
    return 0


def _redrive(options: argparse.Namespace) -> int:
    from operate import redrive

    return _print(redrive.command(_target(options), options.pipeline, options.most))


def _purge(options: argparse.Namespace) -> int:
    from operate import purge

    return _print(purge.command(_target(options), options.article, confirm=options.confirm))


def _cost(options: argparse.Namespace) -> int:
    from operate import cost

    target = _target(options)
    report = cost.read(target.client("cloudwatch"), target.stack, options.days, time.time())
    return _print(cost.lines(report, cost.prices()))


def _preflight(options: argparse.Namespace) -> int:
    from operate import preflight

    return _print(preflight.command(_target(options).client("lambda"), options.config, options.env))


def _sign(options: argparse.Namespace) -> int:
    from operate import sign

    signer = sign.Signer(options.key_id, options.private_key)
    article, base_url, hours = options.article, options.base_url, options.hours
    if options.file and article is None:
        raise OperateError("A URL opens a file of one article: name the article.")
    if options.file:
        return _print([sign.file_url(signer, base_url, article, hours, options.file)])
    if options.cookie_header:
        return _print([sign.cookie_header(signer, base_url, article, hours)])
    return _print(sign.cookies(signer, base_url, article, hours, options.domain))


def _bedrock_logging(options: argparse.Namespace) -> int:
    from operate import bedrock_logging

    return _print(bedrock_logging.command(_target(options), options.confirm))


def _stream(options: argparse.Namespace) -> int:
    from operate import stream

    target = _target(options)
    name = options.stream or target.output("TripsStreamName", "name the stream with --stream")
    return _print(stream.command(options.file, options.rows, name, target.client("firehose")))


def _read(options: argparse.Namespace) -> int:
    _with_functions()
    from operate import read

    return _print(read.command(options.file, options.language, options.profile))


def _with_functions() -> None:
    """The functions' own import root, as the template's CodeUri: a command runs their code in this process."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "functions"))


def _calibrate(options: argparse.Namespace) -> int:
    _with_functions()
    from operate import calibrate

    encoder = calibrate.encoder_named(options.encoder) if options.encoder else None
    return calibrate.command(options.pairs, encoder, options.fresh, options.write, print)


_STACK_NEEDS = "needs: a deployed stack and your AWS credentials (the environment's or --profile), or --local"

_EPILOGS = {
    "redrive": f"""\
{_STACK_NEEDS};
       the right to read the stack and to invoke its function RedriveFailed

example: python -m operate redrive narration --most 10""",
    "purge": f"""\
{_STACK_NEEDS};
       on the audio bucket s3:ListBucketVersions, s3:ListBucket, s3:GetObject, with --confirm s3:DeleteObjectVersion

example: python -m operate purge my-article --confirm""",
    "cost": """\
needs: your AWS credentials with cloudwatch:GetMetricData, or --local; prices are in operate/prices.toml

example: python -m operate cost --days 7 --profile production""",
    "preflight": f"""\
{_STACK_NEEDS};
       lambda:GetAccountSettings

example: python -m operate preflight --env prod""",
    "sign": """\
needs: the private key whose public half is the stack's parameter MembersPublicKey; no AWS call is made
       (docs/paywall.md goes from a key pair to a player)

example: python -m operate sign my-article --base-url https://audio.example.org --key-id K2JCJMDEHXQW5F \\
             --private-key members.pem --hours 24""",
    "bedrock-logging": f"""\
{_STACK_NEEDS};
       bedrock:GetModelInvocationLoggingConfiguration, and with --confirm the Put of that name

example: python -m operate bedrock-logging --confirm""",
    "read": """\
needs: nothing; no AWS call is made. docs/reading.md says what a profile may hold

example: python -m operate read article.html --language de-DE --profile reading/profile.toml""",
    "stream": f"""\
{_STACK_NEEDS};
       firehose:PutRecordBatch on the stream

example: python -m operate stream trips.csv --rows 500 --local""",
    "calibrate": """\
needs: at least 20 refused and 20 answered pairs for a fit; fewer are only measured. No AWS call is made

example: python -m operate calibrate pairs.jsonl --write functions/llm/refusals/weights.json""",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operate", description="Commands against a stack of this application, on AWS or on this machine."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    stack = argparse.ArgumentParser(add_help=False)
    stack.add_argument("--stack-name", default=DEFAULT_STACK, help="as deployed (default: %(default)s)")
    stack.add_argument("--local", action="store_true", help="a local cloud that runs (make up), instead of AWS")
    stack.add_argument(
        "--port", type=int, help=f"of the local cloud; implies --local (default: PORT or {DEFAULT_PORT})"
    )
    stack.add_argument("--profile", help="AWS profile (default: your environment's)")
    stack.add_argument("--region", help="AWS Region (default: your environment's)")

    def add(name: str, call: Call, summary: str, more: str = "", *, on_stack: bool = True) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name,
            parents=[stack] if on_stack else [],
            help=summary,
            description=f"{summary[:1].upper()}{summary[1:]}. {more}".strip(),
            epilog=_EPILOGS[name],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(command=call)
        return command

    _add_redrive(add)
    _add_purge(add)
    _add_cost(add)
    _add_preflight(add)
    _add_sign(add)
    _add_read(add)
    _add_bedrock_logging(add)
    _add_stream(add)
    _add_calibrate(add)
    return parser


def _add_redrive(add: Add) -> None:
    redrive = add(
        "redrive",
        _redrive,
        "start failed executions of a pipeline again, once their cause is gone",
        "They start from the\ninput they had and pay only for what is missing.",
    )
    redrive.add_argument("pipeline", help="the pipeline of the failed queue: narration or documents")
    redrive.add_argument("--most", type=_number, default=100, help="executions at most (default: %(default)s)")


def _add_purge(add: Add) -> None:
    purge = add(
        "purge",
        _purge,
        "take away what is left of a withdrawn article: messages, plans and speech",
        "\nA fragment that another article uses stays. Without --confirm it only says what it would delete.",
    )
    purge.add_argument("article", help="the article's id, as in its messages")
    purge.add_argument("--confirm", action="store_true", help="delete; it cannot be undone")


def _add_cost(add: Add) -> None:
    cost = add(
        "cost",
        _cost,
        "what narration has cost, from the metrics of a stack",
        "Beside it: what whole\narticles, or whole paragraphs, would have cost.",
    )
    cost.add_argument("--days", type=_days, default=30, help="days to look back (default: %(default)s)")


def _add_preflight(add: Add) -> None:
    preflight = add(
        "preflight",
        _preflight,
        "before a deployment: whether the workers that speak fit into the account",
        "A new account runs ten\nfunctions at once.",
    )
    preflight.add_argument("--env", default="default", help="section of samconfig.toml (default: %(default)s)")
    preflight.add_argument(
        "--config", type=Path, default=Path("samconfig.toml"), help="where its parameters are (default: %(default)s)"
    )


def _add_sign(add: Add) -> None:
    sign = add(
        "sign",
        _sign,
        "print the cookies, or a URL, that open premium audio on CloudFront",
        "Without an article\nthe cookies open the members' files of every article.",
        on_stack=False,
    )
    sign.add_argument("article", nargs="?", help="id of the article")
    sign.add_argument("--base-url", required=True, help="https://... of the distribution (PublicBaseUrl)")
    sign.add_argument("--key-id", required=True, help="output MembersKeyId of the stack")
    sign.add_argument("--private-key", type=Path, required=True, help="PEM file; MembersPublicKey is its other half")
    sign.add_argument("--hours", type=_number, default=8, help="life of what is printed (default: %(default)s)")
    sign.add_argument("--domain", help="of the cookies, where the site has another name: example.org")
    form = sign.add_mutually_exclusive_group()
    form.add_argument("--url", dest="file", metavar="FILE", help="a signed URL of one file (full.mp3), for any player")
    form.add_argument("--cookie-header", action="store_true", help="one Cookie header instead, to try with curl")


def _add_bedrock_logging(add: Add) -> None:
    logging = add(
        "bedrock-logging",
        _bedrock_logging,
        "show where Bedrock logs this account's calls, or set it",
        "An account and Region has one\nconfiguration; another S3 destination is never replaced.",
    )
    logging.add_argument("--confirm", action="store_true", help="write it; otherwise it is only shown")


def _add_read(add: Add) -> None:
    read = add(
        "read",
        _read,
        "print an HTML body as it would be spoken, and what is left out, by which rule and where",
        "Try a\nchange to your profile here before you upload it.",
        on_stack=False,
    )
    read.add_argument("file", type=Path, metavar="FILE.html", help="the body, in UTF-8")
    read.add_argument("--language", default="en-US", help="BCP 47 tag of the article (default: %(default)s)")
    read.add_argument("--profile", type=Path, metavar="TOML", help="your reading/profile.toml")


def _add_stream(add: Add) -> None:
    stream = add(
        "stream",
        _stream,
        "play a file of rows into the trips stream",
        "Refused records are sent again; progress is shown\non stderr.",
    )
    stream.add_argument("file", type=Path, metavar="FILE", help="CSV with a header line, or JSON lines")
    stream.add_argument("--rows", type=_number, default=500, help="rows per record (default: %(default)s)")
    stream.add_argument("--stream", help="name of the stream (default: the stack's TripsStreamName)")


def _add_calibrate(add: Add) -> None:
    calibrate = add(
        "calibrate",
        _calibrate,
        "measure the refusal detector on your labelled pairs, and fit it to them",
        "Figures are those of\npairs that a fit has not seen.",
        on_stack=False,
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


def _number(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError("a number of 1 or more")
    return number


def _days(text: str) -> int:
    days = int(text) if text.isdecimal() else 0
    if not 1 <= days <= LONGEST_DAYS:
        raise argparse.ArgumentTypeError(f"a number from 1 to {LONGEST_DAYS}: CloudWatch keeps metrics no longer")
    return days
