"""What was made in each account and Region, in memory: a restart of the cloud forgets it, models in S3 stay."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Record = dict[str, Any]

KINDS: Final = ("training-job", "model", "endpoint-config", "endpoint", "model-package-group", "model-package")


@dataclass(frozen=True)
class Place:
    """One account in one Region."""

    account: str
    region: str

    def arn(self, kind: str, name: str) -> str:
        """SageMaker's ARNs are lower case, whatever the name's case is."""
        return f"arn:aws:sagemaker:{self.region}:{self.account}:{kind}/{name.lower()}"


@dataclass
class Thing:
    """Something with an ARN. ``members`` is what Describe answers, times in seconds since 1970; ``kept`` is what only
    this stand-in needs to know. Whoever changes either holds ``LOCK``."""

    place: Place
    kind: str
    name: str
    members: Record
    tags: dict[str, str] = field(default_factory=dict)
    kept: Record = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return self.place.arn(self.kind, self.name)

    def described(self) -> Record:
        """A copy of its members as they are now."""
        with LOCK:
            return dict(self.members)


LOCK: Final = threading.RLock()
_things: dict[str, Thing] = {}


def find(place: Place, kind: str, name: str) -> Thing | None:
    """The thing of this name, if there is one."""
    return by_arn(place.arn(kind, name))


def by_arn(arn: str) -> Thing | None:
    """The thing of this ARN, in any case of its letters."""
    with LOCK:
        return _things.get(arn.lower())


def add(thing: Thing) -> None:
    """Keep it; the caller has looked, under ``LOCK``, whether its name is free."""
    with LOCK:
        _things[thing.arn] = thing


def remove(thing: Thing) -> None:
    """Forget it; no fault where it is gone already."""
    with LOCK:
        if _things.get(thing.arn) is thing:
            del _things[thing.arn]


def of_kind(place: Place, kind: str) -> list[Thing]:
    """All of a kind, in the order in which they were made."""
    start = place.arn(kind, "")
    with LOCK:
        return [thing for arn, thing in _things.items() if arn.startswith(start)]


def everything() -> Iterator[Thing]:
    """Of all accounts and Regions."""
    with LOCK:
        yield from list(_things.values())


def tags_of(members: Mapping[str, Any]) -> dict[str, str]:
    """``Tags`` of a request."""
    return {tag["Key"]: tag["Value"] for tag in members.get("Tags", ())}


def now() -> float:
    """A time as the JSON protocol has it: seconds since 1970, to the millisecond."""
    return round(time.time(), 3)
