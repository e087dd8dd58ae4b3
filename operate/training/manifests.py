"""A manifest looked at as the pipeline will, and put where it reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from operate.clients import Target
from operate.training import overview


def command(target: Target, file: Path) -> Iterator[str]:
    """Lines for a person. Raises ManifestInvalid with a sentence per mistake before anything is put; OSError."""
    from training.manifests import parser

    body = file.read_bytes()
    manifest, ignored = parser.parse(body)
    here = overview.places(target)
    key = f"manifests/{manifest.name}.json"
    here.bucket.put(key, body)
    yield f"put s3://{here.bucket.name}/{key}"
    if ignored:
        yield f"nobody reads: {', '.join(ignored)}"
    if manifest.dataset:
        yield f"it is trained on the last training set of {manifest.dataset}, and on each new one"
    yield f"what comes of it: python -m operate models why {manifest.name}{target.place()}"
