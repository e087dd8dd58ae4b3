"""What questions have cost, beside the way of the source article, whose loop asks for a wrong statement four times."""

from __future__ import annotations

from collections.abc import Iterator

from operate.cost import around, prices
from operate.cost.bill import Bill, Line, Way, unknown
from operate.cost.documents import DEFAULT_MODEL, rates_of
from operate.cost.stack import Stack

REPAIR_TRANSITIONS = 5
"""That a question takes beside others for each statement that is repaired."""
MEGABYTES = 1 << 20
"""Of a terabyte, as Athena counts."""
ARTICLES_TRIES = 4
"""Its published loop formats the new prompt with a name that it has not, swallows the error, and asks the same."""


def bill(stack: Stack) -> Bill:
    counted = stack.counted(
        "questions",
        *("Answered", "FirstPass", "Refused", "StatementsWritten", "MegabytesScanned"),
        *("ModelInputTokens", "ModelOutputTokens"),
    )
    asked = counted["Answered"] + counted["Refused"]
    repairs = max(0.0, counted["StatementsWritten"] - asked)
    beside = (
        around.compute(stack, "Questions").line(),
        around.standard(stack, "AnswerQuestion", REPAIR_TRANSITIONS * repairs),
    )
    scanned = _athena(counted)
    again = counted["FirstPass"] + ARTICLES_TRIES * max(0.0, asked - counted["FirstPass"])
    share = again / counted["StatementsWritten"] if counted["StatementsWritten"] else 0.0
    return Bill(
        "questions",
        counted["Answered"],
        "answers",
        1_000,
        Way("what was paid", (*_model(stack, counted, 1.0), scanned, *beside)),
        (
            Way(
                "the article's own way: each wrong statement is asked for four times, in vain",
                (*_model(stack, counted, share), scanned, *beside),
            ),
        ),
        ("S3, SQS, DynamoDB, API Gateway, KMS, CloudWatch and embeddings of tables are not in it.",),
        ("questions_usd", "lambda_usd", "step_functions_usd"),
    )


def _athena(counted: dict[str, float]) -> Line:
    usd = counted["MegabytesScanned"] / MEGABYTES * prices.table("questions_usd")["athena_terabyte"]
    return Line("Athena", f"{counted['MegabytesScanned']:,.0f} MB, ten at least per query", usd)


def _model(stack: Stack, counted: dict[str, float], times: float) -> Iterator[Line]:
    tokens = counted["ModelInputTokens"] * times, counted["ModelOutputTokens"] * times
    if not any(tokens):
        return
    model = stack.parameters.get("QuestionsModelId") or DEFAULT_MODEL
    rates, amount = rates_of(model), f"{tokens[0]:,.0f} tokens in, {tokens[1]:,.0f} out"
    if rates is None:
        yield unknown("the model", f"{amount}; {model} has no price in functions/llm/prices.toml")
    else:
        yield Line(f"model {model}", amount, sum(n * rate for n, rate in zip(tokens, rates, strict=True)) / 1e6)
