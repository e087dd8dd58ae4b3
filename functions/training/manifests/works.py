"""What one run is about: the manifest as it was read, its channels and the objects in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from training.manifests import canonical
from training.model import SCHEMA, Channel, Json, Manifest


@dataclass(frozen=True, slots=True)
class Entry:
    """An object of a channel as the listing had it: entity tag with quotes, size in bytes."""

    bucket: str
    key: str
    etag: str
    size: int


@dataclass(frozen=True, slots=True)
class Work:
    """``channels`` and ``listing`` by the channel's name. ``program``: digest of the source archive."""

    manifest: Manifest
    channels: dict[str, Channel]
    listing: dict[str, tuple[Entry, ...]]
    program: str

    def to_json(self) -> Json:
        return {
            "schema": SCHEMA,
            "manifest": canonical.to_json(self.manifest),
            "channels": [asdict(each) for each in self.channels.values()],
            "listing": {name: [asdict(each) for each in entries] for name, entries in self.listing.items()},
            "program": self.program,
        }

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Work:
        channels = [canonical.channel_of(each) for each in said["channels"]]
        listing = {name: tuple(Entry(**each) for each in entries) for name, entries in said["listing"].items()}
        return cls(canonical.of(said["manifest"]), {each.name: each for each in channels}, listing, said["program"])
