"""What samconfig.toml says of an environment: the stack, profile and Region that sam deploy takes, and parameters."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from operate.clients import Target
from operate.errors import OperateError

FILE = Path("samconfig.toml")
DEFAULT = "default"
"""The environment that SAM CLI takes where none is named."""


def named(target: Target, config: Path, environment: str, stack: str | None = None) -> Target:
    """Where sam deploy goes for an environment. ``stack``: None for its own; what was said by hand wins always.

    Raises OperateError where the file, or the environment in it, is not there.
    """
    section = _read(config, environment)
    said = {**_parameters(section, "global"), **_parameters(section, "deploy")}
    return replace(
        target,
        stack=stack or said.get("stack_name", target.stack),
        profile=target.profile or said.get("profile"),
        region=target.region or said.get("region"),
    )


def overrides(config: Path, environment: str) -> dict[str, str]:
    """The parameters that it gives for an environment. Raises OperateError."""
    section = _read(config, environment)
    given: dict[str, str] = {}
    for place in ("global", "deploy"):
        found = _parameters(section, place).get("parameter_overrides", [])
        given |= _pairs(_words(found, config) if isinstance(found, str) else found, config)
    return given


def _words(text: str, config: Path) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise OperateError(f"{config} has parameter_overrides that cannot be read: {error}.") from error


def _pairs(parts: Iterable[Any], config: Path) -> dict[str, str]:
    pairs = {}
    for part in parts:
        name, equals, value = str(part).partition("=")
        if not equals:
            raise OperateError(f"{config} has {part!r} in parameter_overrides; write it as Name=value.")
        pairs[name] = value
    return pairs


def _parameters(section: Any, place: str) -> dict[str, Any]:
    found: dict[str, Any] = section.get(place, {}).get("parameters", {})
    return found


def _read(config: Path, environment: str) -> Any:
    """The environment's section."""
    try:
        known = tomllib.loads(config.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise OperateError(
            f"There is no {config} here; run this where samconfig.toml lies, or name the file with --config."
        ) from error
    except ValueError as error:  # no TOML, or no UTF-8
        raise OperateError(f"{config} cannot be read as TOML: {error}.") from error
    if environment not in known:  # a slip of the pen would mean the default stack
        there = ", ".join(sorted(set(known) - {"version"}))
        raise OperateError(f"{config.name} has no environment {environment}; it has {there}.")
    return known[environment]
