"""Every function with its sample under `sam local invoke`, or one of each pipeline; what each answers is looked at."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from local.cloud.testing import ROOT, Cloud, start_cloud
from local.samples import sam
from tests import samples
from tests.roads import builds
from tests.roads.sam_local import daemon, image
from tests.roads.sam_local.forwarder import forwarding
from tests.roads.test_samples import CHECKS, Room, invokable, snake
from tests.workflow import account

PIPELINES = (*account.PIPELINES, "Questions", "Knowledge", "Training")
INVOKE_SECONDS = 300
SHOWN = 70


class SamRoom(Room):
    """A seeded stack whose functions run under SAM's emulator."""

    def __init__(self, cloud: Cloud, home: Path, environment: dict[str, str], options: Sequence[str]) -> None:
        super().__init__(cloud)
        self.home, self.options, self.logged = home, options, ""
        self.environment = {**environment, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'functions'}"}

    def answer(self, logical_id: str) -> Any:
        """By the command behind `make invoke`, in the folder of the build."""
        event = samples.path_of(snake(logical_id))
        port = self.cloud.url.rpartition(":")[2]
        command = [sys.executable, "-m", "local", "sam", "--event", str(event), "--port", port]
        command += ["--sam", str(builds.SAM), logical_id, "--", *self.options]
        done = subprocess.run(
            command, cwd=self.home, env=self.environment, capture_output=True, text=True, check=False,
            timeout=INVOKE_SECONDS,
        )  # fmt: skip
        self.logged += done.stderr
        if done.returncode:
            raise AssertionError(f"sam local invoke ended with {done.returncode}: {done.stderr[-1500:]}")
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        answer = json.loads(lines[-1]) if lines else None
        if isinstance(answer, dict) and "errorType" in answer:
            raise AssertionError(f"{answer['errorType']}: {answer.get('errorMessage', '')}")
        return answer

    def metric(self, name: str) -> float:
        """From the functions' logs: nobody takes them to CloudWatch, as Lambda does."""
        documents = (json.loads(line) for line in self.logged.splitlines() if line.startswith("{") and '"_aws"' in line)
        return float(sum(sum(values) for each in documents if (values := each.get(name)) is not None))


def tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command, not a test


def chosen(one_per_pipeline: bool) -> list[str]:
    """Logical ids of the functions whose samples are looked at here, in the order of the pipelines."""
    functions = [name for name, kind in invokable().items() if kind == "AWS::Serverless::Function" and name in CHECKS]
    ordered = [name for pipeline in PIPELINES for name in functions if name.startswith(pipeline)]
    assert sorted(ordered) == sorted(functions)
    if not one_per_pipeline:
        return ordered
    return [next(name for name in ordered if name.startswith(pipeline)) for pipeline in PIPELINES]


def main(arguments: Sequence[str] | None = None) -> int:
    """0: all answered right, or there is no Docker; 1: one did not."""
    parser = argparse.ArgumentParser(prog="python -m tests.roads.sam_local", description=__doc__)
    parser.add_argument("--one-per-pipeline", action="store_true", help="one function of each pipeline")
    parser.add_argument("--needs-docker", action="store_true", help="fail, and do not skip, without a Docker daemon")
    options = parser.parse_args(arguments)
    try:
        with _room() as room:
            return _walk(room, chosen(options.one_per_pipeline))
    except daemon.NoDaemonError as error:
        tell(f"{'failed' if options.needs_docker else 'skipped'}: {error}")
        return 1 if options.needs_docker else 0


@contextlib.contextmanager
def _room() -> Iterator[SamRoom]:
    with daemon.found() as docker, contextlib.ExitStack() as stack:
        build = builds.built(builds.HERE)
        more = image.of(docker, builds.HERE, build)
        cloud = start_cloud(ROOT / "template.yaml")
        stack.callback(cloud.stop)
        try:
            stack.enter_context(forwarding(docker.bridge, int(cloud.url.rpartition(":")[2])))
            more = [*more, "--add-host", f"{sam.CONTAINERS}:{docker.bridge}"]
        except OSError:
            tell(f"{docker.bridge or 'the bridge'} is no address of this machine: Docker itself leads to 127.0.0.1")
        room = SamRoom(cloud, build.parents[1], docker.environment, more)
        seeded = room.local("seed")
        if seeded.returncode:
            raise AssertionError(seeded.stderr)
        yield room


def _walk(room: SamRoom, functions: Sequence[str]) -> int:
    wrong = 0
    tell(f"{'function':30} {'seconds':>8}  answer")
    for name in functions:
        start = time.monotonic()
        try:
            answer = room.answer(name)
            CHECKS[name](room, answer)
            said = json.dumps(answer)[:SHOWN]
        except (AssertionError, subprocess.TimeoutExpired, ValueError) as error:
            wrong += 1
            said = f"WRONG {error}"
        tell(f"{name:30} {time.monotonic() - start:8.1f}  {said}")
    tell(f"{len(functions) - wrong} of {len(functions)} functions answered right under sam local invoke")
    return 1 if wrong else 0
