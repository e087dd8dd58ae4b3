"""Write and Reject: the newest version's result stays, whatever order, repeat, race or death in the middle."""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import ConcurrentUpdate, ServiceUnavailable
from documents import keys, steps
from documents.errors import WorkGone
from documents.handlers import reject, write
from documents.model import Inspection, Secret
from documents.outputs import summary_document, versioned_writes
from tests.e2e.schemas import check
from tests.unit.documents.pipeline_aws import INBOX, SUMMARIES, refusal
from tests.unit.documents.pipeline_builders import (
    AT,
    Context,
    enrichment,
    extraction,
    keep_steps,
    source,
    state,
    summary,
)

KEY = "deep/er/ä + b.txt"
SENTENCE = json.dumps({"errorType": "BrokenDocument", "errorMessage": "Save it anew."})


def do_write(sequencer, tables=0, text="", key=KEY):
    work = (sequencer * 40)[:40]
    keep_steps(work, tables, text or f"Version {sequencer}.")
    return write.handler(state(source(key, sequencer), work), Context())


def do_reject(sequencer, key=KEY, cause=SENTENCE):
    event = {"document": asdict(source(key, sequencer)), "work": (sequencer * 40)[:40], "at": AT}
    return reject.handler({**event, "error": {"Error": "BrokenDocument", "Cause": cause}}, Context())


def there(account):
    """Keys of all results, without the work between steps."""
    listed = account.s3.list_objects_v2(Bucket=SUMMARIES).get("Contents", [])
    return {found["Key"] for found in listed if not found["Key"].startswith("steps/")}


def result(*tables, key=KEY):
    """Keys of a version that was summarised with these tables."""
    return {keys.summary(key), keys.boxes(key), keys.text(key), *(keys.table(key, number) for number in tables)}


def read(key):
    found = steps.summaries().get(key)
    return found and found.json()


def summarised():
    found = read(keys.summary(KEY))
    return found and found["document"]["sequencer"]


# The document


def test_the_summary_document():
    inspection = Inspection("application/pdf", 1, "sync")
    document = summary_document.build(source(), inspection, extraction(2), enrichment(), summary(), {"searchable": "s"})
    check(document, "document-summary")
    check(summary_document.event("b", document), "document-summarized")
    assert list(document)[:2] == ["summary", "forms"]
    assert document["summary"] == ["It is a letter."]
    assert document["forms"] == [{"key": "Name", "value": "Ada"}, {"key": "Name", "value": ""}]
    assert document["document"]["route"] == "sync"
    assert document["tables"][1] == {"page": 1, "rows": 2, "columns": 2, "csv": "tables/a.txt/2.csv"}
    assert [flag["code"] for flag in document["flags"]] == ["LOW_CONFIDENCE", "SUMMARY_CUT"]
    assert document["outputs"] == {"searchable": "s", "redacted": None, "boxes": None, "text": None}
    assert document["model"] == {"id": "m", "stop_reason": "tool_use", "tokens": 12}


def test_the_event_says_nothing_of_what_the_document_says():
    document = summary_document.build(
        source(), Inspection("text/plain", 1, "text"), extraction(1), enrichment(), summary("A secret."), {}
    )
    told = json.dumps(summary_document.event("b", document))
    for said in ("Ada", "secret", "Who?", "Look at it"):
        assert said not in told
    assert summary_document.event("b", document)["flags"] == {"LOW_CONFIDENCE": 1, "SUMMARY_CUT": 1}


# One version


def test_write_commits_and_tells(account):
    answer = do_write("05", tables=2)
    assert answer == {"outcome": "summarized", "key": KEY, "summary": keys.summary(KEY), "flags": 2}
    assert there(account) == result(1, 2)
    body = account.s3.get_object(Bucket=SUMMARIES, Key=keys.summary(KEY))["Body"].read()
    assert body.startswith(b'{"summary":["Version 05."],"forms":[{"key":"Name","value":"Ada"}')
    table = account.s3.get_object(Bucket=SUMMARIES, Key=keys.table(KEY, 1))
    assert table["ContentType"].startswith("text/csv")
    assert b"\n=1+1" not in table["Body"].read()
    (told,) = account.events.details("DocumentSummarized")
    assert (told["summary"], told["sequencer"], told["tables"]) == (keys.summary(KEY), "05", 2)


def test_a_repeated_write_changes_nothing(account):
    do_write("05", tables=1)
    before = account.s3.head_object(Bucket=SUMMARIES, Key=keys.summary(KEY))["ETag"]
    do_write("05", tables=1)
    assert account.s3.head_object(Bucket=SUMMARIES, Key=keys.summary(KEY))["ETag"] == before


def test_a_write_whose_event_was_lost_is_repeated(account):
    account.events.refuses = 1
    with pytest.raises(ServiceUnavailable):
        do_write("05")
    assert do_write("05")["outcome"] == "summarized"
    assert len(account.events.details("DocumentSummarized")) == 1


def test_reject_keeps_a_name_and_a_sentence(account):
    answer = do_reject("05")
    assert answer["outcome"] == "rejected"
    assert read(keys.rejected(KEY)) == {
        "schema": 1, "error": "BrokenDocument", "message": "Save it anew.", "source": f"s3://{INBOX}/{KEY}", "at": AT,
    }  # fmt: skip
    check(read(keys.rejected(KEY)), "rejected")
    assert account.events.details("DocumentRejected") == [read(keys.rejected(KEY))]


def test_a_cause_that_is_no_json_is_the_sentence(account):
    assert do_reject("05", cause="Split it.")["message"] == "Split it."


def test_a_key_that_is_too_long_is_kept_under_its_hash(account):
    answer = do_reject("05", key="k" * 1020)
    assert answer["rejected"].startswith("rejected/too-long/")
    assert read(answer["rejected"])["source"].endswith("k" * 1020)


def test_a_redacted_copy_hides_what_was_found_and_goes_with_its_version(account, monkeypatch):
    put = account.s3.put_object(Bucket=INBOX, Key=KEY, Body=b"Name: Ada\nSecret 42\n")
    of, work = source(KEY, "05", put["ETag"].strip('"'), put["VersionId"]), "r" * 40
    keep_steps(work)
    secrets = (Secret("PIN", 1, 7, 9, 0.9),)
    steps.keep(work, "enrichment", replace(enrichment(), secrets=secrets, sought=True).to_json())
    monkeypatch.setenv("REDACT", "copy")
    write.handler(state(of, work), Context())
    found = account.s3.get_object(Bucket=SUMMARIES, Key=keys.redacted(KEY))
    text = found["Body"].read().decode()
    assert "42" not in text
    assert text.startswith("Name: Ada\nSecret ")
    assert found["ContentType"] == "text/plain; charset=utf-8"
    assert read(keys.summary(KEY))["outputs"]["redacted"] == keys.redacted(KEY)
    monkeypatch.setenv("REDACT", "none")
    do_write("06")
    assert there(account) == result()


def test_a_copy_in_which_nothing_was_looked_for_is_not_called_redacted(account, monkeypatch):
    put = account.s3.put_object(Bucket=INBOX, Key=KEY, Body=b"Name: Ada\nSecret 42\n")
    of, work = source(KEY, "05", put["ETag"].strip('"'), put["VersionId"]), "r" * 40
    keep_steps(work)
    monkeypatch.setenv("REDACT", "copy")
    with pytest.raises(WorkGone, match="Redact"):
        write.handler(state(of, work), Context())
    assert there(account) == set()


# Several versions


def test_a_new_version_takes_away_what_only_the_old_one_had(account):
    do_write("05", tables=3)
    account.s3.put_object(Bucket=SUMMARIES, Key=keys.searchable(KEY), Body=b"old", Metadata={"sequencer": "05"})
    account.s3.put_object(Bucket=SUMMARIES, Key=keys.redacted(KEY), Body=b"old", Metadata={"sequencer": "05"})
    do_write("06", tables=1)
    assert there(account) == result(1)


def test_tables_of_a_document_whose_key_goes_on_are_left_alone(account):
    other = KEY + "/1.csv"
    do_write("05", tables=1, key=other)
    do_write("06", tables=0)
    assert keys.table(other, 1) in there(account)


def test_what_a_newer_version_has_written_before_its_summary_stays(account):
    account.s3.put_object(Bucket=SUMMARIES, Key=keys.table(KEY, 2), Body=b"new", Metadata={"sequencer": "06"})
    do_write("05", tables=1)
    assert keys.table(KEY, 2) in there(account)


def test_a_refusal_of_a_newer_version_leaves_the_older_summary(account):
    do_write("05")
    assert do_reject("06")["outcome"] == "rejected"
    assert summarised() == "05"
    do_write("07")
    assert there(account) == result()


def test_a_late_refusal_does_not_touch_a_newer_result(account):
    do_write("06")
    assert do_reject("05")["outcome"] == "superseded"
    assert do_reject("06")["outcome"] == "superseded"
    assert there(account) == result()
    assert account.events.details("DocumentRejected") == []


def test_a_late_refusal_does_not_touch_a_newer_refusal(account):
    do_reject("06", cause="new")
    assert do_reject("05", cause="old")["outcome"] == "superseded"
    assert read(keys.rejected(KEY))["message"] == "new"


STEPS = st.lists(st.tuples(st.sampled_from(["write", "reject"]), st.integers(1, 4)), min_size=1, max_size=7)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(steps=STEPS)
def test_the_order_of_writes_and_refusals_does_not_matter(account, steps):
    for found in there(account):
        account.s3.delete_object(Bucket=SUMMARIES, Key=found)
    for kind, number in steps:
        do_write(f"{number:02}", tables=number) if kind == "write" else do_reject(f"{number:02}")
    written = max((number for kind, number in steps if kind == "write"), default=0)
    refused = max((number for kind, number in steps if kind == "reject"), default=0)
    expected = result() if written else set()
    expected |= {keys.table(KEY, number) for number in range(1, written + 1)}
    expected |= {keys.rejected(KEY)} if refused > written else set()
    assert there(account) == expected
    assert summarised() == (f"{written:02}" if written else None)


# Races and deaths: before each call of one handler to S3, another version comes all the way through


def everything_gone(account):
    for found in there(account):
        account.s3.delete_object(Bucket=SUMMARIES, Key=found)


def test_a_newer_version_may_come_through_at_any_moment_of_an_older_one(account, interrupted):
    for number in itertools.count(1):
        everything_gone(account)
        if not interrupted(number, lambda: do_write("05", tables=3), lambda: do_write("06", tables=2)):
            break
        assert summarised() == "06", number
        assert there(account) == result(1, 2), number
        assert b"t2" in account.s3.get_object(Bucket=SUMMARIES, Key=keys.table(KEY, 2))["Body"].read()
    assert number > 10


def test_an_older_version_may_come_through_at_any_moment_of_a_newer_one(account, interrupted):
    for number in itertools.count(1):
        everything_gone(account)
        if not interrupted(number, lambda: do_write("06", tables=1), lambda: do_write("05", tables=3)):
            break
        assert summarised() == "06", number
        assert there(account) == result(1), number
    assert number > 10


def test_a_summary_may_come_at_any_moment_of_a_refusal(account, interrupted):
    for number in itertools.count(1):
        everything_gone(account)
        if not interrupted(number, lambda: do_reject("05"), lambda: do_write("06")):
            break
        assert there(account) == result(), number
    assert number > 3


def test_a_refusal_may_come_at_any_moment_of_a_summary(account, interrupted):
    for number in itertools.count(1):
        everything_gone(account)
        if not interrupted(number, lambda: do_write("06"), lambda: do_reject("05")):
            break
        assert there(account) == result(), number
    assert number > 5


def test_a_write_that_dies_anywhere_is_made_whole_by_its_repeat(account, interrupted):
    class Death(BaseException):
        pass

    def dies():
        raise Death

    for number in itertools.count(1):
        everything_gone(account)
        do_write("04", tables=4)
        try:
            assert not interrupted(number, lambda: do_write("05", tables=2), dies)
        except Death:
            found = read(keys.summary(KEY))
            assert found["document"]["sequencer"] in {"04", "05"}
            do_write("05", tables=2)
            assert summarised() == "05"
            assert there(account) == result(1, 2), number
        else:
            break
    assert number > 10


def test_an_object_that_others_write_all_the_time(account, monkeypatch):
    monkeypatch.setattr("common.objects.Bucket.put", lambda *_, **__: None)
    with pytest.raises(ConcurrentUpdate):
        versioned_writes.put(steps.summaries(), "summaries/a.json", b"", source())
    account.s3.put_object(Bucket=SUMMARIES, Key="a", Body=b"")
    monkeypatch.setattr("common.objects.Bucket.delete", lambda *_, **__: False)
    with pytest.raises(ConcurrentUpdate):
        versioned_writes.forget(steps.summaries(), "a", source())


def test_a_service_that_refuses_is_no_lost_condition(account, monkeypatch):
    def refuses(*_, **__):
        raise refusal("AccessDenied", 403, "PutObject")

    monkeypatch.setattr("common.objects.Bucket.put", refuses)
    with pytest.raises(Exception, match="AccessDenied"):
        versioned_writes.put(steps.summaries(), "summaries/a.json", b"", source())
