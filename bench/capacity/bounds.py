"""What one event uses of each quota, and of the stack's own ceilings and workers, by the application's own numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from bench.admission import inbox, newsroom
from bench.capacity import quotas
from documents.summary import prompts
from local.cloud.deploying.template import read_template
from local.cloud.testing import ROOT
from local.demo.trips import maker
from narration.admission import ranges
from narration.publishing import purchases
from operate.cost import around, documents
from operate.questions import command
from questions.running import plans, scans

DAY = 86_400
OURS = "ours"
PARAGRAPHS, CHARACTERS = 12, 5_000
"""Of an article, as docs/cost.md assumes it."""
PAGE_CHARACTERS, CHARACTERS_A_TOKEN, SUMMARY_TOKENS = 2_500, 4, 150
"""Of a document of one scanned page, and of a summary."""
PICTURE_SECONDS = 0.1
"""Of a thumbnail of 12 megapixels (docs/cost.md)."""
ROWS_A_RECORD, RECORDS_A_REQUEST = 500, 500
EMBEDDING_CALLS, LANGUAGE_CALLS, SENTIMENT_CALLS, TOXICITY_CALLS = 2, 3, 1, 0.2
"""Paid calls for a pair of the size that docs/cost.md assumes; a document of a batch is one."""
PAIR_TOKENS, PAIRS_A_BATCH, BATCH_SECONDS, MODULES = 325, 25, 1.5, 3

STATEMENT_TOKENS, REPAIRED = (3_000, 150), 0.2
"""Of a statement, in and out, and the share of questions whose first one is repaired, as docs/cost.md assumes them."""
PLAN_SECONDS, RUN_SECONDS = 1.0, 1.0
"""Of Athena, for EXPLAIN and for the query."""
QUESTION_SECONDS = {
    "ReadTables": 0.5,
    "Generate": inbox.START_SECONDS + inbox.SECONDS["Summarize"],
    "Prove": 0.2 + PLAN_SECONDS,
    "Judge": 0.2,
    "Answer": 0.4,
}
"""Of a question whose first statement is right; its answer of the model is as long as a summary."""
DOOR_SECONDS = 0.1
"""Of one request."""


@dataclass(frozen=True)
class Bound:
    """``carries``: events a second; for what has no default ``needs`` says what a quota has to be for one a second."""

    what: str
    use: str
    carries: float
    happens: str
    change: str
    source: str
    needs: float = 0.0
    usual: bool = True
    """Whether an account that is not new has it."""


def _quota(name: str, what: str, uses: float, unit: str, happens: str) -> Bound:
    """A quota per second, of which an event uses so much; less than a whole one is told as one for so many events."""
    rate = quotas.number(name)
    use = f"{uses:,.3g} {unit}" if uses >= 0.1 else f"a {unit} for {1 / uses:,.0f}"
    change, source = quotas.text(name, "raise"), quotas.text(name, "source")
    return Bound(f"{what}, {rate:,.0f} per second", use, rate / uses, happens, change, source)


def _ceiling(parameter: str, uses: float, unit: str, happens: str) -> Bound:
    most = default(parameter)
    change = f"`{parameter}`, for a day `operate spending raise`"
    return Bound(f"`{parameter}`, {most:,} per day", f"{uses:,} {unit}", most / uses / DAY, happens, change, OURS)


def _workers(names: tuple[str, str], seconds: float, happens: str) -> Bound:
    places = [default(name) for name in names]
    what = f"`{names[0]}` and `{names[1]}`, {places[0]} and {places[1]}"
    return Bound(what, f"{seconds:.3g} s", sum(places) / seconds, happens, f"`{names[0]}`, with the quota", OURS)


def _functions(seconds: float, happens: str, account: str = "at_once") -> Bound:
    most = quotas.number("lambda_at_once", account)
    what = "functions at once, {:,.0f}{}".format(most, " in a new account" if account == "new_account" else "")
    change, source = (quotas.text("lambda_at_once", member) for member in ("raise", "source"))
    usual = account == "at_once"
    return Bound(what, f"{seconds:.3g} s", most / seconds, happens, change, source, usual=usual)


def narration() -> Iterator[Bound]:
    """An article of 12 paragraphs, spoken for the first time by a neural voice."""
    fragment = newsroom.Case("").polly_seconds + newsroom.OWN_SECONDS
    spoken = newsroom.START_SECONDS + PARAGRAPHS * fragment / ranges.side_by_side("neural", default("SpeechWorkers"))
    started = newsroom.BATCH_SECONDS / newsroom.START_BATCH
    rest = started + newsroom.PLAN_SECONDS + newsroom.merge_seconds(PARAGRAPHS) + newsroom.PUBLISH_SECONDS
    pieces = -(-PARAGRAPHS // purchases.RANGE_FRAGMENTS)
    yield _ceiling("DailyCharacters", CHARACTERS, "characters", "ranges wait in the lanes until midnight UTC")
    lanes = "ranges wait in the lanes, 13 days"
    yield _quota("polly_neural", "Polly, SynthesizeSpeech neural", PARAGRAPHS, "requests", lanes)
    yield _workers(("SpeechWorkers", "SpeechFirstWorkers"), spoken, lanes)
    yield _functions(spoken + rest, "work is tried again for three days and a half")
    topic = "messages wait in ArticlesQueue, 4 days"
    yield Bound(
        f"NarrationStart, {newsroom.START_WORKERS} batches of {newsroom.START_BATCH}",
        f"{started:.3g} s",
        newsroom.START_WORKERS / started,
        topic,
        "its `MaximumConcurrency`",
        OURS,
    )
    tried = "messages are tried 5 times, then NarrationDeadLetters"
    yield _quota("start_execution", "Step Functions, StartExecution", 1, "call", tried)
    transitions = around.TRANSITIONS["NarrateArticle"] - 2 + pieces
    yield _quota("state_transition", "Step Functions, transitions", transitions, "transitions", "executions wait")
    yield _quota("dynamodb_item", "one item of DynamoDB", 2 * pieces, "writes", lanes)


def documents_of_a_page() -> Iterator[Bound]:
    """A scan of one page, FORMS and TABLES, entities, a summary."""
    read = inbox.START_SECONDS + inbox.SECONDS["Analyze"]
    said = inbox.START_SECONDS + inbox.SECONDS["Summarize"]
    others = sum(seconds for _, seconds in (*inbox.BEFORE, *inbox.BETWEEN, *inbox.AFTER))
    lanes, held = "pages wait in the lanes, 13 days", "work waits until midnight UTC"
    yield _ceiling("DailyPages", 1, "page", held)
    yield _ceiling("DailyModelCalls", 1, "call", held)
    yield _ceiling("DailyComprehendCharacters", PAGE_CHARACTERS, "characters", held)
    yield _quota("textract_analyze", "Textract, AnalyzeDocument", 1, "call", lanes)
    yield _workers(("AnalysisWorkers", "AnalysisFirstWorkers"), read, lanes)
    yield _workers(("SummaryWorkers", "SummaryFirstWorkers"), said, "texts wait in the lanes, 6.5 days")
    yield _quota("comprehend_one", "Comprehend, DetectEntities", 1, "call", "Enrich is tried again")
    yield _functions(read + said + others, "work is tried again for two days")
    started = "EventBridge tries again for a day, then DocumentsDeadLetters"
    yield _quota("start_execution", "Step Functions, StartExecution", 1, "call", started)
    transitions = around.TRANSITIONS["SummarizeDocument"] + documents.PAGE_TRANSITIONS
    yield _quota("state_transition", "Step Functions, transitions", transitions, "transitions", "executions wait")
    yield Bound(
        "the model, tokens per minute",
        f"{tokens_of_a_summary():,.0f} tokens",
        0.0,
        "texts wait in the lanes, 6.5 days",
        "Service Quotas, Bedrock: tokens per minute of the model; then `SummaryWorkers`",
        "Bedrock guide: each model and account has its own",
        needs=60 * tokens_of_a_summary(),
    )


def images() -> Iterator[Bound]:
    """A thumbnail of a picture of 12 megapixels, that no cache has."""
    refused = "nothing waits: 429, and the caller asks again"
    yield _functions(PICTURE_SECONDS, refused, "new_account")
    yield _quota("s3_gets", "S3, GET of a prefix", 1, "GET", "503 `OriginalUnavailable`, and the caller asks again")
    yield _functions(PICTURE_SECONDS, refused)


def trips() -> Iterator[Bound]:
    """A trip, in a request and a record of its own; and in records of 500 rows, 500 in a request."""
    size = len(maker.text(ROWS_A_RECORD).encode()) / ROWS_A_RECORD
    refused = "Firehose refuses records; `operate stream` and SDKs send them again"
    yield _quota("firehose_requests", "Firehose, PutRecord", 1, "request", refused)
    yield _quota("firehose_bytes", "Firehose, bytes", size, "bytes", refused)
    yield _quota("firehose_records", "Firehose, records", 1, "record", refused)
    rows = ROWS_A_RECORD * RECORDS_A_REQUEST
    yield _quota("firehose_requests", f"Firehose, PutRecordBatch of {rows:,} rows", 1 / rows, "request", refused)


def llm() -> Iterator[Bound]:
    """A call of a model whose text is measured by all three modules that are paid for."""
    left = "left out and counted (`BudgetExhausted`); free metrics go on"
    busy = "the machine tries for its five minutes, then `ModuleErrors`"
    calls = EMBEDDING_CALLS + LANGUAGE_CALLS + SENTIMENT_CALLS + TOXICITY_CALLS
    yield _ceiling("DailyCalls", calls, "calls", left)
    rate = quotas.number("titan_tokens", "per_minute")
    yield Bound(
        f"Titan, {rate:,.0f} tokens per minute",
        f"{PAIR_TOKENS} tokens",
        rate / 60 / PAIR_TOKENS,
        busy,
        quotas.text("titan_tokens", "raise"),
        quotas.text("titan_tokens", "source"),
    )
    batch = LANGUAGE_CALLS / PAIRS_A_BATCH
    yield _quota("comprehend_batch", "Comprehend, BatchDetectDominantLanguage", batch, "calls of 25 texts", busy)
    yield _quota("comprehend_toxic", "Comprehend, DetectToxicContent", TOXICITY_CALLS, "calls", busy)
    measured = MODULES * BATCH_SECONDS / PAIRS_A_BATCH
    yield _functions(measured, "the machine tries for its five minutes; logs wait in ModelLogsQueue")
    yield _quota("start_express", "Step Functions, StartExecution Express", 1 / PAIRS_A_BATCH, "call", busy)


def questions() -> Iterator[Bound]:
    """A question whose first statement is right, looked for every second until it is answered."""
    lanes, held = "questions wait in the lanes, 4 days", "work waits until midnight UTC"
    tried, busy = "work is tried again for a day", "Prove, Run and Answer are tried again for a day"
    said, requests = QUESTION_SECONDS["Generate"], requests_of_a_question()
    yield _ceiling("DailyQuestionCalls", 1, "call", held)
    yield _ceiling("DailyScanMegabytes", scans.LEAST, "megabytes", held)
    yield _workers(("QuestionsWorkers", "QuestionsFirstWorkers"), said, lanes)
    rate = door_rate()
    yield Bound(
        f"requests of all callers, {rate:,} per second",
        f"{requests} requests",
        rate / requests,
        "nothing waits: 429, and the caller asks again",
        "its `ThrottlingRateLimit` (QuestionsStage)",
        OURS,
    )
    yield _quota("athena_start", "Athena, StartQueryExecution", 2, "calls", busy)
    yield _quota("athena_look", "Athena, GetQueryExecution", looks_of_a_question(), "calls", busy)
    most, change = quotas.number("athena_active", "at_once"), quotas.text("athena_active", "raise")
    seconds, source = PLAN_SECONDS + RUN_SECONDS, quotas.text("athena_active", "source")
    yield Bound(f"Athena, active DML queries, {most:,.0f}", f"{seconds:.3g} s", most / seconds, busy, change, source)
    yield _functions(sum(QUESTION_SECONDS.values()) + requests * DOOR_SECONDS, f"{tried}; the door answers 503")
    started = "503, and the caller asks again; the same question keeps its id"
    yield _quota("start_execution", "Step Functions, StartExecution", 1, "call", started)
    transitions = around.TRANSITIONS["AnswerQuestion"]
    yield _quota("state_transition", "Step Functions, transitions", transitions, "transitions", "executions wait")
    yield Bound(
        "the model, tokens per minute",
        f"{sum(STATEMENT_TOKENS):,} tokens",
        0.0,
        lanes,
        "Service Quotas, Bedrock: tokens per minute of the model; then `QuestionsWorkers`",
        "Bedrock guide: each model and account has its own",
        needs=60 * sum(STATEMENT_TOKENS),
    )


def requests_of_a_question() -> int:
    """One that asks, and one each second until the answer is there, as ``operate ask`` looks."""
    return 1 + math.ceil((sum(QUESTION_SECONDS.values()) + RUN_SECONDS) / command.PAUSE_SECONDS)


def looks_of_a_question() -> int:
    """GetQueryExecution: of Prove at its growing pauses, one of the machine, one of Answer."""
    looks, waited, (pause, longest) = 1, 0.0, plans.PAUSE_SECONDS
    while waited < PLAN_SECONDS:
        looks, waited, pause = looks + 1, waited + pause, min(longest, pause * 1.5)
    return looks + 2


def door_rate() -> int:
    """Requests per second that the stage of questions lets in."""
    template = read_template(ROOT / "pipelines" / "questions.yaml")
    return int(template["Resources"]["QuestionsStage"]["Properties"]["DefaultRouteSettings"]["ThrottlingRateLimit"])


def tokens_of_a_summary() -> float:
    prompt = prompts.whole("x" * PAGE_CHARACTERS)
    return (len(prompt.system) + len(prompt.user)) / CHARACTERS_A_TOKEN + SUMMARY_TOKENS


@cache
def _parameters() -> dict[str, Any]:
    return dict(read_template(ROOT / "template.yaml")["Parameters"])


def default(parameter: str) -> int:
    """Of a parameter of the stack."""
    return int(_parameters()[parameter]["Default"])
