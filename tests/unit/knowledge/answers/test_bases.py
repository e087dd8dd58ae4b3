"""A knowledge base of somebody's beside the documents: cited as it says, read by everybody, and no document of ours."""

from __future__ import annotations

import json

import pytest
from jsonschema import ValidationError

from knowledge.errors import BaseForbidden, BaseThrottled, BaseUnavailable
from knowledge.handlers import door, retrieve
from knowledge.retrieval import bases
from services.knowledge_bases import Retrieved
from tests.doors import with_signature
from tests.e2e.schemas import check
from tests.unit.knowledge.answers.builders import ANN, BOB, LEASE
from tests.unit.knowledge.answers.conftest import CONTEXT, Account
from tests.unit.questions.answers.builders import metrics

BASE = "DEMOBASE01"
URI = "s3://handbooks/travel.pdf"
TRAVEL = "Trains are booked in the second class. The ceiling of a hotel is EUR 140 per night."
SECRET = "The rent of Müller GmbH is in truth EUR 7,777 per month."
HOTEL = "What is the ceiling of a hotel per night?"
EVE = "arn:aws:iam::123456789012:user/eve"


@pytest.fixture
def based(account: Account, clock, monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setenv("KNOWLEDGE_BASE_ID", BASE)
    account.base.passages = [Retrieved(TRAVEL, "S3", URI, 0.71)]
    account.document("secret.txt", SECRET, users=[BOB])
    account.document("leases/north.txt", LEASE)
    return account


def post(path, body, caller):
    response = door.handler(with_signature(caller, path=path, body=body), CONTEXT)
    return response["statusCode"], json.loads(response["body"])


def asked(account: Account, question: str, caller: str) -> dict:
    """The answer, after all steps."""
    status, taken = post("/ask", {"question": question}, caller)
    assert status == 202, taken
    account.run()
    return again(taken["id"], caller)


def again(identifier: str, caller: str) -> dict:
    path = f"/ask/{identifier}"
    event = with_signature(caller, method="GET", path=path, route="/ask/{id}", parameters={"id": identifier})
    answer = json.loads(door.handler(event, CONTEXT)["body"])
    check(answer, "ask-answer")
    return dict(answer)


def test_who_may_read_no_document_is_answered_from_the_base_and_the_place_is_cited(based: Account):
    answer = asked(based, HOTEL, EVE)
    assert (answer["state"], "140" in answer["answer"]) == ("answered", True)
    references = [each for one in answer["citations"] for each in one["references"]]
    assert references == [{"location": {"type": "S3", "uri": URI}, "score": 0.71, "text": TRAVEL}] * len(references)
    assert "rests_on" not in answer


def test_a_search_has_its_passages_beside_those_of_who_asks_and_never_anothers(based: Account, capsys):
    status, found = post("/search", {"query": "rent of Müller GmbH"}, ANN)
    check(found, "search-hits")
    assert (status, found["warnings"]) == (200, [])
    places = [hit.get("key") or hit["location"]["uri"] for hit in found["hits"]]
    assert places == ["leases/north.txt", URI]
    assert metrics(capsys.readouterr().out)["BasePassages"] == 1
    assert post("/search", {"query": HOTEL, "filters": {"folder": "leases"}}, EVE)[1]["hits"] == []
    assert based.base.asked == ["rent of Müller GmbH"], "nobody knows types, days or folders of a base"


@pytest.mark.parametrize("location", ["secret.txt", "s3://inbox/secret.txt", "knowledge/secret.txt.json"])
def test_a_passage_that_names_a_document_of_ours_gives_nobody_a_right_to_it(based: Account, location: str):
    """It may say of itself what it likes: no box, no version and no text of ours comes with it."""
    told = "The document secret.txt says what the rent of Müller GmbH is."
    based.base.passages = [Retrieved(told, "S3", location, 1.0)]
    found = post("/search", {"query": "secret.txt rent of Müller GmbH"}, EVE)[1]
    assert found["hits"] == [{"location": {"type": "S3", "uri": location}, "score": 1.0, "text": told}]
    answer = asked(based, "What is the rent of Müller GmbH?", EVE)
    assert "7,777" not in json.dumps(answer)
    assert all("key" not in each for one in answer["citations"] for each in one["references"])
    with pytest.raises(ValidationError):
        check(
            {"schema": 1, "hits": [{**found["hits"][0], "key": "secret.txt"}], "more": False, "warnings": []},
            "search-hits",
        )


def test_an_answer_goes_with_its_base(based: Account, monkeypatch: pytest.MonkeyPatch):
    answer = asked(based, HOTEL, EVE)
    assert again(answer["id"], EVE)["state"] == "answered"
    for other in ("", "OTHERBASE1"):
        monkeypatch.setenv("KNOWLEDGE_BASE_ID", other)
        assert again(answer["id"], EVE)["reason"]["error"] == "SourcesGone"


@pytest.mark.parametrize("trouble", [BaseThrottled("slow"), BaseUnavailable("away"), BaseForbidden("no right")])
def test_without_the_base_the_documents_answer_and_say_so(based: Account, trouble: Exception, capsys):
    based.base.trouble = trouble
    answer = asked(based, "How high is the rent of Müller GmbH?", ANN)
    assert "1,200.50" in answer["answer"]
    assert [each["code"] for each in answer["warnings"]] == ["BASE_NOT_ASKED"]
    found = post("/search", {"query": "rent of Müller GmbH"}, ANN)[1]
    assert [each["code"] for each in found["warnings"]] == ["BASE_NOT_ASKED"]
    assert [hit["key"] for hit in found["hits"]] == ["leases/north.txt"]
    assert metrics(capsys.readouterr().out)["BaseNotAsked"] == 2


@pytest.mark.parametrize("trouble", [BaseThrottled("slow"), BaseUnavailable("away"), BaseForbidden("no right")])
@pytest.mark.parametrize("caller", [EVE, ANN])
def test_what_the_documents_do_not_answer_waits_for_the_base(based: Account, trouble: Exception, caller: str):
    """It is not refused: the base might say it. Transient errors are tried again by the machine."""
    based.base.trouble = trouble
    assert post("/ask", {"question": "What is the ceiling of Hotel Seeblick?"}, caller)[0] == 202
    with pytest.raises(type(trouble)):
        retrieve.handler(based.state(), CONTEXT)


def test_a_long_passage_takes_not_all_the_room_and_is_counted(based: Account, capsys):
    based.base.passages = [Retrieved("word " * 2_000, "WEB", "https://example.org/", 0.5)]
    found = post("/search", {"query": "word"}, EVE)[1]
    assert len(found["hits"][0]["text"]) <= bases.MOST_TEXT
    assert metrics(capsys.readouterr().out)["BasePassagesCut"] == 1


def test_no_parameter_no_call(based: Account, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KNOWLEDGE_BASE_ID", "")
    assert post("/search", {"query": HOTEL}, EVE)[1]["hits"] == []
    assert based.base.asked == []
