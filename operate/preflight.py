"""Before a deployment: do the workers that speak fit into the account? A new account runs ten functions at once.

Workers hold their places for as long as Polly is busy. Where they hold them all, nothing else runs: articles are not
planned, and Lambda's own refusals make dead letters of messages that nobody has looked at.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from operate.errors import OperateError

DEFAULTS: Mapping[str, int] = {"SpeechWorkers": 12, "SpeechFirstWorkers": 4}
"""Of template.yaml."""
LEAST = 2
"""MaximumConcurrency of an event source (API reference, ScalingConfig)."""


class TooManyWorkers(OperateError):
    """The workers that speak would leave too little to all other functions; the sentence says what to set."""


def command(functions: Any, config: Path, environment: str) -> Iterator[str]:
    """One line where all fits. Raises TooManyWorkers."""
    limit = int(functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"])
    wanted = parameters(config, environment)
    check(limit, wanted["SpeechWorkers"], wanted["SpeechFirstWorkers"])
    yield f"{sum(wanted.values())} workers speak, and the account runs {limit:,} functions at once: that fits."


def parameters(config: Path, environment: str) -> dict[str, int]:
    """The parameters as samconfig.toml gives them for an environment, else their defaults."""
    section = tomllib.loads(config.read_text(encoding="utf-8")).get(environment, {})
    given: dict[str, str] = {}
    for place in ("global", "deploy"):
        overrides = section.get(place, {}).get("parameters", {}).get("parameter_overrides", [])
        parts = overrides.split() if isinstance(overrides, str) else overrides
        given |= dict(part.split("=", 1) for part in parts)
    return {name: int(given.get(name, default)) for name, default in DEFAULTS.items()}


def check(limit: int, workers: int, first: int) -> None:
    """``limit``: functions that the account runs at once. Raises TooManyWorkers where speech takes more than half."""
    half = limit // 2
    if workers + first <= half:
        return
    advised_first = max(LEAST, min(DEFAULTS["SpeechFirstWorkers"], half // 4))
    advised = max(LEAST, half - advised_first)
    raise TooManyWorkers(
        f"The account runs {limit:,} functions at once, and {workers + first} of them would speak. Set "
        f"SpeechWorkers={advised} and SpeechFirstWorkers={advised_first} in parameter_overrides of samconfig.toml, or "
        f"ask AWS for more (Service Quotas, Lambda, Concurrent executions); docs/limits.md says how fast each is."
    )
