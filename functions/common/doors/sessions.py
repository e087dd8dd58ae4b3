"""Sessions: what one user has asked in a row, so that "and by day?" has something to go on.

A session is made by the service, is found only together with its user, and holds the last few turns. One item has all
of it, written under the number of the revision that was seen. ``kind``: what the names of a pipeline's sessions begin
with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from common.errors import ConcurrentUpdate
from common.table import Table

MOST_TURNS = 6
MOST_BYTES = 200_000
"""Of a session's turns as JSON; an item of DynamoDB holds 400 KB."""
TRIES = 10

Turn = dict[str, Any]


def begin(table: Table, kind: str, user: str, session: str, seconds: int) -> None:
    """Makes the session, unless it is there."""
    table.put_if_absent(_name(kind, user, session), {"turns": [], "revision": 0}, seconds=seconds)


def exists(table: Table, kind: str, user: str, session: str) -> bool:
    """Whether there is such a session of this user's."""
    return table.get(_name(kind, user, session)) is not None


def turns(table: Table, kind: str, user: str, session: str | None) -> list[Turn]:
    """As ``add`` took them, the newest last; none of a session that is unknown or another's."""
    item = table.get(_name(kind, user, session)) if session else None
    return list(item["turns"]) if item else []


def add(table: Table, kind: str, user: str, session: str | None, turn: Mapping[str, Any], seconds: int) -> None:
    """Adds a turn (``id`` and ``asked_at`` among its members) in its place by time; the oldest go where it is too much.

    The same turn once more changes nothing, and what was asked without a session has none. The session is kept for
    ``seconds`` from now on. Raises ConcurrentUpdate.
    """
    if session is None:
        return
    place = _name(kind, user, session)
    for _ in range(TRIES):
        item = table.get(place)
        if item is None:
            if table.put_if_absent(place, {"turns": [dict(turn)], "revision": 1}, seconds=seconds):
                return
            continue
        if any(known["id"] == turn["id"] for known in item["turns"]):
            return
        revision = item["revision"]
        changed = {"turns": _last([*item["turns"], dict(turn)]), "revision": revision + 1}
        if table.put(place, changed, seconds=seconds, condition="#revision = :seen", values={"seen": revision}):
            return
    raise ConcurrentUpdate("Other answers changed the session again and again while this one tried to.")


def forget(table: Table, place: str, which: Callable[[Turn], bool]) -> int:
    """Takes turns out of the session whose item is named ``place``; how many. It goes when it would have gone.

    Raises ConcurrentUpdate.
    """
    for _ in range(TRIES):
        item = table.get(place)
        if item is None:
            return 0
        kept, revision = [turn for turn in item["turns"] if not which(turn)], item["revision"]
        gone = len(item["turns"]) - len(kept)
        changed = {"turns": kept, "revision": revision + 1}
        if not gone or table.amend(place, changed, seconds=0, condition="#revision = :seen", values={"seen": revision}):
            return gone
    raise ConcurrentUpdate("Answers changed the session again and again while turns were taken out of it.")


def _last(turns: Sequence[Turn]) -> list[Turn]:
    kept = sorted(turns, key=lambda turn: (turn["asked_at"], turn["id"]))[-MOST_TURNS:]
    while len(kept) > 1 and len(json.dumps(kept, ensure_ascii=False).encode()) > MOST_BYTES:
        del kept[0]
    return kept


def _name(kind: str, user: str, session: str) -> str:
    return f"{kind}{user}#{session}"
