"""How near a completion is to its prompt: the cosine of their embeddings.

A refusal lies far from its prompt, so a burst of refusals would look like answers that miss the point. Therefore what
was answered and what was refused are measured apart as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llm.embeddings import Embedder, cosine
from llm.model import Needs, Pair, Sample, Verdict, sample
from llm.refusals import judge as judge_refusal
from llm.spending import Bill

Judge = Callable[[str, str], Verdict]

BY_OUTCOME = {"answered": "SimilarityAnswered", "refused": "SimilarityRefused"}


class Similarity:
    """PromptCompletionSimilarity, and SimilarityAnswered or SimilarityRefused where the verdict is clear (None, 0 to
    1); SimilarityTruncated, SimilarityUndefined, SimilarityErrors (Count, only where there are some)."""

    name = "similarity"
    needs: Needs = "both"

    def __init__(self, embedder: Embedder | None = None, judge: Judge = judge_refusal) -> None:
        self._embedder = embedder
        self._judge = judge
        self.bill = Bill()

    def calls(self, pairs: Sequence[Pair]) -> int:
        """Paid calls that measuring these pairs takes at most: each different text is embedded once."""
        return len({text for pair in pairs for text in (pair.prompt, pair.completion)})

    def compute(self, pairs: Sequence[Pair]) -> list[Sample]:
        """Raises ServiceUnavailable while Bedrock is busy."""
        embedder = self._embedder = self._embedder or Embedder()
        found = embedder.embed((text for pair in pairs for text in (pair.prompt, pair.completion)), self.bill)
        samples: list[Sample] = []
        for pair in pairs:
            prompt, completion = found[pair.prompt], found[pair.completion]
            if prompt is None or completion is None:
                samples.append(sample(pair, "SimilarityErrors", 1))
                continue
            if prompt.truncated or completion.truncated:
                samples.append(sample(pair, "SimilarityTruncated", 1))
            samples.extend(self._measured(pair, cosine(prompt.vector, completion.vector)))
        return samples

    def _measured(self, pair: Pair, value: float | None) -> list[Sample]:
        if value is None:
            return [sample(pair, "SimilarityUndefined", 1)]
        # CloudWatch gives no percentile of a period with a negative value in it ("Statistics definitions"), and one
        # stray answer would blind the alarm. Below nothing in common there is nothing to tell apart.
        value = max(0.0, value)
        samples = [sample(pair, "PromptCompletionSimilarity", value, "None")]
        metric = BY_OUTCOME.get(self._judge(pair.completion, pair.stop_reason).outcome)
        if metric:
            samples.append(sample(pair, metric, value, "None"))
        return samples
