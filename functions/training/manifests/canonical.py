"""A manifest as JSON and back: the form that is hashed, and that later steps read instead of the stranger's text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from training.manifest import Channel, Deploy, Gate, Manifest, Program, Range, Tuning
from training.model import Column, Json


def to_json(manifest: Manifest) -> Json:
    return asdict(manifest)


def of(said: Mapping[str, Any]) -> Manifest:
    """The manifest that ``to_json`` made this of, after a way through JSON."""
    tuning, gate = said["tuning"], said["gate"]
    ranges = {
        name: Range(**{**each, "values": tuple(each["values"])}) for name, each in sorted(tuning["ranges"].items())
    }
    return Manifest(
        **{
            **said,
            "program": Program(**said["program"]),
            "channels": tuple(Channel(**each) for each in said["channels"]),
            "columns": tuple(Column(**each) for each in said["columns"]),
            "ignored": tuple(said["ignored"]),
            "tuning": Tuning(**{**tuning, "ranges": ranges}),
            "gate": Gate(**{**gate, "slices": tuple(gate["slices"])}),
            "deploy": Deploy(**said["deploy"]),
        }
    )
