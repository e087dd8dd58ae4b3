"""Documents from the inbox to answers with sources, through AWS's APIs and the stack's outputs alone.

Everybody who asks is an IAM user of their own, who may call the API and nothing else. On AWS the documents and the asks
cost some cents at Bedrock.
"""

from __future__ import annotations

import json
import secrets
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from botocore.credentials import Credentials

from local.demo.documents import pdf_writer
from operate.questions.calls import Answered, Door
from tests.e2e import stacks
from tests.e2e.schemas import check
from tests.e2e.waiting import eventually

PATIENCE = 600.0 if stacks.wants_aws() else 240.0
"""Seconds until a document in the index, or an answer, counts as lost."""
REFUSED = {"NothingFound", "NotInDocuments", "NothingSupported"}


@dataclass(frozen=True)
class Person:
    """Somebody who asks: requests signed with their own keys. ``arn``: what access files call them."""

    arn: str
    door: Door

    def ask(self, question: str, session: str | None = None) -> dict[str, Any]:
        """The answer. A repeat of the same question is asked anew."""
        body = {"question": question, **({"session_id": session} if session else {})}
        taken = self.door.send("POST", "/ask", body, Idempotency_Key=secrets.token_hex(8))
        assert taken.status == 202, taken
        check(taken.document, "ask-taken")

        def ended() -> dict[str, Any] | None:
            found = self.look(taken.document["id"])
            assert found.status == 200, found
            check(found.document, "ask-answer")
            return None if found.document["state"] == "running" else found.document

        return eventually(ended, f"answer to {question}", PATIENCE)

    def look(self, identifier: str) -> Answered:
        return self.door.send("GET", f"/ask/{identifier}")

    def search(self, query: str, **filters: Any) -> list[dict[str, Any]]:
        found = self.door.send("POST", "/search", {"query": query, **({"filters": filters} if filters else {})})
        assert found.status == 200, found
        check(found.document, "search-hits")
        hits: list[dict[str, Any]] = found.document["hits"]
        return hits

    def open(self, key: str, page: int, version: str = "") -> Answered:
        wanted = f"key={quote(key, safe='')}&page={page}{f'&version={version}' if version else ''}"
        return self.door.send("GET", f"/documents?{wanted}")

    def vote(self, identifier: str, vote: str) -> Answered:
        return self.door.send("POST", "/votes", {"id": identifier, "vote": vote})


class Library:
    """A folder of the inbox."""

    def __init__(self, stack: stacks.Stack) -> None:
        self.stack, self.s3 = stack, stack.client("s3")
        self.inbox, self.knowledge = stack.outputs["InboxBucketName"], stack.outputs["KnowledgeBucketName"]
        self.folder = f"e2e-{secrets.token_hex(6)}/"

    def key(self, name: str) -> str:
        return f"{self.folder}{name}"

    def allow(self, *people: Person, of: str = "access.json", denied: Sequence[Person] = ()) -> None:
        access = {"schema": 1, "users": [one.arn for one in people], "denied_users": [one.arn for one in denied]}
        self.s3.put_object(Bucket=self.inbox, Key=self.key(of), Body=json.dumps(access).encode())

    def put(self, name: str, body: str | bytes) -> str:
        """Puts a document there and waits until this version of it is found; its version."""
        before = self.version(name)
        self.s3.put_object(
            Bucket=self.inbox, Key=self.key(name), Body=body if isinstance(body, bytes) else body.encode()
        )

        def look() -> str | None:
            found = self.version(name)
            return found if found != before else None

        return eventually(look, f"{name} in the index", PATIENCE)

    def delete(self, name: str) -> None:
        self.s3.delete_object(Bucket=self.inbox, Key=self.key(name))
        eventually(lambda: True if self.version(name) is None else None, f"no {name} in the index", PATIENCE)

    def version(self, name: str) -> str | None:
        """Of the document that the index has."""
        try:
            body = self.s3.get_object(Bucket=self.knowledge, Key=f"knowledge/{self.key(name)}.json")["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            return None
        found: str | None = json.loads(body)["version"]
        return found


@pytest.fixture(scope="module")
def known_stack(stack: stacks.Stack) -> stacks.Stack:
    if "KnowledgeUrl" not in stack.outputs:
        stacks.lacks("the stack has no knowledge (UseKnowledge)")
    if stack.parameters.get("TokenIssuer"):
        stacks.lacks("the stack takes tokens of its issuer, and these tests have none")
    return stack


@pytest.fixture(scope="module")
def somebody(known_stack: stacks.Stack) -> Iterator[Callable[[], Person]]:
    """Makes an IAM user who may call the API; all are deleted in the end."""
    iam, names, meta = known_stack.client("iam"), list[str](), known_stack.client("sts").meta
    account = known_stack.client("sts").get_caller_identity()["Account"]
    api = known_stack.outputs["KnowledgeApiId"]
    resource = f"arn:{meta.partition}:execute-api:{meta.region_name}:{account}:{api}/*"
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    port = None if stacks.wants_aws() else urlsplit(meta.endpoint_url).port

    def make() -> Person:
        name = f"e2e-{secrets.token_hex(6)}"
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        names.append(name)
        iam.put_user_policy(UserName=name, PolicyName="ask", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        url = known_stack.outputs["KnowledgeUrl"]
        person = Person(arn, Door(url, meta.region_name, credentials, port=port))
        # AWS knows new keys, and their rights, after some seconds.
        eventually(lambda: person if person.look("nothing").status == 404 else None, f"a door for {name}", PATIENCE)
        return person

    yield make
    for name in names:
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName=name, PolicyName="ask")
        iam.delete_user(UserName=name)


@pytest.fixture
def library(known_stack: stacks.Stack) -> Library:
    return Library(known_stack)


@pytest.fixture
def ann(somebody: Callable[[], Person]) -> Person:
    return somebody()


@pytest.fixture
def bob(somebody: Callable[[], Person]) -> Person:
    return somebody()


def ship(name: str, berths: str) -> str:
    return (
        f"The ferry {name} was built in Stralsund. The ferry {name} has {berths} berths. Its home is the north quay.\n"
    )


def fetched(url: str) -> tuple[int, dict[str, str], bytes]:
    """What lies at an address, as a browser asks for it."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({} if not stacks.wants_aws() else None))
    with opener.open(url.partition("#")[0], timeout=60) as answer:
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()


def sources(answer: dict[str, Any]) -> set[str]:
    return {found["key"] for one in answer["citations"] for found in one["references"]}


def test_an_answer_stands_in_the_document_that_it_cites(library: Library, ann: Person):
    library.allow(ann)
    version = library.put("ferry.txt", ship("Calliope", "212"))
    answer = ann.ask("How many berths has the ferry Calliope?")
    assert (answer["state"], sources(answer)) == ("answered", {library.key("ferry.txt")}), answer
    assert "212" in answer["answer"]
    for one in answer["citations"]:
        assert answer["answer"][one["span"]["start"] : one["span"]["end"]] == one["text"]
        assert {found["version"] for found in one["references"]} == {version}
    absent = ann.ask("How many berths has the ferry Terpsichore?")
    assert (absent["state"], absent["citations"]) == ("refused", [])
    assert absent["reason"]["error"] in REFUSED


def test_a_follow_up_is_understood_and_cites(library: Library, ann: Person):
    library.allow(ann)
    library.put("ferry.txt", ship("Euterpe", "98"))
    first = ann.ask("Where was the ferry Euterpe built?")
    assert "Stralsund" in first["answer"]
    second = ann.ask("And how many berths has it?", first["session_id"])
    assert ("98" in second["answer"], sources(second)) == (True, {library.key("ferry.txt")})


def test_who_may_not_read_it_learns_nothing_until_it_is_allowed_and_after_it_is_taken_away(
    library: Library, ann: Person, bob: Person
):
    library.allow(ann)
    library.put("ferry.txt", ship("Melpomene", "341"))
    question = "How many berths has the ferry Melpomene?"
    assert ann.ask(question)["state"] == "answered"
    refused = bob.ask(question)
    assert refused["reason"]["error"] in REFUSED
    assert "341" not in json.dumps(refused)
    assert bob.search("the ferry Melpomene", folder=library.folder) == []
    library.allow(ann, bob)
    eventually(lambda: bob.search("the ferry Melpomene", folder=library.folder) or None, "a hit for bob", PATIENCE)
    told = bob.ask(question)
    assert "341" in told["answer"]
    library.allow(ann, bob, denied=[bob])
    # At once: nothing is waited for.
    assert bob.look(told["id"]).document["reason"]["error"] == "SourcesGone"
    assert bob.search("the ferry Melpomene", folder=library.folder) == []
    assert bob.ask(question)["reason"]["error"] in REFUSED
    assert ann.ask(question)["state"] == "answered"


def test_an_access_file_of_a_document_goes_before_that_of_its_folder(library: Library, ann: Person, bob: Person):
    library.allow(ann, bob)
    library.allow(bob, of="ferry.txt.access.json")
    library.put("ferry.txt", ship("Urania", "77"))
    library.put("tug.txt", "The tug Polyhymnia has two engines.\n")
    assert {hit["key"] for hit in bob.search("Urania Polyhymnia", folder=library.folder)} == {
        library.key("ferry.txt"),
        library.key("tug.txt"),
    }
    assert {hit["key"] for hit in ann.search("Urania Polyhymnia", folder=library.folder)} == {library.key("tug.txt")}


def test_only_the_newest_version_answers_and_a_deleted_one_nothing(library: Library, ann: Person):
    library.allow(ann)
    library.put("ferry.txt", ship("Erato", "120"))
    question = "How many berths has the ferry Erato?"
    old = ann.ask(question)
    library.put("ferry.txt", ship("Erato", "164"))
    assert ann.look(old["id"]).document["reason"]["error"] == "SourcesGone"
    new = ann.ask(question)
    assert ("164" in new["answer"], "120" in new["answer"]) == (True, False)
    assert {"120" in hit["text"] for hit in ann.search("the ferry Erato", folder=library.folder)} == {False}
    library.delete("ferry.txt")
    assert ann.ask(question)["reason"]["error"] in REFUSED
    assert ann.search("the ferry Erato", folder=library.folder) == []


def test_a_hit_in_a_pdf_names_its_page_and_the_boxes_of_its_lines(library: Library, ann: Person):
    library.allow(ann)
    pages = [["# The first page", "", "Nothing of it matters here."], ["# Clio", "", "The ferry Clio has 55 berths."]]
    library.put("ferry.pdf", pdf_writer.text_pdf(pages))
    (hit,) = [hit for hit in ann.search("the ferry Clio", folder=library.folder) if "55" in hit["text"]]
    assert (hit["key"], hit["page"]) == (library.key("ferry.pdf"), 2)
    assert hit["boxes"]
    assert all(0 <= value <= 1 for box in hit["boxes"] for value in box)


def test_a_cited_page_is_opened_by_who_may_read_it_in_the_version_that_was_read(
    library: Library, ann: Person, bob: Person
):
    library.allow(ann)
    body = pdf_writer.text_pdf([["# Terpsichore", "", "The ferry Terpsichore has 61 berths."]])
    version = library.put("a ferry & more.pdf", body)
    answer = ann.ask("How many berths has the ferry Terpsichore?")
    reference = answer["citations"][0]["references"][0]
    opened = ann.open(reference["key"], reference["page"], reference["version"])
    assert (opened.status, opened.document["version"]) == (200, version), opened
    check(opened.document, "document-page")
    status, headers, found = fetched(opened.document["url"])
    assert (status, found, headers["content-type"]) == (200, body, "application/pdf")
    assert headers["content-disposition"].startswith("inline;")
    assert bob.open(reference["key"], reference["page"]).status == 404
    newer = pdf_writer.text_pdf([["# Terpsichore", "", "The ferry Terpsichore has 62 berths."]])
    library.put("a ferry & more.pdf", newer)
    assert fetched(opened.document["url"])[2] == body, "the address is of one version"
    assert ann.open(reference["key"], 1, reference["version"]).status == 404
    assert fetched(ann.open(reference["key"], 1).document["url"])[2] == newer
    library.allow(bob)
    assert (ann.open(reference["key"], 1).status, bob.open(reference["key"], 1).status) == (404, 200)
    library.delete("a ferry & more.pdf")
    assert bob.open(reference["key"], 1).status == 404


def test_a_vote_is_its_readers_own(library: Library, ann: Person, bob: Person):
    library.allow(ann)
    library.put("ferry.txt", ship("Thalia", "31"))
    answer = ann.ask("How many berths has the ferry Thalia?")
    voted = ann.vote(answer["id"], "up")
    assert (voted.status, voted.document["vote"]) == (200, "up")
    assert ann.vote(answer["id"], "down").document["vote"] == "down"
    assert bob.vote(answer["id"], "up").status == 404
    assert bob.look(answer["id"]).status == 404


def test_a_repository_is_brought_with_its_rights(known_stack: stacks.Stack, library: Library, ann: Person, bob: Person):
    if "SyncRepositoryArn" not in known_stack.outputs or stacks.wants_aws():
        stacks.lacks("the stack brings no repository, or one that is not the tests' to change")
    s3, bucket = known_stack.client("s3"), known_stack.parameters["SyncBucketName"]
    if bucket not in {each["Name"] for each in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=bucket)
    folder = library.folder
    into = f"{known_stack.parameters['SyncInto']}{folder}"

    def put(name: str, body: str) -> None:
        s3.put_object(Bucket=bucket, Key=f"{folder}{name}", Body=body.encode(), ContentType="text/plain")

    def sync() -> dict[str, Any]:
        states = known_stack.client("stepfunctions")
        started = states.start_execution(
            stateMachineArn=known_stack.outputs["SyncRepositoryArn"], input='{"confirm": 1000}'
        )["executionArn"]

        def look() -> dict[str, Any] | None:
            found = states.describe_execution(executionArn=started)
            return None if found["status"] == "RUNNING" else found

        ended = eventually(look, "the end of the sync", PATIENCE)
        assert ended["status"] == "SUCCEEDED", ended
        return dict(json.loads(ended["output"]))

    put("access.json", json.dumps({"schema": 1, "users": [ann.arn, bob.arn], "denied": {"users": [bob.arn]}}))
    put("ferry.txt", ship("Nausicaa", "18"))
    assert sync()["outcome"] == "synced"
    eventually(lambda: ann.search("the ferry Nausicaa", folder=into) or None, "the document in the index", PATIENCE)
    assert bob.search("the ferry Nausicaa", folder=into) == []
    s3.delete_object(Bucket=bucket, Key=f"{folder}ferry.txt")
    s3.delete_object(Bucket=bucket, Key=f"{folder}access.json")
    assert sync()["counts"]["removed"] == 1
    eventually(
        lambda: None if ann.search("the ferry Nausicaa", folder=into) else True, "the end of the document", PATIENCE
    )
