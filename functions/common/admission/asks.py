"""A message of a lane, as a state machine puts it on the lane's queue."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from common.errors import PermanentError

Lane = Literal["first", "next"]
Priority = Literal["high", "normal", "low"]
Work = Mapping[str, Any]

SCHEMA = 1


class NotAnAsk(PermanentError):
    """A message on a lane's queue is not what a state machine puts there."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A message of a lane: what to do, whom to answer, since when (RFC 3339), and how often it was sent again."""

    work: Work
    token: str
    asked_at: str
    handed: int = 0
    schema: int = SCHEMA


def read(body: str) -> Ask:
    """The ask in a message's body. Raises NotAnAsk."""
    try:
        found = json.loads(body)
        ask = Ask(dict(found["work"]), found["token"], found["asked_at"], int(found.get("handed", 0)))
        datetime.fromisoformat(ask.asked_at)
    except (ValueError, KeyError, TypeError) as error:
        raise NotAnAsk(
            f"A message is not {{work, token, asked_at}} ({type(error).__name__}): send work through its state machine."
        ) from error
    if not (isinstance(ask.token, str) and ask.token):
        raise NotAnAsk("A message has an empty token: send work through its state machine.")
    return ask


def age(ask: Ask) -> float:
    """Seconds since the state was entered, however often the ask was sent again."""
    return max(0.0, time.time() - datetime.fromisoformat(ask.asked_at).timestamp())
