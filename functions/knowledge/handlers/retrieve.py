"""Retrieve: an ask -> the passages that may answer it, and the turns before it, for the steps that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common import admission, settings, spending
from common.observability import Context, count, observed
from common.table import Table
from knowledge.answers import finding, turns, work
from knowledge.answers.asked import Ask
from knowledge.answers.work import Found
from knowledge.errors import NotInDocuments
from knowledge.retrieval import paid

FIRST_PER_MINUTE = 3
"""Asks of one identity in a minute that go first; others wait behind everybody's first ones."""


@dataclass(frozen=True)
class Settings:
    state_table: str


@observed
def handler(event: dict[str, Any], _context: Context) -> dict[str, Any]:
    """The machine's input ``{id, user, name, groups, question, session, asked_at}`` in; ``{work, lane}`` out.

    Raises NothingFound, NotInDocuments; CeilingReached, PipelinePaused (waited for); VectorsThrottled,
    VectorsUnavailable, BaseThrottled, BaseUnavailable, ServiceUnavailable, StorageUnavailable (try again);
    VectorsForbidden, BaseForbidden.
    """
    known, ask = settings.read(Settings), Ask.of(event)
    place = work.place(ask.id)
    with paid.to_search() as sees:
        said = turns.readable(sees, ask.reader, turns.of(Table(known.state_table), ask))
        try:
            with spending.held_as("AsksHeld"):
                found = finding.passages(sees, ask, said)
        except NotInDocuments as refusal:
            work.keep_refusal(place, refusal.told)
            raise
    work.keep_found(place, Found(ask, found.hits, said, found.without_base))
    count("PassagesFound", len(found.hits))
    return {"work": place, "lane": _lane(known.state_table, ask.user)}


def _lane(table: str, user: str) -> admission.Lane:
    return admission.choose(
        table, f"knowledge-{user}", 1, "normal", most=1, per_minute=FIRST_PER_MINUTE, unasked="LanesUnasked"
    )
