"""How near an answer is to the first one: the cosine of their embeddings, by the model that measures similarity.

An answer that is the same word for word is not embedded. So a round takes at most two calls for each prompt, and none
while the model says what it said. They are counted (PaidCalls, EmbeddingTokens) and part of the canary's own account,
not of DailyCalls: a day whose calls the modules have used up would blind the canary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from common.observability import count, logger
from common.spending import Purse
from llm.canary.asking import Heard
from llm.modules import similarity

if TYPE_CHECKING:
    from services.bedrock import Embedder

MOST_CHARACTERS = 1_000
"""Of each answer in the baseline, and of what is compared with it."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """By a prompt's name 0 to 1; ``missing`` are those that nobody could compare."""

    of: Mapping[str, float]
    missing: tuple[str, ...] = ()


def compare(
    heard: Sequence[Heard], first: Mapping[str, str], purse: Purse, embedder: Embedder | None = None
) -> Likeness:
    """Each answer beside the ``first`` one to its prompt. Where embedding fails all that needed it are missing, and the
    log names the error: the verdicts of the round stand without it."""
    found: dict[str, float] = {}
    differing: dict[str, tuple[str, str]] = {}
    for one in heard:
        texts = (one.text[:MOST_CHARACTERS].strip(), first[one.prompt.name].strip())
        if texts[0] == texts[1]:
            found[one.prompt.name] = 1.0
        elif not all(texts):
            found[one.prompt.name] = 0.0
        else:
            differing[one.prompt.name] = texts
    try:
        found |= _embedded(differing, purse, embedder)
    except Exception as error:  # noqa: BLE001 - counted as CanaryNotCompared
        logger().error("canary not compared", extra={"error": type(error).__name__})
    return Likeness(found, tuple(name for name in differing if name not in found))


def _embedded(texts: Mapping[str, tuple[str, str]], purse: Purse, embedder: Embedder | None) -> dict[str, float]:
    if not texts:
        return {}
    tokens: list[int] = []
    model, both = embedder or similarity.embedder_of(), [text for pair in texts.values() for text in pair]
    try:
        vectors = purse.spend(len(both), lambda: model.embed(both, tokens.append), lambda: len(tokens))
    finally:
        count("PaidCalls", len(tokens))
        count("EmbeddingTokens", sum(tokens))
    found = {}
    for name, pair in texts.items():
        one, other = (vectors[text] for text in pair)
        value = similarity.cosine(one.vector, other.vector) if one and other else None
        if value is not None:
            found[name] = max(0.0, value)
    return found
