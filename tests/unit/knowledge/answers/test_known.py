"""A question about what is not there is refused before a model is asked; one about what is there is not."""

from __future__ import annotations

import pytest

from knowledge.answers import known
from tests.unit.knowledge.answers.builders import LEASE, NOTICE, hit

HITS = [hit(LEASE), hit(NOTICE)]


@pytest.mark.parametrize(
    "question",
    [
        "When was the lease with Müller GmbH signed?",
        "when did Muller GmbH sign the lease",
        "What is the rent under AB-1234?",
        "How long is the notice for termination?",
        "Name three reasons for termination!",
        "What are the top 5 rules of the house?",
        "Who signed on 2026-03-04?",
        "What happened in March 2026?",
        "",
        "What is it?",
    ],
)
def test_what_is_there_may_be_asked(question):
    assert known.missing(question, HITS) == []


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("When was the lease with Schmidt GmbH signed?", ["Schmidt"]),
        ("What is Schmidt's rent?", ["Schmidt's"]),
        ("Schmidt's rent?", ["Schmidt's"]),
        ("What is the rent under AB-9999?", ["AB-9999"]),
        ("What was signed in 2019?", ["2019"]),
        ("Who signed on 2026-03-05?", ["2026-03-05"]),
        ("Which planets have rings?", ["planets", "rings"]),
        ("What is the rent in the IT room?", ["IT"]),
    ],
)
def test_what_stands_nowhere_is_named(question, missing):
    assert known.missing(question, HITS) == missing


def test_without_passages_a_question_that_means_something_lacks_it():
    assert known.missing("How high is the rent?", []) == ["high", "rent"]


def test_a_hyphenated_name_is_cut_like_the_text():
    hits = [hit("The deposit of Karl Heinz Meier-Schulz is held by the bank.")]
    assert known.missing("What is the deposit of Karl-Heinz Meier-Schulz?", hits) == []
    assert known.missing("What is the deposit of Meier?", hits) == []
    assert known.missing("What is the deposit of Karl-Georg Meier?", hits) == ["Karl-Georg"]


def test_what_the_session_named_is_known_in_a_follow_up():
    turns = [{"question": "Which leases has Schmidt?", "answer": "Schmidt has the lease in Hamburg."}]
    assert known.missing("And what is the rent in Hamburg?", HITS, turns) == []
    assert known.missing("The first one?", HITS, turns) == []
    assert known.missing("And in Bremen?", HITS, turns) == ["Bremen"]


def test_a_question_in_one_script_of_another_is_refused():
    assert known.missing("\u5951\u7ea6\u4ec0\u4e48\u65f6\u5019\u7ec8\u6b62", HITS) != []
    assert known.missing("\u5951\u7ea6\u7ec8\u6b62", [hit("\u5951\u7ea6\u4e8e\u4e09\u6708\u7ec8\u6b62\u3002")]) == []


@pytest.mark.parametrize(
    ("said", "told"),
    [("the price of the lease", False), ("the rent", True), ("what Schmidt pays", False), ("it", True)],
)
def test_what_a_model_says_is_missing_is_told_only_in_words_of_the_question(said, told):
    assert known.of_the_question(said, "What is the rent of the flat?") is told


YEARS = "Report of the north. Profit in 2018 was EUR 5,000. Profit in 2019 was EUR 7,000. Costs were EUR 900."


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("How high was the profit in 2018?", []),
        ("How high was the profit in 2017?", ["2017"]),
        ("What was signed on 4 March 2018?", ["4 March 2018"]),
        ("Which profit was over 6,000?", []),
        ("What was signed after 4 March 2017?", []),
        ("What was the profit between 2016 and 2021?", []),
        ("Profit from 2016 to 2021?", []),
        ("What is the report from 2016?", ["2016"]),
        ("Name 3 profits!", []),
        ("Whose costs are 901?", ["901"]),
    ],
)
def test_numbers_and_years_of_the_question_stand_in_what_is_cited(question, lacking):
    assert known.not_cited(question, [YEARS]) == lacking


@pytest.mark.parametrize(
    ("question", "said", "is_other"),
    [
        ("How high was the profit in 2019?", "The profit was EUR 5,000.", True),
        ("How high was the profit in 2019?", "The profit was EUR 7,000.", False),
        ("How high was the profit in 2018?", "The profit was EUR 5,000.", False),
        ("How high were the costs in 2019?", "The costs were EUR 900.", False),
        ("How high was the profit?", "The profit was EUR 5,000.", False),
        ("How high was the profit after 2016?", "The profit was EUR 5,000.", False),
    ],
)
def test_what_is_said_of_another_year_is_no_answer(question, said, is_other):
    assert known.of_another_year(question, said, [YEARS]) is is_other
