"""The command line of the local cloud."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from local.cloud.deploying.deploy import Deployment
from local.cloud.deploying.template import TemplateError, local_parameters, parse_parameters
from local.cloud.lifecycle import Plan, StartError, run
from local.cloud.settings import DEFAULT_STACK, Settings, default_port, default_region, endpoint
from local.cloud.stacks import UnknownResource

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done, 1 failed (stack or function), 2 nothing was started."""
    words = sys.argv[1:] if arguments is None else arguments
    # What stands behind -- belongs to another program; argparse takes it for a name that came too late.
    words, more = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, [])
    parser = _parser()
    options = parser.parse_args(words, argparse.Namespace(more=more))
    if more and options.command is not _sam:
        parser.error(f"nothing is known behind -- here: {' '.join(more)}")
    try:
        return int(options.command(options))
    except (StartError, TemplateError, UnknownResource) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _up(options: argparse.Namespace) -> NoReturn:
    run(Plan(options.port, options.data, None if options.no_deploy else _deployment(options)), _tell)


def _demo(options: argparse.Namespace) -> NoReturn:
    from local.demo import CHAPTERS
    from local.demo.narration.paywall import key_pair
    from local.demo.run import play

    used = CHAPTERS.get(options.chapter, tuple(CHAPTERS))
    with tempfile.TemporaryDirectory() as folder:
        private, public = key_pair(Path(folder))
        # The lake as most would have it on AWS; JSON lines are the default because conversion is billed there.
        # And alarms as on AWS: the day of traffic in the demo ends with a burst of ten minutes, not of one.
        options.parameter[:0] = ["UseParquet=true", "AlarmPeriod=300"]
        options.parameter += [f"Use{name.capitalize()}=false" for name in CHAPTERS if name not in used]
        if "narration" in used:
            options.parameter += ["UseDistribution=true", f"MembersPublicKey={public}"]
        run(
            Plan(0, None, _deployment(options)),
            _tell,
            lambda cloud: play(cloud, options.stack_name, private, options.output.resolve(), _tell, options.chapter),
        )


def _invoke(options: argparse.Namespace) -> int:
    from local.cloud.invoke import answers

    event, url = _event(options.event), endpoint(options.port)
    if not answers(url):
        # None runs: start one for this call, on a port of its own.
        run(Plan(0, None, _deployment(options)), _tell_aside, lambda cloud: _call_alone(options, event, cloud))
    return _call(options, event, url, default_region())


def _call(options: argparse.Namespace, event: bytes, url: str, region: str) -> int:
    from local.cloud.invoke import invoke

    return invoke(options.function, _filled(options, event, url, region), options.stack_name, url, region)


def _filled(options: argparse.Namespace, event: bytes, url: str, region: str, seen_at: str = "") -> bytes:
    """The event for this stack, which is filled first where it needs to be for a sample."""
    from local.samples.fill import filled
    from local.samples.seed import needed, seed

    with _told():
        pipeline = needed(options.event, options.stack_name, url, region)
        if pipeline is not None:
            _tell_aside(f"putting there what the samples in events/{pipeline} need")
            seed(options.stack_name, url, region, lambda _: None, {pipeline})
        return filled(event, options.stack_name, url, region, seen_at)


def _call_alone(options: argparse.Namespace, event: bytes, cloud: Settings) -> int:
    """The call in a cloud that was started for it; what it starts comes to its end."""
    from local.cloud.invoke import finish

    try:
        code = _call(options, event, cloud.url, cloud.region)
        finish(cloud.url, cloud.region, _tell_aside)
    except (StartError, UnknownResource) as error:
        _tell_aside(f"error: {error}")
        return 2
    return code


def _sam(options: argparse.Namespace) -> int:
    from urllib.parse import urlsplit

    from local.samples import sam

    url, event = _running(options), _event(options.event)
    seen_at = options.seen_at or f"http://{sam.CONTAINERS}:{urlsplit(url).port}"
    event = _filled(options, event, url, default_region(), seen_at)
    with _told():
        settings = sam.settings(options.stack_name, url, default_region(), seen_at)
        return sam.invoke(options.function, event, settings, options.sam, options.more)


def _event_filled(options: argparse.Namespace) -> int:
    event, url = _event(options.event), _running(options)
    with _told():
        from local.samples.fill import filled

        sys.stdout.buffer.write(filled(event, options.stack_name, url, default_region(), options.seen_at))
    return 0


def _seed(options: argparse.Namespace) -> int:
    url = _running(options)
    with _told():
        from local.samples import narration
        from local.samples.seed import seed
        from local.samples.stack import Stack

        if options.write:
            for name in narration.write(Stack(options.stack_name, url, default_region())):
                _tell(f"written: {name}")
        seed(options.stack_name, url, default_region(), _tell)
    return 0


def _running(options: argparse.Namespace) -> str:
    """Address of the local cloud that runs already. Raises StartError where none does."""
    from local.cloud.invoke import answers

    url = endpoint(options.port)
    if not answers(url):
        raise StartError(f"No local cloud answers at {url}; start one with 'make up', or name its --port.")
    return url


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What the samples or AWS refuse, as this command line says it."""
    from botocore.exceptions import ClientError

    from local.samples.fill import FillError
    from local.samples.stack import SeedError

    try:
        yield
    except (FillError, SeedError) as error:
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


def _leans(_options: argparse.Namespace) -> int:
    from local.gaps import _leanings

    found = list(_leanings.bills())
    for line in _leanings.report(found):
        print(line, flush=True)
    return int(any(one.due for one in found))


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
    named = argparse.ArgumentParser(add_help=False)
    named.add_argument("--stack-name", default=DEFAULT_STACK)
    deployed = argparse.ArgumentParser(add_help=False, parents=[named])
    deployed.add_argument("--template", type=Path, default=Path("template.yaml"), help="SAM template")
    deployed.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="overrides samconfig.toml's [local]"
    )
    deployed.add_argument("--built", action="store_true", help="deploy .aws-sam/build, as 'sam build' packaged it")
    there = argparse.ArgumentParser(add_help=False)
    there.add_argument("--port", type=int, help="of the running cloud; else AWS_ENDPOINT_URL, PORT or 4566")
    _start(commands, deployed)
    _use(commands, deployed, there, named)
    shares = commands.add_parser("accuracy", help="how much of real Textract answers the local engine finds")
    shares.add_argument("files", type=Path, nargs="+", metavar="PAGE ANSWER", help="a document, and its answer as JSON")
    shares.set_defaults(command=_accuracy)
    leans = commands.add_parser("leans", help="which private names of MiniStack are still there; 1 if one is not")
    leans.set_defaults(command=_leans)
    return parser


def _start(commands: Commands, deployed: argparse.ArgumentParser) -> None:
    """Commands that start a cloud."""
    new = argparse.ArgumentParser(add_help=False, parents=[deployed])
    new.add_argument("--port", type=int, default=default_port(), help="port on 127.0.0.1; 0 picks a free one")

    up = commands.add_parser("up", parents=[new], help="start the cloud, create the stack, serve until Ctrl-C")
    up.add_argument("--data", type=Path, help="folder that keeps the state between runs")
    up.add_argument("--no-deploy", action="store_true", help="an empty cloud, for 'sam deploy' or tests")
    up.set_defaults(command=_up)

    from local.demo import CHAPTERS

    demo = commands.add_parser("demo", parents=[new], help="publish articles and look at what comes of them")
    demo.add_argument("--output", type=Path, default=Path("demo-output"), help="folder for the results, made anew")
    demo.add_argument("--chapter", choices=CHAPTERS, default="", help="play this one alone (default: all)")
    demo.set_defaults(command=_demo)


def _use(
    commands: Commands,
    deployed: argparse.ArgumentParser,
    there: argparse.ArgumentParser,
    named: argparse.ArgumentParser,
) -> None:
    """Commands for a cloud that runs."""
    taken = argparse.ArgumentParser(add_help=False)
    taken.add_argument("-e", "--event", type=Path, required=True, help="file with the event; '-' reads it from stdin")
    seen = argparse.ArgumentParser(add_help=False)
    seen.add_argument("--seen-at", default="", metavar="URL", help="the cloud's address where the function runs")

    call = commands.add_parser("invoke", parents=[there, taken, deployed], help="run one function or state machine")
    call.add_argument("function", metavar="NAME", help="logical id of a function or state machine in the templates")
    call.set_defaults(command=_invoke)

    event = commands.add_parser("event", parents=[there, seen, named], help="write a sample with its names filled in")
    event.add_argument("event", type=Path, metavar="EVENT", help="file with the event; '-' reads it from stdin")
    event.set_defaults(command=_event_filled)

    fill = commands.add_parser("seed", parents=[there, named], help="put there what the samples in events/ need")
    fill.add_argument("--write", action="store_true", help="write events/narration anew, after a change of functions")
    fill.set_defaults(command=_seed)

    emulate = commands.add_parser("sam", parents=[there, taken, seen, named], help="run 'sam local invoke' against it")
    emulate.add_argument("function", metavar="FUNCTION", help="logical id in the templates")
    emulate.add_argument("--sam", default=".venv-tools/bin/sam", help="SAM CLI")
    emulate.epilog = "What stands behind -- are more options of 'sam local invoke'."
    emulate.set_defaults(command=_sam)
