"""The turns of a session: what was asked, what was answered, and on which documents that rests.

An answer is made of documents, so it is shown to the model again only while who asks may still read all that it rests
on, in the versions that they had.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from common.doors import sessions
from common.table import Table
from knowledge.answers import documents
from knowledge.answers.asked import Ask
from knowledge.answers.taken import KIND
from knowledge.model import MOST_QUESTION, Hit, Reader
from knowledge.retrieval import checks
from knowledge.retrieval.world import CheckWorld

MOST_ANSWER: Final = 6_000
"""Characters of an answer in a turn; a prompt shows fewer."""

Turn = dict[str, Any]


def add(table: Table, ask: Ask, answer: str, hits: Iterable[Hit], seconds: int) -> None:
    """Adds the turn of an answer that rests on ``hits`` (``judging.Told``; ``common.doors.sessions``)."""
    turn = {
        "id": ask.id,
        "asked_at": ask.asked_at,
        "question": ask.question,
        "answer": answer[:MOST_ANSWER],
        "sources": documents.named(hits),
    }
    sessions.add(table, KIND.session, ask.user, ask.session, turn, seconds)


def of(table: Table, ask: Ask) -> list[Turn]:
    """``{question, answer, sources}`` of the turns before an ask, the newest last."""
    found = sessions.turns(table, KIND.session, ask.user, ask.session)
    return [
        {name: turn[name] for name in ("question", "answer", "sources")}
        for turn in found
        if turn["id"] != ask.id and turn["asked_at"] <= ask.asked_at
    ]


def readable(world: CheckWorld, reader: Reader, turns: Sequence[Mapping[str, Any]]) -> list[Turn]:
    """The same; an answer is None where one of its documents changed, is gone, or may no longer be read.

    Raises StorageUnavailable.
    """
    asked = documents.unnamed([source for turn in turns for source in turn["sources"]])
    still = {(hit.key, hit.version) for hit in checks.still(world, reader, asked)}
    return [
        {**turn, "answer": turn["answer"] if all(_pair(each) in still for each in turn["sources"]) else None}
        for turn in turns
    ]


def sources(turns: Sequence[Mapping[str, Any]]) -> list[Hit]:
    """The documents of the answers among ``readable`` turns, as hits without a text."""
    return documents.unnamed([source for turn in turns if turn["answer"] for source in turn["sources"]])


def follow_up(question: str, turns: Sequence[Mapping[str, Any]]) -> str | None:
    """The question behind the last turn, as a second query: "the first one?" finds nothing by itself."""
    if not turns:
        return None
    last = turns[-1]
    before = f"{last['question']} {last.get('answer') or ''}".strip()
    return f"{before[: max(0, MOST_QUESTION - len(question) - 1)]} {question}".strip()


def _pair(source: Mapping[str, str]) -> tuple[str, str]:
    return source["key"], source["version"]
