"""docs/cost.md, "A thousand of each": its sums follow from its assumptions, the code's own counts and prices.toml."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bench.admission.inbox import Desk, Inbox
from bench.admission.newsroom import Case, Newsroom
from bench.capacity import bounds
from bench.questions import article
from documents.summary import prompts
from llm import prices as model_prices
from local.cloud.testing import ROOT
from local.demo.trips import maker
from operate.cost import around, llm, prices, questions, trips
from operate.cost.documents import ARTICLES_FEATURES, DEFAULT_MODEL
from questions.running import scans
from tests.template.translate import resolved

COST = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
SECTION = COST.partition("## A thousand of each\n")[2].partition("\n## ")[0]

PARAGRAPH, EDITS, TITLES = 415, 4, 1
NATIVE, SCANS, PICTURED, PAGES = 600, 400, 30, 3
DOCUMENTS_A_MONTH, MONTH_HOURS = 10_000, 730
ROW_CPU_MS, CLEAN_GB, CALL_BYTES = 0.008, 1769 / 1024, 1_000_000
"""TripsClean: CPU of a row (docs/trips.md), memory, what Firehose sends it at a time."""
QUESTIONS, OPENSEARCH_UNITS = 1_000, 2
LAMBDA, ARTICLES = prices.table("lambda_usd"), prices.table("articles_usd")
GB_SECOND = LAMBDA["gb_second_arm64"]


def row(name: str) -> list[str]:
    (line,) = [line for line in SECTION.splitlines() if line.startswith(f"| {name} |")]
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def usd(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 99.5 else f"{amount:.1f}" if amount >= 1 else f"{amount:.2g}"


def test_a_thousand_articles():
    first, edit = (
        Newsroom(Case("", articles=1, paragraphs=n, late=0)).run().bill.usd() for n in (bounds.PARAGRAPHS, 1)
    )
    spoken = bounds.CHARACTERS + EDITS * PARAGRAPH
    whole = bounds.CHARACTERS * (1 + EDITS + TITLES)
    ours, theirs = (1_000 * characters * prices.polly()["neural"] / 1e6 for characters in (spoken, whole))
    ours += 1_000 * (first + (EDITS + TITLES) * edit)
    theirs += 1_000 * (1 + EDITS + TITLES) * first
    assert row("1,000 articles, six saves each")[:2] == [usd(ours), usd(theirs)]


def test_a_thousand_documents():
    around = 1_000 * Inbox(Desk("", documents=1, late=0)).run().bill.usd()
    read = (SCANS + PICTURED) * PAGES * prices.textract_page({"FORMS", "TABLES"})
    prompt = prompts.whole("x" * bounds.CHARACTERS)
    tokens = (len(prompt.system) + len(prompt.user)) / bounds.CHARACTERS_A_TOKEN
    model = model_prices.load().of(DEFAULT_MODEL, "", datetime.now(UTC).date())
    assert model is not None
    said = 1_000 * (tokens * model.rates.input + bounds.SUMMARY_TOKENS * model.rates.output) / 1e6
    entities = 1_000 * bounds.CHARACTERS / 100 * prices.comprehend_unit()
    every_page = 1_000 * PAGES * prices.textract_page(ARTICLES_FEATURES)
    endpoint = ARTICLES["endpoint_hour"] * MONTH_HOURS * 1_000 / DOCUMENTS_A_MONTH
    cells = row("1,000 documents of three pages")
    assert cells[:2] == [usd(read + said + entities + around), usd(every_page + endpoint + around)]
    assert f"{(SCANS + PICTURED) * PAGES:,} pages" in cells[2]
    assert NATIVE + SCANS == 1_000


def image(thousands: int) -> tuple[str, str, str]:
    seconds, reading = 1_000 * thousands * bounds.PICTURE_SECONDS, thousands * prices.table("s3_usd")["thousand_gets"]
    ours = seconds * GB_SECOND + thousands / 1_000 * LAMBDA["million_requests"]
    function, machine = (seconds / 3600 * ARTICLES[name] for name in ("function_hour_x86_64", "gpu_training_hour"))
    return usd(ours + reading), usd(function + reading), usd(machine + reading)


@pytest.mark.parametrize(("name", "thousands"), [("1,000 images", 1), ("a million images", 1_000)])
def test_images(name, thousands):
    ours, function, machine = image(thousands)
    cells = row(name)
    assert cells[:2] == [ours, function]
    assert f"{machine} on the training machine" in cells[2]


def test_a_million_trips():
    size = len(maker.text(bounds.ROWS_A_RECORD).encode())
    records = 1e6 / bounds.ROWS_A_RECORD
    streamed = trips.billed_bytes(records, size * records) / trips.GB * prices.table("firehose_usd")["gb"]
    computed = 1e6 * ROW_CPU_MS / 1000 * CLEAN_GB * GB_SECOND
    computed += size * records / CALL_BYTES / 1e6 * LAMBDA["million_requests"]
    cells = row("a million trips")
    assert cells[:2] == [usd(streamed + computed), usd(streamed + computed * trips.PANDAS_TIMES)]


def measured(pairs: float) -> float:
    """US dollars for pairs that all three modules measure, and for their functions."""
    rates = prices.table("monitoring_usd")
    services = sum(llm.UNITS.values()) * rates["comprehend_unit"]
    services += bounds.PAIR_TOKENS / 1e6 * rates["titan_v2_million_tokens"]
    batch = bounds.MODULES * (bounds.BATCH_SECONDS * 0.5 * GB_SECOND + LAMBDA["million_requests"] / 1e6)
    batch += prices.table("step_functions_usd")["million_express_requests"] / 1e6
    return pairs * (services + batch / bounds.PAIRS_A_BATCH)


def test_a_million_pairs():
    calls = bounds.EMBEDDING_CALLS + bounds.LANGUAGE_CALLS + bounds.SENTIMENT_CALLS + bounds.TOXICITY_CALLS
    most = 30 * bounds.default("DailyCalls") / calls
    requests = bounds.MODULES * LAMBDA["million_requests"] + 1
    services = 1e6 * (measured(1) - batch_share())
    assert row("a million pairs, all three shares 0.1")[:2] == [usd(measured(1e5)), usd(services + requests)]
    cells = row("a million pairs in a month, as deployed")
    assert cells[:2] == [usd(measured(most)), usd(services + requests)]
    assert f"{most:,.0f} of them" in cells[2]


def batch_share() -> float:
    """US dollars of a pair's part of the functions and executions of its batch."""
    batch = bounds.MODULES * (bounds.BATCH_SECONDS * 0.5 * GB_SECOND + LAMBDA["million_requests"] / 1e6)
    return (batch + prices.table("step_functions_usd")["million_express_requests"] / 1e6) / bounds.PAIRS_A_BATCH


def written(statements: float) -> float:
    """US dollars for statements of the default model."""
    model = model_prices.load().of(DEFAULT_MODEL, "", datetime.now(UTC).date())
    assert model is not None
    into, out = bounds.STATEMENT_TOKENS
    return statements * (into * model.rates.input + out * model.rates.output) / 1e6


def scanned(queries: float) -> float:
    return queries * scans.LEAST / questions.MEGABYTES * prices.table("questions_usd")["athena_terabyte"]


def gigabytes(name: str) -> float:
    return float(resolved(UseQuestions="true")["Resources"][f"Questions{name}"]["Properties"]["MemorySize"]) / 1024


def functions_of(answers: float, repairs: float) -> float:
    """US dollars of Lambda. A repair passes Generate and Prove once more, and Judge where its query failed."""
    times = dict.fromkeys(bounds.QUESTION_SECONDS, answers)
    times["Generate"] += repairs
    times["Prove"] += repairs
    asked = answers * bounds.requests_of_a_question()
    gb_seconds = sum(number * bounds.QUESTION_SECONDS[name] * gigabytes(name) for name, number in times.items())
    gb_seconds += asked * bounds.DOOR_SECONDS * gigabytes("Door")
    return gb_seconds * GB_SECOND + (sum(times.values()) + asked) / 1e6 * LAMBDA["million_requests"]


REPAIRS = QUESTIONS * bounds.REPAIRED
STATEMENTS, THEIR_STATEMENTS = QUESTIONS + REPAIRS, QUESTIONS - REPAIRS + questions.ARTICLES_TRIES * REPAIRS
TRANSITIONS = QUESTIONS * around.TRANSITIONS["AnswerQuestion"] + REPAIRS * questions.REPAIR_TRANSITIONS


def passed() -> float:
    return TRANSITIONS / 1_000 * prices.table("step_functions_usd")["thousand_transitions"]


def test_a_thousand_questions():
    ours = written(STATEMENTS) + scanned(QUESTIONS) + passed() + functions_of(QUESTIONS, REPAIRS)
    slept = THEIR_STATEMENTS * article.CHECK_SLEEP + QUESTIONS * article.RUN_SLEEP
    theirs = written(THEIR_STATEMENTS) + scanned(QUESTIONS - REPAIRS) + slept / 3_600 * ARTICLES["notebook_hour"]
    index = OPENSEARCH_UNITS * ARTICLES["opensearch_unit_hour"] * MONTH_HOURS
    assert questions.ARTICLES_TRIES == article.MOST_ATTEMPTS
    cells = row("1,000 questions")
    assert cells[:2] == [usd(ours), usd(theirs)]
    assert f"{slept / 3_600:.0f} hours" in cells[2]
    assert f"{usd(index)} a month" in cells[2]


def test_the_parts_of_a_thousand_questions():
    section = COST.partition("## A thousand answers\n")[2].partition("\n# ")[0]
    lines = {line.split("|")[1].strip(): line for line in section.splitlines() if line.startswith("| ")}
    into, out = (tokens * STATEMENTS / 1e6 for tokens in bounds.STATEMENT_TOKENS)
    assert f"| {STATEMENTS:,.0f} statements, {into:.1f} million tokens in, {out:.2f} million out " in lines["the model"]
    assert f"| {TRANSITIONS / QUESTIONS:.0f} transitions an answer" in lines["Step Functions"]
    for name, dollars in (
        ("the model", written(STATEMENTS)),
        ("Athena", scanned(QUESTIONS)),
        ("Step Functions", passed()),
        ("Lambda", functions_of(QUESTIONS, REPAIRS)),
    ):
        assert lines[name].endswith(f"| {usd(dollars)} |"), (name, usd(dollars))
    assert f"{THEIR_STATEMENTS:,.0f} statements for the same questions" in " ".join(section.split())


def test_a_day_of_questions_at_the_ceiling():
    """Prompts alone, as the line of the documents' model."""
    model = model_prices.load().of(DEFAULT_MODEL, "", datetime.now(UTC).date())
    assert model is not None
    million = bounds.default("DailyQuestionCalls") * model.rates.input / 1e6
    longest, usual = (f"{million * tokens:.1f}" for tokens in (100_000 / bounds.CHARACTERS_A_TOKEN, 3_000))
    said = f"{longest} for prompts of 100,000 characters, the longest; {usual} for 3,000 tokens |"
    (line,) = [line for line in COST.splitlines() if line.startswith("| `DailyQuestionCalls` |")]
    assert line.endswith(said), said
