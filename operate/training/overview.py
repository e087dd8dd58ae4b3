"""What serves, what waits for a person, and endpoints that nobody is sent to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from operate.clients import Target
from operate.training.arguments import INSTEAD

if TYPE_CHECKING:
    from common.objects import Bucket
    from common.table import Table
    from training.model import Pointer

SHORT = 8
"""Digits of a version that are told in a list."""


@dataclass(frozen=True)
class Places:
    """Where what is known of models lies. ``prefix``: of the stack's endpoints."""

    bucket: Bucket
    table: Table
    prefix: str


def places(target: Target) -> Places:
    """Raises OperateError where the stack has no training."""
    from common.objects import Bucket
    from common.table import Table

    bucket = target.output("ModelsBucketName", INSTEAD)
    return Places(
        Bucket(bucket, target.client("s3")),
        Table(target.output("StateTableName", INSTEAD), target.client("dynamodb")),
        target.output("TrainingPrefix", INSTEAD),
    )


def pointers_of(bucket: Bucket) -> list[Pointer]:
    """All of them, also those of models that were retired; by name."""
    from training.serving import pointers

    names = [key.removeprefix("pointers/").removesuffix(".json") for key in bucket.keys("pointers/")]
    found = [pointers.read(bucket, name) for name in sorted(names)]
    return [each for each in found if each is not None]


def endpoints_of(target: Target, prefix: str) -> list[str]:
    """Names of the stack's endpoints."""
    pages = target.client("sagemaker").get_paginator("list_endpoints").paginate(NameContains=prefix)
    names = (each["EndpointName"] for page in pages for each in page["Endpoints"])
    return sorted(name for name in names if name.startswith(f"{prefix}-"))


def command(target: Target) -> Iterator[str]:
    """Lines for a person."""
    from training.deploying import approvals

    here = places(target)
    found = pointers_of(here.bucket)
    yield from (_line(each) for each in found)
    if not found:
        yield "No model serves, or ever did."
    for name, version in approvals.waiting(here.table):
        yield f"{name} {version[:SHORT]} waits for a person: models approve or refuse {name} {version[:SHORT]}"
    pointed = {each.endpoint for each in found if each.version is not None}
    for endpoint in endpoints_of(target, here.prefix):
        if endpoint not in pointed:
            yield f"{endpoint} is an endpoint that no pointer names; a run may be about to, else delete it"


def _line(pointer: Pointer) -> str:
    if pointer.version is None:
        return f"{pointer.name} is retired since {pointer.moved_at}; {(pointer.previous or '')[:SHORT]} served before"
    before = f", {pointer.previous[:SHORT]} served before" if pointer.previous else ""
    by = f"endpoint {pointer.endpoint}" if pointer.endpoint else "the function"
    return f"{pointer.name} {pointer.version[:SHORT]} serves since {pointer.moved_at} by {by}{before}"
