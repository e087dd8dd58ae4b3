"""What one run is about: the manifest as it was read, its channels and the objects in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from training.manifest import Channel, Manifest
from training.manifests import canonical
from training.model import SCHEMA, Json


@dataclass(frozen=True, slots=True)
class Entry:
    """An object of a channel as the listing had it: entity tag with quotes, size in bytes."""

    bucket: str
    key: str
    etag: str
    size: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Objects of a channel that no program of ours reads, since their names end otherwise. ``some``: the first keys."""

    objects: int
    some: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """``channels``, ``listing`` and ``left_out`` by the channel's name. ``program``: digest of the source archive.
    ``ignored``: members of the manifest that nobody reads."""

    manifest: Manifest
    channels: dict[str, Channel]
    listing: dict[str, tuple[Entry, ...]]
    program: str
    left_out: dict[str, LeftOut]
    ignored: tuple[str, ...]

    @property
    def unread(self) -> Json:
        """As the report tells it."""
        return {
            "objects_left_out": {name: asdict(each) for name, each in self.left_out.items()},
            "members_ignored": list(self.ignored),
        }

    def to_json(self) -> Json:
        return {
            "schema": SCHEMA,
            "manifest": canonical.to_json(self.manifest),
            "channels": [asdict(each) for each in self.channels.values()],
            "listing": {name: [asdict(each) for each in entries] for name, entries in self.listing.items()},
            "program": self.program,
            "left_out": {name: asdict(each) for name, each in self.left_out.items()},
            "ignored": list(self.ignored),
        }

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Work:
        channels = [Channel(**each) for each in said["channels"]]
        listing = {name: tuple(Entry(**each) for each in entries) for name, entries in said["listing"].items()}
        left_out = {name: LeftOut(each["objects"], tuple(each["some"])) for name, each in said["left_out"].items()}
        return cls(
            manifest=canonical.of(said["manifest"]),
            channels={each.name: each for each in channels},
            listing=listing,
            program=said["program"],
            left_out=left_out,
            ignored=tuple(said["ignored"]),
        )
