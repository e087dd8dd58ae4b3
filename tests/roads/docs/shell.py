"""A shell as the pages mean it: the repository as working folder, the local cloud running, `aws` at hand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.cloud.clients import client
from local.cloud.invoke import finish
from local.cloud.testing import ROOT, Cloud
from local.samples.stack import wait
from tests.roads.docs.pages import Block

PATIENCE, LONGEST = 600, 1_500
"""Seconds until what a page has set going, and a page, count as lost: many times what an idle machine needs."""
PLACE = re.compile(r"<([A-Za-z][A-Za-z ]*)>")
_PRELUDE = r"""
set -eEuo pipefail
trap 'echo "$BLOCK: exit code $?: $BASH_COMMAND" >&2' ERR
# The environments are there already; make would look at the age of their locks.
# Who reads on meets what the commands before have set going at its end.
settled() { "$PYTHON" -c 'import sys; from tests.roads.docs import shell; shell.settle(*sys.argv[1:])' \
    "$AWS_ENDPOINT_URL" "$AWS_DEFAULT_REGION"; }
make() { command make -o .venv/.ready -o .venv-tools/.ready -o .venv-training/.ready "$@"; }
"""


class UnknownPlace(Exception):
    """A page says `<Name>`, and the stack has no such output."""


@dataclass
class Shell:
    cloud: Cloud
    home: Path
    given: Mapping[str, str]
    """What a reader has of his own, by the name that the pages give it."""

    def __post_init__(self) -> None:
        """A working folder that holds what the repository holds; what is written there stays out of the tree."""
        command = ["/usr/bin/env", "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        for path in filter(None, listed.stdout.split("\0")):
            if (ROOT / path).exists():
                (self.home / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / path, self.home / path)
        for name in (".venv", ".venv-tools", ".venv-training"):
            (self.home / name).symlink_to(ROOT / name)
        tools = self.home / "tools"
        tools.mkdir()
        command = f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m tests.roads.docs.aws_stand_in "$@"\n'
        (tools / "aws").write_text(command, encoding="utf-8")
        (tools / "aws").chmod(0o755)

    def filled(self, text: str) -> str:
        """With outputs in the place of `<...>`, and the port on which this cloud runs. Raises UnknownPlace."""
        names = {**self.cloud.outputs, **self.given}

        def place(found: re.Match[str]) -> str:
            if found[1] not in names:
                raise UnknownPlace(f"<{found[1]}> is no output of the stack.")
            return names[found[1]]

        port = self.cloud.url.rpartition(":")[2]
        return PLACE.sub(place, text).replace("127.0.0.1:4566", f"127.0.0.1:{port}")

    def run(self, blocks: Sequence[Block]) -> subprocess.CompletedProcess[str]:
        """The blocks of a page, one after another in one shell."""
        parts = [f"BLOCK={b.page}:{b.line}\n{self.filled(b.text)}\nsettled\n" for b in blocks]
        environment = {
            "PATH": f"{self.home / 'tools'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "PYTHON": sys.executable,
            "PYTHONPATH": str(ROOT),
            "PORT": self.cloud.url.rpartition(":")[2],
            "AWS_ENDPOINT_URL": self.cloud.url,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_DEFAULT_REGION": self.cloud.region,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        return subprocess.run(
            ["/bin/bash", "-c", _PRELUDE + "\n".join(parts)],
            cwd=self.home,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST,
            stdin=subprocess.DEVNULL,
        )


def settle(url: str, region: str) -> None:
    """Waits until no queue that a function reads holds a message, and no execution runs."""
    sources = client("lambda", url, region).list_event_source_mappings()["EventSourceMappings"]
    queues = [each["EventSourceArn"].rpartition(":")[2] for each in sources if ":sqs:" in each["EventSourceArn"]]
    sqs = client("sqs", url, region)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    for queue in queues:
        place = sqs.get_queue_url(QueueName=queue)["QueueUrl"]

        def is_empty(place: str = place) -> bool | None:
            found = sqs.get_queue_attributes(QueueUrl=place, AttributeNames=names)["Attributes"]
            return not any(int(found[name]) for name in names) or None

        wait(is_empty, f"the end of what waits in {queue}", PATIENCE)
    finish(url, region, lambda line: None, PATIENCE)
