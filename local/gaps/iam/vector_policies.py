"""IAM: the policy of a vector bucket is asked about the bucket and its indexes.

AWS: a vector bucket has a resource-based policy, which may allow and deny calls about it and about each of its indexes
(S3 user guide, "Managing vector bucket policies").
MiniStack: has no S3 Vectors, so its evaluator looks for no policy there. The bucket and its policy are those of
``local.services.s3vectors``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.gaps import _seams
from local.services.s3vectors import places

LEANS_ON = {"core.iam_evaluator._resource_policy": "(service, resource_arn)"}


def _with_vectors(lookup: Callable[[str, str], Any]) -> Callable[[str, str], Any]:
    def resource_policy(service: str, resource_arn: str) -> Any:
        return _of_vectors(resource_arn) if service == "s3vectors" else lookup(service, resource_arn)

    return resource_policy


def _of_vectors(arn: str) -> tuple[str, str] | None:
    """The policy and its owner; None where there is none."""
    from local.services.s3vectors.errors import NotFound
    from local.services.s3vectors.store import STORE

    place = places.parse(arn)
    if place is None:
        return None
    try:
        policy = STORE.bucket(place).policy
    except NotFound:
        return None
    return None if policy is None else (policy, place.account)


def install() -> None:
    """Close the gap in this process."""
    _seams.replace("core.iam_evaluator._resource_policy", _with_vectors)
