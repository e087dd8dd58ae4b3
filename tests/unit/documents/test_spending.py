"""What documents buy in a day: pages, calls of the model, characters of Comprehend; and what is not paid for twice."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import boto3
import pytest

from common.errors import CeilingReached
from common.objects import Bucket
from common.spending import pauses
from common.spending.pauses import Pause
from common.table import Table
from documents import keys, steps
from documents.handlers import analyze, start_analysis
from documents.intake import claims
from documents.meaning import entities
from documents.summary.paid import Paid
from documents.summary.providers.base import Completion, Prompt, PromptRefused
from documents.textract import jobs, raw_answers
from tests.unit.documents import asking
from tests.unit.documents.pipeline_aws import INBOX, TABLE, refusal
from tests.unit.documents.pipeline_builders import Context, source
from tests.unit.purses import Endless

WORK = "b" * 40


@pytest.fixture
def page(account: Any) -> Any:
    put = account.s3.put_object(Bucket=INBOX, Key="scans/a.png", Body=b"PNG")
    return source("scans/a.png", "05", put["ETag"].strip('"'), put["VersionId"])


def state(of: Any, work: str = WORK) -> dict[str, Any]:
    return {"document": asdict(of), "work": work}


def ask(account: Any, page: Any, handler: Any, work: str = WORK, token: str = "t1") -> Any:  # noqa: S107
    return asking.answer(account.states, handler, state(page, work), token, Context())


def bought(kind: str) -> int:
    items = boto3.client("dynamodb").scan(TableName=TABLE)["Items"]
    return sum(int(item["spent"]["N"]) for item in items if item["pk"]["S"].startswith(f"spending#documents#{kind}#"))


def test_a_page_counts_once_however_often_it_is_asked_for(account, page):
    account.textract.fails = [refusal("ProvisionedThroughputExceededException"), refusal("ThrottlingException"), None]
    for token in ("t1", "t2"):
        assert ask(account, page, analyze.handler, token=token) == {"answer": {"parts": 1}}
    assert bought("pages") == 1


def test_at_the_ceiling_a_page_waits_and_the_next_day_or_a_raise_lets_it_go(account, page, monkeypatch):
    monkeypatch.setenv("DAILY_PAGES", "0")
    assert ask(account, page, analyze.handler) is None
    (sent,) = account.queues.sent
    assert json.loads(sent["MessageBody"])["work"] == {**state(page), "seconds": 21_600, "unlocked": False}
    assert account.textract.count("analyze") == 0
    monkeypatch.setenv("DAILY_PAGES", "1")
    assert ask(account, page, analyze.handler, token="t2") == {"answer": {"parts": 1}}
    assert bought("pages") == 1


def test_in_a_pause_neither_a_page_nor_a_job_is_bought(account, page):
    pauses.begin(Table(TABLE), "documents", Pause("arn:me", "12:00"))
    for number, handler in enumerate((analyze.handler, start_analysis.handler)):
        assert ask(account, page, handler, token=f"t{number}") is None
    assert account.textract.calls == []
    assert bought("pages") == 0


def test_a_job_costs_its_pages_and_the_same_request_again_nothing(account, page, monkeypatch):
    body = asking.body

    def of_seven_pages(*given: Any, **named: Any) -> dict[str, Any]:
        made = body(*given, **named)
        return {**made, "work": {**made["work"], "pages": 7}}

    monkeypatch.setattr(asking, "body", of_seven_pages)
    account.textract.statuses = ["IN_PROGRESS"]
    for token in ("t1", "t2"):
        ask(account, page, start_analysis.handler, token=token)
    assert bought("pages") == 7
    job = jobs.read(Table(TABLE), WORK)
    assert job is not None
    assert job.paid


def test_another_work_on_the_same_version_takes_textracts_answer_over(account, page):
    first = claims.work(page)
    ask(account, page, analyze.handler, first)
    again = claims.work(page, "another model")
    assert ask(account, page, analyze.handler, again, "t2") == {"answer": {"parts": 1}}
    assert account.textract.count("analyze") == 1
    assert bought("pages") == 1
    assert list(raw_answers.parts(again, 1)) == list(raw_answers.parts(first, 1))


def test_another_question_is_no_answer_that_could_be_taken_over(account, page, monkeypatch):
    ask(account, page, analyze.handler, claims.work(page))
    monkeypatch.setenv("FEATURE_TYPES", "TABLES")
    ask(account, page, analyze.handler, claims.work(page, "again"), "t2")
    assert bought("pages") == account.textract.count("analyze") == 2


def test_an_answer_half_of_which_is_gone_is_asked_for(account, page):
    first = claims.work(page)
    ask(account, page, analyze.handler, first)
    account.s3.delete_object(Bucket=steps.summaries().name, Key=keys.answer(first, 0))
    ask(account, page, analyze.handler, claims.work(page, "again"), "t2")
    assert bought("pages") == 2


class Model:
    model_id = "m"

    def complete(self, prompt: Prompt, generation: Any) -> Completion:
        raise PromptRefused("too long")


def test_a_call_of_the_model_is_one_of_the_days():
    purse = Endless()
    with pytest.raises(PromptRefused):
        Paid(Model(), purse).complete(Prompt("s", "u"), {})
    assert purse.paid == [1]


def test_comprehend_is_paid_by_the_character_and_once(account, monkeypatch):
    monkeypatch.setattr(entities, "asked", lambda *_: [])
    monkeypatch.setenv("DAILY_COMPREHEND_CHARACTERS", "1000")
    bucket = Bucket(steps.summaries().name)
    for _ in range(2):
        with entities.purse() as purse:
            found = entities.Remembered(bucket, WORK, purse)
            found("detect_entities", "x" * 650, "en")
            found("detect_entities", "short", "en")
    assert bought("comprehend-characters") == 650 + entities.LEAST_CHARACTERS
    with entities.purse() as purse, pytest.raises(CeilingReached):
        entities.Remembered(bucket, WORK, purse)("detect_entities", "y" * 60, "en")
