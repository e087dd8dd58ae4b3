"""The command line of an operator: one subcommand per task, each against AWS or, with ``--local``, the local cloud."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, TypeAlias

from operate import failures, samconfig
from operate.arguments import add_where as _add_where
from operate.arguments import default_port as _default_port
from operate.arguments import number as _number
from operate.arguments import span as _span
from operate.asking import Stopped
from operate.clients import DEFAULT_STACK, Target
from operate.cost import arguments as arguments_of_cost
from operate.delete import arguments as arguments_of_delete
from operate.erase import arguments as arguments_of_erase
from operate.errors import OperateError, refuse
from operate.helps import EPILOGS
from operate.images import arguments as arguments_of_images
from operate.knowledge import arguments as arguments_of_knowledge
from operate.preflight import arguments as arguments_of_preflight
from operate.questions import arguments as arguments_of_questions
from operate.replay import arguments as arguments_of_replay
from operate.spending import arguments as arguments_of_spending
from operate.training import arguments as arguments_of_training

Call: TypeAlias = Callable[[argparse.Namespace], int]


class Add(Protocol):
    """Adds a command: its name, what it calls, what it does in a line and in more words."""

    def __call__(
        self, name: str, call: Call, summary: str, more: str = "", *, on_stack: bool = True
    ) -> argparse.ArgumentParser: ...


def main(arguments: list[str] | None = None) -> int:
    """Runs one command. Exit codes: 0 done; 1 failed, with one sentence on stderr; 2 wrong arguments; 130 stopped;
    141 not read to its end."""
    from botocore.exceptions import BotoCoreError, ClientError

    options = _parser().parse_args(arguments)
    _with_functions()
    from common.errors import MillraceError

    try:
        return int(options.command(options))
    except BrokenPipeError:  # who reads has seen enough (| head), and nothing can be told any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Stopped as stopped:
        return _failed(f"\n{stopped}", 130)
    except KeyboardInterrupt:
        return _failed("\nStopped before the end: what was done by then stays done.", 130)
    except (OperateError, MillraceError, BotoCoreError, ClientError, OSError) as error:
        return _failed(f"error: {failures.sentence(error, getattr(options, 'profile', None))}", 1)


def _failed(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


def _target(options: argparse.Namespace, environment: str | None = None) -> Target:
    """Where a command goes. ``environment``: of samconfig.toml, for a command that has one unasked."""
    port = (options.port or _default_port()) if options.local or options.port else None
    if port is not None and options.profile is not None:
        raise OperateError("--profile is of AWS, and the local cloud has its own credentials; leave one of both out.")
    target = Target(options.stack_name or DEFAULT_STACK, port, options.profile, options.region)
    environment = options.env or environment
    if environment is not None:
        return samconfig.named(target, options.config or samconfig.FILE, environment, options.stack_name)
    if options.config is not None:
        raise OperateError("--config is the file of --env; say which environment of it: --env prod.")
    return target


def _print(lines: Iterable[str]) -> int:
    for line in lines:
        print(line, flush=True)
    return 0


def _on_target(options: argparse.Namespace, call: Callable[[Target], Iterable[str]]) -> int:
    return _print(call(_target(options)))


def _replay(options: argparse.Namespace) -> int:
    return _on_target(options, lambda target: arguments_of_replay.call(target, options))


def _redrive(options: argparse.Namespace) -> int:
    from operate.redrive import pipelines

    return _print(pipelines.command(_target(options), options.pipeline, options.most))


def _erase(options: argparse.Namespace) -> int:
    from operate.erase import command

    subject = arguments_of_erase.subject_of(options)
    return _print(command.command(_target(options), subject, agreed=lambda: arguments_of_erase.agreed(options)))


def _delete(options: argparse.Namespace) -> int:
    from operate.delete import command

    target = _target(options, samconfig.DEFAULT)
    way = arguments_of_delete.way(options, target)
    return _print(command.command(target, way, agreed=lambda: arguments_of_delete.agreed(options)))


def _cost(options: argparse.Namespace) -> int:
    from operate.cost import command

    return _on_target(options, lambda target: command.command(target, options.pipeline, options.days, time.time()))


def _prices(options: argparse.Namespace) -> int:
    from operate.models import prices

    refuse(options.stack_name, "--stack-name", "prices are of no stack; leave it out")
    refuse(options.region, "--region", "prices are those of the table's Region (functions/llm/prices.toml)")
    return _print(prices.command(_target(options), time.time(), write=options.write))


def _preflight(options: argparse.Namespace) -> int:
    from operate import preflight

    target = _target(options, samconfig.DEFAULT)
    wanted = samconfig.overrides(options.config or samconfig.FILE, options.env or samconfig.DEFAULT)
    return _print(preflight.command(target, wanted, options.skip))


def _sign(options: argparse.Namespace) -> int:
    from operate import sign

    signer = sign.Signer(options.key_id, options.private_key)
    article, base_url, hours = options.article, options.base_url, options.hours
    if options.file and article is None:
        raise OperateError("A URL opens a file of one article: name the article.")
    if options.file or options.cookie_header:
        refuse(options.domain, "--domain", "it is of Set-Cookie headers; leave it out, or --url and --cookie-header")
    if options.file:
        return _print([sign.file_url(signer, base_url, article, hours, options.file)])
    if options.cookie_header:
        return _print([sign.cookie_header(signer, base_url, article, hours)])
    return _print(sign.cookies(signer, base_url, article, hours, options.domain))


def _sign_image(options: argparse.Namespace) -> int:
    from operate.images import addresses

    return _print(addresses.command(_target(options), options))


def _bedrock_logging(options: argparse.Namespace) -> int:
    from operate import bedrock_logging

    return _print(bedrock_logging.command(_target(options), options.confirm))


def _stream(options: argparse.Namespace) -> int:
    from operate import stream

    target = _target(options)
    if options.stream:
        refuse(options.stack_name, "--stack-name", "--stream names the stream already; leave one of both out")
    name = options.stream or target.output("TripsStreamName", "name the stream with --stream")
    return _print(stream.command(options.file, options.rows, name, target.client("firehose")))


def _resend(options: argparse.Namespace) -> int:
    from operate import resend

    if options.failed:
        refuse(options.header, "--header", "records that Firehose gave up have theirs; leave it or --failed out")
    wish = resend.Wish(options.reason, options.failed, options.header, options.confirm)
    return _print(resend.command(_target(options), wish))


def _read(options: argparse.Namespace) -> int:
    from operate import read

    return _print(read.command(options.file, options.language, options.profile))


def _with_functions() -> None:
    """The functions' own import root, as the template's CodeUri: a command runs their code in this process."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "functions"))


def _calibrate(options: argparse.Namespace) -> int:
    from operate.calibrate import command

    encoder = command.encoder_named(options.encoder) if options.encoder else None
    wish = command.Wish(options.pairs, encoder, options.fresh, options.write, options.data, options.keep)
    return command.run(wish, print)


def _judge(options: argparse.Namespace) -> int:
    from operate.models import judge

    wanted = judge.Wanted(options.outcome, options.model, options.text, options.most, options.app)
    return _print(judge.command(_target(options), options.since, wanted, time.time()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m operate", description="Commands against a stack of this application, on AWS or on this machine."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    stack = argparse.ArgumentParser(add_help=False)
    _add_where(stack)

    def add(name: str, call: Call, summary: str, more: str = "", *, on_stack: bool = True) -> argparse.ArgumentParser:
        command = commands.add_parser(
            name,
            parents=[stack] if on_stack else [],
            help=summary,
            description=f"{summary[:1].upper()}{summary[1:]}. {more}".strip(),
            epilog=EPILOGS[name],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(command=call)
        return command

    arguments_of_questions.add_to(add, _on_target, _number)
    arguments_of_knowledge.add_to(add, _on_target, _number)
    arguments_of_training.add_to(add, _on_target)
    _add_redrive(add)
    arguments_of_erase.add_to(add("erase", _erase, arguments_of_erase.SUMMARY, arguments_of_erase.MORE))
    arguments_of_delete.add_to(add("delete", _delete, arguments_of_delete.SUMMARY, arguments_of_delete.MORE))
    arguments_of_cost.add_to(add("cost", _cost, arguments_of_cost.SUMMARY, arguments_of_cost.MORE))
    arguments_of_spending.add_to(add, _on_target, _number)
    arguments_of_replay.add_to(add("replay", _replay, arguments_of_replay.SUMMARY, arguments_of_replay.MORE), _number)
    _add_prices(add)
    arguments_of_preflight.add_to(
        add("preflight", _preflight, arguments_of_preflight.SUMMARY, arguments_of_preflight.MORE)
    )
    _add_sign(add)
    arguments_of_images.add_to(add("sign-image", _sign_image, arguments_of_images.SUMMARY, arguments_of_images.MORE))
    _add_read(add)
    _add_bedrock_logging(add)
    _add_stream(add)
    _add_resend(add)
    _add_judge(add)
    _add_calibrate(add)
    return parser


def _add_redrive(add: Add) -> None:
    redrive = add(
        "redrive",
        _redrive,
        "start failed executions of a pipeline again, once their cause is gone, and send its dead letters on",
        "Executions start\nfrom the input they had and pay only for what is missing. It ends with what is left.",
    )
    redrive.add_argument("pipeline", help="narration, documents, llm, questions, knowledge or training")
    redrive.add_argument(
        "--most", type=_number, default=1000, help="executions, and dead letters, at most (default: %(default)s)"
    )


def _add_prices(add: Add) -> None:
    prices = add(
        "prices",
        _prices,
        "compare the prices of models with the price list service",
        "What differs, what is missing,\nand what nobody looked at for long.",
    )
    prices.add_argument("--write", action="store_true", help="into functions/llm/prices.toml (default: only shown)")


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


def _add_resend(add: Add) -> None:
    resend = add(
        "resend",
        _resend,
        "send rows that were left out of the lake again, once the recipe is mended",
        "Without --confirm\nthey are only counted, by reason.",
    )
    resend.add_argument("--reason", default="", help="only rows left out for it: header, empty, bounds (default: all)")
    resend.add_argument("--failed", action="store_true", help="the records that Firehose gave up, instead of rows")
    resend.add_argument("--header", type=Path, metavar="FILE", help="first line: header of rows kept without theirs")
    resend.add_argument("--confirm", action="store_true", help="send them; otherwise they are only counted")


def _add_judge(add: Add) -> None:
    judge = add(
        "judge",
        _judge,
        "from an alarm to the calls: which were refused, why, and where each is logged",
        "Reads the log\nas the pipeline does; no text is printed without --text.",
    )
    judge.add_argument("--since", type=_span, default=3600, help="how far back: 30m, 6h, 2d (default: 1h)")
    outcome = judge.add_mutually_exclusive_group()
    for name in ("refused", "answered", "undetermined"):
        outcome.add_argument(
            f"--{name}", dest="outcome", action="store_const", const=name, default="", help=f"only what is {name}"
        )
    judge.add_argument("--model", default="", help="only models whose id holds this")
    judge.add_argument("--app", default="", help="only calls of the application of this name (the parameter AppKey)")
    judge.add_argument("--text", action="store_true", help="print prompts and completions too: they are people's")
    judge.add_argument("--most", type=_number, default=200, help="calls that are listed (default: %(default)s)")


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
        nargs="*",
        metavar="PAIRS",
        help='JSON lines: {"completion", "label": refused|answered, ...}; none: those of the shipped weights',
    )
    calibrate.add_argument("--data", type=Path, metavar="FOLDER", help="labelled completions of real models")
    calibrate.add_argument("--keep", type=Path, metavar="FILE", help="with --data: write their features, without texts")
    calibrate.add_argument("--encoder", metavar="MODULE:FACTORY", help="makes an llm.refusals.Encoder; adds embeddings")
    calibrate.add_argument("--fresh", action="store_true", help="start from the prior, not from the shipped weights")
    calibrate.add_argument("--write", type=Path, metavar="FILE", help="write the head fitted on all pairs")
