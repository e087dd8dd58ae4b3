"""docs/security.md, "What is kept how long", has the days of the templates and of the code, and leaves nothing out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from common import admission
from common.doors import taken
from common.spending import accounts
from documents.intake import claims as document_claims
from documents.textract import jobs
from knowledge.connectors import turns
from knowledge.rights import sets
from llm.canary import comparing
from llm.logs import claims as log_claims
from llm.logs import shards
from llm.paid import evaluation
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from questions.running import scans
from tests.template.decided import application, everything
from tests.template.resources import of_type
from tests.template.translate import TEMPLATE
from tests.template.translate import templates as all_templates
from training.deploying import approvals
from training.deploying import claims as model_claims

PAGE = (ROOT / "docs" / "security.md").read_text()
DAY = 86_400
PARAMETERS = read_template(TEMPLATE)["Parameters"]


@cache
def rows() -> Mapping[str, str]:
    """What -> how long, a row for each name of the first cell."""
    table = PAGE.partition("## What is kept how long")[2].partition("\n## ")[0]
    found: dict[str, str] = {}
    for what, kept in re.findall(r"^\| ([^|]+) \| ([^|]+) \|", table, re.MULTILINE)[1:]:
        names = [what] if ":" in what or "old versions" in what or "backups" in what else what.split(", ")
        for name in names:
            plain = name.replace("`", "")
            assert plain not in found, f"{plain} has two rows"
            found[plain] = kept
    return found


@cache
def templates() -> tuple[dict[str, Any], ...]:
    given = {**everything(), "ExistingModelLogGroupName": "bedrock/calls", "UseCompletionsStream": "true"}
    return tuple(each.decided() for each in application(given=given).all())


def each_of(kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for template in templates():
        yield from of_type(template, kind).items()


def days(number: int) -> str:
    return f"{number} day{'s' if number > 1 else ''}"


def said(name: str) -> str:
    """How long, without what stands behind it in brackets."""
    assert name in rows(), f"{name} has no row"
    return rows()[name].partition(" (")[0]


def test_every_rule_of_every_bucket_has_its_days_in_the_table():
    seen = 0
    for name, bucket in each_of("AWS::S3::Bucket"):
        for rule in bucket["LifecycleConfiguration"]["Rules"]:
            place = f"{name}/{rule['Prefix']}" if rule.get("Prefix") else name
            if "ExpirationInDays" in rule:
                seen += 1
                assert said(place) == days(int(rule["ExpirationInDays"])), place
            if old := rule.get("NoncurrentVersionExpiration"):
                seen += 1
                assert said(f"{place}, old versions") == days(int(old["NoncurrentDays"])), place
    assert seen > 12


def test_what_the_table_calls_for_ever_has_no_rule():
    expiring = {
        f"{name}/{rule.get('Prefix', '')}".rstrip("/")
        for name, bucket in each_of("AWS::S3::Bucket")
        for rule in bucket["LifecycleConfiguration"]["Rules"]
        if "ExpirationInDays" in rule
    }
    for_ever = [name for name, kept in rows().items() if kept == "for ever"]
    assert len(for_ever) > 15
    assert [name for name in for_ever if name.rstrip("/") in expiring or name.split("/")[0] in expiring] == []


def test_every_place_that_a_role_may_write_to_has_a_row():
    text = json.dumps(templates())
    written = {
        place
        for actions, resources in re.findall(r'"Action": (\[[^\]]*\]|"[^"]*"), "Resource": (\[[^\]]*\]|"[^"]*")', text)
        if "s3:PutObject" in actions
        for place in re.findall(r'"arn:aws:s3:::([^"]*)"', resources)
    }
    assert len(written) > 25
    for place in written:
        bucket, _, key = place.partition("/")
        top = key.partition("/")[0]
        within = {bucket} if "*" in top or top == "AWSLogs" else {f"{bucket}/{top}/"}
        assert within & rows().keys(), f"{place} has no row"


def test_every_row_about_a_bucket_is_about_one_that_is_there():
    names = {name for name, _ in each_of("AWS::S3::Bucket")}
    assert {re.split(r"[/,]", what)[0] for what in rows() if "Bucket" in what} == names


def test_every_queue_and_stream_has_a_row():
    found = dict(each_of("AWS::SQS::Queue"))
    assert len(found) > 18
    for name, queue in found.items():
        assert said(name) == days(int(queue["MessageRetentionPeriod"]) // DAY), name
    for name, stream in each_of("AWS::Kinesis::Stream"):
        assert said(name) == days(int(stream["RetentionPeriodHours"]) // 24), name
    assert {what for what in rows() if "Queue" in what or "DeadLetters" in what} == found.keys()


def test_every_log_group_forgets_as_the_table_says():
    found = [read_template(path).get("Mappings", {}).get("Stages") for path in all_templates()]
    stages = [each for each in found if each]
    assert len(stages) >= 5
    dev, staging, prod = ({each[stage]["LogDays"] for each in stages} for stage in ("dev", "staging", "prod"))
    told = f"{min(dev)} days in dev, {min(staging)} in staging, {min(prod)} in prod"
    assert len(dev) == len(staging) == len(prod) == 1
    groups = [name for name, _ in each_of("AWS::Logs::LogGroup")]
    assert len(groups) == 11
    assert {said(name) for name in groups} == {told}


ITEMS = {
    "document#": document_claims.SECONDS,
    "analysis#": jobs.SECONDS,
    "llm-object#": log_claims.REMEMBERED_SECONDS,
    "llm-shard#": shards.REMEMBERED_SECONDS,
    "evaluated#": evaluation.REMEMBERED_SECONDS,
    "spending#": accounts.KEPT_SECONDS,
    "canary#": comparing.REMEMBERED_SECONDS,
    "question-key#": taken.KEY_SECONDS,
    "question-scan#": scans.SEEN_SECONDS,
    "question#": PARAMETERS["QuestionsKeptDays"]["Default"] * DAY,
    "question-session#": PARAMETERS["QuestionsKeptDays"]["Default"] * DAY,
    "ask-key#": taken.KEY_SECONDS,
    **{f"{kind}#": PARAMETERS["KnowledgeKeptDays"]["Default"] * DAY for kind in ("ask", "ask-session", "vote")},
    "knowledge-set#": sets.KEPT_SECONDS,
    "knowledge-reader#": sets.KEPT_SECONDS,
    "sync#": turns.SECONDS,
    "train#": model_claims.FOR_EVER,
    "approval#": approvals.KEPT,
}


@pytest.mark.parametrize("kind", ITEMS)
def test_items_of_the_table_are_kept_as_long_as_the_code_says(kind: str):
    assert said(f"StateTable: {kind}") == days(ITEMS[kind] // DAY)


def test_every_kind_of_item_has_a_row():
    code = "\n".join(path.read_text() for path in (ROOT / "functions").rglob("*.py"))
    kinds = set(re.findall(r'(?:=|\(|return)\s*f?"([a-z-]+#)', code))
    assert admission.__name__ == "common.admission"
    assert {what.removeprefix("StateTable: ") for what in rows() if what.startswith("StateTable: ")} == kinds
    assert kinds == ITEMS.keys() | {"lane#", "rate#", "question-repeat#", "ask-repeat#"}, (
        "these are gone within the day"
    )


def test_the_table_has_backups_for_as_long_as_it_says():
    """DynamoDB keeps them for 35 days (developer guide, "Point-in-time recovery")."""
    tables = [table for _, table in each_of("AWS::DynamoDB::Table")]
    assert tables
    assert all(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] for table in tables)
    assert all(table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True} for table in tables)
    assert said("StateTable, backups") == "35 days"
