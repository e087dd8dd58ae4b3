"""What ``delete`` takes, what it needs, and an example."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from operate import asking, samconfig
from operate.clients import Target
from operate.delete import command as deletion
from operate.errors import OperateError

SUMMARY = "delete a stack: what goes and what stays is told first, what is left afterwards"
MORE = "Buckets and the\ntable stay, with commands that remove them. It asks, unless --yes is given."
NEEDS = """\
needs: a deployed stack and your AWS credentials (the environment's or --profile), or --local;
       cloudformation:DescribeStacks, ListStackResources, GetTemplate, DescribeStackEvents, and to delete what the stack
       was made with; sqs:GetQueueAttributes; logs:DescribeLogGroups; lambda:ListFunctions, ListEventSourceMappings;
       with training sagemaker:ListEndpoints, DeleteEndpoint, DeleteEndpointConfig, DeleteModel

example: python -m operate delete --env staging --yes"""


def add_to(command: argparse.ArgumentParser) -> None:
    """The arguments."""
    command.add_argument("--sam", type=Path, help="SAM CLI, which also deletes what it has uploaded for this stack")
    command.add_argument("--yes", action="store_true", help="delete without being asked (default: it asks)")


def way(options: argparse.Namespace, target: Target) -> deletion.Delete:
    """By SAM CLI or CloudFormation. Raises OperateError where SAM CLI would go elsewhere than this command."""
    if options.sam is None:
        return deletion.by_cloudformation
    if target.port is not None:
        raise OperateError("SAM CLI would ask AWS itself; leave --sam out, or run make delete ENV=local.")
    return deletion.by_sam(options.sam, options.env or samconfig.DEFAULT, options.config or samconfig.FILE)


def agreed(options: argparse.Namespace) -> bool:
    """Whether the person has said yes, before or now; a program that does not say it beforehand has not."""
    if options.yes or not sys.stdin.isatty():
        return bool(options.yes)
    return asking.answer("Delete all this? Type yes: ", "Nothing was deleted: nobody said yes.") == "yes"
