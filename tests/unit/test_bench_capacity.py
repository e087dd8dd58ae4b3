"""How many events a second: docs/limits.md has the tables that the code prints, and quotas say where they come from."""

from __future__ import annotations

import re

import pytest

from bench.capacity import bounds, quotas, table
from bench.capacity.bounds import Bound
from local.cloud.testing import ROOT
from narration.admission.ranges import AT_ONCE
from tests.template import asl
from tests.template.translate import resolved, substitutions

PAGE = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
COST = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")


def bound(name: str, what: str) -> Bound:
    (found,) = [one for one in table.PIPELINES[name][1]() if one.what.startswith(what)]
    return found


@pytest.mark.parametrize("name", table.PIPELINES)
def test_the_page_has_the_table(name):
    event, found = table.PIPELINES[name]
    text = "\n".join((*table.header(event), *table.rows(found())))
    assert f"\n{text}\n" in PAGE, "python -m bench capacity prints it anew"


def test_the_page_says_what_binds_first_and_what_other_regions_have():
    assert "\n".join((*table.FIRST, *table.first())) in PAGE
    assert table.elsewhere() in PAGE


@pytest.mark.parametrize("name", quotas.names())
def test_a_quota_says_where_it_comes_from_and_how_it_is_raised(name):
    assert len(quotas.text(name, "source")) > 5
    assert len(quotas.text(name, "raise")) > 5


def test_articles_are_reckoned_as_the_page_on_costs_does():
    assert f"{bounds.CHARACTERS:,} characters, in {bounds.PARAGRAPHS} paragraphs" in COST
    assert bound("narration", "Polly").carries == pytest.approx(8 / 12)
    assert bound("narration", "`DailyCharacters`").carries * bounds.DAY == pytest.approx(1_000)


def test_calls_of_models_are_reckoned_as_the_page_on_costs_does():
    """tests/unit/llm/test_documented_cost.py counts them with the modules."""
    calls = bounds.EMBEDDING_CALLS + bounds.LANGUAGE_CALLS + bounds.SENTIMENT_CALLS + bounds.TOXICITY_CALLS
    assert f"{calls} paid calls" in COST
    assert f"{bounds.PAIR_TOKENS} tokens" in COST
    assert f"{bounds.MODULES} functions, {bounds.BATCH_SECONDS} s" in COST


def test_the_quotas_of_polly_are_those_of_the_code():
    assert quotas.number("polly_neural", "at_once") == AT_ONCE["neural"]
    assert quotas.number("polly_standard", "at_once") == AT_ONCE["standard"]


def days(seconds: int | str) -> str:
    """Of an expression its longest: what a step waits for since a text was read."""
    if isinstance(seconds, str):
        seconds = max(map(int, re.findall(r"\d+", seconds)))
    return f"{seconds / bounds.DAY:g} days"


def test_how_long_work_waits_is_what_queues_and_machines_say():
    def properties(name):
        return resolved(UseKnowledge="true")["Resources"][name]["Properties"]

    def states(path):
        file = ROOT / "statemachines" / path
        return asl.parse(file.read_text(), substitutions(file))["States"]

    summarize = states("documents/summarize_document.asl.yaml")
    compose = states("knowledge/answer_from_documents.asl.yaml")["Compose"]
    generate = states("questions/answer_question.asl.yaml")["Generate"]
    speak = states("narration/narrate_article.asl.yaml")["SynthesizeRanges"]["ItemProcessor"]["States"]["Synthesize"]
    articles = properties("ArticlesQueue")
    tries = articles["RedrivePolicy"]["maxReceiveCount"]
    for name, what, said in (
        ("narration", "Polly", days(speak["TimeoutSeconds"])),
        ("narration", "NarrationStart", days(articles["MessageRetentionPeriod"])),
        ("narration", "Step Functions, StartExecution", f"{tries} times"),
        ("documents", "Textract", days(summarize["Analyze"]["TimeoutSeconds"])),
        ("documents", "`SummaryWorkers`", days(summarize["Summarize"]["TimeoutSeconds"])),
        ("documents", "the model", days(summarize["Summarize"]["TimeoutSeconds"])),
        ("questions", "`QuestionsWorkers`", days(generate["TimeoutSeconds"])),
        ("questions", "the model", days(generate["TimeoutSeconds"])),
        ("knowledge", "`ComposeWorkers`", days(compose["TimeoutSeconds"])),
        ("knowledge", "the model", days(compose["TimeoutSeconds"])),
        ("knowledge, index", "`IndexWorkers`", days(properties("IndexFirstQueue")["MessageRetentionPeriod"])),
        ("knowledge, index", "Titan", days(properties("IndexNextQueue")["MessageRetentionPeriod"])),
    ):
        assert said in bound(name, what).happens


def test_questions_are_reckoned_as_the_page_on_costs_and_the_machine_do():
    tokens = "{:,} tokens in and {} out".format(*bounds.STATEMENT_TOKENS)
    assert tokens in " ".join(COST.split())
    file = ROOT / "statemachines/questions/answer_question.asl.yaml"
    states = asl.parse(file.read_text(), substitutions(file))["States"]
    tasks = {name for name, state in states.items() if "lambda" in state.get("Resource", "")} | {"Generate"}
    assert bounds.QUESTION_SECONDS.keys() == tasks - {"Refuse"}
    assert bounds.looks_of_a_question() == 8, "at 0, 0.1, 0.25, 0.475, 0.81 and 1.3 s, and two more"


def test_answers_from_documents_are_reckoned_as_the_page_on_costs_and_the_machine_do():
    said = " ".join(COST.split())
    assert "{:,} tokens in and {} out per answer".format(*bounds.ANSWER_TOKENS) in said
    assert f"| embeddings of questions | {1000 * bounds.SOUGHT_TOKENS:,} tokens |" in said
    passages, tokens = 1000 * bounds.PASSAGES, bounds.PASSAGES * bounds.PASSAGE_TOKENS / 1000
    assert f"A thousand documents of three pages are some {passages:,} passages: {tokens} million tokens" in said
    file = ROOT / "statemachines/knowledge/answer_from_documents.asl.yaml"
    states = asl.parse(file.read_text(), substitutions(file))["States"]
    assert bounds.ANSWER_SECONDS.keys() == states.keys() - {"Refuse"}


def test_a_trip_has_the_size_that_the_page_names():
    assert f"trips of {bound('trips', 'Firehose, bytes').use.split()[0]} bytes" in PAGE


@pytest.mark.parametrize(
    ("carries", "cells"), [(0.5, ["x 2", "x 200"]), (1.0, ["holds", "x 100"]), (150.0, ["holds", "holds"])]
)
def test_a_rate_is_held_or_told_by_how_much_it_is_too_high(carries, cells):
    (row,) = table.rows([Bound("a", "b", carries, "c", "d", "e")])
    assert [cell.strip() for cell in row.split("|")[4:6]] == cells


def test_what_binds_first_comes_first_and_what_has_no_default_last():
    ordered = list(
        table.rows([Bound(name, "", carries, "", "", "", 60) for name, carries in (("z", 0), ("b", 9), ("a", 2))])
    )
    assert [row.split("|")[1].strip() for row in ordered] == ["a", "b", "z"]
    assert "needs 6,000" in ordered[2]
