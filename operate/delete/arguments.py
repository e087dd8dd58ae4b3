"""What ``delete`` takes, what it needs, and an example."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

SUMMARY = "delete a stack: what goes and what stays is told first, what is left afterwards"
MORE = "Buckets and the\ntable stay, with commands that remove them. It asks, unless --yes is given."
NEEDS = """\
needs: a deployed stack and your AWS credentials (the environment's or --profile), or --local;
       cloudformation:DescribeStacks, ListStackResources, GetTemplate, DescribeStackEvents, and to delete what the stack
       was made with; sqs:GetQueueAttributes; logs:DescribeLogGroups; lambda:ListFunctions, ListEventSourceMappings

example: python -m operate delete --env staging --yes"""


def add_to(command: argparse.ArgumentParser) -> None:
    """The arguments."""
    command.add_argument("--env", default="default", help="section of samconfig.toml (default: %(default)s)")
    command.add_argument(
        "--config", type=Path, default=Path("samconfig.toml"), help="where it stands (default: %(default)s)"
    )
    command.add_argument("--sam", type=Path, help="SAM CLI, which also deletes what it has uploaded for this stack")
    command.add_argument("--yes", action="store_true", help="delete without being asked")


def agreed(options: argparse.Namespace) -> bool:
    """Whether the person has said yes, before or now; a program that does not say it beforehand has not."""
    if options.yes or not sys.stdin.isatty():
        return bool(options.yes)
    return input("Delete all this? Type yes: ").strip() == "yes"
