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
from knowledge.indexing import embeddings
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

ANSWER_TOKENS, SOUGHT_TOKENS = (3_000, 120), 20
"""Of an answer from documents, in and out, and of its question as it is embedded, as docs/cost.md assumes them."""
QUERIES = 2
"""Of S3 Vectors for one search by whoever is in a hundred sets of readers at most: by the vector, and by references."""
ANSWER_SECONDS = {"Retrieve": 0.6, "Compose": inbox.START_SECONDS + inbox.SECONDS["Summarize"], "Answer": 0.4}
"""Of a question to the documents; its answer of the model is as long as a summary."""
PASSAGES, PASSAGE_TOKENS = 20, 125
"""Of a document of three pages, and of each, as docs/cost.md assumes them."""
EMBEDDING_SECONDS, OTHER_INDEX_SECONDS = 0.15, 1.0
"""Of one passage, and of all the rest of a document's turn in the index."""


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


def _quota(name: str, what: str, uses: float, unit: str, happens: str, change: str = "") -> Bound:
    """A quota per second, of which an event uses so much; less than a whole one is told as one for so many events."""
    rate = quotas.number(name)
    use = f"{uses:,.3g} {unit}" if uses >= 0.1 else f"a {unit} for {1 / uses:,.0f}"
    change, source = change or quotas.text(name, "raise"), quotas.text(name, "source")
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


def _door(pipeline: str, requests: int) -> Bound:
    rate = door_rate(pipeline)
    what = f"requests of all callers, {rate:,} per second"
    refused = "nothing waits: 429, and the caller asks again"
    change = f"its `ThrottlingRateLimit` ({pipeline.capitalize()}Stage)"
    return Bound(what, f"{requests} requests", rate / requests, refused, change, OURS)


def _titan(tokens: int, happens: str) -> Bound:
    rate = quotas.number("titan_tokens", "per_minute")
    what = f"Titan, {rate:,.0f} tokens per minute"
    change, source = (quotas.text("titan_tokens", member) for member in ("raise", "source"))
    return Bound(what, f"{tokens:,} tokens", rate / 60 / tokens, happens, change, source)


def _account(happens: str) -> Bound:
    """The item that a day's calls of a model are taken from, one by one."""
    change = "nothing: one item; larger blocks of calls"
    return _quota("dynamodb_item", "one item of DynamoDB", 1, "write", happens, change)


def _model(tokens: float, happens: str, workers: str) -> Bound:
    """A model's tokens, of which no default is told."""
    change = f"Service Quotas, Bedrock: tokens per minute of the model; then `{workers}`"
    source = "Bedrock guide: each model and account has its own"
    use = f"{tokens:,.0f} tokens"
    return Bound("the model, tokens per minute", use, 0.0, happens, change, source, needs=60 * tokens)


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
    yield _model(tokens_of_a_summary(), "texts wait in the lanes, 6.5 days", "SummaryWorkers")


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
    yield _titan(PAIR_TOKENS, busy)
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
    yield _door("questions", requests)
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
    yield _account(lanes)
    yield _model(sum(STATEMENT_TOKENS), lanes, "QuestionsWorkers")


def knowledge() -> Iterator[Bound]:
    """A question to the documents, looked for every second until it is answered."""
    lanes, held = "questions wait in the lanes, 4 days", "work waits until midnight UTC"
    busy = "Retrieve is tried again for a day; a search is answered with 503"
    requests = requests_of(sum(ANSWER_SECONDS.values()))
    yield _ceiling("DailyAskCalls", 1, "call", held)
    yield _ceiling("DailyEmbeddedTokens", SOUGHT_TOKENS, "tokens", f"{held}; a search is answered with 503")
    yield _workers(("ComposeWorkers", "ComposeFirstWorkers"), ANSWER_SECONDS["Compose"], lanes)
    yield _door("knowledge", requests)
    yield _quota("vectors_queries", "S3 Vectors, QueryVectors", QUERIES, "queries", busy)
    yield _titan(SOUGHT_TOKENS, busy)
    yield _functions(
        sum(ANSWER_SECONDS.values()) + requests * DOOR_SECONDS, "work is tried again for a day; the door answers 503"
    )
    started = "503, and the caller asks again; the same question keeps its id"
    yield _quota("start_execution", "Step Functions, StartExecution", 1, "call", started)
    transitions = around.TRANSITIONS["AnswerFromDocuments"]
    yield _quota("state_transition", "Step Functions, transitions", transitions, "transitions", "executions wait")
    yield _account(lanes)
    yield _model(sum(ANSWER_TOKENS), lanes, "ComposeWorkers")


def index() -> Iterator[Bound]:
    """A document of three pages that goes into the index for the first time, all of its passages new."""
    lanes, tokens = "documents wait in the lanes, 14 days", PASSAGES * PASSAGE_TOKENS
    seconds = OTHER_INDEX_SECONDS + PASSAGES * EMBEDDING_SECONDS / embeddings.CALLERS
    yield _ceiling(
        "DailyEmbeddedTokens", tokens, "tokens", "work waits until midnight UTC; a search is answered with 503"
    )
    yield _titan(tokens, lanes)
    yield _workers(("IndexWorkers", "IndexFirstWorkers"), seconds, lanes)
    yield _quota("vectors_written", "S3 Vectors, vectors written", PASSAGES, "vectors", lanes)
    yield _functions(seconds, lanes)
    yield _quota("vectors_writes", "S3 Vectors, PutVectors and DeleteVectors", 1, "request", lanes)


def requests_of_a_question() -> int:
    return requests_of(sum(QUESTION_SECONDS.values()) + RUN_SECONDS)


def requests_of(seconds: float) -> int:
    """One that asks, and one each second until the answer is there, as ``operate ask`` looks."""
    return 1 + math.ceil(seconds / command.PAUSE_SECONDS)


def looks_of_a_question() -> int:
    """GetQueryExecution: of Prove at its growing pauses, one of the machine, one of Answer."""
    looks, waited, (pause, longest) = 1, 0.0, plans.PAUSE_SECONDS
    while waited < PLAN_SECONDS:
        looks, waited, pause = looks + 1, waited + pause, min(longest, pause * 1.5)
    return looks + 2


def door_rate(pipeline: str) -> int:
    """Requests per second that the stage of its API lets in."""
    stage = read_template(ROOT / "pipelines" / f"{pipeline}.yaml")["Resources"][f"{pipeline.capitalize()}Stage"]
    return int(stage["Properties"]["DefaultRouteSettings"]["ThrottlingRateLimit"])


def tokens_of_a_summary() -> float:
    prompt = prompts.whole("x" * PAGE_CHARACTERS)
    return (len(prompt.system) + len(prompt.user)) / CHARACTERS_A_TOKEN + SUMMARY_TOKENS


@cache
def _parameters() -> dict[str, Any]:
    return dict(read_template(ROOT / "template.yaml")["Parameters"])


def default(parameter: str) -> int:
    """Of a parameter of the stack."""
    return int(_parameters()[parameter]["Default"])
