"""What documents have cost, beside the way of the source article: Textract reads every page, also of files that have
text of their own, and the model runs on an endpoint of SageMaker, which is billed by the hour whatever it does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations

from operate.cost import around, prices
from operate.cost.bill import Bill, Line, Way, unknown
from operate.cost.stack import Stack

FEATURES = ("FORMS", "LAYOUT", "QUERIES", "SIGNATURES", "TABLES")
"""In the order in which ``documents.textract.features.priced`` names them."""
SETS = [",".join(chosen) for number in range(1, len(FEATURES) + 1) for chosen in combinations(FEATURES, number)]
DEFAULT_MODEL = "amazon.nova-2-lite"
"""Of a stack without ModelId (pipelines/documents.yaml)."""
PAGE_TRANSITIONS, JOB_TRANSITIONS = 2, 4
"""That a document takes beside others where Textract reads a page of it, or several in a job."""
ARTICLES_FEATURES = ("FORMS",)
"""Of the source article, whose results are forms and a summary."""


def bill(stack: Stack) -> Bill:
    counted = stack.counted(
        "documents",
        *("DocumentsSummarized", "Pages", "PagesAnalyzed", "JobsStarted", "PagesBought"),
        *("ModelInputTokens", "ModelOutputTokens", "ComprehendUnits"),
    )
    more = PAGE_TRANSITIONS * counted["PagesAnalyzed"] + JOB_TRANSITIONS * counted["JobsStarted"]
    beside = (around.compute(stack, "Documents").line(), around.standard(stack, "SummarizeDocument", more))
    ours = (*_textract(stack, counted), *_model(stack, counted), *_comprehend(counted), *beside)
    return Bill(
        "documents",
        counted["DocumentsSummarized"],
        "documents",
        1_000,
        Way("what was paid", ours),
        (Way("the article's own way: Textract on every page, an endpoint", (*_article(stack, counted), *beside)),),
        (
            "S3, SQS, DynamoDB, KMS, CloudWatch, and transitions of SummarizeBatch are not in it.",
            "The endpoint is one machine, for as long as the stack is there: its price does not follow the work.",
        ),
        ("documents_usd", "monitoring_usd", "lambda_usd", "step_functions_usd", "articles_usd"),
    )


def _textract(stack: Stack, counted: dict[str, float]) -> Iterator[Line]:
    """A line for each set of features that pages were read with."""
    rows = stack.by_split("documents", ("PagesBought",), "features", SETS)
    for features, (pages,) in rows.items():
        usd = pages * prices.textract_page(features.split(","))
        yield Line(f"Textract, {features}", f"{pages:,.0f} pages", usd)
    if not rows and (counted["PagesAnalyzed"] or counted["JobsStarted"]):
        yield unknown("Textract", "pages were bought by a release that did not count PagesBought")


def _model(stack: Stack, counted: dict[str, float]) -> Iterator[Line]:
    if stack.parameters.get("ModelProvider", "bedrock") != "bedrock":
        yield unknown("the model", "your endpoint of SageMaker is billed by the hour, at the price of its machine")
    if stack.parameters.get("Guardrail"):
        yield unknown("the guardrail", "its text units are not counted here; docs/cost.md has their order")
    tokens = counted["ModelInputTokens"], counted["ModelOutputTokens"]
    if not any(tokens):
        return
    model = stack.parameters.get("ModelId") or DEFAULT_MODEL
    rates = rates_of(model)
    amount = f"{tokens[0]:,.0f} tokens in, {tokens[1]:,.0f} out"
    if rates is None:
        yield unknown("the model", f"{amount}; {model} has no price in functions/llm/prices.toml")
    else:
        yield Line(f"model {model}", amount, sum(n * rate for n, rate in zip(tokens, rates, strict=True)) / 1e6)


def rates_of(model: str) -> tuple[float, float] | None:
    """US dollars per million tokens in and out of the model that the stack has now."""
    from llm import model_families
    from llm import prices as model_prices

    found = model_prices.load().of(model, model_families.family(model), datetime.now(UTC).date())
    return None if found is None else (found.rates.input, found.rates.output)


def _comprehend(counted: dict[str, float]) -> Iterator[Line]:
    units = counted["ComprehendUnits"]
    if units:
        yield Line("Comprehend", f"{units:,.0f} units of 100 characters", units * prices.comprehend_unit())


def _article(stack: Stack, counted: dict[str, float]) -> Iterator[Line]:
    pages, hours = counted["Pages"], stack.hours
    yield Line("Textract, FORMS", f"{pages:,.0f} pages", pages * prices.textract_page(ARTICLES_FEATURES))
    usd = hours * prices.table("articles_usd")["endpoint_hour"]
    yield Line("an endpoint with flan-t5", f"{hours:,.1f} hours", usd)
