"""How near a completion is to its prompt: the cosine of their embeddings.

A refusal lies far from its prompt, so a burst of refusals would look like answers that miss the point. Therefore what
was answered and what was refused are measured apart as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from common import settings
from llm.model import Needs, PaidModule, Pair, Sample, Verdict, sample
from llm.refusals import of_pair
from services.bedrock import Embedder

Judge = Callable[[Pair], Verdict]

BY_OUTCOME = {"answered": "SimilarityAnswered", "refused": "SimilarityRefused"}


@dataclass(frozen=True, slots=True)
class Settings:
    """256 dimensions, though the price is the same for 1,024: a token costs what it costs, but a cosine of 256 numbers
    and an answer of 3 KB instead of 11 take a quarter of the function's time, and keep about 97 % of the accuracy. A
    percentile over many pairs does not see the rest."""

    embedding_model: str = "amazon.titan-embed-text-v2:0"
    embedding_dimensions: int = 256


class Similarity(PaidModule):
    """PromptCompletionSimilarity, and SimilarityAnswered or SimilarityRefused where the verdict is clear (None, 0 to
    1); SimilarityTruncated, SimilarityUndefined, SimilarityErrors (Count, only where there are some)."""

    name = "similarity"
    needs: Needs = "both"

    def __init__(self, embedder: Embedder | None = None, judge: Judge = of_pair) -> None:
        super().__init__()
        self._embedder = embedder
        self._judge = judge

    def calls(self, pairs: Sequence[Pair]) -> int:
        """Paid calls that measuring these pairs takes at most: each different text is embedded once."""
        return len({text for pair in pairs for text in (pair.prompt, pair.completion)})

    def compute(self, pairs: Sequence[Pair]) -> list[Sample]:
        """Raises ServiceUnavailable while Bedrock is busy."""
        embedder = self._embedder = self._embedder or embedder_of()
        embeddings = embedder.embed((text for pair in pairs for text in (pair.prompt, pair.completion)), self._billed)
        samples: list[Sample] = []
        for pair in pairs:
            prompt, completion = embeddings[pair.prompt], embeddings[pair.completion]
            if prompt is None or completion is None:
                samples.append(sample(pair, "SimilarityErrors", 1))
                continue
            if prompt.truncated or completion.truncated:
                samples.append(sample(pair, "SimilarityTruncated", 1))
            samples.extend(self._measured(pair, cosine(prompt.vector, completion.vector)))
        return samples

    def _billed(self, tokens: int) -> None:
        self.bill.calls += 1
        self.bill.tokens += tokens

    def _measured(self, pair: Pair, value: float | None) -> list[Sample]:
        if value is None:
            return [sample(pair, "SimilarityUndefined", 1)]
        # CloudWatch gives no percentile of a period with a negative value in it ("Statistics definitions"), and one
        # stray answer would blind the alarm. Below nothing in common there is nothing to tell apart.
        value = max(0.0, value)
        samples = [sample(pair, "PromptCompletionSimilarity", value, "None")]
        metric = BY_OUTCOME.get(self._judge(pair).outcome)
        if metric:
            samples.append(sample(pair, metric, value, "None"))
        return samples


def embedder_of(client: Any = None) -> Embedder:
    """The model that the environment names. ``client`` is for tests."""
    options = settings.read(Settings)
    return Embedder(options.embedding_model, options.embedding_dimensions, client)


def cosine(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Between -1 and 1; None where it is not defined: a vector without length, or with something else than numbers."""
    if len(one) != len(other):
        raise ValueError(f"vectors of {len(one)} and {len(other)} dimensions have no cosine")
    lengths = math.sqrt(math.fsum(a * a for a in one)) * math.sqrt(math.fsum(b * b for b in other))
    product = math.fsum(a * b for a, b in zip(one, other, strict=True))
    if not (math.isfinite(lengths) and math.isfinite(product)) or lengths == 0:
        return None
    return max(-1.0, min(1.0, product / lengths))
