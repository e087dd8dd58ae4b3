"""Polly's quotas, the faults that a test may ask for, and the count of what was asked.

``POST /_local/polly/faults`` ``{"mode": "throttle", "match": "a regular expression", "times": 3}``.
``POST /_local/polly/throttle`` ``{"setting": "0.5"}``: as if others took half of the quotas; null for one's own again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from local.services.errors import ServiceError
from local.services.polly.errors import InvalidSsml, ServiceFailure, Throttled
from local.services.switchboard import Faults, Switch, Switchboard, Usage
from local.services.throttle import Quota, Throttles

# "Quotas in Amazon Polly", developer guide, as stored 2026-03. It gives no burst for generative voices: the rate.
QUOTAS = {
    "standard": Quota(80, 100, 80),
    "neural": Quota(8, 10, 18),
    "long-form": Quota(8, 10, 26),
    "generative": Quota(8, 8, 26),
}
"""What SynthesizeSpeech takes of each engine."""
SETTING = "LOCAL_POLLY_THROTTLE"
THROTTLES = Throttles(SETTING, QUOTAS, Throttled)
MODES: Mapping[str, Callable[[], ServiceError]] = {
    "down": ServiceFailure,
    "throttle": Throttled,
    "refuse": lambda: InvalidSsml("Invalid SSML request: refused on request of a test"),
}
SILENT = "silent"
FAULTS: Faults[str] = Faults()
USAGE = Usage("requests", "characters")
"""SynthesizeSpeech answered with audio or marks, and the characters billed for it."""


def set_fault(mode: str, match: str = "", times: int | None = None) -> None:
    """Let SynthesizeSpeech fail where ``match`` (a regular expression) is found in the request's text, ``times`` times.

    Raises:
        ValueError: an unknown mode, a pattern that is no regular expression, or times below 1.
    """
    if mode not in {*MODES, SILENT}:
        raise ValueError(f"mode {mode!r}: use one of {', '.join([*MODES, SILENT])}")
    try:
        pattern = re.compile(match)
    except re.error as error:
        raise ValueError(f"match {match!r} is not a regular expression: {error}") from error
    FAULTS.add(mode, times, lambda text: pattern.search(text) is not None)


def strike(text: str) -> bool:
    """Raise what a test has asked for ``text``; whether the answer is to hold no audio, as it does for some texts."""
    mode = FAULTS.strike(text)
    if mode is not None and mode != SILENT:
        raise MODES[mode]()
    return mode == SILENT


def _set(wish: dict[str, Any]) -> None:
    set_fault(str(wish["mode"]), str(wish.get("match", "")), wish.get("times"))


def _set_throttle(wish: dict[str, Any]) -> None:
    setting = wish["setting"]
    THROTTLES.override(None if setting is None else str(setting))


control = Switchboard(
    USAGE,
    {
        "faults": Switch("{mode, match, times}", _set, FAULTS.clear),
        "throttle": Switch("{setting}", _set_throttle),
    },
)
