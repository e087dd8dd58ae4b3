"""What knowledge has cost, beside the way of the source article, whose index of Kendra is paid by the hour."""

from __future__ import annotations

from collections.abc import Iterator

from operate import amounts
from operate.cost import around, prices
from operate.cost.bill import Bill, Line, Way, unknown
from operate.cost.documents import DEFAULT_MODEL, rates_of
from operate.cost.stack import Stack


def bill(stack: Stack) -> Bill:
    counted = stack.counted(
        "knowledge",
        *("AnswersGiven", "PassagesIndexed", "EmbeddedTokens", "ModelInputTokens", "ModelOutputTokens"),
    )
    beside = (around.compute(stack, "Knowledge").line(), around.standard(stack, "AnswerFromDocuments"))
    paid = (*_model(stack, counted), _embeddings(counted))
    index = prices.table("articles_usd")["kendra_hour"] * stack.hours
    return Bill(
        "knowledge",
        counted["AnswersGiven"],
        "answers",
        1_000,
        Way("what was paid", (*paid, *beside)),
        (
            Way(
                "the article's own way: an index of Kendra, idle too, which finds and does not answer",
                (Line("Kendra", f"{stack.hours:,.1f} hours of the enterprise edition", index),),
            ),
        ),
        ("S3, S3 Vectors, SQS, DynamoDB, API Gateway, KMS, CloudWatch and embeddings of questions are not in it.",),
        ("monitoring_usd", "lambda_usd", "step_functions_usd", "articles_usd"),
    )


def _embeddings(counted: dict[str, float]) -> Line:
    usd = counted["EmbeddedTokens"] / 1e6 * prices.table("monitoring_usd")["titan_v2_million_tokens"]
    passages = amounts.of(counted["PassagesIndexed"], "passage")
    return Line("embeddings", f"{amounts.of(counted['EmbeddedTokens'], 'token')}, of {passages}", usd)


def _model(stack: Stack, counted: dict[str, float]) -> Iterator[Line]:
    tokens = counted["ModelInputTokens"], counted["ModelOutputTokens"]
    if not any(tokens):
        return
    model = stack.parameters.get("KnowledgeModelId") or DEFAULT_MODEL
    rates, amount = rates_of(model), f"{tokens[0]:,.0f} tokens in, {tokens[1]:,.0f} out"
    if rates is None:
        yield unknown("the model", f"{amount}; {model} has no price in functions/llm/prices.toml")
    else:
        yield Line(f"model {model}", amount, sum(n * rate for n, rate in zip(tokens, rates, strict=True)) / 1e6)
