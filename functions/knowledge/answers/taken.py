"""An ask that was taken (``common.doors.taken``), with the name and the groups of who asked.

Groups are part of what makes two requests the same: who gets another group, or loses one, asks anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from common.doors import taken
from common.doors.taken import Kind, Wish
from common.table import Table
from knowledge.answers.asked import Ask, Asked
from knowledge.model import SCHEMA, Reader

KIND = Kind(execution="ask", item="ask#", repeat="ask-repeat#", key="ask-key#", session="ask-session#")


@dataclass(frozen=True, slots=True)
class Taken:
    """``fresh``: False where it had been taken before, by another request of the same."""

    ask: Ask
    fresh: bool


def take(
    table: Table, reader: Reader, asked: Asked, now: float, kept_seconds: int, refused: Callable[[str], bool]
) -> Taken:
    """As ``common.doors.taken.take``, whose errors it raises.

    ``refused``: whether the ask with this id ended without an answer, or has none to tell any longer. The documents may
    have come meanwhile, and the rights: asked again, it is asked anew.
    """
    groups = sorted(reader.groups)
    members = {"schema": SCHEMA, "question": asked.question, "name": reader.name, "groups": groups}
    wish = Wish(members, (asked.question, *groups), asked.session, asked.key)
    found = taken.take(table, KIND, reader.id, wish, now, kept_seconds, lambda item: refused(item["id"]))
    return Taken(Ask.of(found.item), found.fresh)


def start(machine_arn: str, ask: Ask) -> None:
    """Starts its execution, once. Raises ServiceUnavailable."""
    taken.start(machine_arn, KIND, ask.id, ask.plain())


def owned(table: Table, user: str, identifier: str) -> Ask:
    """The ask with this id, where it is the user's. Raises NotFound."""
    return Ask.of(taken.owned(table, KIND, user, identifier))
