"""The command line of the local cloud."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from local.cloud.deploying.deploy import Deployment
from local.cloud.deploying.template import TemplateError, local_parameters, parse_parameters
from local.cloud.lifecycle import Plan, StartError, run
from local.cloud.settings import DEFAULT_STACK, default_port, default_region, endpoint
from local.cloud.stacks import UnknownResource


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

    from local.cloud.invoke import answers, invoke

    event = _event(options.event)
    url = endpoint(options.port)
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


def _event_filled(options: argparse.Namespace) -> int:
    event, url = _event(options.event), _running(options)
    sys.stdout.buffer.write(_fill(event, options, url))
    return 0


def _running(options: argparse.Namespace) -> str:
    """Address of the local cloud that runs already. Raises StartError where none does."""
    from local.cloud.invoke import answers

    url = endpoint(options.port)
    if not answers(url):
        raise StartError(f"No local cloud answers at {url}; start one with 'make up', or name its --port.")
    return url


def _fill(event: bytes, options: argparse.Namespace, url: str) -> bytes:
    from botocore.exceptions import ClientError

    from local.samples.fill import FillError, filled

    try:
        return filled(event, options.stack_name, url, default_region())
    except FillError as error:
        raise StartError(str(error)) from error
    except ClientError as error:
        raise StartError(error.response["Error"]["Message"]) from error


def _accuracy(options: argparse.Namespace) -> int:
    from local.services.textract import accuracy

    try:
        for line in accuracy.report(options.files):
            print(line, flush=True)
    except accuracy.AnswerError as error:
        raise StartError(str(error)) from error
    return 0


def _event(path: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise StartError(f"The event '{path}' cannot be read: {error.strerror}.") from error


def _deployment(options: argparse.Namespace) -> Deployment:
    template: Path = options.template
    if options.built:
        template = template.parent / ".aws-sam" / "build" / "template.yaml"
    return Deployment(
        template=template.resolve(),
        stack=options.stack_name,
        parameters=parse_parameters(options.parameter),
        defaults=local_parameters(options.template.parent / "samconfig.toml"),
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
    shared.add_argument("--port", type=int, default=default_port(), help="port on 127.0.0.1; 0 picks a free one")
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

    call = commands.add_parser("invoke", parents=[shared], help="run one function, as 'sam local invoke' does")
    call.add_argument("function", metavar="FUNCTION", help="logical id in the template")
    call.add_argument("-e", "--event", type=Path, required=True, help="file with the event; '-' reads it from stdin")
    call.set_defaults(command=_invoke)

    running = argparse.ArgumentParser(add_help=False)
    running.add_argument("--port", type=int, help="of the running cloud; else AWS_ENDPOINT_URL, PORT or 4566")
    running.add_argument("--stack-name", default=DEFAULT_STACK)

    event = commands.add_parser("event", parents=[running], help="write a sample with the stack's names filled in")
    event.add_argument("event", type=Path, metavar="EVENT", help="file with the event; '-' reads it from stdin")
    event.set_defaults(command=_event_filled)

    shares = commands.add_parser("accuracy", help="how much of real Textract answers the local engine finds")
    shares.add_argument("files", type=Path, nargs="+", metavar="PAGE ANSWER", help="a document, and its answer as JSON")
    shares.set_defaults(command=_accuracy)
    return parser
