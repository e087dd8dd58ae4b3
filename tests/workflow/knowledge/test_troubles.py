"""What fails on the way: the model or the index throttle or may not be asked, a right is missing, a worker dies."""

from __future__ import annotations

import json

from tests.e2e.waiting import eventually
from tests.workflow.knowledge import shelf
from tests.workflow.knowledge.desk import Desk


def test_a_model_that_throttles_is_waited_for_and_paid_once(desk: Desk):
    before = desk.completions()
    desk.model_answers("ThrottlingException", 3)
    told = desk.asked(desk.ann, "When does the lease of Hall Nine end?")
    assert told.answer["state"] == "answered"
    assert told.states.count("Compose") == 1
    assert desk.completions() == before + 1


def test_an_index_that_throttles_is_asked_again(desk: Desk):
    desk.vectors_answer("TooManyRequestsException", "QueryVectors", 12)
    told = desk.asked(desk.ann, "Who is the treasurer of Kestrelwick?")
    assert told.answer["state"] == "answered"


def test_a_model_that_may_not_be_asked_fails_the_execution_and_a_redrive_answers(desk: Desk):
    """The passages stay; only what is missing is done again."""
    desk.model_answers("AccessDeniedException", 99)
    ask = desk.ask(desk.ann, "How much does Anna Berg earn in a month?")
    ended = desk.status(ask)
    assert ended["status"] == "FAILED", ended
    assert desk.read(desk.ann, ask)["state"] == "running"
    desk.failed(ask)
    desk.all_is_well()
    assert desk.invoke("KnowledgeRedriveFailed", {})["started"] == 1
    assert desk.status(ask, 2)["status"] == "SUCCEEDED"
    assert "4,812" in desk.read(desk.ann, ask)["answer"]


def test_a_redrive_pays_for_no_answer_twice(desk: Desk):
    """It was composed, and Answer could not keep it."""
    with desk.forbidden("KnowledgeAnswerRole", "s3:PutObject"):
        ask = desk.ask(desk.ann, "How much is the rent of Hall Nine?")
        assert desk.status(ask)["status"] == "FAILED"
    desk.failed(ask)
    before = desk.completions()
    assert desk.invoke("KnowledgeRedriveFailed", {})["started"] == 1
    assert desk.status(ask, 2)["status"] == "SUCCEEDED"
    assert "990" in desk.read(desk.ann, ask)["answer"]
    assert desk.completions() == before


def test_who_searches_may_read_no_document_and_change_no_index(desk: Desk):
    """Of the inbox nothing but access files."""
    iam = desk.cloud.client("iam")
    for role in ("KnowledgeDoorRole", "KnowledgeRetrieveRole", "KnowledgeComposeRole", "KnowledgeAnswerRole"):
        name = desk.cloud.physical_id(role)
        policies = iam.list_role_policies(RoleName=name)["PolicyNames"]
        text = json.dumps([iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in policies])
        assert f"{shelf.INBOX}/*access.json" in text
        assert f'{shelf.INBOX}/*"' not in text
        assert "s3vectors:PutVectors" not in text


def test_a_document_that_the_index_may_not_embed_waits_and_comes(desk: Desk):
    desk.model_answers("ServiceUnavailableException", 2)
    desk.shelf.put("ann/late.md", "The lighthouse of Kestrelwick was built in 1871.")
    desk.shelf.indexed("ann/late.md")
    hits = eventually(lambda: desk.ann.search("lighthouse of Kestrelwick") or None, "the lighthouse")
    assert hits[0]["key"] == "ann/late.md"
