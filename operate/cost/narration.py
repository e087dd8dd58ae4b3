"""What narration has cost.

Three sums beside each other: what Polly billed; what it would have billed where a paragraph is the least that is paid
for (the same in paragraph mode); and what it would have billed had each save been spoken whole, which is the way of a
newsroom that sends each version of an article to Polly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from operate import amounts
from operate.cost import around, prices
from operate.cost.bill import Bill, Line, Way
from operate.cost.stack import Stack

SAVES = ("ArticlesPublished", "ArticlesMetadata", "ArticlesUnchanged", "ArticlesRemerged")
"""Counters of what changed the published state; drafts, duplicates and late versions are no saves."""
BILLED, REQUESTED, BY_PARAGRAPH = "CharactersSynthesized", "CharactersRequested", "CharactersByParagraph"
SPLIT = "engine"


def bill(stack: Stack) -> Bill:
    saves = sum(stack.counted("narration", *SAVES).values())
    names = (BILLED, BY_PARAGRAPH, REQUESTED)
    used = stack.by_split("narration", names, SPLIT, list(prices.polly()))
    of = {name: {engine: row[n] for engine, row in used.items()} for n, name in enumerate(names)}
    beside = (around.compute(stack, "Narration").line(), around.standard(stack, "NarrateArticle"))
    ways = (
        ("what was paid", BILLED),
        ("a paragraph hash at each save", BY_PARAGRAPH),
        ("the article's own way: the whole text at each save", REQUESTED),
    )
    ours, *others = (Way(name, (*_polly(of[metric]), *beside)) for name, metric in ways)
    return Bill(
        "narration",
        saves,
        "saves of articles",
        1_000,
        ours,
        tuple(others),
        ("S3, SQS, DynamoDB, SNS, CloudWatch and delivery to listeners are not in it.",),
        ("polly_usd_per_million_characters", "lambda_usd", "step_functions_usd"),
        one="save of an article",
    )


def _polly(characters: Mapping[str, float]) -> Iterator[Line]:
    """A line for each engine."""
    for engine, number in characters.items():
        usd = number * prices.polly()[engine] / 1e6
        yield Line(f"Polly, {engine}", amounts.of(number, "character"), usd)
