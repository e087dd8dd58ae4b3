"""Which models the local Bedrock has, and what stands behind an inference profile."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_ARN = re.compile(
    r"arn:aws(?:-[^:]+)?:bedrock:([a-z0-9-]*):(\d*):(foundation-model|inference-profile|application-inference-profile)/(.+)"
)


@dataclass(frozen=True, slots=True)
class Model:
    """``context`` and ``answer`` in tokens; ``choices`` are the kinds of toolChoice that the model takes."""

    id: str
    context: int
    answer: int
    on_demand: bool
    choices: frozenset[str]


@dataclass(frozen=True, slots=True)
class Target:
    """What a ``modelId`` means: a foundation model, reached directly or by the profile ``us``, ``eu`` ... of it."""

    model_id: str
    profile: str | None = None

    @property
    def name(self) -> str:
        """The id of the profile, or of the model where there is none."""
        return f"{self.profile}.{self.model_id}" if self.profile else self.model_id


@cache
def models() -> Mapping[str, Model]:
    return {
        name: Model(name, each["context"], each["answer"], each["on_demand"], frozenset(each["choices"]))
        for name, each in _table()["models"].items()
    }


@cache
def profiles() -> Mapping[str, tuple[str, ...]]:
    """Regions to which a profile may route, by its prefix; none for ``global``, which routes everywhere."""
    return {name: tuple(regions) for name, regions in _table()["profiles"].items()}


def target(model_id: str) -> Target:
    """What an id or an ARN names, whether or not there is such a model."""
    found = _ARN.fullmatch(model_id)
    name = found[4] if found else model_id
    prefix, dot, rest = name.partition(".")
    if dot and prefix in profiles() and (found is None or found[3] != "foundation-model"):
        return Target(rest, prefix)
    return Target(name)


def resources(model_id: str, region: str, account: str) -> list[str]:
    """ARNs on all of which the caller needs bedrock:InvokeModel.

    Of an inference profile: the profile, and its foundation model in the caller's Region and in each one that the
    profile routes to ("Prerequisites for inference profiles": "you must also specify the foundation model in each
    Region associated with it").
    """
    meant = target(model_id)
    if meant.profile is None:
        if model_id.startswith("arn:"):
            return [model_id]
        return [f"arn:aws:bedrock:{region}::foundation-model/{meant.model_id}"]
    # A global profile asks for the model without a Region too ("Global cross-Region inference").
    regions = [region, *profiles()[meant.profile]] if profiles()[meant.profile] else [region, ""]
    return [
        f"arn:aws:bedrock:{region}:{account}:inference-profile/{meant.name}",
        *(f"arn:aws:bedrock:{each}::foundation-model/{meant.model_id}" for each in dict.fromkeys(regions)),
    ]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))
