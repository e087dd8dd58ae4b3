"""The original that the samples of both doors ask for."""

from __future__ import annotations

from local.samples.requests.answers import PHOTO
from local.samples.stack import Stack


def seeded(stack: Stack) -> bool:
    """Whether that was done."""
    return any(stack.keys("ImagesBucketName", PHOTO))


def seed(stack: Stack) -> list[str]:
    """Puts it there; what it put where."""
    from local.demo.images.photo_maker import encoded, harbour

    stack.put("ImagesBucketName", PHOTO, encoded(harbour(1200, 900), "JPEG"), "image/jpeg")
    return [f"images: s3://{stack.outputs['ImagesBucketName']}/{PHOTO}"]
