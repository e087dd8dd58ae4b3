"""What a CDN in front of the audio bucket has to forget, and the addresses it answers on."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from common import aws
from narration.model import Pointer
from narration.publishing import keys


def path(key: str) -> str:
    """The path of an object's address. Keys hold encoded ids, so their percent signs are encoded once more."""
    return "/" + quote(key)


def invalidate(distribution: str, pointer: Pointer) -> None:
    """Makes CloudFront forget all of an article that was withdrawn or has become premium.

    Editions are cached for a year, so without this a copy would outlive them. Asking twice for the same state is one
    invalidation: CloudFront knows it by its caller reference (API reference, CreateInvalidation). It works on fifteen
    wildcards at a time (developer guide, "Concurrent invalidation request maximum"); the rest are ServiceUnavailable
    and wait.
    """
    if pointer.status == "published" and not pointer.premium:
        return
    state = f"{pointer.article}\n{pointer.version}\n{pointer.sounds_revision}\n{pointer.status}"
    with aws.patient("CloudFront"):
        aws.client("cloudfront").create_invalidation(
            DistributionId=distribution,
            InvalidationBatch={
                "Paths": {"Quantity": 1, "Items": [path(keys.article(pointer.article)) + "*"]},
                "CallerReference": hashlib.sha256(state.encode()).hexdigest(),
            },
        )
