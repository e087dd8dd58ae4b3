"""Each way through the machine, with its real handlers and their roles: answered, followed up, refused by each step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from common.spending import accounts
from knowledge.model import MODEL_CALLS, SPENDING
from tests.e2e.waiting import eventually
from tests.workflow.knowledge.desk import Desk

ANSWERED = ["Retrieve", "Compose", "Answer"]


def test_a_question_is_answered_with_its_source(desk: Desk):
    told = desk.asked(desk.ann, "How long is the notice period of Anna Berg?")
    assert told.states == ANSWERED
    assert (told.answer["state"], told.sources) == ("answered", {"ann/contract.md"})
    (citation,) = told.answer["citations"]
    span = citation["span"]
    assert told.text[span["start"] : span["end"]] == citation["text"]
    assert "fourteen weeks" in citation["text"]
    assert citation["references"][0]["page"] == 1


def test_a_follow_up_goes_on_from_the_turn_before(desk: Desk):
    first = desk.asked(desk.ann, "Who is the treasurer of the board of Kestrelwick?")
    assert first.sources == {"ann/minutes.md"}
    told = desk.asked(desk.ann, "And when does the lease of Hall Nine end?", session_id=first.answer["session_id"])
    assert (told.states, told.sources) == (ANSWERED, {"ann/lease.md"})
    assert told.answer["session_id"] == first.answer["session_id"]


def test_who_may_read_nothing_is_told_nothing(desk: Desk):
    told = desk.asked(desk.eve, "How long is the notice period of Anna Berg?")
    assert (told.states, told.reason) == (["Retrieve", "Refuse"], "NothingFound")
    assert "fourteen" not in str(told.answer)


def test_what_no_document_says_is_not_answered(desk: Desk):
    before = desk.completions()
    told = desk.asked(desk.ann, "How long is the notice period of Zephyrine Quillfeather?")
    assert (told.states, told.reason) == (["Retrieve", "Refuse"], "NotInDocuments")
    assert desk.completions() == before, "no model was paid for it"


def test_a_name_that_only_anothers_document_has_is_in_none(desk: Desk):
    told = desk.asked(desk.bob, "How long is the notice period of Anna Berg?")
    assert told.answer["state"] == "refused"
    assert "fourteen" not in str(told.answer)


def test_a_sentence_that_no_source_bears_out_is_not_told(desk: Desk):
    desk.model_writes("uncited")
    told = desk.asked(desk.ann, "How much is the rent of the lease of Hall Nine?")
    assert (told.states, told.reason) == ([*ANSWERED, "Refuse"], "NothingSupported")


def test_a_right_that_goes_while_the_question_waits_is_gone_for_its_answer(desk: Desk):
    """It waits at the day's ceiling; the worker looks again before the model sees anything.

    The right goes once the ask was sent again, so no worker stands between its look and the ceiling."""
    desk.shelf.allow("dan/access.json", users=[desk.dan.arn])
    desk.shelf.put("dan/plan.md", "The code of the vault at Kestrelwick is 70911.")
    desk.shelf.indexed("dan/plan.md")
    with _at_the_ceiling(desk):
        ask = desk.ask(desk.dan, "What is the code of the vault?")
        eventually(lambda: desk.held() or None, "a question that waits")
        desk.shelf.allow("dan/access.json", users=[desk.bob.arn])
    told = desk.told(desk.dan, ask)
    assert (told.states, told.reason) == (["Retrieve", "Compose", "Refuse"], "SourcesGone")
    assert "70911" not in str(told.answer)


def test_a_right_that_goes_afterwards_takes_the_answer_along(desk: Desk):
    desk.shelf.allow("ann/passing/access.json", users=[desk.ann.arn])
    desk.shelf.put("ann/passing/note.md", "The ferry Halcyon leaves Kestrelwick at 6:45.")
    desk.shelf.indexed("ann/passing/note.md")
    told = desk.asked(desk.ann, "When does the ferry Halcyon leave?")
    assert told.sources == {"ann/passing/note.md"}
    desk.shelf.allow("ann/passing/access.json", users=[desk.bob.arn])
    again = desk.read(desk.ann, told.answer["id"])
    assert (again["state"], again["reason"]["error"], again["answer"]) == ("refused", "SourcesGone", None)
    desk.shelf.allow("ann/passing/access.json", users=[desk.ann.arn])
    assert desk.read(desk.ann, told.answer["id"])["answer"] == told.text


def test_a_vote_is_of_one_reader_about_an_answer_of_theirs(desk: Desk):
    told = desk.asked(desk.ann, "How long is the notice period of Anna Berg?")
    vote = {"id": told.answer["id"], "vote": "up"}
    assert desk.ann.door.send("POST", "/votes", vote).status == 200
    assert desk.bob.door.send("POST", "/votes", vote).status == 404


@contextmanager
def _at_the_ceiling(desk: Desk) -> Iterator[None]:
    key, table = accounts.key(SPENDING, MODEL_CALLS, accounts.day_of(time.time())), desk.table()
    assert table.add(key, accounts.SPENT, 2_000, seconds=3600) is not None
    try:
        yield
    finally:
        table.add(key, accounts.SPENT, -2_000, seconds=3600)
