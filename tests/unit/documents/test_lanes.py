"""What waits in a lane: which one, whether it is still wanted, what is bought twice, sent again, given up."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from common.table import Table
from documents import steps
from documents.errors import DocumentAbandoned, DocumentGone, UnusableRequest
from documents.handlers import analyze, claim, give_up, start_analysis, summarize
from documents.intake import claims, lanes, requests
from documents.outputs import deletions, wanted
from documents.textract import raw_answers
from tests.unit.documents import asking
from tests.unit.documents.pipeline_aws import INBOX, TABLE, refusal
from tests.unit.documents.pipeline_builders import AT, RUN, Context, by_hand, created, source

WORK = "b" * 40


@pytest.fixture
def page(account):
    put = account.s3.put_object(Bucket=INBOX, Key="scans/a.png", Body=b"PNG")
    return source("scans/a.png", "05", put["ETag"].strip('"'), put["VersionId"])


def state(of):
    return {"document": asdict(of), "work": WORK}


def ask(account, page, *left, handler=analyze.handler):
    return asking.answer(account.states, handler, state(page), context=Context(*left))


def claimed(key, sequencer, etag, version):
    event = created(key, sequencer, etag, version)
    claims.take(Table(TABLE), requests.read(event), f"{RUN}{sequencer}")


# Which lane


def run(event, execution="e"):
    return claim.handler({"event": event, "execution": f"{RUN}{execution}", "at": AT}, Context())


def uploaded(account, number=0):
    key = f"in/{number}.txt"
    account.s3.put_object(Bucket=INBOX, Key=key, Body=b"x")
    return by_hand(key)


def test_so_many_documents_a_minute_go_first_and_the_others_can_wait(account, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 1_800_000_000.0)
    taken = [lanes.choose(TABLE, "normal") for _ in range(lanes.PER_MINUTE + 3)]
    assert taken == ["first"] * lanes.PER_MINUTE + ["next"] * 3
    assert lanes.choose(TABLE, "high") == "first"
    monkeypatch.setattr("time.time", lambda: 1_800_000_060.0)
    assert lanes.choose(TABLE, "normal") == "first"


@pytest.mark.parametrize(
    ("priority", "lane"), [({}, "first"), ({"priority": "low"}, "next"), ({"priority": "high"}, "first")]
)
def test_claim_chooses_by_the_priority_that_is_asked_for(account, priority, lane):
    event = uploaded(account)
    event["detail"] |= priority
    assert run(event)["lane"] == lane


def test_a_document_that_nobody_works_on_takes_no_place(account):
    event = uploaded(account)
    run(event)
    account.states.executions[f"{RUN}e"] = ("RUNNING", None)
    answer = run(event, "other")
    assert (answer["action"], "lane" in answer) == ("duplicate", False)


@pytest.mark.parametrize("priority", ["urgent", 1, ["low"]])
def test_a_priority_that_is_none_is_refused(account, priority):
    event = uploaded(account)
    event["detail"]["priority"] = priority
    with pytest.raises(UnusableRequest, match="high, normal or low"):
        run(event)


# Whether it is still wanted


@pytest.mark.parametrize("handler", [analyze.handler, start_analysis.handler])
def test_an_older_version_is_not_paid_for(account, page, handler):
    claimed(page.key, "05", page.etag, page.version_id)
    claimed(page.key, "06", "newer", "v2")
    assert ask(account, page, handler=handler) == {"superseded": True}
    assert account.textract.calls == []


def test_an_older_claim_and_the_same_version_once_more_change_nothing(account, page):
    claimed(page.key, "04", "older", "v0")
    assert ask(account, page) == {"answer": {"parts": 1}}
    claimed(page.key, "05", page.etag, page.version_id)
    assert not wanted.is_stale(Table(TABLE), page)


@pytest.mark.parametrize("handler", [analyze.handler, start_analysis.handler])
def test_a_document_that_was_deleted_while_it_waited_is_not_paid_for(account, page, handler):
    account.s3.delete_object(Bucket=INBOX, Key=page.key)  # its version is there still
    with pytest.raises(DocumentGone):
        ask(account, page, handler=handler)
    assert account.textract.calls == []


@pytest.mark.parametrize("handler", [analyze.handler, start_analysis.handler, summarize.handler])
def test_a_version_that_must_not_be_kept_is_not_paid_for_though_it_is_there(account, page, handler):
    deletions.mark_version(steps.summaries(), page.key, page.version_id, page.sequencer)
    with pytest.raises(DocumentGone):
        ask(account, page, handler=handler)
    assert account.textract.calls == []


def test_other_bytes_in_a_bucket_without_versions_are_not_taken_for_the_document(account):
    account.s3.create_bucket(Bucket="flat")
    tag = account.s3.put_object(Bucket="flat", Key="a", Body=b"1")["ETag"].strip('"')
    flat = type(source())("flat", "a", tag, "05", None, 1)
    assert not wanted.is_stale(Table(TABLE), flat)
    account.s3.put_object(Bucket="flat", Key="a", Body=b"2")
    with pytest.raises(DocumentGone):
        wanted.is_stale(Table(TABLE), flat)


def test_a_stopped_execution_buys_nothing(account, page):
    event = asking.event(asking.body(state(page), "nobody-waits"), "analysis-next")
    assert analyze.handler(event, Context()) == {"batchItemFailures": []}
    assert account.textract.calls == []


# What is bought


def test_throttling_is_waited_for_and_the_answer_bought_once(account, page):
    account.textract.fails = [refusal("ProvisionedThroughputExceededException"), refusal("ThrottlingException"), None]
    assert ask(account, page) == {"answer": {"parts": 1}}
    assert account.queues.sent == []


def test_the_same_message_again_buys_nothing(account, page):
    ask(account, page)
    assert ask(account, page) == {"answer": {"parts": 1}}
    assert account.textract.count("analyze") == 1


def test_a_worker_that_died_before_it_answered_leaves_what_it_bought(account, page, monkeypatch):
    account.states.open.add("t1")
    with monkeypatch.context() as patch:
        patch.setattr(account.states, "send_task_success", lambda **_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            analyze.handler(asking.event(asking.body(state(page)), "analysis-next"), Context())
    assert ask(account, page) == {"answer": {"parts": 1}}
    assert account.textract.count("analyze") == 1
    assert len(list(raw_answers.parts(WORK))) == 1


def test_all_jobs_that_may_be_open_are_waited_for(account, page):
    account.textract.fails = [refusal("LimitExceededException")] * 3
    assert ask(account, page, handler=start_analysis.handler) == {"job": "job-1", "status": "SUCCEEDED"}


@pytest.mark.parametrize(
    ("handler", "queue"), [(analyze.handler, "analysis-next"), (start_analysis.handler, "jobs-next")]
)
def test_what_finds_no_room_in_its_time_is_sent_again_as_a_new_message(account, page, handler, queue):
    account.textract.fails = [refusal("LimitExceededException")] * 9
    assert ask(account, page, 120_000, 110_000, 64_000, handler=handler) is None
    (again,) = account.queues.bodies(queue)
    assert (again["handed"], again["asked_at"], again["token"]) == (1, AT, "t1")


# What is given up


def test_a_step_that_killed_its_workers_fails_by_name(account, page):
    account.states.open.add("t1")
    event = asking.event(asking.body(state(page)), "dead-letters")
    assert give_up.handler(event, Context()) == {"batchItemFailures": []}
    ((token, name, cause),) = account.states.failed
    assert (token, name) == ("t1", DocumentAbandoned.__name__)
    assert "then redrive" in cause


def test_dead_letters_that_are_no_asks_stay(account):
    event = {"Records": [{"messageId": "m", "body": json.dumps({"JobTag": "x"})}]}
    assert give_up.handler(event, Context())["batchItemFailures"] == [{"itemIdentifier": "m"}]
