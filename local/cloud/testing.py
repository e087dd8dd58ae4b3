"""Start a local cloud in a process of its own, for tests and measurements."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.cloud import stacks
from local.cloud.clients import client
from local.cloud.deploying.deploy import outputs
from local.cloud.settings import DEFAULT_REGION, DEFAULT_STACK

ROOT = Path(__file__).resolve().parents[2]
# Seconds until a start that has said nothing more counts as failed; a start takes one or two.
_START_SECONDS = 600.0
# Seconds until a stop counts as failed: what `sam build` made is thousands of files to remove from a busy disk.
_STOP_SECONDS = 120.0


class CloudError(Exception):
    """The cloud did not start; the message holds what it printed."""


@dataclass
class Cloud:
    """A running local cloud. `outputs` are those of its stack, empty when it was started without a template."""

    process: subprocess.Popen[str]
    url: str
    region: str = DEFAULT_REGION
    stack: str = DEFAULT_STACK
    outputs: dict[str, str] = field(default_factory=dict)
    forwarder: threading.Thread | None = None
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)
    _names: dict[str, str] = field(default_factory=dict, repr=False)

    def client(self, service: str) -> Any:
        """A boto3 client of `service`, as the account's root user."""
        if service not in self._clients:
            self._clients[service] = client(service, self.url, self.region)
        return self._clients[service]

    def physical_id(self, logical_id: str) -> str:
        """The name that the stack, or an application nested in it, gave to a resource."""
        if logical_id not in self._names:
            self._names[logical_id] = stacks.physical_id(self.client("cloudformation"), self.stack, logical_id)
        return self._names[logical_id]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop it with a signal and wait; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            if self.forwarder is not None:
                self.forwarder.join(timeout=5)
            if self.process.stdout is not None:
                self.process.stdout.close()


def start_cloud(
    template: Path | None,
    *,
    parameters: Mapping[str, str] | None = None,
    data: Path | None = None,
    temp: Path | None = None,
    stack: str = DEFAULT_STACK,
    port: int = 0,
    environ: Mapping[str, str] | None = None,
    built: bool = False,
    log: Path | None = None,
) -> Cloud:
    """Start a cloud on `port` (0: a free one), deploy `template` where one is given, and wait until it is ready.

    With `built`, what `sam build` made of the template is deployed. `temp` is where its temporary folder is made.
    What it prints once it is ready goes to the end of `log`, or to stderr where none is given.
    Raises CloudError with its output when it does not get there.
    """
    command = [sys.executable, "-m", "local", "up", "--port", str(port), "--stack-name", stack]
    command += ["--template", str(template)] if template else ["--no-deploy"]
    for name, value in (parameters or {}).items():
        command += ["--parameter", f"{name}={value}"]
    if data is not None:
        command += ["--data", str(data)]
    if built:
        command.append("--built")
    variables = {**os.environ, **(environ or {})}
    if temp is not None:
        variables["TMPDIR"] = str(temp)
    process = subprocess.Popen(
        command, cwd=ROOT, env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        url = _ready(process)
    except BaseException:  # whoever is stopped while it starts leaves no cloud behind
        process.terminate()
        process.wait()
        raise
    forwarder = threading.Thread(target=_forward, args=(process, log), daemon=True, name="cloud-output")
    forwarder.start()
    region = variables.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    stack_outputs = outputs(url, stack, region) if template else {}
    return Cloud(process, url, region, stack, stack_outputs, forwarder)


def _ready(process: subprocess.Popen[str]) -> str:
    """Read the output up to the `ready` line; the address in it."""
    assert process.stdout is not None  # noqa: S101
    lines: list[str] = []
    alarm = threading.Timer(_START_SECONDS, process.kill)
    alarm.start()
    try:
        for line in process.stdout:
            lines.append(line)
            if line.startswith("ready "):
                return line.split()[1]
    finally:
        alarm.cancel()
    process.stdout.close()
    raise CloudError(f"The local cloud ended with {process.wait()}:\n{''.join(lines)}")


def _forward(process: subprocess.Popen[str], log: Path | None) -> None:
    """Empty the pipe, so that the cloud never blocks; what it prints belongs into the output of a failing test."""
    assert process.stdout is not None  # noqa: S101
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(log.open("a", encoding="utf-8")) if log else sys.stderr
        for line in process.stdout:
            print(line, end="", file=out, flush=True)
