"""Textract's side: one page at once, jobs with their ends told early, late, twice or never, and all result pages."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from botocore.exceptions import EndpointConnectionError

from common.table import Table
from documents import keys, steps
from documents.errors import (
    AnalysisFailed,
    AnalysisIncomplete,
    AnalysisRefused,
    AnalysisThrottled,
    AnalysisUnavailable,
    BrokenDocument,
    DocumentGone,
    TooLarge,
    UnsupportedFormat,
    WorkGone,
)
from documents.handlers import analyze as analyzing
from documents.handlers import collect_analysis, finish_analysis, start_analysis
from documents.textract import calls, features, jobs, raw_answers
from tests.unit.documents import asking
from tests.unit.documents.pipeline_aws import INBOX, SUMMARIES, TABLE, refusal
from tests.unit.documents.pipeline_builders import AT, Context, source

WORK = "a" * 40


@pytest.fixture
def document(account):
    put = account.s3.put_object(Bucket=INBOX, Key="deep/a b.pdf", Body=b"%PDF")
    return source("deep/a b.pdf", "05", put["ETag"].strip('"'), put["VersionId"])


def state(document, **more):
    return {"document": asdict(document), "work": WORK, "received_at": AT, **more}


def pages(number):
    return [{"Blocks": [{"Id": str(each)}], "DocumentMetadata": {"Pages": number}} for each in range(number)]


def kept():
    return [part["Blocks"][0]["Id"] for part in raw_answers.parts(WORK)]


def start(account, document, token="t1"):  # noqa: S107 - a task token, no secret
    return asking.answer(account.states, start_analysis.handler, state(document), token)


def analyze(account, document, *left):
    return asking.answer(account.states, analyzing.handler, state(document), context=Context(*left))


def collect(document, *left, **more):
    return collect_analysis.handler(state(document, **more), Context(*left))


def message(job="job-1", status="SUCCEEDED", tag=WORK):
    return json.dumps({"JobId": job, "Status": status, "API": "StartDocumentAnalysis", "JobTag": tag, "Timestamp": 1})


def finish(*bodies):
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    answer = finish_analysis.handler({"Records": records}, Context())
    return [failed["itemIdentifier"] for failed in answer["batchItemFailures"]]


# What is asked


def test_features(monkeypatch):
    monkeypatch.setenv("FEATURE_TYPES", "FORMS, TABLES,LAYOUT")
    monkeypatch.setenv("QUERIES", "unused?")
    assert features.features() == {"FeatureTypes": ["FORMS", "TABLES", "LAYOUT"]}
    monkeypatch.setenv("FEATURE_TYPES", "QUERIES")
    monkeypatch.setenv("QUERIES", "NAME: Who is it?; What: no alias ; When? ;")
    assert features.features()["QueriesConfig"]["Queries"] == [
        {"Text": "Who is it?", "Alias": "NAME", "Pages": ["*"]},
        {"Text": "no alias", "Alias": "What", "Pages": ["*"]},
        {"Text": "When?", "Pages": ["*"]},
    ]
    for queries in ("", ";".join(f"Q{number}?" for number in range(16))):
        monkeypatch.setenv("QUERIES", queries)
        with pytest.raises(AnalysisRefused, match="1 to 15"):
            features.features()


@pytest.mark.parametrize(
    ("code", "status", "name"),
    [
        ("ThrottlingException", 400, AnalysisThrottled),
        ("ProvisionedThroughputExceededException", 400, AnalysisThrottled),
        ("LimitExceededException", 400, AnalysisThrottled),
        ("InternalServerError", 500, AnalysisUnavailable),
        ("Unknown", 503, AnalysisUnavailable),
        ("BadDocumentException", 400, BrokenDocument),
        ("UnsupportedDocumentException", 400, UnsupportedFormat),
        ("DocumentTooLargeException", 400, TooLarge),
        ("InvalidParameterException", 400, AnalysisRefused),
        ("AccessDeniedException", 400, AnalysisRefused),
        ("InvalidS3ObjectException", 400, AnalysisRefused),
    ],
)
def test_refusals_have_names(account, document, code, status, name):
    account.textract.fails = [refusal(code, status)]
    with pytest.raises(name):
        calls.analyze(document, features.features())


def test_an_object_that_textract_cannot_get_is_gone_only_if_it_is(account, document):
    account.s3.delete_object(Bucket=INBOX, Key=document.key, VersionId=document.version_id)
    account.textract.fails = [refusal("InvalidS3ObjectException")]
    with pytest.raises(DocumentGone):
        calls.analyze(document, features.features())


def test_no_answer_at_all(account, document):
    account.textract.fails = [EndpointConnectionError(endpoint_url="https://textract")]
    with pytest.raises(AnalysisUnavailable):
        calls.analyze(document, features.features())


# One page


def test_analyze_keeps_the_answer_and_passes_a_count(account, document):
    assert analyze(account, document) == {"answer": {"parts": 1}}
    (part,) = raw_answers.parts(WORK)
    assert part == {"Blocks": [{"Id": "a"}], "DocumentMetadata": {"Pages": 1}}
    (_, asked) = account.textract.calls[0]
    assert asked["Document"] == {
        "S3Object": {"Bucket": INBOX, "Name": "deep/a b.pdf", "Version": document.version_id}
    }  # fmt: skip


def test_an_answer_is_paid_for_once_but_other_questions_are_others(account, document, monkeypatch):
    analyze(account, document)
    analyze(account, document)
    assert account.textract.count("analyze") == 1
    monkeypatch.setenv("FEATURE_TYPES", "TABLES")
    analyze(account, document)
    assert account.textract.count("analyze") == 2


def bought(capsys):
    """Pages that were counted as billed, by the features that set their price."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "PagesBought" in line]
    return [(line["features"], line["PagesBought"]) for line in lines if "features" in line]


def test_a_page_is_counted_as_bought_with_what_sets_its_price_and_not_again(account, document, capsys):
    analyze(account, document)
    analyze(account, document)
    assert bought(capsys) == [("FORMS,TABLES", [1.0])]


def test_a_page_that_textract_refused_is_not_bought(account, document, capsys):
    account.textract.fails = [refusal("BadDocumentException", 400)]
    with pytest.raises(BrokenDocument):
        analyze(account, document)
    assert bought(capsys) == []


def test_parts_that_an_earlier_attempt_left_go(account, document):
    raw_answers.keep(WORK, 1, {"Blocks": [{"Id": "stale"}]})
    analyze(account, document)
    assert kept() == ["a"]


# Jobs


def test_the_token_is_there_before_the_job(account, document):
    seen = []
    account.textract.status = "IN_PROGRESS"
    account.textract.on_start = lambda _job: seen.append(jobs.read(Table(TABLE), WORK))
    start(account, document)
    assert (seen[0].task_token, seen[0].id) == ("t1", "")
    assert jobs.read(Table(TABLE), WORK).id == "job-1"
    _, asked = account.textract.calls[0]
    assert asked["JobTag"] == WORK
    assert asked["NotificationChannel"]["SNSTopicArn"].endswith(":analysis")
    assert len(asked["ClientRequestToken"]) <= 64


def test_the_end_of_a_job_ends_the_wait(account, document):
    account.textract.status = "IN_PROGRESS"
    account.states.open = {"t1"}
    start(account, document)
    assert account.states.sent == []
    assert finish(message()) == []
    assert account.states.sent == [("t1", {"job": "job-1", "status": "SUCCEEDED"})]


def test_a_job_that_ended_at_once_needs_no_message(account, document):
    assert start(account, document) == {"job": "job-1", "status": "SUCCEEDED"}
    assert finish(message(), message()) == []  # the message comes all the same, and twice
    assert len(account.states.sent) == 1


def test_a_message_before_the_start_has_returned_is_given_back(account, document):
    account.textract.status = "IN_PROGRESS"
    account.states.open = {"t1"}
    early = []
    account.textract.on_start = lambda _job: early.append(finish(message()))
    start(account, document)
    assert early == [["0"]]
    assert finish(message()) == []
    assert len(account.states.sent) == 1


def test_a_repeated_start_starts_no_second_job_and_its_own_token_counts(account, document):
    account.textract.status = "IN_PROGRESS"
    account.states.open = {"t2"}
    start(account, document, "t1")
    start(account, document, "t2")
    assert len(account.textract.jobs) == 1
    finish(message())
    assert [token for token, _ in account.states.sent] == ["t2"]


def test_the_pages_of_a_job_are_bought_once(account, document, capsys):
    account.textract.status = "IN_PROGRESS"
    account.states.open = {"t2"}
    for token in ("t1", "t2"):
        asking.answer(account.states, start_analysis.handler, state(document, inspection={"pages": 7}), token)
    assert bought(capsys) == [("FORMS,TABLES", [7.0])]


def test_a_start_that_was_overtaken_is_looked_at_later(account, document):
    account.textract.status = "IN_PROGRESS"
    account.textract.on_start = lambda _job: jobs.wait(
        Table(TABLE), WORK, "t2", features.fingerprint(features.features())
    )
    assert start(account, document, "t1") is None
    assert jobs.read(Table(TABLE), WORK).task_token == "t2"
    assert [(ask["token"], ask["handed"]) for ask in account.queues.bodies("jobs-next")] == [("t1", 1)]


@pytest.mark.parametrize("status", ["FAILED", "PARTIAL_SUCCESS"])
def test_a_job_that_ended_badly_is_not_asked_again(account, document, status):
    account.textract.status = status
    start(account, document, "t1")
    with pytest.raises((AnalysisFailed, AnalysisIncomplete)):
        collect(document)
    account.textract.status = "SUCCEEDED"
    start(account, document, "t2")
    assert list(account.textract.jobs.values()) == ["job-1", "job-2"]
    assert collect(document)["answer"] == {"parts": 1}


def test_the_late_end_of_an_earlier_job_ends_no_later_wait(account, document):
    account.textract.status = "FAILED"
    start(account, document, "t1")
    with pytest.raises(AnalysisFailed):
        collect(document)
    account.textract.status, account.states.open = "IN_PROGRESS", {"t2"}
    start(account, document, "t2")
    assert finish(message("job-1", "FAILED")) == []
    assert [token for token, _ in account.states.sent] == ["t1"]


def test_other_questions_are_another_job(account, document, monkeypatch):
    account.textract.status = "IN_PROGRESS"
    start(account, document, "t1")
    monkeypatch.setenv("FEATURE_TYPES", "TABLES")
    start(account, document, "t2")
    assert list(account.textract.jobs.values()) == ["job-1", "job-2"]


def test_an_answer_that_is_there_starts_no_job(account, document):
    start(account, document, "t1")
    collect(document)
    assert start(account, document, "t2") == {"job": "job-1", "status": "SUCCEEDED"}
    assert account.textract.count("start") == 1
    assert collect(document)["answer"] == {"parts": 1}


def test_messages_that_nobody_can_use_are_given_back_alone(account, document):
    account.textract.status = "IN_PROGRESS"
    account.states.open = {"t1"}
    start(account, document)
    bad = ["", "[]", "{}", message(tag="unknown"), message(status="IN_PROGRESS"), json.dumps({"JobTag": 1})]
    assert finish(*bad[:3], message(), *bad[3:]) == ["0", "1", "2", "4", "5", "6"]
    assert len(account.states.sent) == 1


def test_a_wait_that_is_over_is_no_error_and_a_throttled_end_is(account, document):
    account.textract.status = "IN_PROGRESS"
    start(account, document)
    assert finish(message(), message()) == []
    account.states.fails = [refusal("ThrottlingException", operation="SendTaskSuccess")]
    assert finish(message()) == ["0"]
    account.states.fails = [refusal("AccessDeniedException", operation="SendTaskSuccess")]
    assert finish(message()) == ["0"]


def test_output_config_goes_below_the_work(account, document, monkeypatch):
    monkeypatch.setenv("USE_OUTPUT_CONFIG", "true")
    start(account, document)
    _, asked = account.textract.calls[0]
    assert asked["OutputConfig"] == {"S3Bucket": SUMMARIES, "S3Prefix": f"steps/{WORK}/textract"}


# Result pages


def test_all_pages_in_order(account, document):
    account.textract.pages = pages(12)
    start(account, document)
    found = collect(document)
    assert found == state(document, answer={"parts": 12})
    assert kept() == [str(number) for number in range(12)]


def test_what_does_not_fit_into_the_time_is_read_by_the_next_call(account, document):
    account.textract.pages = pages(5)
    start(account, document)
    first = collect(document, 300_000, 59_000)
    assert first["collected"] == {"parts": 2, "next": "2"}
    assert "answer" not in first
    last = collect_analysis.handler(first, Context())
    assert last["answer"] == {"parts": 5}
    assert "collected" not in last
    assert kept() == list("01234")


def test_an_account_that_answers_one_call_at_a_time_gets_on(account, document):
    """Nothing is asked before a page that the page's own answer says: that call would use the page's place up."""
    account.textract.pages = pages(3)
    start(account, document)
    before = account.textract.count("get")
    answer = state(document)
    for part in range(1, 4):
        account.textract.fails = [None, refusal("ProvisionedThroughputExceededException")]
        answer = collect_analysis.handler(answer, Context())
        assert answer.get("collected", {"parts": 3})["parts"] == part
    assert answer["answer"] == {"parts": 3}
    assert account.textract.count("get") - before == 3 + 2, "each page once, and two that were refused"


def test_a_throttled_page_keeps_what_was_read(account, document):
    account.textract.pages = pages(4)
    start(account, document)
    account.textract.fails = [None, None, refusal("ThrottlingException")]
    first = collect(document)
    assert first["collected"] == {"parts": 2, "next": "2"}
    account.textract.fails = [refusal("ThrottlingException")]
    with pytest.raises(AnalysisThrottled):  # nothing new was read: the machine waits longer
        collect_analysis.handler(first, Context())
    assert collect_analysis.handler(first, Context())["answer"] == {"parts": 4}
    assert kept() == list("0123")


def test_a_repeat_after_a_death_in_the_middle(account, document):
    account.textract.pages = pages(3)
    start(account, document)
    raw_answers.keep(WORK, 0, {"Blocks": [{"Id": "0"}]})
    raw_answers.keep(WORK, 7, {"Blocks": [{"Id": "stale"}]})
    assert collect(document)["answer"] == {"parts": 3}
    assert kept() == list("012")


def test_a_failed_job_says_why(account, document):
    start(account, document)
    account.textract.status, account.textract.message = "FAILED", "INVALID_IMAGE_TYPE"
    with pytest.raises(AnalysisFailed, match="INVALID_IMAGE_TYPE"):
        collect(document)


def test_a_partial_result_is_no_result(account, document):
    start(account, document)
    account.textract.status = "PARTIAL_SUCCESS"
    account.textract.warnings = [{"ErrorCode": "BLOCKED", "Pages": [3, 4]}]
    with pytest.raises(AnalysisIncomplete, match="BLOCKED on pages 3, 4"):
        collect(document)
    assert steps.summaries().get(keys.answer(WORK, 0)) is None


def test_a_job_that_was_told_to_have_ended_and_is_not_seen_to_have_is_looked_at_again(account, document):
    start(account, document)
    account.textract.status = "IN_PROGRESS"
    with pytest.raises(AnalysisUnavailable):
        collect(document)


# Ends that nobody has told


def looks(account):
    return account.queues.bodies("ended")


def test_a_job_is_looked_at_after_a_quarter_of_an_hour_or_when_its_time_is_over(account, document):
    account.textract.status = "IN_PROGRESS"
    start(account, document)
    assert looks(account) == [{"look": {"work": WORK, "job": "job-1"}}]
    assert account.queues.sent[0]["DelaySeconds"] == 900
    asking.answer(account.states, start_analysis.handler, state(document, seconds=60), "t2")
    assert account.queues.sent[1]["DelaySeconds"] <= 60


def test_an_end_that_nobody_told_is_found(account, document):
    account.textract.status = "IN_PROGRESS"
    start(account, document)
    (look,) = looks(account)
    assert finish(json.dumps(look)) == []
    assert looks(account) == [look, look], "it runs still"
    account.textract.status = "SUCCEEDED"
    assert finish(json.dumps(look), json.dumps(look)) == []
    assert account.states.sent == [("t1", {"job": "job-1", "status": "SUCCEEDED"})]
    assert len(looks(account)) == 2
    assert collect(document)["answer"] == {"parts": 1}


def test_a_throttled_look_looks_again(account, document):
    account.textract.status = "IN_PROGRESS"
    start(account, document)
    (look,) = looks(account)
    account.textract.fails = [refusal("ThrottlingException")]
    assert finish(json.dumps(look)) == []
    assert looks(account) == [look, look]


def test_a_look_at_what_is_over_asks_textract_nothing(account, document):
    account.textract.status = "IN_PROGRESS"
    start(account, document, "t1")
    (look,) = looks(account)
    finish(message())
    asked = account.textract.count("get")
    assert finish(json.dumps(look), json.dumps({"look": {"work": WORK, "job": "older"}})) == []
    assert (account.textract.count("get"), len(looks(account))) == (asked, 1)


def test_a_job_that_does_not_end_in_its_time_has_timed_out(account, document):
    account.textract.status = "IN_PROGRESS"
    asking.answer(account.states, start_analysis.handler, state(document, seconds=0))
    assert finish(json.dumps(looks(account)[0])) == []
    ((token, name, cause),) = account.states.failed
    assert (token, name) == ("t1", "AnalysisTimedOut")
    assert "upload the document again" in cause


def test_no_job_is_known(account, document):
    with pytest.raises(WorkGone):
        collect(document)


def test_a_forgotten_job_is_started_anew_by_a_redrive(account, document):
    start(account, document, "t1")
    account.textract.fails = [refusal("InvalidJobIdException")]
    with pytest.raises(WorkGone):
        collect(document)
    start(account, document, "t2")
    assert len(account.textract.jobs) == 2


def test_a_job_that_is_forgotten_when_it_is_asked_for_again_is_no_dead_end(account, document):
    """A redrive after a week, while the same request still leads to the old job."""
    account.textract.status = "IN_PROGRESS"
    start(account, document, "t1")
    account.textract.fails = [None, refusal("InvalidJobIdException")]
    assert start(account, document, "t2") is None
    (again,) = account.queues.bodies("jobs-next")
    assert (again["token"], again["handed"]) == ("t2", 1)
    start(account, document, "t2")
    assert list(account.textract.jobs.values()) == ["job-1", "job-2"]
    assert jobs.read(Table(TABLE), WORK).id == "job-2"


# Files that Textract wrote itself


def files(account, names):
    for name in names:
        body = json.dumps({"Blocks": [{"Id": name}], "Warnings": None}).encode()
        account.s3.put_object(Bucket=SUMMARIES, Key=f"steps/{WORK}/textract/job-1/{name}", Body=body)


def test_files_are_sorted_as_numbers_and_others_left_out(account, document, monkeypatch):
    monkeypatch.setenv("USE_OUTPUT_CONFIG", "true")
    start(account, document)
    files(account, [*map(str, range(1, 12)), ".s3_access_check", "note.txt"])
    first = collect(document, 300_000, 1_000)
    assert first["collected"]["parts"] == 2
    assert collect_analysis.handler(first, Context())["answer"] == {"parts": 11}
    assert kept() == [str(number) for number in range(1, 12)]


@pytest.mark.parametrize("names", [[], ["1", "3"]])
def test_files_that_are_missing_are_missed(account, document, monkeypatch, names):
    monkeypatch.setenv("USE_OUTPUT_CONFIG", "true")
    start(account, document)
    files(account, names)
    with pytest.raises(AnalysisIncomplete):
        collect(document)
