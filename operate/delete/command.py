"""Tells what a deletion takes and leaves, asks, deletes, and looks at what is there afterwards."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operate import amounts
from operate.clients import NoStack
from operate.delete import inventory, orphans
from operate.delete.inventory import Inventory
from operate.errors import OperateError
from operate.training import overview, retiring

if TYPE_CHECKING:
    from operate.clients import Target

MANAGED = "aws-sam-cli-managed-default"
"""The stack of SAM CLI's bucket for what it uploads, one per account and Region (SAM CLI, managed stacks)."""
POLL_SECONDS, POLLS = 5, 720
"""An hour: a distribution of CloudFront takes a quarter of it."""


class NotDeleted(OperateError):
    """The stack is still there, or half of it; the sentence has CloudFormation's reasons."""


Delete = Callable[["Target"], None]
"""Deletes a stack and comes back when that has ended, well or not."""


def command(target: Target, delete: Delete, agreed: Callable[[], bool]) -> Iterator[str]:
    """Lines before and after. Raises NoStack, OperateError where nobody has agreed, NotDeleted."""
    before = inventory.read(target)
    yield from told(target, before)
    if not agreed():
        raise OperateError(f"Nothing was deleted. To delete {before.stack} without being asked: CONFIRM=yes, or --yes.")
    yield from (f"endpoint {name} is deleted; no template names it" for name in retiring.all_of(target))
    delete(target)
    check_gone(target)
    yield f"{before.stack} is deleted."
    left = list(orphans.found(target, before))
    yield from (f"left behind: {line}" for line in left)
    if not left:
        yield "Nothing is left behind but what stays:" if before.kept else "Nothing is left behind."
    yield from kept(before)
    yield from _of_sam(target)


def _of_sam(target: Target) -> Iterator[str]:
    """SAM CLI's own bucket, where there is one; who deploys in another way has none."""
    from botocore.exceptions import ClientError

    try:
        bucket = replace(target, stack=MANAGED).outputs().get("SourceBucket", "without a name in its outputs")
    except NoStack:
        return
    except ClientError as error:  # the stack is deleted, and that was what was asked for
        code = error.response["Error"]["Code"]
        yield f"Whether SAM CLI has a bucket here (stack {MANAGED}) could not be looked at: {code}."
        return
    yield f"SAM CLI's bucket {bucket} (stack {MANAGED}) stays for the other stacks of this account and Region."


def told(target: Target, before: Inventory) -> Iterator[str]:
    """What goes, what waits in it, what stays."""
    goes = before.counts()
    region = target.client("cloudformation").meta.region_name
    number = sum(number for _, number in goes)
    yield f"{before.stack} in {region}: {amounts.of(number, 'resource')} {'goes' if number == 1 else 'go'}:"
    yield "  " + ", ".join(f"{number} {kind.removeprefix('AWS::')}" for kind, number in goes)
    endpoints = overview.endpoints_of(target, prefix) if (prefix := target.outputs().get("TrainingPrefix")) else []
    yield from (f"  before it the endpoint {name}, which the pipeline made" for name in endpoints)
    waiting = list(_waiting(target.client("sqs"), before.names("AWS::SQS::Queue")))
    yield from (f"  with its {amounts.of(number, 'message')}: {name}" for name, number in waiting)
    one = len(before.kept) == 1
    stays = "stays, with all that is in it, and goes" if one else "stay, with all that is in them, and go"
    yield f"{len(before.kept)} {stays} on being billed:" if before.kept else "Nothing stays."
    yield from kept(before)


def kept(before: Inventory) -> Iterator[str]:
    """What stays, with how to remove it."""
    for each in before.kept:
        yield f"  {each.logical_id} {each.name}: {orphans.removing(each)}"


def _waiting(sqs: Any, urls: list[str]) -> Iterator[tuple[str, int]]:
    names = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ]
    for url in urls:
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        number = sum(int(found.get(name, 0)) for name in names)
        if number:
            yield url.rpartition("/")[2], number


def by_cloudformation(target: Target) -> None:
    """What was uploaded for the stack stays in its bucket. Raises NotDeleted where it takes more than an hour."""
    from botocore.exceptions import WaiterError

    cloudformation = target.client("cloudformation")
    cloudformation.delete_stack(StackName=target.stack)
    try:
        cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=target.stack, WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": POLLS}
        )
    except WaiterError:
        check_gone(target)
        raise NotDeleted(f"{target.stack} is still being deleted; look at its events, then run this again.") from None


def by_sam(sam: Path, environment: str, config: Path) -> Delete:
    """With SAM CLI, which also deletes what it has uploaded for the stack. ``config``: its samconfig.toml."""

    def delete(target: Target) -> None:
        region = target.client("cloudformation").meta.region_name
        # SAM CLI looks for a file that is not absolute beside a template.
        where = ["--config-file", str(config.resolve()), "--config-env", environment]
        line = [str(sam), "delete", *where, "--no-prompts", "--stack-name", target.stack]
        profile = ["--profile", target.profile] if target.profile else []
        subprocess.run([*line, "--region", region, *profile], check=False)  # check_gone says what is left

    return delete


def check_gone(target: Target) -> None:
    """Raises NotDeleted, with what CloudFormation says of the resources that it could not delete."""
    try:
        target.parameters()
    except NoStack:
        return
    events = target.client("cloudformation").describe_stack_events(StackName=target.stack)["StackEvents"]
    reasons = [
        f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '')}"
        for each in events
        if each["ResourceStatus"] == "DELETE_FAILED"
    ]
    said = "; ".join(reasons[:5]) or "its events say how far it is"
    raise NotDeleted(f"{target.stack} is not deleted: {said}. Mend that, and run this again.")
