"""The name of a model's version: what it is made of, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from common.objects import encode
from training.manifest import Manifest
from training.manifests import canonical
from training.manifests.works import Entry

DIGITS = 32


def of(manifest: Manifest, listing: Mapping[str, Sequence[Entry]], program_digest: str) -> str:
    """32 hexadecimal digits over the manifest as it was read (its spaces and members that are ignored do not count),
    the objects of its channels, and the program."""
    meaning = {
        "manifest": canonical.to_json(manifest),
        "data": {
            name: [[each.bucket, each.key, each.etag, each.size] for each in entries]
            for name, entries in listing.items()
        },
        "program": program_digest,
    }
    return hashlib.sha256(encode(meaning)).hexdigest()[:DIGITS]
