"""A knowledge base of somebody's beside the documents, and cited pages, over real roles, routes and addresses."""

from __future__ import annotations

import urllib.error
import urllib.request
from urllib.parse import quote

from tests.e2e.schemas import check
from tests.workflow.knowledge.desk import Desk
from tests.workflow.knowledge.test_ways import ANSWERED

TRAVEL = {
    "text": "The ceiling of a hotel at Kestrelwick is 140 euros per night.",
    "location": {"type": "S3", "s3Location": {"uri": "s3://handbooks/travel.pdf"}},
}
HOTEL = "What is the ceiling of a hotel at Kestrelwick?"


def test_who_may_read_no_document_is_answered_from_the_knowledge_base(desk: Desk):
    desk.base_has(TRAVEL)
    told = desk.asked(desk.eve, HOTEL)
    assert told.states == ANSWERED
    assert "140" in told.text
    check(told.answer, "ask-answer")
    (reference,) = told.answer["citations"][0]["references"]
    assert reference["location"] == {"type": "S3", "uri": "s3://handbooks/travel.pdf"}
    (hit,) = desk.eve.search("ceiling of a hotel")
    assert (hit["location"], "key" in hit) == (reference["location"], False)


def test_a_passage_of_the_base_that_names_a_document_opens_it_to_nobody(desk: Desk):
    place = {"type": "S3", "s3Location": {"uri": "s3://library-inbox/ann/contract.md"}}
    desk.base_has({"text": "The notice period of Anna Berg stands in ann/contract.md.", "location": place})
    told = desk.asked(desk.eve, "How long is the notice period of Anna Berg?")
    assert "fourteen" not in str(told.answer)
    found = desk.eve.search("notice period of Anna Berg ann/contract.md")
    assert [("key" in hit, "fourteen" in hit["text"]) for hit in found] == [(False, False)]
    assert desk.opened(desk.eve, "ann/contract.md").status == 404


def test_a_busy_base_is_waited_for_where_the_documents_do_not_answer(desk: Desk):
    desk.base_has(TRAVEL)
    desk.base_answers("ThrottlingException", 3)
    told = desk.asked(desk.eve, HOTEL)
    assert (told.answer["state"], told.answer["warnings"]) == ("answered", [])


def test_without_the_base_the_documents_answer_and_say_so(desk: Desk):
    desk.base_has(TRAVEL)
    with desk.forbidden("KnowledgeRetrieveRole", "bedrock:Retrieve"):
        told = desk.asked(desk.ann, "How long is the notice period of Anna Berg?")
    assert "fourteen" in told.text
    assert "BASE_NOT_ASKED" in {each["code"] for each in told.answer["warnings"]}


def test_a_page_is_opened_by_who_may_read_it_and_by_nobody_else(desk: Desk):
    key = "ann/a page & more, 100%.md"
    desk.shelf.put(key, "The lighthouse of Kestrelwick has 199 steps.")
    desk.shelf.indexed(key)
    found = desk.opened(desk.ann, key, page="1")
    assert found.status == 200, found
    check(found.document, "document-page")
    assert found.document["lines"] == ["The lighthouse of Kestrelwick has 199 steps."]
    status, headers, body = fetch(found.document["url"])
    assert (status, body) == (200, desk.shelf.s3.get_object(Bucket="library-inbox", Key=key)["Body"].read())
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert headers["content-disposition"].startswith("inline; filename*=UTF-8''")
    refused = [desk.opened(reader, key) for reader in (desk.bob, desk.eve)]
    assert {(each.status, each.document["message"]) for each in refused} == {
        (404, desk.opened(desk.ann, "ann/nothing.md").document["message"])
    }
    # Whoever changes the address has no signature for it.
    assert fetch(found.document["url"].replace(quote("100%.md"), "other.md"))[0] == 403
    desk.shelf.allow(f"{key}.access.json", users=[desk.bob.arn])
    assert (desk.opened(desk.ann, key).status, desk.opened(desk.bob, key).status) == (404, 200)
    desk.shelf.delete(key)
    assert desk.opened(desk.bob, key).status == 404
    desk.shelf.gone(key)
    desk.shelf.forget(f"{key}.access.json")


def test_the_door_itself_reads_no_document(desk: Desk):
    """Whoever holds an address reads as the role that signed it."""
    iam, name = desk.cloud.client("iam"), desk.cloud.physical_id("KnowledgeDoorRole")
    said = [
        str(iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"])
        for each in iam.list_role_policies(RoleName=name)["PolicyNames"]
    ]
    assert not any("library-inbox/*'" in each or "searchable" in each for each in said)


def fetch(url: str) -> tuple[int, dict[str, str], bytes]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url.partition("#")[0], timeout=20) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, {}, error.read()
