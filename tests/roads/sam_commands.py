"""Commands of a person who deploys with SAM CLI into a running local cloud, run as they are typed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from local.cloud.testing import ROOT, Cloud

ENVIRONMENTS = (".venv", ".venv-tools", ".venv-training")


class CommandError(AssertionError):
    """A command failed; the message holds the end of what it printed."""


def run(command: list[str], home: Path, cloud: Cloud, typed: str = "") -> str:
    """Runs it to its end and gives what it printed; `typed` is what the person answers to its questions."""
    done = subprocess.run(
        command,
        cwd=home,
        env=environment(cloud),
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-6000:]}")
    return done.stdout


def follow(command: list[str], home: Path, cloud: Cloud, expected: str) -> str:
    """Runs a command that does not end until a line with `expected` comes, then ends it; the line."""
    process = subprocess.Popen(
        command,
        cwd=home,
        env=environment(cloud),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    printed: list[str] = []
    try:
        for line in process.stdout:
            printed.append(line)
            if re.search(expected, line):
                return line
    finally:
        if process.poll() is None:
            # Not SIGINT: what is started in the background of a shell does not hear it.
            os.killpg(process.pid, signal.SIGTERM)
        process.stdout.close()
        process.wait()
    raise CommandError(f"{' '.join(command)} printed no line with {expected}:\n{''.join(printed)[-4000:]}")


def environment(cloud: Cloud) -> dict[str, str]:
    """The shell that README.md prepares: the cloud's address and keys. The interpreter of the tests is on the path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_DEFAULT_REGION": cloud.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "SAM_CLI_TELEMETRY": "0",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }


def make(target: str, cloud: Cloud) -> list[str]:
    """`make TARGET ENV=local` for this cloud; environments that are there are not made again."""
    port = cloud.url.rpartition(":")[2]
    there = [word for name in ENVIRONMENTS for word in ("-o", f"{name}/.ready")]
    return ["make", *there, target, "ENV=local", f"PORT={port}"]


def link_environments(home: Path) -> None:
    """What `make` needs beside the sources to work in a copy of the tree."""
    for name in (*ENVIRONMENTS, "Makefile", "samconfig.toml", "operate", "local"):
        if not (home / name).exists():
            (home / name).symlink_to(ROOT / name)
