"""Which models the local Bedrock has, and what stands behind a profile, a provisioned model or the ARN of either."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

LEANS_ON = {
    "services.bedrock._inference_profiles_apps": "AccountRegionScopedDict",
    "services.bedrock._provisioned_throughputs": "AccountRegionScopedDict",
}
"""Where MiniStack keeps what CreateInferenceProfile and CreateProvisionedModelThroughput made, by id."""

_ARN = re.compile(r"arn:aws(?:-[^:]+)?:bedrock:([a-z0-9-]*):(\d*):([a-z-]+)/(.+)")


@dataclass(frozen=True, slots=True)
class Model:
    """``context`` and ``answer`` in tokens; ``choices`` are the kinds of toolChoice that the model takes; ``profiles``
    the prefixes of its inference profiles."""

    id: str
    context: int
    answer: int
    on_demand: bool
    choices: frozenset[str]
    profiles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Profile:
    """``sources``: Regions that it is called from. ``destinations``: where it routes to beside the caller's own; none
    for ``global``, which routes everywhere."""

    sources: frozenset[str]
    destinations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """What a ``modelId`` means: a foundation model, reached directly or by the profile ``us``, ``eu`` ... of it.

    ``owned`` is the ARN of an application's profile or a provisioned model that it was reached by; ``region`` the one
    of the ARN, where an ARN was given.
    """

    model_id: str
    profile: str | None = None
    owned: str | None = None
    region: str | None = None

    @property
    def name(self) -> str:
        """The id of the profile, or of the model where there is none."""
        return f"{self.profile}.{self.model_id}" if self.profile else self.model_id

    @property
    def is_provisioned(self) -> bool:
        return ":provisioned-model/" in (self.owned or "")

    def is_known(self, region: str) -> bool:
        """Whether a call in ``region`` reaches a model by it."""
        model = models().get(self.model_id)
        if model is None or self.region not in (None, region):
            return False
        return self.profile is None or (self.profile in model.profiles and region in profiles()[self.profile].sources)


@cache
def models() -> Mapping[str, Model]:
    return {
        name: Model(
            name,
            each["context"],
            each["answer"],
            each["on_demand"],
            frozenset(each["choices"]),
            frozenset(each["profiles"]),
        )
        for name, each in _table()["models"].items()
    }


@cache
def profiles() -> Mapping[str, Profile]:
    """Profiles by their prefix."""
    return {
        name: Profile(frozenset(each["sources"]), tuple(each["destinations"]))
        for name, each in _table()["profiles"].items()
    }


def target(model_id: str) -> Target:
    """What an id or an ARN names, whether or not there is such a model."""
    found = _ARN.fullmatch(model_id)
    if found is None:
        return _by_name(model_id)
    region, _, kind, name = found.groups()
    if kind == "foundation-model":
        return Target(name, region=region)
    if kind == "inference-profile":
        meant = _by_name(name)
        return Target(meant.model_id, meant.profile, region=region)
    behind = _behind(kind, name)
    if behind is None:
        return Target(model_id)
    return Target(behind.model_id, behind.profile, model_id, region)


def _by_name(name: str) -> Target:
    prefix, dot, rest = name.partition(".")
    return Target(rest, prefix) if dot and prefix in profiles() else Target(name)


def _behind(kind: str, name: str) -> Target | None:
    """What an application's profile was copied from, or a provisioned model was bought of."""
    from ministack.services import bedrock

    match kind:
        case "application-inference-profile":
            record = bedrock._inference_profiles_apps.get(name)
            return target(record["Models"][0]["ModelArn"]) if record else None
        case "provisioned-model":
            record = bedrock._provisioned_throughputs.get(name)
            return Target(record["ModelArn"].rpartition("foundation-model/")[2]) if record else None
    return None


def resources(model_id: str, region: str, account: str) -> list[tuple[str, dict[str, str]]]:
    """ARNs on all of which the caller needs bedrock:InvokeModel, each with the condition keys of its request.

    Of an inference profile: the profile, and its foundation model in the caller's Region and in each one that the
    profile routes to ("Prerequisites for inference profiles": "you must also specify the foundation model in each
    Region associated with it"); these are asked for with the profile's ARN as ``bedrock:InferenceProfileArn``.
    """
    meant = target(model_id)
    if meant.is_provisioned or (meant.owned is None and meant.profile is None):
        arn = model_id if model_id.startswith("arn:") else f"arn:aws:bedrock:{region}::foundation-model/{model_id}"
        return [(arn, {})]
    asked = meant.owned or f"arn:aws:bedrock:{region}:{account}:inference-profile/{meant.name}"
    through = {"bedrock:InferenceProfileArn": asked}
    return [
        (asked, {}),
        *((f"arn:aws:bedrock:{each}::foundation-model/{meant.model_id}", through) for each in _routes(meant, region)),
    ]


def _routes(meant: Target, region: str) -> list[str]:
    if meant.profile is None:
        return [region]
    # A global profile asks for the model without a Region too ("Global cross-Region inference").
    return list(dict.fromkeys([region, *(profiles()[meant.profile].destinations or ("",))]))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))
