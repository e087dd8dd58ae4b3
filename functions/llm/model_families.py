"""Model ids under names that few enough metrics can be split by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("profiles.toml")
OTHER = "other"
NONE = "unknown"

_GEOGRAPHIES = frozenset({"us", "eu", "apac", "global", "us-gov", "jp", "au", "ca", "sa", "uk", "in", "me", "af", "il"})
"""What an inference profile's id may begin with; also told by what follows, so a new one needs no new release."""

_PROVIDERS = frozenset(
    {
        "ai21",
        "amazon",
        "anthropic",
        "cohere",
        "deepseek",
        "google",
        "luma",
        "meta",
        "minimax",
        "mistral",
        "moonshot",
        "moonshotai",
        "nvidia",
        "openai",
        "qwen",
        "stability",
        "twelvelabs",
        "writer",
        "zai",
    }
)
_RESOURCES = {
    "application-inference-profile": "profile",
    "provisioned-model": "provisioned",
    "imported-model": "imported",
    "custom-model-deployment": "custom",
    "default-prompt-router": "router",
    "prompt-router": "router",
    "prompt": "prompt",
    "endpoint": "endpoint",
}
"""Resources whose ids say nothing about the model; ``PROFILES`` may name what is behind one."""

_VERSION = re.compile(r"(-v\d+)?(-\d{1,2})?(:\d+[a-z0-9]*)+$|-v\d+$")
_DATE = re.compile(r"-(20\d{6}|20\d\d-\d\d-\d\d|2[3-9](0[1-9]|1[0-2]))$")
_LEGAL = re.compile(r"[^a-z0-9._-]+")
_LEGAL_VERSION = re.compile(r"[^a-z0-9._:-]+")
MOST = 64


def family(model_id: str, profiles: Mapping[str, str] | None = None) -> str:
    """``anthropic.claude-3-5-sonnet`` for ids, versions, Regions' prefixes and ARNs of that model.

    ``profiles``: id or ARN of an application inference profile (or of another resource whose id says nothing) to the
    name to use for it.
    """
    if profiles:
        named = profiles.get(model_id) or profiles.get(model_id.rpartition("/")[2])
        if named:
            return _of(named) if "." in named else _tidy(named)
    return _of(model_id)


@lru_cache(maxsize=1024)
def version(model_id: str) -> str:
    """Which version or snapshot of its family a model is: the id without ARN and Region prefix, as
    ``anthropic.claude-3-5-sonnet-20241022-v2:0``. "" where the id has no version, or says nothing about the model."""
    plain = _LEGAL_VERSION.sub("-", _plain(model_id)).strip("-.:")[:MOST]
    return "" if plain in ("", _of(model_id)) else plain


@lru_cache(maxsize=1024)
def is_embedding(model_id: str, named: str = "") -> bool:
    """Models that answer with vectors; every provider says so in the id. ``named``: the family, which knows what is
    behind a profile."""
    return any(word in name.lower() for word in ("embed", "rerank") for name in (model_id, named))


_MEDIA = re.compile(r"^(stability|luma)\.|-(image|canvas|reel|sonic|omni-video)\b|\.(image|video)-")


def is_media(named: str) -> bool:
    """Whether a family answers with images, videos or speech, of which no text is to be judged."""
    return _MEDIA.search(named) is not None


@lru_cache(maxsize=1024)
def _of(model_id: str) -> str:
    return _tidy(_DATE.sub("", bare(model_id)))


@lru_cache(maxsize=1024)
def bare(model_id: str) -> str:
    """The id without ARN, Region prefix and version, with the date of a model that has one:
    ``mistral.mistral-large-2402``."""
    return _VERSION.sub("", _plain(model_id))


def _plain(model_id: str) -> str:
    """The id without ARN and Region prefix; the kind of resource where it says nothing about the model."""
    name = model_id.strip().lower()
    if name.startswith("arn:"):
        kind, _, rest = name.split(":", 5)[-1].partition("/")
        if kind in _RESOURCES:
            return _RESOURCES[kind]
        name = rest.partition("/")[0] if kind == "custom-model" else rest
    head, _, rest = name.partition(".")
    if rest and (head in _GEOGRAPHIES or rest.partition(".")[0] in _PROVIDERS):
        name = rest
    return name


def _tidy(name: str) -> str:
    return _LEGAL.sub("-", name.lower()).strip("-.")[:MOST] or NONE


def profiles_of(setting: str, file: Path = FILE) -> dict[str, str]:
    """The names in ``profiles.toml``, and over them ``id=name,id=name`` as the parameter ModelProfiles has it."""
    import tomllib

    found = {str(key): str(name) for key, name in tomllib.loads(file.read_text())["profiles"].items()}
    pairs = (part.partition("=") for part in setting.split(",") if "=" in part)
    return found | {key.strip(): name.strip() for key, _, name in pairs if key.strip() and name.strip()}
