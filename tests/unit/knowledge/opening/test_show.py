"""A cited page opened: by whoever may read the document now, in the version that counts, and by nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.doors.errors import NotFound
from common.objects import Listed
from knowledge.handlers import show
from knowledge.indexing import pointers
from knowledge.model import Access, Reader
from knowledge.opening import pages, shown
from knowledge.opening.asked import Wanted
from knowledge.passages import sources
from knowledge.retrieval.world import CheckWorld
from knowledge.rights import decide, files
from tests.doors import with_signature
from tests.e2e.schemas import check
from tests.unit.knowledge.answers.builders import ANN, BOB
from tests.unit.knowledge.answers.conftest import CONTEXT, INBOX, SUMMARIES
from tests.unit.knowledge.opening.builders import KEY, VERSION, shelve
from tests.unit.knowledge.retrieval.fakes import FakeBucket
from tests.unit.questions.answers.builders import metrics


def get(caller: str = ANN, **query: str) -> tuple[int, dict[str, Any]]:
    event = with_signature(
        caller, method="GET", path="/documents", query={"key": KEY, **query} if query != {"no": ""} else {}
    )
    response = show.handler(event, CONTEXT)
    document = json.loads(response["body"])
    check(document, "document-page" if response["statusCode"] == 200 else "door-refusal")
    return response["statusCode"], document


def place(url: str) -> tuple[str, dict[str, str]]:
    found = urlsplit(url)
    return found.path, {name: values[0] for name, values in parse_qs(found.query).items()}


def test_who_may_read_it_gets_an_address_of_some_minutes(account, capsys):
    shelve(account, version_id="v1")
    status, found = get(page="2", version=VERSION)
    assert (status, found["key"], found["page"], found["version"]) == (200, KEY, 2, VERSION)
    path, signed = place(found["url"])
    assert path.endswith("/leases/north%20%26%20south.pdf")
    assert (signed["versionId"], signed["X-Amz-Expires"]) == ("v1", str(pages.SECONDS))
    assert signed["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert signed["response-content-type"] == "application/pdf"
    assert signed["response-content-disposition"].startswith("inline; filename*=UTF-8''north%20%26%20south.pdf")
    assert found["url"].endswith("#page=2")
    assert metrics(capsys.readouterr().out)["DocumentsOpened"] == 1


def test_the_copy_that_can_be_searched_goes_before_the_document(account):
    shelve(account, kind="image/tiff", copy=True)
    _, found = get()
    assert place(found["url"])[0].endswith("/searchable/leases/north%20%26%20south.pdf.pdf")
    assert (found["media_type"], found["lines"]) == ("application/pdf", None)
    account.s3.put_object(Bucket=SUMMARIES, Key=f"searchable/{KEY}.pdf", Body=b"newer", Metadata={"sequencer": "2"})
    assert "searchable" not in get()[1]["url"], "a copy of another upload is none"


@pytest.mark.parametrize(
    ("kind", "inline", "sent", "lines"),
    [
        ("application/pdf", True, "application/pdf", None),
        ("image/png", True, "image/png", None),
        ("image/jpeg", True, "image/jpeg", None),
        ("text/plain", True, "text/plain; charset=utf-8", ["Line of 2"]),
        ("image/tiff", False, shown.OTHER, ["Line of 2"]),
        ("text/html", False, shown.OTHER, ["Line of 2"]),
        ("image/svg+xml", False, shown.OTHER, ["Line of 2"]),
        ("text/markdown", False, shown.OTHER, ["Line of 2"]),
        ("message/rfc822", False, shown.OTHER, ["Line of 2"]),
        ("TEXT/HTML", False, shown.OTHER, ["Line of 2"]),
        ("", False, shown.OTHER, ["Line of 2"]),
    ],
)
def test_a_browser_shows_what_cannot_run_and_keeps_the_rest_as_a_file(account, kind, inline, sent, lines):
    shelve(account, kind=kind)
    _, found = get(page="2")
    signed = place(found["url"])[1]
    assert signed["response-content-type"] == sent
    assert signed["response-content-disposition"].split(";")[0] == ("inline" if inline else "attachment")
    assert (found["inline"], found["lines"], found["cut"]) == (inline, lines, False)


@given(st.text(min_size=1), st.sampled_from(["application/pdf", "text/html"]))
def test_no_name_of_a_file_ends_the_header(key: str, kind: str):
    said = shown.headers(key, kind)["ResponseContentDisposition"]
    assert said.isascii()
    assert said.isprintable()
    assert said.count(";") == 1
    assert '"' not in said


def test_all_that_one_may_not_have_is_the_same_refusal(account, capsys):
    shelve(account)
    shelve(account, "other.pdf")
    refusals = [
        get(BOB),
        get(key="nothing.pdf"),
        get(BOB, key="nothing.pdf"),
        get(key=f"{KEY}.access.json"),
        get(key="x" * 1_024),
        get(page="4"),
        get(version="f" * 16),
    ]
    account.delete("other.pdf")
    refusals.append(get(key="other.pdf"))
    assert {(status, found["error"], found["message"]) for status, found in refusals} == {
        (404, "NotFound", pages.ABSENT)
    }
    assert metrics(capsys.readouterr().out)["RightsDenied"] == 1


def test_rights_count_as_they_are_now_and_denied_beats_allowed(account):
    shelve(account)
    assert get()[0] == 200
    account.allow(KEY, ANN, denied_users=frozenset({ANN}))
    assert get()[0] == 404
    account.allow(KEY, BOB)
    assert (get()[0], get(BOB)[0]) == (404, 200)
    account.s3.put_object(Bucket=INBOX, Key=f"{KEY}{files.SUFFIX}", Body=b"{")
    assert (get()[0], get(BOB)[0]) == (404, 404)


def test_what_was_replaced_is_shown_to_nobody_until_it_is_read_anew(account):
    """Who lets everyone in to the new paper does not mean the old one."""
    shelve(account)
    account.s3.put_object(Bucket=INBOX, Key=KEY, Body=b"without the names")
    account.allow(KEY, BOB)
    assert get(BOB)[1]["error"] == "Conflict"
    assert get()[0] == 404
    account.s3.delete_object(Bucket=INBOX, Key=KEY)
    assert get(BOB)[0] == 404


def test_a_summary_of_another_upload_than_the_index_has_is_waited_for(account):
    shelve(account, sequencer="2")
    assert get()[1]["error"] == "Conflict"


def test_a_deletion_that_is_under_way_counts(account):
    shelve(account)
    account.s3.put_object(
        Bucket=SUMMARIES, Key=f"deleted/{sources._hashed(KEY)}/all.json", Body=b"", Metadata={"sequencer": "1"}
    )
    assert get()[0] == 404


@pytest.mark.parametrize(
    "query",
    [{"page": "0"}, {"page": "1,2"}, {"page": "x"}, {"page": ""}, {"key": ""}, {"version": "x"}, {"user": "b"}],
)
def test_a_request_of_another_form_is_refused(account, query):
    assert get(**query)[1]["error"] == "InvalidRequest"


def test_a_rate_is_each_callers_own(account, monkeypatch):
    monkeypatch.setattr(show, "OPENS_PER_MINUTE", 2)
    shelve(account)
    assert [get()[0] for _ in range(3)] == [200, 200, 429]
    assert get(BOB)[0] == 404


NAMES = st.sampled_from(["ann", "bob", "sale", "sales", "Ann"])
SOME = st.frozensets(NAMES, max_size=3)
ACCESS = st.builds(Access, SOME, SOME, st.booleans(), SOME, SOME)


@given(ACCESS, st.none() | ACCESS, NAMES, st.lists(NAMES, max_size=2), ACCESS)
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_nobody_gets_an_address_of_what_they_may_not_read(folder, own, name, groups, default):
    """Over access files as they come: the nearest one alone decides, and without a right nothing is signed."""
    inbox, knowledge, summaries = FakeInbox(), FakeBucket(), FakeBucket()
    knowledge.put_json(pointers.place("a/b.pdf"), pointers.Pointer("a/b.pdf", VERSION, "1").to_json())
    about = {"etag": "e", "sequencer": "1", "pages": 1, "media_type": "application/pdf"}
    summaries.put_json("summaries/a/b.pdf.json", {"schema": 1, "document": about, "outputs": {}})
    inbox.put_json("a/access.json", files.plain(folder))
    if own is not None:
        inbox.put_json("a/b.pdf.access.json", files.plain(own))
    signed: list[pages.Place] = []
    world = pages.World(
        CheckWorld(knowledge, inbox, default), Heads(summaries), lambda where, _: signed.append(where) or "https://u"
    )
    reader = Reader("id", name, tuple(groups))
    if decide.may_read(folder if own is None else own, reader):
        assert pages.opened(world, reader, Wanted("a/b.pdf", 1, None), 0.0)["url"].startswith("https://u")
        assert signed == [pages.Place("inbox", "a/b.pdf", None)]
    else:
        with pytest.raises(NotFound):
            pages.opened(world, reader, Wanted("a/b.pdf", 1, None), 0.0)
        assert signed == []


class FakeInbox:
    """A bucket in which every document is the one that was read."""

    name = INBOX

    def __init__(self) -> None:
        self._inner = FakeBucket()
        self.get, self.put_json = self._inner.get, self._inner.put_json

    def objects(self, prefix: str) -> Iterator[Listed]:
        yield Listed(prefix, '"e"', 1)


class Heads:
    """A bucket of summaries without marks of deletions."""

    name = SUMMARIES

    def __init__(self, inner: FakeBucket) -> None:
        self._inner = inner

    def get(self, key: str) -> Any:
        return self._inner.get(key)

    def head(self, _key: str) -> None:
        return None
