"""``recipe.toml``: how a version was made, for people who want to read or repeat it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from training.manifests.columns import Found
from training.manifests.works import Work
from training.model import SCHEMA
from training.steps import Run


def written(run: Run, work: Work, found: Found, values: Mapping[str, Any]) -> str:
    """``values``: what the chosen trial has among the hyperparameters."""
    manifest = work.manifest
    lines = [
        *_table("", {"schema": SCHEMA, "name": run.name, "version": run.version}),
        *_table("program", {"kind": manifest.program.kind, "digest": work.program, "seed": manifest.tuning.seed}),
        *_table("hyperparameters", {**manifest.hyperparameters, **values}),
        *_table("target", {"name": manifest.target, "positive": found.positive, "negative": found.negative}),
    ]
    for name, entries in work.listing.items():
        channel = work.channels[name]
        where = f"s3://{channel.bucket}/{channel.prefix}"
        lines += _table(f"channels.{name}", {"from": where, "objects": len(entries), "rows": found.rows[name]})
    for each in found.columns:
        lines += ["", "[[columns]]", f"name = {_value(each.name)}", f"kind = {_value(each.kind)}"]
    return "\n".join(lines) + "\n"


def _table(name: str, members: Mapping[str, Any]) -> list[str]:
    head = ["", f"[{name}]"] if name else []
    return head + [
        f"{_value(key) if name == 'hyperparameters' else key} = {_value(value)}" for key, value in members.items()
    ]


def _value(value: Any) -> str:
    """JSON's texts are TOML's but for one sign (TOML 1.0, "String"): 0x7f."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
