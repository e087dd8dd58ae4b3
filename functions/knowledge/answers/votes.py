"""Votes on answers: one per user and answer, which may be changed."""

from __future__ import annotations

import time

from common.table import Table, absent
from knowledge.answers.asked import Vote


def cast_vote(table: Table, ask: str, user: str, vote: Vote, seconds: int) -> bool:
    """Keeps a vote for ``seconds``; False where it was the same already, so that it counts once.

    Raises StorageUnavailable.
    """
    item = {"user": user, "vote": vote}
    values = {"now": int(time.time()), "vote": vote}
    return table.put(_name(ask, user), item, seconds=seconds, condition=f"{absent()} OR #vote <> :vote", values=values)


def _name(ask: str, user: str) -> str:
    return f"vote#{ask}#{user}"
