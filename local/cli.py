"""The command line of the local cloud."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from local import clients
from local.cloud import Plan, StartError, run
from local.deploy import Deployment
from local.settings import DEFAULT_PORT, DEFAULT_STACK, HOST, default_region
from local.stacks import UnknownResource
from local.template import TemplateError, local_parameters, parse_parameters


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done, 1 failed (stack or function), 2 nothing was started."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except (StartError, TemplateError, UnknownResource) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _up(options: argparse.Namespace) -> NoReturn:
    run(Plan(options.port, options.data, None if options.no_deploy else _deployment(options)), _tell)


def _demo(options: argparse.Namespace) -> NoReturn:
    from local.demo.run import play

    # The lake as most would have it on AWS; JSON lines are the default because conversion is billed there.
    # And alarms as on AWS: the day of traffic in the demo ends with a burst of ten minutes, not of one.
    options.parameter[:0] = ["UseParquet=true", "AlarmPeriod=300"]
    run(
        Plan(0, None, _deployment(options)),
        _tell,
        lambda cloud: play(cloud, options.stack_name, options.output.resolve(), _tell),
    )


def _invoke(options: argparse.Namespace) -> int:
    from botocore.exceptions import ClientError

    from local.invoke import answers, invoke

    event = _event(options.event)
    url = f"http://{HOST}:{options.port}"
    if not answers(url):
        # None runs: start one for this call, on a port of its own.
        run(
            Plan(0, None, _deployment(options)),
            _tell_aside,
            lambda cloud: invoke(options.function, event, options.stack_name, cloud.url, cloud.region),
        )
    try:
        return invoke(options.function, event, options.stack_name, url, default_region())
    except ClientError as error:
        raise StartError(error.response["Error"]["Message"]) from error


def _sign(options: argparse.Namespace) -> int:
    import time

    from local.members import members_of, signed_cookies

    resource = members_of(options.base_url.rstrip("/"), options.article)
    expires = int(time.time()) + options.hours * 3600
    for name, value in signed_cookies(options.key_id, options.private_key, resource, expires).items():
        print(f"Set-Cookie: {name}={value}; Secure; HttpOnly; Path=/")
    return 0


def _cost(options: argparse.Namespace) -> int:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from local import clients, cost

    if options.aws:
        cloudwatch = boto3.client("cloudwatch")
    else:
        cloudwatch = clients.client("cloudwatch", f"http://{HOST}:{options.port}", default_region())
    try:
        report = cost.read(cloudwatch, options.days, time.time())
    except (BotoCoreError, ClientError) as error:
        raise StartError(f"The metrics cannot be read: {error}") from error
    for line in cost.lines(report, cost.prices()):
        print(line)
    return 0


def _accuracy(options: argparse.Namespace) -> int:
    from local import accuracy

    try:
        for line in accuracy.report(options.files):
            print(line, flush=True)
    except accuracy.AnswerError as error:
        raise StartError(str(error)) from error
    return 0


def _bedrock_logging(options: argparse.Namespace) -> int:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from local import bedrock_logging

    session: Any = boto3.session.Session()  # the caller's own account and region
    try:
        bedrock, cloudformation = session.client("bedrock"), session.client("cloudformation")
        for line in bedrock_logging.command(bedrock, cloudformation, options.stack_name, options.confirm):
            print(line)
    except (bedrock_logging.AnotherDestination, bedrock_logging.NoBucket, BotoCoreError, ClientError) as error:
        raise StartError(str(error)) from error
    return 0


def _stream(options: argparse.Namespace) -> int:
    from local import stream

    def client(service: str) -> Any:
        if options.aws:
            import boto3

            session: Any = boto3.session.Session()  # the caller's own account and region
            return session.client(service)
        return clients.client(service, f"http://{HOST}:{options.port}", default_region())

    return stream.command(
        options.file, options.rows, options.stream, client("firehose"), client("cloudformation"), options.stack_name
    )


def _load(options: argparse.Namespace) -> int:
    from local.load import Load, command

    load = Load(
        documents=options.documents,
        scans=options.scans,
        by=options.by,
        throttle=options.throttle,
        concurrency=options.concurrency,
        seconds=options.seconds,
    )
    return command(load, options.template.resolve(), _tell)


def _calibrate(options: argparse.Namespace) -> int:
    # The functions' own import root, as the template's CodeUri: this command runs their code in this process.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "functions"))
    from local import calibrate

    encoder = calibrate.encoder_named(options.encoder) if options.encoder else None
    return calibrate.command(options.pairs, encoder, options.fresh, options.write, _tell)


def _event(path: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise StartError(f"The event '{path}' cannot be read: {error.strerror}.") from error


def _deployment(options: argparse.Namespace) -> Deployment:
    template: Path = options.template
    if options.built:
        template = template.parent / ".aws-sam" / "build" / "template.yaml"
    parameters = local_parameters(options.template.parent / "samconfig.toml")
    return Deployment(
        template=template.resolve(),
        stack=options.stack_name,
        parameters={**parameters, **parse_parameters(options.parameter)},
        built=options.built,
    )


def _tell(line: str) -> None:
    print(line, flush=True)


def _tell_aside(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description="AWS for this application, on one machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--port", type=int, default=DEFAULT_PORT, help="port on 127.0.0.1; 0 picks a free one")
    shared.add_argument("--template", type=Path, default=Path("template.yaml"), help="SAM template")
    shared.add_argument("--stack-name", default=DEFAULT_STACK)
    shared.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="overrides samconfig.toml's [local]"
    )
    shared.add_argument("--built", action="store_true", help="deploy .aws-sam/build, as 'sam build' packaged it")

    up = commands.add_parser("up", parents=[shared], help="start the cloud, create the stack, serve until Ctrl-C")
    up.add_argument("--data", type=Path, help="folder that keeps the state between runs")
    up.add_argument("--no-deploy", action="store_true", help="an empty cloud, for 'sam deploy' or tests")
    up.set_defaults(command=_up)

    demo = commands.add_parser("demo", parents=[shared], help="publish articles and look at what comes of them")
    demo.add_argument("--output", type=Path, default=Path("demo-output"), help="folder for the results, made anew")
    demo.set_defaults(command=_demo)

    sign = commands.add_parser("sign", help="print the cookies that open one premium article's audio on CloudFront")
    sign.add_argument("article", help="id of the article")
    sign.add_argument("--base-url", required=True, help="https://... of the distribution (PublicBaseUrl)")
    sign.add_argument("--key-id", required=True, help="output MembersKeyId of the stack")
    sign.add_argument("--private-key", type=Path, required=True, help="PEM file; MembersPublicKey is its other half")
    sign.add_argument("--hours", type=int, default=8)
    sign.set_defaults(command=_sign)

    play = commands.add_parser("stream", help="play a file of rows into the trips stream, locally or on AWS")
    play.add_argument("file", type=Path, metavar="FILE", help="CSV with a header line, or JSON lines")
    play.add_argument("--rows", type=int, default=500, help="rows of one record")
    play.add_argument("--stream", help="name of the stream; the stack's TripsStreamName otherwise")
    play.add_argument("--aws", action="store_true", help="to AWS, with your own credentials and region")
    play.add_argument("--port", type=int, default=DEFAULT_PORT, help="port of the local cloud")
    play.add_argument("--stack-name", default=DEFAULT_STACK)
    play.set_defaults(command=_stream)

    call = commands.add_parser("invoke", parents=[shared], help="run one function, as 'sam local invoke' does")
    call.add_argument("function", metavar="FUNCTION", help="logical id in the template")
    call.add_argument("-e", "--event", type=Path, required=True, help="file with the event; '-' reads it from stdin")
    call.set_defaults(command=_invoke)

    _without_a_cloud(commands)
    return parser


def _load_options(commands: Any) -> None:
    load = commands.add_parser("load", help="many documents at once, counted to the last one")
    load.add_argument("--documents", type=int, default=1000)
    load.add_argument("--scans", type=int, default=50, help="how many of them need OCR")
    load.add_argument("--by", choices=("events", "batch"), default="events", help="the inbox's rule, or one batch")
    load.add_argument(
        "--throttle",
        nargs="?",
        const="on",
        default="off",
        metavar="FACTOR",
        help="AWS's default rates, or a factor on them",
    )
    load.add_argument("--concurrency", type=int, default=8, help="documents of a batch at a time")
    load.add_argument("--seconds", type=float, default=3600, help="after which a load that has not ended has failed")
    load.add_argument("--template", type=Path, default=Path("pipelines/documents.yaml"))
    load.set_defaults(command=_load)


def _without_a_cloud(commands: Any) -> None:
    """Commands that start nothing: they read files, metrics, or settings of an account."""
    shares = commands.add_parser("accuracy", help="how much of real Textract answers the local engine finds")
    shares.add_argument("files", type=Path, nargs="+", metavar="PAGE ANSWER", help="a document, and its answer as JSON")
    shares.set_defaults(command=_accuracy)

    _load_options(commands)

    costs = commands.add_parser("cost", help="what narration has cost, from the metrics of a stack")
    costs.add_argument("--days", type=_days, default=30, help="how many days to look back")
    costs.add_argument("--port", type=int, default=DEFAULT_PORT, help="of a local cloud that runs")
    costs.add_argument("--aws", action="store_true", help="the account and Region that your AWS settings name")
    costs.set_defaults(command=_cost)

    logging = commands.add_parser("bedrock-logging", help="show the account's log of model calls, or set it (on AWS)")
    logging.add_argument("--stack-name", default=DEFAULT_STACK)
    logging.add_argument("--confirm", action="store_true", help="write it; otherwise it is only shown")
    logging.set_defaults(command=_bedrock_logging)

    calibrate = commands.add_parser("calibrate", help="how well refusals are told from answers on your labelled pairs")
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
    calibrate.set_defaults(command=_calibrate)


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= 455:
        raise argparse.ArgumentTypeError("CloudWatch keeps metrics for 455 days")
    return days
