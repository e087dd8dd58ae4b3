"""Jobs of Textract whose end is told late, twice, never or too early, and Textract that asks to wait."""

from __future__ import annotations

import time

from tests.e2e.waiting import eventually
from tests.workflow.documents import papers


def test_an_end_that_is_told_later_ends_the_wait(desk):
    version = desk.upload(papers.two_pages())
    desk.textract_job(delay=1.5)
    began = desk.textract_usage("notifications")
    ended = desk.run(version)
    assert ended.outcome == "summarized"
    assert desk.textract_usage("notifications") == began + 1
    assert "timed_out" not in str(ended.output)


def test_an_end_that_is_told_twice_does_no_harm(desk):
    version = desk.upload(papers.two_pages())
    desk.textract_job(delay=0.5, notifications=2)
    assert desk.run(version).outcome == "summarized"
    assert queue_is_empty(desk)


def test_an_end_that_is_never_told_is_looked_for(desk):
    version = desk.upload(papers.two_pages())
    desk.textract_job(delay=1, notifications=0)
    with desk.waiting_for_jobs(6):
        ended = desk.run(version)
    assert ended.outcome == "summarized"
    assert desk.summary(version)["document"]["pages"] == 2


def test_a_job_that_does_not_end_in_time_and_is_told_of_later(desk):
    version = desk.upload(papers.two_pages())
    desk.textract_job(delay=8)
    with desk.waiting_for_jobs(2):
        ended = desk.run(version)
    assert (ended.outcome, ended.output["error"]) == ("rejected", "AnalysisTimedOut")
    assert desk.rejection(version)["error"] == "AnalysisTimedOut"
    seen = desk.textract_usage("notifications")
    eventually(lambda: desk.textract_usage("notifications") > seen or None, "late end of the job")
    assert queue_is_empty(desk)
    # Whoever asks again gets what was paid for.
    started = desk.textract_usage("pages")
    assert desk.run(desk.by_hand(version.key)).outcome == "summarized"
    assert desk.textract_usage("pages") == started


def queue_is_empty(desk):
    """That the messages about ended jobs were understood: none is left, and none comes back."""
    sqs, url = desk.cloud.client("sqs"), desk.cloud.physical_id("AnalysisQueue")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def empty():
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()
        return True if not any(int(count) for count in counts) else None

    return eventually(empty, "empty queue of ended jobs", 20)


def test_a_message_about_a_job_that_nobody_knows_is_not_lost(desk):
    """Not after the first try: it stays in its queue, is delivered again, and ends among the dead letters."""
    message = '{"JobId": "j", "Status": "SUCCEEDED", "API": "StartDocumentAnalysis", "JobTag": "nobody"}'
    record = {"messageId": "m", "body": message}
    assert desk.invoke("DocumentsFinishAnalysis", {"Records": [record]}) == {
        "batchItemFailures": [{"itemIdentifier": "m"}]
    }


def test_textract_that_asks_to_wait_is_waited_for(desk):
    version = desk.upload(papers.scan())
    desk.textract_refuses("ProvisionedThroughputExceededException", "AnalyzeDocument", 5)
    ended = desk.run(version)
    assert ended.outcome == "summarized"


def test_jobs_that_textract_has_no_room_for_are_waited_for(desk):
    version = desk.upload(papers.two_pages())
    desk.textract_refuses("LimitExceededException", "StartDocumentAnalysis", 3)
    desk.textract_refuses("ThrottlingException", "GetDocumentAnalysis", 3)
    began = time.monotonic()
    assert desk.run(version).outcome == "summarized"
    assert time.monotonic() - began < 100


def test_textract_that_fails_for_a_moment(desk):
    version = desk.upload(papers.scan())
    desk.textract_refuses("InternalServerError", "AnalyzeDocument", 3)
    assert desk.run(version).outcome == "summarized"
