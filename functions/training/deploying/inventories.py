"""Endpoints of this stack that cost and serve nobody."""

from __future__ import annotations

import time
from typing import Final

from common.objects import Bucket
from common.table import Table
from services import sagemaker
from training.deploying import endpoints
from training.model import Pointer
from training.serving import pointers

GRACE_SECONDS: Final = 3 * 3_600
"""From Deploy to Point, with all that is tried again."""


def lost(bucket: Bucket, table: Table, stack: str) -> list[str]:
    """Names of endpoints that this stack has made, that no pointer names, and that no run has just made.

    Another stack's name may begin with this one's; its endpoints have no item here.
    Raises SageMakerThrottled, SageMakerUnavailable, StorageUnavailable.
    """
    with endpoints.patient():
        there = sorted(sagemaker.list_endpoints(endpoints.prefix(stack)))
    if not there:
        return []
    pointed = {pointer.endpoint for pointer in pointers_of(bucket)}
    found = []
    for name in there:
        made = endpoints.made(table, name)
        if name not in pointed and made is not None and time.time() - made > GRACE_SECONDS:
            found.append(name)
    return found


def pointers_of(bucket: Bucket) -> list[Pointer]:
    """All that serve."""
    names = [key.removeprefix("pointers/").removesuffix(".json") for key in bucket.keys("pointers/")]
    found = [pointers.read(bucket, name) for name in names]
    return [each for each in found if each is not None and each.version is not None]
